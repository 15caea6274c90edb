"""Small worlds in which names collide all the time, for properties that hold in every one.

What belongs here: drawing them, and what a table looks like once a plan is applied to it. What
does not: what must hold.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from adm_sync.database.journal import Decision
from adm_sync.database.states import DecisionKind
from adm_sync.reference.entity import BridgeRow, Evidence, Identity, RemoteRecord, TutorialRecord
from adm_sync.reference.matching import Matching, match
from adm_sync.reference.planning import Plan, plan_sync
from adm_sync_tests.reference.building import (
    LOCATIONS,
    decision,
    nameless,
    record,
    refused,
    row,
    tutorial,
)

NAMES = st.sampled_from(["A", "a ", "B", "C", "D", ""])
TUTORIAL_IDS = range(1, 6)
EXTERNAL_IDS = [f"L{number}" for number in range(1, 7)]
NAMELESS = frozenset({""} | set(EXTERNAL_IDS))


@dataclass(frozen=True)
class World:
    """Both sides, the bridge table between them, and what people said about it."""

    records: list[RemoteRecord]
    rows: list[BridgeRow]
    tutorials: list[TutorialRecord]
    decisions: list[Decision]
    referenced: frozenset[int]

    @property
    def usable(self) -> dict[Identity, RemoteRecord]:
        return {one.identity: one for one in self.records if not one.obstacle}

    @property
    def evidence(self) -> Evidence:
        """As `fetching` has it: with a record that has no id, nothing counts as gone."""
        known = all(one.external_id for one in self.records)
        return Evidence(self.records, frozenset() if known else NAMELESS)

    @property
    def standing(self) -> dict[Identity, int]:
        """The links of which both ends are still there."""
        known = {one.id for one in self.tutorials}
        return {
            one.identity: one.tutorial_id
            for one in self.rows
            if one.tutorial_id in known and one.identity in self.usable
        }

    def match(self) -> Matching:
        return match(self.records, self.rows, self.tutorials, self.decisions)

    def plan(self, matching: Matching | None = None) -> Plan:
        gone = self.referenced - {r.id for r in self.rows if r.identity in self.usable}
        return plan_sync(LOCATIONS, self.evidence, self.rows, matching or self.match(), gone)

    def applied(self, plan: Plan) -> "World":
        return replace(self, rows=applied(self.rows, plan))


def applied(rows: list[BridgeRow], plan: Plan) -> list[BridgeRow]:
    """The table after a plan, as PostgreSQL would have it: an id that is not there is an error."""
    table = {one.id: one for one in rows}
    for change in plan.deletes:
        del table[change.row_id or 0]
    for change in plan.freed + plan.updates:
        old = table[change.row_id or 0]
        table[old.id] = replace(old, tutorial_id=change.tutorial_id, values=change.values)
    for number, change in enumerate(plan.creates, 1_000 + len(table)):
        table[number] = BridgeRow(number, change.identity, change.tutorial_id, change.values)
    return list(table.values())


def links_after(world: World, matching: Matching) -> dict[Identity, int]:
    """Every link that the table holds in the end, those of rows that are not written included."""
    blocked = {one.identity for one in world.records if one.obstacle}
    unclear = ("",) in blocked
    kept = {
        one.identity: one.tutorial_id
        for one in world.rows
        if one.tutorial_id is not None
        and (one.identity in blocked or (unclear and one.identity not in world.usable))
    }
    return kept | matching.links


def holders(links: dict[Identity, int]) -> dict[int, set[Identity]]:
    found: dict[int, set[Identity]] = defaultdict(set)
    for identity, tutorial_id in links.items():
        found[tutorial_id].add(identity)
    return found


@st.composite
def decisions(draw: st.DrawFn, most: int = 3) -> list[Decision]:
    drawn = []
    for number in range(1, draw(st.integers(0, most)) + 1):
        kind = draw(st.sampled_from(["link", "never", "ignore"]))
        tutorial_id: int | None = draw(st.sampled_from(TUTORIAL_IDS))
        external_id: str | None = draw(st.sampled_from(EXTERNAL_IDS))
        if kind == "ignore":
            if draw(st.booleans()):
                tutorial_id = None
            else:
                external_id = None
        drawn.append(decision(number, DecisionKind(kind), tutorial_id, external_id))
    return drawn


@st.composite
def worlds(draw: st.DrawFn, *, decided: bool = True) -> World:
    tutorials = [
        tutorial(number, draw(NAMES), is_active=draw(st.integers(0, 4)) > 0)
        for number in draw(st.sets(st.sampled_from(TUTORIAL_IDS)))
    ]
    records = []
    for external_id in draw(st.sets(st.sampled_from(EXTERNAL_IDS))):
        usable = draw(st.integers(0, 7)) > 0
        records.append(
            record(external_id, draw(NAMES), draw(st.sampled_from(["1", "2"])))
            if usable
            else refused(external_id)
        )
    if draw(st.integers(0, 15)) == 15:
        records += [nameless("A")] * draw(st.integers(1, 2))
    rows = [
        row(number, external_id, draw(st.none() | st.sampled_from(TUTORIAL_IDS)), "1")
        for number, external_id in enumerate(sorted(draw(st.sets(st.sampled_from(EXTERNAL_IDS)))))
    ]
    referenced = draw(st.sets(st.sampled_from(range(6))))
    said = draw(decisions()) if decided else []
    return World(records, rows, tutorials, said, frozenset(referenced))
