"""Which tutorial record each Administrate record belongs to.

What belongs here: the rules of matching and of decisions, as a pure function of records, rows,
tutorial records and decisions. What does not: what is then written (`planning`).

In short: a person's decision first, then a link that stands, then the key. A key that more than
one record of a side carries links nothing. A standing link moves only when exactly one other
record now carries the key that its own partner has lost. A link that contradicts a decision or
another link is left as it is, until a person resolves that.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from adm_sync.database.journal import Decision
from adm_sync.database.states import DecisionKind
from adm_sync.reference.entity import BridgeRow, Identity, Key, RemoteRecord, TutorialRecord

One = TypeVar("One", TutorialRecord, RemoteRecord)


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A key that occurs twice on a side: everyone who carries it."""

    key: Key
    tutorials: tuple[TutorialRecord, ...]
    records: tuple[RemoteRecord, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """A link that stands although its two ends no longer carry the same key."""

    tutorial: TutorialRecord
    record: RemoteRecord
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
    """The outcome: `links` holds the tutorial id of every record that is to be linked.

    `decided` are records whose link a decision made or took away, `renamed` those whose link stands
    on unequal keys, `skipped` those that are not to be linked or, without a row, not to be written.
    `never` are pairs of ids of which a person has said that they are not the same. `linked` are the
    ids of all tutorial records that have a link, those of rows that cannot be written too.
    """

    links: dict[Identity, int] = field(default_factory=dict)
    decided: set[Identity] = field(default_factory=set)
    renamed: set[Identity] = field(default_factory=set)
    skipped: set[Identity] = field(default_factory=set)
    ambiguous: list[Ambiguity] = field(default_factory=list)
    drifted: list[Drift] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    unmatched_tutorial: list[TutorialRecord] = field(default_factory=list)
    unmatched_administrate: list[RemoteRecord] = field(default_factory=list)
    tutorial_records: int = 0
    never: set[tuple[int | None, str | None]] = field(default_factory=set)
    linked: set[int] = field(default_factory=set)


def _drift(tutorial: TutorialRecord, record: RemoteRecord) -> str | None:
    """Why a linked pair no longer agrees; None if it does."""
    if not tutorial.is_active:
        return f"the tutorial record '{tutorial.label}' is inactive"
    if tutorial.key == record.key is not None:
        return None
    if tutorial.label != record.label:
        return f"'{tutorial.label}' here is '{record.label}' in Administrate"
    if record.about:
        return f"'{record.label}' is at another place: {record.about}"
    if tutorial.key is None or record.key is None:
        return f"'{record.label}' is not enough of a name to compare"
    return f"'{record.label}' is divided into other parts in Administrate"


def match(
    records: Sequence[RemoteRecord],
    rows: Sequence[BridgeRow],
    tutorials: Sequence[TutorialRecord],
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


def _by_key(some: Iterable[One]) -> tuple[dict[Key, One], dict[Key, list[One]]]:
    """Those who carry a key alone, and those who share one."""
    alone: dict[Key, One] = {}
    shared: dict[Key, list[One]] = {}
    for one in some:
        if one.key is not None:
            first = alone.setdefault(one.key, one)
            if first is not one:
                shared.setdefault(one.key, [first]).append(one)
    for key in shared:
        del alone[key]
    return alone, shared


def _listed(one: One | None) -> list[One]:
    return [] if one is None else [one]


class _Matcher:
    """One matching under way.

    `standing` are links of the table that nothing has confirmed or moved yet; `frozen` are those
    of rows that cannot be written now. Whoever is `settled` keeps the link that there is; whoever
    is `excused` by a decision takes no part in the matching by key.
    """

    def __init__(
        self,
        records: Sequence[RemoteRecord],
        rows: Sequence[BridgeRow],
        tutorials: Sequence[TutorialRecord],
        decisions: Sequence[Decision],
    ) -> None:
        self.out = Matching(tutorial_records=len(tutorials))
        self.decisions = decisions
        self.never = {
            (d.tutorial_id, d.external_id) for d in decisions if d.kind == DecisionKind.NEVER
        }
        self.out.never = self.never
        self.tutorials = {tutorial.id: tutorial for tutorial in tutorials}
        self.records = {record.identity: record for record in records if not record.obstacle}
        self.blocked = [record for record in records if record.obstacle]
        # Of two rows for one record the first counts, as it does in the plan.
        self.standing = {
            row.identity: row.tutorial_id
            for row in reversed(rows)
            if row.tutorial_id in self.tutorials and row.identity in self.records
        }
        self.frozen = self.frozen_links(rows) if self.blocked else {}
        self.holder: dict[int, Identity] = {}
        self.settled = set(self.frozen.values())
        self.excused_tutorials: set[int] = set()
        self.excused_records: set[Identity] = set()

    def frozen_links(self, rows: Sequence[BridgeRow]) -> dict[Identity, int]:
        """A record that cannot be written keeps what its row has, the link included.

        A record without a usable id may be the one of any row that seems to be gone.
        """
        blocked = {record.identity for record in self.blocked}
        nameless = not all(record.refused for record in self.blocked)
        return {
            row.identity: row.tutorial_id
            for row in rows
            if row.tutorial_id is not None
            and (row.identity in blocked or (nameless and row.identity not in self.records))
        }

    def run(self) -> Matching:
        self.honour_links()
        self.honour_nevers()
        self.settle_doubled_links()
        self.honour_ignores()
        self.match_by_key()
        self.list_unmatched()
        return self.out

    # ------------------------------------------------------------------ decisions

    def honour_links(self) -> None:
        links = [decision for decision in self.decisions if decision.kind == DecisionKind.LINK]
        said = {(decision.tutorial_id, decision.external_id) for decision in links}
        tutorials = Counter(tutorial_id for tutorial_id, _ in said)
        externals = Counter(external_id for _, external_id in said)
        pinned: dict[Identity, int] = {}
        for decision in links:
            tutorial_id, external_id = decision.tutorial_id, decision.external_id
            identity = (external_id or "",)
            if tutorials[tutorial_id] > 1 or externals[external_id] > 1:
                self.conflict(decision, "another decision links one of the two elsewhere")
            elif (tutorial_id, external_id) in self.never:
                self.conflict(decision, "another decision says that the two are not the same")
            elif tutorial_id is None or tutorial_id not in self.tutorials:
                self.conflict(decision, f"there is no tutorial record {tutorial_id} any more")
            elif identity not in self.records:
                self.conflict(decision, f"Administrate has no usable record {external_id} any more")
            elif tutorial_id in self.settled:
                self.conflict(decision, "the tutorial record's own row cannot be written now")
            else:
                pinned[identity] = tutorial_id
        if pinned:
            self.pin(pinned)

    def pin(self, pinned: dict[Identity, int]) -> None:
        """Link by decision; whatever either end was linked to before gives way."""
        self.excused_tutorials.update(pinned.values())
        self.excused_records.update(pinned)
        before = [
            identity
            for identity, tutorial_id in self.standing.items()
            if identity in pinned or tutorial_id in self.excused_tutorials
        ]
        for identity in before:
            del self.standing[identity]
        self.out.links.update(pinned)
        self.out.decided.update(pinned, before)

    def honour_nevers(self) -> None:
        for tutorial_id, external_id in self.never:
            identity = (external_id or "",)
            if tutorial_id is not None and self.standing.get(identity) == tutorial_id:
                del self.standing[identity]
                self.out.decided.add(identity)

    def honour_ignores(self) -> None:
        ignores = [decision for decision in self.decisions if decision.kind == DecisionKind.IGNORE]
        linked = self.linked_tutorials() if ignores else set()
        for decision in ignores:
            tutorial_id, identity = decision.tutorial_id, (decision.external_id or "",)
            if tutorial_id is not None and tutorial_id in linked:
                self.conflict(decision, "the tutorial record is linked, yet to be ignored")
                self.settle(self.holder.get(tutorial_id))
            elif tutorial_id is not None:
                self.excused_tutorials.add(tutorial_id)
            elif any(identity in links for links in (self.standing, self.out.links, self.frozen)):
                self.conflict(decision, "the Administrate record is linked, yet to be ignored")
                self.settle(identity)
            elif decision.external_id:
                self.excused_records.add(identity)

    # ------------------------------------------------------------------ links and keys

    def settle_doubled_links(self) -> None:
        """Two rows that point at one tutorial record: neither is touched, a person decides."""
        doubled: dict[int, list[Identity]] = {}
        for identity, tutorial_id in chain(self.frozen.items(), self.standing.items()):
            holder = self.holder.setdefault(tutorial_id, identity)
            if holder is not identity:
                doubled.setdefault(tutorial_id, [holder]).append(identity)
        for tutorial_id, identities in doubled.items():
            named = ", ".join(sorted(identity[-1] for identity in identities))
            for identity in identities:
                self.settle(identity)
                self.out.conflicts.append(
                    Conflict(
                        f"tutorial {tutorial_id} and {identity[-1]}",
                        tutorial_id,
                        identity[-1],
                        f"tutorial record {tutorial_id} is linked to several: {named}",
                    )
                )

    def match_by_key(self) -> None:
        tutorials, several_tutorials = _by_key(
            tutorial
            for tutorial in self.tutorials.values()
            if tutorial.is_active and tutorial.id not in self.excused_tutorials
        )
        records, several_records = _by_key(
            record
            for identity, record in self.records.items()
            if identity not in self.excused_records
        )
        for key, tutorial in tutorials.items():
            if key in records:
                self.pair(tutorial, records[key])
        self.keep_standing_links()
        linked = self.linked_tutorials() if several_tutorials or several_records else set()
        for key in dict.fromkeys(chain(several_tutorials, several_records)):
            self.leave_ambiguous(
                key,
                several_tutorials.get(key) or _listed(tutorials.get(key)),
                several_records.get(key) or _listed(records.get(key)),
                linked,
            )

    def pair(self, tutorial: TutorialRecord, record: RemoteRecord) -> None:
        """Link the only two that carry a key; each lets go of a partner that does not."""
        if (
            tutorial.id in self.settled
            or record.identity in self.out.links
            or (tutorial.id, record.external_id) in self.never
        ):
            return
        if self.standing.pop(record.identity, None) != tutorial.id:
            self.standing.pop(self.holder.get(tutorial.id, ()), None)
        self.out.links[record.identity] = tutorial.id

    def keep_standing_links(self) -> None:
        for identity, tutorial_id in self.standing.items():
            tutorial, record = self.tutorials[tutorial_id], self.records[identity]
            self.out.links[identity] = tutorial_id
            if reason := _drift(tutorial, record):
                self.out.drifted.append(Drift(tutorial, record, reason))
            if tutorial.key != record.key:
                self.out.renamed.add(identity)

    def leave_ambiguous(
        self,
        key: Key,
        tutorials: list[TutorialRecord],
        records: list[RemoteRecord],
        linked: set[int],
    ) -> None:
        loose = [record.identity for record in records if record.identity not in self.out.links]
        if loose or any(tutorial.id not in linked for tutorial in tutorials):
            self.out.ambiguous.append(Ambiguity(key, tuple(tutorials), tuple(records)))
            self.out.skipped.update(loose)

    # ------------------------------------------------------------------ what is left

    def list_unmatched(self) -> None:
        named = {t.id for found in self.out.ambiguous for t in found.tutorials}
        self.out.linked = self.linked_tutorials()
        accounted = self.out.linked | self.excused_tutorials | named
        self.out.unmatched_tutorial = [
            tutorial
            for tutorial in self.tutorials.values()
            if tutorial.is_active and tutorial.id not in accounted
        ]
        named_records = {r.identity for found in self.out.ambiguous for r in found.records}
        self.out.unmatched_administrate = [
            record
            for record in chain(self.blocked, self.records.values())
            if record.identity not in self.out.links
            and record.identity not in self.frozen
            and record.identity not in self.excused_records
            and record.identity not in named_records
        ]

    # ------------------------------------------------------------------ small things

    def settle(self, identity: Identity | None) -> None:
        """Leave a standing link as it is, although it contradicts something."""
        if identity in self.standing:
            tutorial_id = self.standing.pop(identity)
            self.out.links[identity] = tutorial_id
            self.settled.add(tutorial_id)

    def linked_tutorials(self) -> set[int]:
        """Whoever has a link as things stand now."""
        links = (self.standing, self.out.links, self.frozen)
        return {tutorial_id for some in links for tutorial_id in some.values()}

    def conflict(self, decision: Decision, reason: str) -> None:
        self.out.conflicts.append(
            Conflict(f"decision {decision.id}", decision.tutorial_id, decision.external_id, reason)
        )
