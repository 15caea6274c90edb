"""The state of an import: what holds now, whatever its runs have said when they ended.

What belongs here: the one rule by which a state is worked out, and when something that was
rejected counts as put right. What does not: the outcome of a run (`summary`), and showing it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePath

import sqlalchemy as sa

from adm_sync.database import import_overview, locks
from adm_sync.database.import_journal import DIED, ListedWorkbook
from adm_sync.database.import_overview import GroupCounts, NamedEvent, NamedGroup
from adm_sync.database.states import GroupOutcome, ImportStatus
from adm_sync.names.keys import normalise


class State(StrEnum):
    """What holds of an import now, all its runs together."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    PENDING = "pending"
    FAILED = "failed"
    CONFLICTS = "conflicts"
    DOUBLED = "doubled"
    UNDONE = "undone"
    REPLACED = "replaced"
    NOT_IMPORTED = "not imported"


# The states in which nothing is left to do.
SETTLED = (State.COMPLETE, State.UNDONE, State.REPLACED)
# Those that a person has to see to, and not only wait or correct a row.
ALARMING = (State.FAILED, State.CONFLICTS, State.DOUBLED)
# What became since of rows that were rejected.
BROUGHT_IN, LEFT_OUT = "brought in since", "left out since"
# What a spreadsheet or a browser adds to the name of a copy, and what the reports add.
_OF_A_COPY = re.compile(r"( \(checked(?: \d+)?\)| \(\d+\)| - copy| copy)+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the event groups of one workbook stand now.

    Attributes:
        workbook_id: our row.
        partition: the workbook's.
        state: what that comes to.
        created: events that it brought and that stand, in whichever of its runs.
        unchanged: events that it names and that were there before.
        updated: the same, but changed by it.
        rejected: events that it could not bring, and no later workbook has brought either.
        rejected_rows: the same of rows, or sessions, that belong to no event.
        brought_in: what it could not bring, and later workbooks have brought or left out.
        skipped: what it said was not to be imported.
        not_recorded: what can be imported, and is not yet.
        pending: events of which something is still to be done in Administrate.
        failed: events of which something waits for a person.
        conflicts: events with values that a person has to decide about.
        doubled: events that are in Administrate more than once.
        undone: events that were taken back.
        shown: what Dagster's checks show of it.
        since: what became of that which it could not bring, by its first row; of what is still
            rejected, nothing.
    """

    workbook_id: int
    partition: str
    state: State
    created: int = 0
    unchanged: int = 0
    updated: int = 0
    rejected: int = 0
    rejected_rows: int = 0
    brought_in: int = 0
    skipped: int = 0
    not_recorded: int = 0
    pending: int = 0
    failed: int = 0
    conflicts: int = 0
    doubled: int = 0
    undone: int = 0
    shown: str | None = None
    since: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do for anybody."""
        return self.state in SETTLED

    @property
    def sign(self) -> str:
        """What is to be shown of it; another sign, another light."""
        lacks = "" if self.is_settled else ", ".join(self.lacks())
        return f"{self.state}: {lacks}".removesuffix(": ")

    def lacks(self) -> Iterator[str]:
        """What is missing until it is complete, in words."""
        for name in LACKS:
            number = getattr(self, name)
            if number:
                words = name.replace("_", " ")
                yield f"{number} {words.removesuffix('s') if number == 1 else words}"

    def as_json(self) -> dict[str, int]:
        """The numbers, in the form of `--json`."""
        return {name: getattr(self, name) for name in NUMBERS}


NUMBERS = (
    *("created", "updated", "unchanged", "rejected", "rejected_rows", "brought_in", "skipped"),
    *("not_recorded", "pending", "failed", "conflicts", "doubled", "undone"),
)
# Those of them that keep it from being complete.
LACKS = (
    *("doubled", "failed", "conflicts", "rejected", "rejected_rows", "not_recorded", "pending"),
)


def state_of(
    numbers: Mapping[str, int], latest: ImportStatus | None, *, was_replaced: bool
) -> State:
    """What the numbers of a `Standing` come to: the worst of what holds.

    Args:
        numbers: by the names of the fields.
        latest: the outcome of the latest run; None if there was none.
        was_replaced: whether a later version of the file does without something of this one.
    """
    if numbers["doubled"]:
        return State.DOUBLED
    if numbers["failed"]:
        return State.FAILED
    if numbers["conflicts"]:
        return State.CONFLICTS
    if latest == ImportStatus.UNDONE and not numbers["created"]:
        return State.UNDONE  # nobody wants any more what it could not bring
    if numbers["rejected"] or numbers["rejected_rows"] or numbers["not_recorded"]:
        return State.PARTIAL
    if numbers["pending"]:
        return State.PENDING
    if was_replaced:
        return State.REPLACED
    if numbers["undone"] or latest == ImportStatus.UNDONE:
        return State.UNDONE
    if any(numbers.values()):
        return State.COMPLETE
    # Of a file that was refused as a whole, nothing is known but that.
    if latest == ImportStatus.FAILED:
        return State.FAILED
    return State.COMPLETE if latest == ImportStatus.SUCCEEDED else State.NOT_IMPORTED


def standings(
    connection: sa.Connection,
    workbook_ids: Sequence[int],
    once: Collection[int] = (),
    without: Collection[int] = (),
) -> dict[int, Standing]:
    """How these workbooks stand, by their ids, newest first; `once` and `without` as of
    `import_overview.counts`."""
    rows = import_overview.counts(connection, workbook_ids, once, without)
    put_right = _put_right(connection, rows)
    return {row.id: _standing(row, put_right.get(row.id, _Left())) for row in rows}


def unsettled(connection: sa.Connection, workbook_id: int | None = None) -> list[Standing]:
    """Every import that may stand otherwise than its checks show, and all that lack something.

    Args:
        connection: only read from.
        workbook_id: one that was at work; it and those with events or titles of its are too.
    """
    ids = import_overview.to_be_shown(connection, workbook_id, SETTLED)
    return list(standings(connection, ids).values())


def _standing(row: GroupCounts, left: "_Left") -> Standing:
    numbers = {name: getattr(row, name, 0) for name in NUMBERS}
    numbers["rejected"], numbers["rejected_rows"] = left.events, left.rows
    numbers["brought_in"] = row.rejected - left.events - left.rows
    state = state_of(numbers, row.status, was_replaced=left.was_replaced)
    return Standing(row.id, row.partition, state, shown=row.shown, since=left.since, **numbers)


def lock_name(partition: str) -> str:
    """Of the lock that whoever imports a workbook, or takes it back, holds meanwhile."""
    return f"import {partition}"


def outcomes(connection: sa.Connection, rows: Iterable[ListedWorkbook]) -> dict[int, str]:
    """The outcome of the latest run of each workbook; nobody runs whose lock is free.

    Args:
        connection: only read from.
        rows: the workbooks.
    """
    found = {row.id: (row.partition, row.status or State.NOT_IMPORTED) for row in rows}
    running = {lock_name(name) for name, status in found.values() if status == ImportStatus.RUNNING}
    at_work = locks.held(connection, running) if running else set()
    return {
        workbook_id: ImportStatus.INTERRUPTED
        if status == ImportStatus.RUNNING and lock_name(partition) not in at_work
        else status
        for workbook_id, (partition, status) in found.items()
    }


def message_of(row: ListedWorkbook, outcome: str) -> str:
    """What the latest run of a workbook said at its end.

    Args:
        row: the workbook.
        outcome: of that run, of `outcomes`.
    """
    died = outcome == ImportStatus.INTERRUPTED and row.status == ImportStatus.RUNNING
    return DIED if died else row.message or ""


# ---------------------------------------------------------------------- put right since


@dataclass(frozen=True, slots=True)
class _Left:
    """What of a workbook was rejected and is not put right; whether a later version has replaced
    something of it; what became of the rest, by its first row."""

    events: int = 0
    rows: int = 0
    was_replaced: bool = False
    since: Mapping[int, str] = field(default_factory=dict)


def _put_right(connection: sa.Connection, rows: Iterable[GroupCounts]) -> dict[int, _Left]:
    """What is left of what was rejected: later workbooks may have brought it, or do without it."""
    lacking = [
        row
        for row in rows
        if row.rejected or (row.status == ImportStatus.FAILED and not row.groups)
    ]
    if not lacking:
        return {}
    rejected: dict[int, list[NamedGroup]] = defaultdict(list)
    for group in import_overview.rejected_groups(connection, [row.id for row in lacking]):
        rejected[group.workbook_id].append(group)
    keys = {normalise(group.title) for groups in rejected.values() for group in groups} - {""}
    named = import_overview.latest_naming(connection, sorted(keys))
    arrived, found = _arrived(connection, [row.id for row in lacking]), {}
    for row in lacking:
        there = [one for one in named if one.workbook_id > row.id]
        missing = list(_not_there(rejected[row.id], there))
        if not row.groups:  # a file that was refused as a whole has no titles
            found[row.id] = _Left(was_replaced=bool(arrived.of_the_name(row)))
            continue
        gone = _done_without(connection, row, missing, arrived) if missing else []
        left = [group for group in missing if group not in gone]
        events = sum(group.has_event for group in left)
        since = {
            one.row: LEFT_OUT if one in gone else BROUGHT_IN
            for one in rejected[row.id]
            if one not in left
        }
        found[row.id] = _Left(events, len(left) - events, bool(gone), since)
    return found


def _not_there(rejected: Iterable[NamedGroup], there: Iterable[NamedEvent]) -> Iterator[NamedGroup]:
    """Those of the groups that no later workbook has brought under their title.

    One that was rejected for its start has to be there with that start.
    """
    left = Counter((one.title_key, one.starts_at) for one in there)
    for group in sorted(rejected, key=lambda one: one.starts_at is None):
        key = normalise(group.title)
        found = next(
            (one for one in left if key and one[0] == key and group.starts_at in {None, one[1]}),
            None,
        )
        if found is None:
            yield group
        else:
            left[found] -= 1
            left += Counter()


@dataclass(frozen=True, slots=True)
class _Arrived:
    """The workbooks that were read, in order, by what the names of versions have in common; and
    the later ones with a title of an earlier one, by the id of that."""

    by_name: Mapping[str, Sequence[int]]
    sharing: Mapping[int, Collection[int]]

    def of_the_name(self, row: GroupCounts) -> set[int]:
        """Those that came after it under its name."""
        return {one for one in self.by_name.get(_name_of(row.file_name), ()) if one > row.id}


def _arrived(connection: sa.Connection, workbook_ids: Sequence[int]) -> _Arrived:
    by_name: dict[str, list[int]] = defaultdict(list)
    for id_, file_name in import_overview.read_workbooks(connection):
        by_name[_name_of(file_name)].append(id_)
    sharing: dict[int, set[int]] = defaultdict(set)
    for earlier, later in import_overview.later_of_a_title(connection, workbook_ids):
        sharing[earlier].add(later)
    return _Arrived(by_name, sharing)


def _done_without(
    connection: sa.Connection, row: GroupCounts, missing: Sequence[NamedGroup], arrived: _Arrived
) -> list[NamedGroup]:
    """Those of these that the latest version of the workbook does without.

    It is a version if the file is called the same and has a title in common, or if it has all the
    titles; then its own rows are what is wanted.
    """
    same = arrived.of_the_name(row)
    ids = sorted(same.union(arrived.sharing.get(row.id, ())))
    if not ids:
        return []
    groups = import_overview.groups_of_several(connection, [row.id, *ids])
    titles: dict[int, set[str]] = defaultdict(set)
    for group in groups:
        titles[group.workbook_id] |= {normalise(group.title)} - {""}
    own = titles[row.id]
    versions = [one for one in ids if own & titles[one] and (one in same or own <= titles[one])]
    if not versions:
        return []
    lacking = [g for g in groups if g.workbook_id == versions[-1] and _is_lacking(g)]
    still, rows = {normalise(g.title) for g in lacking}, set[int]()
    is_same = versions[-1] in same
    if is_same:  # there a row without a title is known by its place
        still, rows = still - {""}, {g.row for g in lacking}
    return [
        group
        for group in missing
        if normalise(group.title) not in still
        and group.row not in rows
        # Another file that says the old start is no correction of the new one.
        and (is_same or group.starts_at is None)
    ]


def _is_lacking(group: NamedGroup) -> bool:
    """Whether its workbook wants it, and it is not there: refused, not recorded, or taken back."""
    if group.outcome == GroupOutcome.SKIPPED:
        return False
    return group.outcome == GroupOutcome.REJECTED or not group.stands


@lru_cache(maxsize=16_384)
def _name_of(file_name: str) -> str:
    """The name that versions of a file have in common."""
    return normalise(_OF_A_COPY.sub("", PurePath(file_name).stem))
