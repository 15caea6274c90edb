"""From a name in the workbook to a linked pair, or to what stands in the way.

What belongs here: looking a record up by its folded name, tutorial tables first and then the
bridges, and telling "unknown", "known but not linked" and "ambiguous" apart. What does not: where
in the sheet the name stands (`resolving`), and how people are written (`people`).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.events import Link
from adm_sync.workbook.findings import Code, Finding, either, error, quoted, shown, warning
from adm_sync.workbook.references import LinkedRecord, Member, OpenQuestion, References

# Comparisons that the suggestions of one kind may cost: some 0.1 seconds for a whole workbook.
BUDGET = 300_000
NAMED_AT_ONCE = 5
# How a suggestion that names the nearest begins, and goes on.
IS_IT, IF_NOT = "Is it ", "? If not, "
# Two names of 150 characters and a space; no name or code of the tutorial tables is longer.
LONGEST_NAME = 301


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of reference: what a reader calls it, the entity that is synced, how it can fail."""

    noun: str
    entity: str
    unknown: Code
    not_linked: Code
    ambiguous: Code
    inactive: Code


def _kind(name: str, noun: str, entity: str, examples: Sequence[str]) -> Kind:
    """Every kind of reference fails in the same ways."""
    sync, link = f"adm-sync sync {entity}", f"adm-sync link {entity} TUTORIAL_ID EXTERNAL_ID"
    unknown, not_linked, ambiguous, inactive = examples
    return Kind(
        noun,
        entity,
        error(
            f"{name}_unknown",
            f"The tutorial tables know no {noun} '{{text}}'{{but}}.",
            unknown,
            f"Correct the cell; or add the {noun} to the tutorial tables and run: {sync}. If "
            f"Administrate has it and the tutorial tables have it by another name: {link}, and use "
            "that name.",
            ask=f"add the {noun} {{value}}",
        ),
        error(
            f"{name}_not_linked",
            f"The {noun} '{{name}}' (tutorial record {{id}}) is {{what}}.",
            not_linked,
            f"Run: {sync}. If Administrate has it by another name: {link}.",
            note="It is not linked with Administrate, or its record there is gone.",
            ask=f"link the {noun} {{value}} with Administrate",
        ),
        error(
            f"{name}_ambiguous",
            f"'{{text}}' can be {{count}} {noun}s of the tutorial tables: {{records}}.",
            ambiguous,
            f"Rename one; or decide: {link}, or adm-sync ignore {entity} --tutorial TUTORIAL_ID. "
            f"Then run: {sync}.",
            note=f"Or the {noun} can be several records of Administrate.",
            ask=f"settle which {noun} {{value}} is",
        ),
        error(
            f"{name}_inactive",
            f"The {noun} '{{text}}' is inactive in the tutorial tables ({{records}}).",
            inactive,
            f"Name another {noun}; or make it active and run: {sync}.",
            ask=f"make the {noun} {{value}} active again, if it is the one that is meant",
        ),
    )


TEMPLATE = _kind(
    "template",
    "course template",
    "course_templates",
    ("CB1_L0_6 (a zero for the letter O)", "SA1_LO_2", "CB1_LO_6", "CB1_LO_6"),
)
LOCATION = _kind("location", "location", "locations", ("Lodnon", "Edinburgh", "London", "Leeds"))
VENUE = _kind(
    "venue",
    "venue",
    "venues",
    ("Bell Yard Rooms at Leeds", "Guildhall Chambers", "Quayside House", "Quayside House"),
)
INSTRUCTOR = _kind(
    "instructor",
    "instructor",
    "instructors",
    ("A Tolliver", "Katherine Ashdown", "Imogen Vale", "Rupert Lindmoor"),
)
CODES = tuple(
    code
    for kind in (TEMPLATE, LOCATION, VENUE, INSTRUCTOR)
    for code in (kind.unknown, kind.not_linked, kind.ambiguous, kind.inactive)
    if code is not VENUE.inactive  # a venue is always active
)
MATCHED_AFTER_FOLDING = warning(
    "matched_after_folding",
    "{text} was taken for {name}: dashes, apostrophes or forms of letters differ.",
    "Mairead O\u2019Tarrant for Mairead O'Tarrant",
    "Write it as the tutorial tables do, to be sure that it is the one that is meant.",
)


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a cell, or a name in it, leads to, and what is wrong or odd about it."""

    values: tuple[T, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What a name leads to.

    `record` is what the tutorial tables know by it, `link` is there if it can also be used.
    """

    findings: tuple[Finding, ...] = ()
    record: LinkedRecord | None = None
    link: Link | None = None


class Register:
    """All records of one kind, whatever they are called, and what the last sync left open."""

    def __init__(self, kind: Kind, references: References) -> None:
        self.kind = kind
        self._ignored = {number for entity, number in references.ignored if entity == kind.entity}
        self._near: dict[int, tuple[Member, ...]] = {}
        self._rivals: dict[int, tuple[str, ...]] = {}
        self._gone: set[str] = set()
        self._elsewhere: dict[str, list[OpenQuestion]] = {}
        for one in references.discrepancies:
            if one.entity == kind.entity:
                self._note(one)

    def _note(self, one: OpenQuestion) -> None:
        if one.kind == "unmatched_administrate":
            self._elsewhere.setdefault(normalise(one.label), []).append(one)
        elif one.kind == "retained" and one.external_id is not None:
            self._gone.add(one.external_id)
        elif one.kind == "unmatched_tutorial" and one.tutorial_id is not None:
            self._near[one.tutorial_id] = one.members
        elif one.kind == "ambiguous":
            rivals = tuple(each.external_id for each in one.members if each.external_id)
            for each in one.members:
                if each.tutorial_id is not None:
                    self._rivals[each.tutorial_id] = rivals

    def settle(self, text: str, candidates: Sequence[LinkedRecord]) -> LookedUp:
        """What becomes of a name that the tutorial tables know.

        Args:
            text: the name as the workbook has it.
            candidates: the records of that name, active or not; at least one.
        """
        active = [one for one in candidates if one.is_active]
        if not active:
            return LookedUp((self._inactive(text, candidates),))
        # Who is known to have no counterpart cannot be meant, as long as somebody else can be.
        meant = [one for one in active if one.id not in self._ignored] or active
        if len(meant) > 1:
            return LookedUp((self._several_records(text, meant),))
        (record,) = meant
        finding = self._not_linked(record)
        if finding:
            return LookedUp((finding,), record)
        (bridge,) = record.bridges
        return LookedUp((), record, Link(record.id, bridge.id, bridge.external_id, record.name))

    def unknown(self, text: str, nearest: str, where: str = "") -> LookedUp:
        """What becomes of a name that the tutorial tables do not know.

        Args:
            text: the name as the workbook has it.
            nearest: what may be meant instead.
            where: what the name was looked for in; of a venue, the location.
        """
        entity = self.kind.entity
        found = self._in_administrate(text, where)
        place = f" in {quoted(where)}" if where else ""
        known = f", but Administrate does ({found.external_id})" if found else ""
        remedy = f"Add it to the tutorial tables, then run: adm-sync sync {entity}."
        if found:
            remedy += (
                " If the tutorial tables have it by another name: adm-sync link "
                f"{entity} TUTORIAL_ID {found.external_id}, and use that name here."
            )
        remedy = did_you_mean(nearest, remedy)
        return LookedUp((self.kind.unknown(remedy, text=shown(text), but=place + known),))

    def _in_administrate(self, text: str, where: str) -> OpenQuestion | None:
        """What the last sync found there and not here; a venue's detail names its location."""
        place = normalise(where)
        for one in self._elsewhere.get(normalise(text), ()):
            if one.external_id and place in normalise(one.detail):
                return one
        return None

    def _inactive(self, text: str, candidates: Sequence[LinkedRecord]) -> Finding:
        return self.kind.inactive(
            f"Put another {self.kind.noun} here, or make it active in the tutorial tables and run: "
            f"adm-sync sync {self.kind.entity}.",
            text=shown(text),
            records=_ids(candidates),
        )

    def _several_records(self, text: str, meant: Sequence[LinkedRecord]) -> Finding:
        return self.kind.ambiguous(
            "Rename one of them; or, if one has no counterpart in Administrate and is never meant: "
            f"adm-sync ignore {self.kind.entity} --tutorial {meant[-1].id}.",
            text=shown(text),
            count=len(meant),
            records=_ids(meant),
        )

    def _not_linked(self, record: LinkedRecord) -> Finding | None:
        """What keeps a known record from being used in Administrate."""
        noun, entity = self.kind.noun, self.kind.entity
        external_ids = [bridge.external_id for bridge in record.bridges]
        rivals = external_ids if len(external_ids) > 1 else self._rivals.get(record.id, ())
        if len(external_ids) != 1 and len(rivals) > 1:
            return self.kind.ambiguous.saying(
                f"The {noun} {quoted(record.name)} (tutorial record {record.id}) can be "
                f"{len(rivals)} records of Administrate: {_some(rivals)}.",
                f"Say which it is: adm-sync link {entity} {record.id} {rivals[0]}; then run: "
                f"adm-sync sync {entity}.",
            )
        if not external_ids:
            what = "not linked with Administrate"
        elif external_ids[0] in self._gone:
            what = f"linked with {external_ids[0]}, which is gone from Administrate"
        else:
            return None
        remedy = self._how_to_link(record)
        return self.kind.not_linked(remedy, name=shown(record.name), id=record.id, what=what)

    def _how_to_link(self, record: LinkedRecord) -> str:
        entity = self.kind.entity
        near = next((one for one in self._near.get(record.id, ()) if one.external_id), None)
        external_id = near.external_id if near else "EXTERNAL_ID"
        like = f" (the nearest there is {quoted(near.label)})" if near else ""
        return (
            f"{self._until_synced(record)}: adm-sync sync {entity}. If Administrate has it by "
            f"another name: adm-sync link {entity} {record.id} {external_id}{like}."
        )

    def _until_synced(self, record: LinkedRecord) -> str:
        """What a sync needs to link the record, as far as the last one knew."""
        entity = self.kind.entity
        if record.id in self._ignored:
            return (
                "It was decided that it has no counterpart; to take that back: adm-sync ignore "
                f"{entity} --tutorial {record.id} --withdraw. Then run"
            )
        if record.id in self._near or record.bridges:
            return (
                f"Add it in Administrate (adm-sync create-missing {entity} helps with that), then "
                "run"
            )
        return "Run"


class Names:
    """Records of one kind that are looked up by one folded name: course templates, locations."""

    def __init__(self, register: Register, records: Sequence[LinkedRecord]) -> None:
        self._register = register
        self._records = records
        self._by_key: dict[str, list[LinkedRecord]] = {}
        for record in records:
            self._by_key.setdefault(normalise(record.name), []).append(record)
        self._nearest: Nearest | None = None
        self._answers: dict[str, LookedUp] = {}

    def find(self, text: str) -> LookedUp:
        """What the name leads to."""
        if text not in self._answers:
            self._answers[text] = self._find(text)
        return self._answers[text]

    def _find(self, text: str) -> LookedUp:
        candidates = self._by_key.get(normalise(text)) if normalise(text) else None
        if not candidates:
            return self._register.unknown(text, either(self._near(text)))
        return noting_folding(text, self._register.settle(text, candidates))

    def _near(self, text: str) -> list[str]:
        if self._nearest is None:
            self._nearest = Nearest([record.name for record in self._records], BUDGET)
        return [
            self._records[position].name for position, _ in self._nearest.to(text[:LONGEST_NAME])
        ]


def noting_folding(text: str, answer: LookedUp) -> LookedUp:
    """The same answer; with a warning if more than case and spaces had to be folded for it."""
    if answer.link is None or plain(text) == plain(answer.link.name):
        return answer
    finding = MATCHED_AFTER_FOLDING(
        f"Write it as the tutorial tables do: {answer.link.name}.",
        text=quoted(text),
        name=quoted(answer.link.name),
    )
    return LookedUp((*answer.findings, finding), answer.record, answer.link)


def plain(text: str) -> str:
    """Text without what nobody can see or would call a difference: case, spaces, forms of accents.

    Format characters (zero-width spaces, byte-order marks) are Unicode's category Cf.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    visible = "".join(one for one in text if unicodedata.category(one) != "Cf")
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", visible).casefold())
    return " ".join(folded.split())


def did_you_mean(nearest: str, otherwise: str) -> str:
    """What may be meant, if there is anything, and what else can be done."""
    if not nearest:
        return otherwise
    return f"{IS_IT}{nearest}{IF_NOT}{otherwise[0].lower()}{otherwise[1:]}"


def asked_first(suggestion: str) -> tuple[str, str]:
    """What `did_you_mean` gave: the question, '' if there is none, and what else can be done."""
    question, is_asked, rest = suggestion.partition(IF_NOT)
    if not (is_asked and suggestion.startswith(IS_IT)):
        return "", suggestion
    return f"{question}?", f"{rest[0].upper()}{rest[1:]}"


def _ids(records: Sequence[LinkedRecord]) -> str:
    return _some([f"{record.id} ({shown(record.name)})" for record in records])


def _some(words: Sequence[str]) -> str:
    """The first of them, and how many more."""
    more = len(words) - NAMED_AT_ONCE
    named = ", ".join(words[:NAMED_AT_ONCE])
    return f"{named} and {more} more" if more > 0 else named
