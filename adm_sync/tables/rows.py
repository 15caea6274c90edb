"""The rows of each declared table: plain values in the order of its columns.

What belongs here: from what is recorded to rows. What does not: the statements
(`database.whole_tables`), and frames and files of these rows.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import whole_tables
from adm_sync.database.journal import OpenDiscrepancy
from adm_sync.imports.looking import ListedImport
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.suggestions import told_apart
from adm_sync.tables.declared import (
    CHANGES,
    DECISIONS,
    DIFFERENCES,
    DISCREPANCIES,
    EVENTS,
    FINDINGS,
    GROUPS,
    IMPORTS,
    RUNS,
    STEPS,
    ColumnType,
    TypedTable,
)

Values = tuple[Any, ...]


def row_of(table: TypedTable, given: Mapping[str, Any]) -> Values:
    """One row; a column that is not given is missing in it."""
    return tuple(
        str(value) if column.type is ColumnType.TEXT and value is not None else value
        for column in table.columns
        for value in (given.get(column.name),)
    )


def _rows(table: TypedTable, given: Iterable[Mapping[str, Any]]) -> list[Values]:
    return [row_of(table, one) for one in given]


# ---------------------------------------------------------------------- reference entities


def discrepancies(
    connection: sa.Connection, entity: str | None = None, *, is_open: bool = False
) -> list[Values]:
    """Of DISCREPANCIES: all, or those that are open."""
    found = whole_tables.discrepancies(connection, entity, is_open=is_open)
    given = (
        {**one, "told_apart_by": one["apart"] or None, "nearest": nearest(one["suggestions"])}
        for one in found
    )
    return _rows(DISCREPANCIES, given)


def open_discrepancy(one: OpenDiscrepancy) -> Values:
    """The row of DISCREPANCIES of one that is open."""
    values = {name: getattr(one, name) for name in one.__dataclass_fields__}
    told = {"record": one.label, "told_apart_by": one.apart or None}
    return row_of(DISCREPANCIES, values | told | {"nearest": nearest(one.suggestions)})


def nearest(suggestions: Sequence[Mapping[str, Any]]) -> str | None:
    """The candidates in one text."""
    named = (
        f"{told_apart(one['label'], one)} ({one['external_id'] or one['tutorial_id']})"
        for one in suggestions
    )
    return ", ".join(named) or None


def decisions(
    connection: sa.Connection, entity: str | None = None, *, in_force: bool = False
) -> list[Values]:
    """Of DECISIONS: all, or those in force."""
    found = whole_tables.decisions(connection, entity)
    return _rows(DECISIONS, (one for one in found if not (in_force and one["withdrawn_at"])))


def runs(connection: sa.Connection, entity: str | None = None) -> list[Values]:
    """Of RUNS."""
    return _rows(RUNS, whole_tables.runs(connection, entity))


# ---------------------------------------------------------------------- changes

# What a workbook changes is no reference entity.
OF_WORKBOOKS = ("events", "sessions")


def changes(
    connection: sa.Connection, entity: str | None = None, partition: str | None = None
) -> list[Values]:
    """Of CHANGES, the oldest first; of one entity (or events, or sessions), or of one import."""
    made: list[Mapping[str, Any]] = []
    if partition is None and entity not in OF_WORKBOOKS:
        made += _changed_by_syncs(whole_tables.changes_of_syncs(connection, entity))
    if entity is None or entity in OF_WORKBOOKS:
        found = _changed_by_workbooks(whole_tables.changes_of_workbooks(connection, partition))
        made += (one for one in found if entity in {None, one["entity"]})
    made.sort(key=lambda one: one["made_at"])
    return _rows(CHANGES, made)


def _changed_by_syncs(found: whole_tables.Rows) -> Iterator[Mapping[str, Any]]:
    for one in found:
        before, after = one["before"] or {}, one["after"] or {}
        # The values by which its row is known.
        parts = len(BY_NAME[one["entity"]].identity)
        *of, external_id = one["external_id"].split("/", parts - 1)
        known = {"external_id": external_id, "record": "/".join(of) or None}
        for name in dict.fromkeys([*before, *after]):
            if before.get(name) != after.get(name):
                told = {"before": _told(before.get(name)), "after": _told(after.get(name))}
                yield {**one, **known, "field": name, **told}


def _changed_by_workbooks(found: whole_tables.Rows) -> Iterator[Mapping[str, Any]]:
    for one in found:
        action = "taken back" if one["taken_back_at"] else "updated"
        for changed in one["changes"]:
            is_session = changed["day"] is not None
            for name, (before, after) in changed["fields"].items():
                sides = (changed.get("overwritten") or {}).get(name, {})
                yield {
                    **one,
                    "entity": OF_WORKBOOKS[is_session],
                    "day": changed["day"],
                    "action": action,
                    "field": name,
                    "before": _told(before),
                    "after": _told(after),
                    **{f"overwritten_{side}": _told(value) for side, value in sides.items()},
                }


def _told(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


# ---------------------------------------------------------------------- workbooks


def imports(listed: Iterable[ListedImport]) -> list[Values]:
    """Of IMPORTS, in their order."""
    return _rows(IMPORTS, map(_imported, listed))


def _imported(one: ListedImport) -> Mapping[str, Any]:
    workbook = one.workbook
    return {
        **{name: getattr(workbook, name) for name in workbook.__dataclass_fields__},
        **one.standing.as_json(),
        "workbook": workbook.file_name,
        "state": one.standing.state,
        "status": one.outcome,
        "message": one.message,
        "rows": (workbook.summary or {}).get("rows"),
    }


def groups(partition: str, listed: Sequence[Mapping[str, Any]]) -> list[Values]:
    """Of GROUPS: the events of one workbook, as `adm-sync imports PARTITION` lists them."""
    return _rows(GROUPS, ({**one, "partition": partition} for one in listed))


def findings(connection: sa.Connection, partition: str | None = None) -> list[Values]:
    """Of FINDINGS, in order."""
    return _rows(FINDINGS, whole_tables.found_in_workbooks(connection, partition))


def events(connection: sa.Connection, partition: str | None = None) -> list[Values]:
    """Of EVENTS: those that imports, or one of them, brought; oldest first."""
    return _rows(EVENTS, whole_tables.recorded_events(connection, partition))


def steps(
    connection: sa.Connection, partition: str | None = None, since: datetime | None = None
) -> list[Values]:
    """Of STEPS: those of all events, or of those that a workbook names.

    With `since` only what was done since then, and what is still to be done.
    """
    return _rows(STEPS, whole_tables.all_steps(connection, partition, since))


def differences(found: Iterable[Mapping[str, Any]]) -> list[Values]:
    """Of DIFFERENCES, of which each is in the form of `--json`."""
    return _rows(DIFFERENCES, found)
