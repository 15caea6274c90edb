"""Records, rows and tutorial records in a few words, for the tests of this package."""

from datetime import UTC, datetime
from typing import Any

from adm_sync.database.journal import Decision
from adm_sync.database.states import DecisionKind
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import BridgeRow, Evidence, RemoteRecord, TutorialRecord
from adm_sync.reference.matching import Matching, match
from adm_sync.reference.planning import Plan, plan_sync
from adm_sync.reference.reading import key_of

LOCATIONS = BY_NAME["locations"]


def record(
    external_id: str, name: str = "", legacy_id: str | None = None, **rest: Any
) -> RemoteRecord:
    rest = {"key": key_of(name), "values": (legacy_id,), **rest}
    return RemoteRecord((external_id,), name, **rest)


def refused(external_id: str, name: str = "") -> RemoteRecord:
    """A record that the database would not take."""
    return record(external_id, name, key=None, values=(), obstacle="too long", refused=True)


def nameless(name: str = "") -> RemoteRecord:
    """A record that came without an id."""
    return record("", name, key=None, values=(), obstacle="its id is None, which is not text")


def tutorial(number: int, name: str = "", *, is_active: bool = True) -> TutorialRecord:
    return TutorialRecord(number, name, key_of(name), is_active)


def row(
    number: int, external_id: str, tutorial_id: int | None = None, legacy_id: str | None = None
) -> BridgeRow:
    return BridgeRow(number, (external_id,), tutorial_id, (legacy_id,))


def decision(
    number: int, kind: DecisionKind, tutorial_id: int | None, external_id: str | None
) -> Decision:
    """What Ada Example decided about locations."""
    made = datetime(2026, 1, 2, tzinfo=UTC)
    return Decision(number, kind, "locations", tutorial_id, external_id, "Ada Example", "", made)


def link(number: int, tutorial_id: int | None, external_id: str | None) -> Decision:
    return decision(number, DecisionKind.LINK, tutorial_id, external_id)


def never(number: int, tutorial_id: int, external_id: str) -> Decision:
    return decision(number, DecisionKind.NEVER, tutorial_id, external_id)


def ignore(number: int, tutorial_id: int | None, external_id: str | None = None) -> Decision:
    return decision(number, DecisionKind.IGNORE, tutorial_id, external_id)


def links(matching: Matching) -> dict[str, int]:
    """External id to tutorial id."""
    return {identity[-1]: tutorial_id for identity, tutorial_id in matching.links.items()}


def unmatched(matching: Matching) -> tuple[set[int], set[str]]:
    return (
        {one.id for one in matching.unmatched_tutorial},
        {one.external_id for one in matching.unmatched_administrate},
    )


def ambiguous(matching: Matching) -> list[tuple[set[int], set[str]]]:
    return [
        ({one.id for one in found.tutorials}, {one.external_id for one in found.records})
        for found in matching.ambiguous
    ]


def drifted(matching: Matching) -> dict[str, str]:
    return {drift.record.external_id: drift.reason for drift in matching.drifted}


def conflicts(matching: Matching) -> dict[str, str]:
    return {one.subject: one.reason for one in matching.conflicts}


def planned(
    records: list[RemoteRecord],
    rows: list[BridgeRow],
    tutorials: list[TutorialRecord] | None = None,
    decisions: list[Decision] | None = None,
    referenced: frozenset[int] = frozenset(),
) -> Plan:
    """The plan of a sync of locations."""
    matching = match(records, rows, tutorials or [], decisions or [])
    return plan_sync(LOCATIONS, Evidence(records), rows, matching, referenced)
