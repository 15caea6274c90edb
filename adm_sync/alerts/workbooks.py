"""What there is to tell of workbooks: how each import stands, and what was only handed in.

What belongs here: the sentences. What does not: judging an import, which is done where it is.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from shlex import quote

import sqlalchemy as sa

from adm_sync.alerts.causes import Causes
from adm_sync.alerts.items import Item, Matter
from adm_sync.database import dry_runs, import_journal, import_troubles, open_steps
from adm_sync.database.import_journal import ListedWorkbook
from adm_sync.database.states import ImportStatus, ProblemKind
from adm_sync.database.upload_answers import UPLOADED
from adm_sync.imports.state import (
    ALARMING,
    Standing,
    State,
    outcomes,
    standings,
    state_of,
    unsettled,
)
from adm_sync.imports.undo.broken import UNDO, broken_undo, is_undo
from adm_sync.pages import WITHIN

# What was only checked, and longer ago, nobody waits for any more.
LATELY = timedelta(days=14)
# A check of what was uploaded begins at once.
SOON_CHECKED = timedelta(minutes=5)
MOST_REASONS = 2


def of_workbooks(connection: sa.Connection, causes: Causes) -> Iterator[Item]:
    """All of it; of what failed by one of the causes, that is told with it."""
    yield from _imports(connection, causes)
    yield from _undos(connection)
    yield from _doubled(connection)
    yield from _checked(connection)
    yield from _unchecked(connection)


_AGAIN = "Import it again: it goes on where it was. adm-sync imports {name} says how far."
_WHAT = "adm-sync imports {name} says what."
# Kind, what is said of it, and what to do, of each state that is not settled.
_OF_STATES = {
    State.FAILED: (
        ProblemKind.FAILED,
        "has events of which something failed, and which wait for a person: {lacks}.",
        "adm-sync imports {name} says what and why; once that is mended, adm-sync push {name} "
        "--reopen tries it again.",
    ),
    State.CONFLICTS: (
        ProblemKind.FAILED,
        "would overwrite what somebody has changed: {lacks}.",
        "adm-sync imports {name} shows both values; import it again with --update and --take.",
    ),
    State.PARTIAL: (
        ProblemKind.PARTIAL,
        "is not all recorded here: {lacks}. Correct the marked copy and import it.",
        _WHAT,
    ),
    State.PENDING: (
        ProblemKind.PENDING,
        "is recorded here, and not all of it done in Administrate: {lacks}.",
        "It is tried again by itself; adm-sync push does it now.",
    ),
}
_REFUSED = "could not be imported: its latest run says why."
_STOPPED = {ImportStatus.INTERRUPTED, ImportStatus.CANCELLED}


def _imports(connection: sa.Connection, causes: Causes) -> Iterator[Item]:
    found = unsettled(connection)
    ids = [one.workbook_id for one in found]
    rows = {row.id: row for row in import_journal.workbooks_with_latest(connection, ids=ids)}
    ended = outcomes(connection, rows.values())
    for one in map(_but_for_doubles, found):
        row, outcome = rows[one.workbook_id], ended[one.workbook_id]
        is_at_work = outcome == ImportStatus.RUNNING
        if is_at_work and is_undo(row):
            continue
        if not is_at_work and _is_by_a_cause(one, row, causes):
            continue
        told = _of_import(one, outcome)
        if told is not None:
            kind, sentence, remedy = told
            why = _reasons(connection, one) if one.state == State.PENDING else []
            yield Item(
                Matter.IMPORT,
                kind,
                " ".join([f"«{one.partition}» {sentence}", *why]),
                remedy.format(name=quote(one.partition)),
                WITHIN.one_import(one.partition),
                one.partition,
                row.started_at if is_at_work else row.finished_at or row.started_at,
                is_settling=is_at_work,
            )


def _reasons(connection: sa.Connection, one: Standing) -> list[str]:
    """Why it waits: each reason once, but not many."""
    steps = open_steps.unfinished(connection, one.workbook_id)
    found = [*dict.fromkeys(step.message for step in steps if step.message)]
    more = len(found) - MOST_REASONS
    return [*found[:MOST_REASONS], *([f"And {more} more reasons."] if more > 0 else [])]


def _but_for_doubles(one: Standing) -> Standing:
    """How an import stands apart from the events that are doubled, which are told by themselves."""
    if not one.doubled:
        return one
    failed = max(0, one.failed - one.doubled)
    numbers = {**one.as_json(), "doubled": 0, "failed": failed}
    state = state_of(numbers, None, was_replaced=False)
    return replace(one, state=state, doubled=0, failed=failed)


def _doubled(connection: sa.Connection) -> Iterator[Item]:
    """Since when, nobody has noted: it counts from when it was seen."""
    for one in import_troubles.doubled_events(connection):
        yield Item(
            Matter.DOUBLED,
            ProblemKind.DOUBLED,
            f"The event «{one.title}» is in Administrate {one.number} times.",
            "adm-sync reconcile --remove-doubles proposes which of them to remove.",
            WITHIN.history("event", f"recorded:{one.id}"),
            f"{one.id}",
        )


def _is_by_a_cause(one: Standing, row: ListedWorkbook, causes: Causes) -> bool:
    """Whether it lacks nothing but what a problem of Administrate has kept from being done."""
    name = f"«{one.partition}»"
    if one.state == State.PENDING:
        return causes.holds_back(name)
    is_whole = one.state in {State.FAILED, State.NOT_IMPORTED} and not list(one.lacks())
    since = row.started_at or row.received_at
    return is_whole and causes.takes(row.cause, "imports", name, row.message or "", since)


def _of_import(one: Standing, outcome: str) -> tuple[ProblemKind | None, str, str] | None:
    if outcome == ImportStatus.RUNNING:
        return None, "is being imported now.", "adm-sync imports {name} says how far."
    if one.state == State.NOT_IMPORTED:
        if outcome not in _STOPPED:
            return None
        return ProblemKind.FAILED, f"was not imported: its last run was {outcome}.", _AGAIN
    if one.is_settled:
        return None
    kind, sentence, remedy = _OF_STATES[one.state]
    lacks = ", ".join(one.lacks())
    return kind, sentence.format(lacks=lacks) if lacks else _REFUSED, remedy


def _undos(connection: sa.Connection) -> Iterator[Item]:
    """What was to be taken back, and is not all of it."""
    ids = import_troubles.undos_without_end(connection, UNDO)
    rows = import_journal.workbooks_with_latest(connection, ids=ids) if ids else []
    ended, stand = outcomes(connection, rows), standings(connection, ids) if ids else {}
    for row in rows:
        if ended[row.id] == ImportStatus.RUNNING:
            yield Item(
                Matter.UNDO,
                None,
                f"«{row.partition}» is being taken back now.",
                f"adm-sync imports {quote(row.partition)} says how far.",
                WITHIN.undo(row.partition),
                row.partition,
                row.started_at,
                is_settling=True,
            )
        left = broken_undo(row, ended[row.id], stand[row.id])
        # Where something was left half done, that is told as what has failed of the import.
        if left is not None and stand[row.id].state not in ALARMING:
            yield Item(
                Matter.UNDO,
                ProblemKind.FAILED,
                f"«{row.partition}»: {left.sentence}",
                f"{left.command} goes on with what is left.",
                WITHIN.undo(row.partition),
                row.partition,
                row.started_at,
            )


def _checked(connection: sa.Connection) -> Iterator[Item]:
    for one in dry_runs.only_checked(connection, datetime.now(UTC) - LATELY):
        yield Item(
            Matter.IMPORT,
            None,
            f"«{one.partition}» was checked by {one.who}, and waits for somebody to import or to "
            "correct it.",
            f"adm-sync imports {quote(one.partition)} says what was found.",
            WITHIN.one_import(one.partition),
            one.partition,
            one.finished_at,
        )


def _unchecked(connection: sa.Connection) -> Iterator[Item]:
    """What was uploaded and could not be checked, or is not yet, or whose check was killed."""
    now = datetime.now(UTC)
    for one in dry_runs.unchecked(connection, UPLOADED, now - LATELY, now - SOON_CHECKED):
        by = f" by {one.sender}" if one.sender else ""
        yield Item(
            Matter.IMPORT,
            None,
            f"«{one.partition}» was uploaded{by}, is kept, and was not checked to the end.",
            f"adm-sync import-events --kept --dry-run {quote(one.partition)} checks it.",
            WITHIN.one_import(one.partition),
            one.partition,
            one.received_at,
        )
