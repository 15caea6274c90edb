"""Which tutorial record each Administrate record belongs to.

What belongs here: the rules of design.md sections 3.2 and 5, as a pure function of records, rows,
tutorial records and decisions. What does not: what is then written (`planning`).

In short: a person's decision first, then a link that stands, then the key. A key that more than
one record of a side carries links nothing. A standing link moves only when exactly one other
record now carries the key that its own partner has lost.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from adm_sync.reference.entity import Identity, Key, Record, Row, Tutorial


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a record or a pair; `id` is its number in the store."""

    id: int
    kind: Literal["link", "never", "ignore"]
    tutorial_id: int | None
    external_id: str | None
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A key that occurs twice on a side: everyone who carries it."""

    key: Key
    tutorials: tuple[Tutorial, ...]
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """A link that stands although its two ends no longer carry the same key."""

    tutorial: Tutorial
    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A decision or a link that contradicts another one, or whose record is gone."""

    subject: str
    tutorial_id: int | None
    external_id: str | None
    reason: str


@dataclass(slots=True)
class Matching:
    """The outcome: `links` holds the tutorial id of every record that is to be linked."""

    links: dict[Identity, int] = field(default_factory=dict)
    decided: set[Identity] = field(default_factory=set)
    skipped: set[Identity] = field(default_factory=set)
    ambiguous: list[Ambiguity] = field(default_factory=list)
    drifted: list[Drift] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    unmatched_tutorial: list[Tutorial] = field(default_factory=list)
    unmatched_administrate: list[Record] = field(default_factory=list)


def _drift(tutorial: Tutorial, record: Record) -> str | None:
    """Why a linked pair no longer agrees; None if it does."""
    if not tutorial.is_active:
        return f"the tutorial record '{tutorial.label}' is inactive"
    if tutorial.key == record.key is not None:
        return None
    if tutorial.label == record.label:
        return f"'{record.label}' is at another place: {record.about}"
    return f"'{tutorial.label}' here is '{record.label}' in Administrate"


def match_owned(records: Iterable[Record], rows: Iterable[Row]) -> Matching:
    """For entities that Administrate owns: nothing to link, but one place holds one record.

    A record whose key another one shares is skipped, unless a row already stands for it.
    """
    matching = Matching()
    standing = {row.identity for row in rows}
    by_key: dict[Key, list[Record]] = defaultdict(list)
    for record in records:
        if record.obstacle:
            matching.unmatched_administrate.append(record)
        elif record.key is not None:
            by_key[record.key].append(record)
    for key, sharing in by_key.items():
        if len(sharing) > 1:
            matching.ambiguous.append(Ambiguity(key, (), tuple(sharing)))
            kept = [record for record in sharing if record.identity in standing]
            keep = kept[0].identity if len(kept) == 1 else None
            matching.skipped.update(r.identity for r in sharing if r.identity != keep)
    return matching


def match(
    records: Sequence[Record],
    rows: Sequence[Row],
    tutorials: Sequence[Tutorial],
    decisions: Sequence[Decision] = (),
) -> Matching:
    """Pair tutorial records with Administrate records.

    Args:
        records: all that Administrate holds, each identity once.
        rows: the bridge table as it stands.
        tutorials: all tutorial records, the inactive ones too.
        decisions: those in force, of this entity.
    """
    return _Matcher(records, rows, tutorials, decisions).run()


class _Matcher:
    """One matching under way: who is taken already, and by what right."""

    def __init__(
        self,
        records: Sequence[Record],
        rows: Sequence[Row],
        tutorials: Sequence[Tutorial],
        decisions: Sequence[Decision],
    ) -> None:
        self.records = {record.identity: record for record in records if not record.obstacle}
        self.blocked = [record for record in records if record.obstacle]
        self.tutorials = {tutorial.id: tutorial for tutorial in tutorials}
        self.standing = {
            row.identity: row.tutorial_id
            for row in rows
            if row.tutorial_id in self.tutorials and row.identity in self.records
        }
        self.holders: dict[int, list[Identity]] = defaultdict(list)
        for identity, tutorial_id in self.standing.items():
            self.holders[tutorial_id].append(identity)
        self.decisions = decisions
        self.never = {
            (decision.tutorial_id, decision.external_id)
            for decision in decisions
            if decision.kind == "never"
        }
        self.ignored_tutorials: set[int] = set()
        self.ignored_records: set[Identity] = set()
        # A record that cannot be written keeps whatever its row has, the link included.
        blocked = {record.identity for record in self.blocked}
        self.frozen = {
            row.identity: row.tutorial_id
            for row in rows
            if row.tutorial_id is not None and row.identity in blocked
        }
        self.taken_tutorials = set(self.frozen.values())
        self.out = Matching()

    def run(self) -> Matching:
        self.honour_links()
        self.honour_nevers()
        self.keep_doubled_links()
        self.honour_ignores()
        self.match_by_key()
        self.keep_standing_links()
        self.list_unmatched()
        return self.out

    # ------------------------------------------------------------------ decisions

    def honour_links(self) -> None:
        links = [decision for decision in self.decisions if decision.kind == "link"]
        tutorials = Counter(decision.tutorial_id for decision in links)
        externals = Counter(decision.external_id for decision in links)
        for decision in links:
            tutorial_id, external_id = decision.tutorial_id, decision.external_id
            identity = (external_id or "",)
            if tutorials[tutorial_id] > 1 or externals[external_id] > 1:
                self.conflict(decision, "another decision links one of the two elsewhere")
            elif (tutorial_id, external_id) in self.never:
                self.conflict(decision, "another decision says that the two are not the same")
            elif tutorial_id not in self.tutorials:
                self.conflict(decision, f"there is no tutorial record {tutorial_id} any more")
            elif identity not in self.records:
                self.conflict(decision, f"Administrate has no usable record {external_id} any more")
            else:
                self.pin(identity, tutorial_id)

    def pin(self, identity: Identity, tutorial_id: int) -> None:
        """Link by decision; whatever either end was linked to before gives way."""
        for other in self.holders[tutorial_id][:]:
            self.let_go(other)
            self.out.decided.add(other)
        self.let_go(identity)
        self.link(identity, tutorial_id)
        self.out.decided.add(identity)

    def honour_nevers(self) -> None:
        for tutorial_id, external_id in self.never:
            identity = (external_id or "",)
            if tutorial_id is not None and self.standing.get(identity) == tutorial_id:
                self.let_go(identity)
                self.out.decided.add(identity)

    def honour_ignores(self) -> None:
        linked = set(self.standing.values()) | self.taken_tutorials
        for decision in self.decisions:
            if decision.kind != "ignore":
                continue
            identity = (decision.external_id or "",)
            if decision.tutorial_id is not None and decision.tutorial_id in linked:
                self.conflict(decision, "the tutorial record is linked, yet to be ignored")
            elif decision.external_id is not None and (
                identity in self.standing or identity in self.out.links
            ):
                self.conflict(decision, "the Administrate record is linked, yet to be ignored")
            elif decision.tutorial_id is not None:
                self.ignored_tutorials.add(decision.tutorial_id)
            else:
                self.ignored_records.add(identity)

    # ------------------------------------------------------------------ links and keys

    def keep_doubled_links(self) -> None:
        """Two rows that point at one tutorial record: neither is touched, a person decides."""
        for tutorial_id, identities in list(self.holders.items()):
            if len(identities) < 2:
                continue
            named = ", ".join(identity[-1] for identity in identities)
            for identity in identities[:]:
                self.let_go(identity)
                self.link(identity, tutorial_id)
                self.out.conflicts.append(
                    Conflict(
                        f"tutorial {tutorial_id} and {identity[-1]}",
                        tutorial_id,
                        identity[-1],
                        f"tutorial record {tutorial_id} is linked to several: {named}",
                    )
                )

    def match_by_key(self) -> None:
        tutorials = self.tutorials_by_key()
        records = self.records_by_key()
        for key in tutorials.keys() | records.keys():
            some_tutorials, some_records = tutorials.get(key, []), records.get(key, [])
            if len(some_tutorials) > 1 or len(some_records) > 1:
                self.leave_ambiguous(key, some_tutorials, some_records)
            elif some_tutorials and some_records:
                self.pair(some_tutorials[0], some_records[0])

    def pair(self, tutorial: Tutorial, record: Record) -> None:
        if (tutorial.id, record.external_id) in self.never:
            return
        self.let_go(record.identity)
        for identity in self.holders[tutorial.id][:]:
            self.let_go(identity)
        self.link(record.identity, tutorial.id)

    def leave_ambiguous(self, key: Key, tutorials: list[Tutorial], records: list[Record]) -> None:
        linked = set(self.standing.values())
        loose = [record for record in records if record.identity not in self.standing]
        if loose or any(tutorial.id not in linked for tutorial in tutorials):
            self.out.ambiguous.append(Ambiguity(key, tuple(tutorials), tuple(records)))
            self.out.skipped.update(record.identity for record in loose)

    def keep_standing_links(self) -> None:
        for identity, tutorial_id in self.standing.items():
            tutorial, record = self.tutorials[tutorial_id], self.records[identity]
            self.link(identity, tutorial_id)
            if reason := _drift(tutorial, record):
                self.out.drifted.append(Drift(tutorial, record, reason))

    # ------------------------------------------------------------------ what is left

    def list_unmatched(self) -> None:
        ambiguous = {t.id for found in self.out.ambiguous for t in found.tutorials}
        self.out.unmatched_tutorial = [
            tutorial
            for tutorial in self.tutorials.values()
            if tutorial.is_active
            and tutorial.id not in self.taken_tutorials
            and tutorial.id not in self.ignored_tutorials
            and tutorial.id not in ambiguous
        ]
        named = {r.identity for found in self.out.ambiguous for r in found.records}
        self.out.unmatched_administrate = [
            record for record in self.blocked if record.identity not in self.frozen
        ] + [
            record
            for identity, record in self.records.items()
            if identity not in self.out.links
            and identity not in self.ignored_records
            and identity not in named
        ]

    # ------------------------------------------------------------------ small things

    def link(self, identity: Identity, tutorial_id: int) -> None:
        self.out.links[identity] = tutorial_id
        self.taken_tutorials.add(tutorial_id)

    def conflict(self, decision: Decision, reason: str) -> None:
        self.out.conflicts.append(
            Conflict(f"decision {decision.id}", decision.tutorial_id, decision.external_id, reason)
        )

    def let_go(self, identity: Identity) -> None:
        tutorial_id = self.standing.pop(identity, None)
        if tutorial_id is not None:
            self.holders[tutorial_id].remove(identity)

    def tutorials_by_key(self) -> Mapping[Key, list[Tutorial]]:
        found: dict[Key, list[Tutorial]] = defaultdict(list)
        for tutorial in self.tutorials.values():
            free = tutorial.id not in self.taken_tutorials
            if (
                free
                and tutorial.is_active
                and tutorial.key is not None
                and tutorial.id not in self.ignored_tutorials
            ):
                found[tutorial.key].append(tutorial)
        return found

    def records_by_key(self) -> Mapping[Key, list[Record]]:
        found: dict[Key, list[Record]] = defaultdict(list)
        for identity, record in self.records.items():
            if (
                record.key is not None
                and identity not in self.out.links
                and identity not in self.ignored_records
            ):
                found[record.key].append(record)
        return found
