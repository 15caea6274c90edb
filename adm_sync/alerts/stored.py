"""What our own database has to tell: all that waits for something or for somebody.

What belongs here: finding it, each as a sentence, in the words and with the weight that the exit
statuses have. What does not: what is missing in Dagster's database (`watching`), and judging an
import or a comparison, which is done where they are.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from shlex import quote

import sqlalchemy as sa

from adm_sync.alerts.items import Item, Matter
from adm_sync.database import (
    alerts,
    comparisons,
    dry_runs,
    import_journal,
    inbox,
    locks,
    open_records,
    open_steps,
    overview,
    rate_limit,
)
from adm_sync.database.overview import LatestRun
from adm_sync.database.states import ImportStatus, ProblemKind, RunStatus
from adm_sync.imports.file_kinds import may_hold_events
from adm_sync.imports.state import Standing, State, outcomes, unsettled
from adm_sync.moments import clock_time
from adm_sync.pages import WITHIN
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.sync import LOCK

# What was only checked, and longer ago, nobody waits for any more.
LATELY = timedelta(days=14)


def stored(connection: sa.Connection, zone: str) -> list[Item]:
    """Everything that our database has to tell now; it is only read from, and moments are told in
    that time zone.
    """
    return [
        *_of_administrate(connection, zone),
        *_held(connection),
        *_syncs(connection),
        *_imports(connection),
        *_checked(connection),
        *_in_the_inbox(connection),
        *_steps(connection),
        *_differences(connection),
        *_unmatched(connection),
        *_addresses(connection),
    ]


# ---------------------------------------------------------------------- Administrate

_OF_FAULTS = {
    ProblemKind.API_CHANGED: "adm-sync doctor lists what has changed; adm_sync has to be brought "
    "up to date.",
    ProblemKind.ACCESS_REFUSED: "Look at the credentials, and what their user may do, in "
    "Administrate; adm-sync doctor tries them.",
}


def _of_administrate(connection: sa.Connection, zone: str) -> Iterator[Item]:
    for fault in alerts.api_faults_now(connection):
        yield Item(
            Matter.ADMINISTRATE,
            fault.kind,
            fault.message,
            _OF_FAULTS[fault.kind],
            subject=fault.subject,
            since=fault.first_seen,
        )
    until = rate_limit.held_back_until(connection)
    if until is not None:
        yield Item(
            Matter.ADMINISTRATE,
            ProblemKind.PENDING,
            "Administrate has asked to be left alone: nothing is sent to it until "
            f"{clock_time(until, zone)}.",
            "It goes on by itself then; adm-sync push goes on with what is due.",
            subject="limit",
        )


# ---------------------------------------------------------------------- the inbox


def _in_the_inbox(connection: sa.Connection) -> Iterator[Item]:
    """What was not taken in; of what nobody can have meant to import it is only to be known."""
    for file in inbox.refused(connection):
        yield Item(
            Matter.INBOX,
            ProblemKind.PARTIAL if may_hold_events(file.name) else None,
            f"In the inbox: {file.message}",
            "Put it right and drop it again, or take it away.",
            WITHIN.upload(),
            file.name,
            file.seen_at,
        )


# ---------------------------------------------------------------------- syncs


def _held(connection: sa.Connection) -> Iterator[Item]:
    for plan in overview.held(connection):
        yield Item(
            Matter.HELD,
            ProblemKind.HELD,
            f"A plan of the {BY_NAME[plan.entity].many} is held: {plan.reason}.",
            f"Look at Administrate; if it is right so: adm-sync release {plan.entity}",
            WITHIN.held(plan.entity),
            plan.entity,
            plan.held_at,
        )


def _syncs(connection: sa.Connection) -> Iterator[Item]:
    runs = overview.latest_runs(connection)
    never = [entity.many for entity in ENTITIES if entity.name not in runs]
    if never:
        sentence = f"Never synced: the {', '.join(never)}."
        yield Item(Matter.SYNC, None, sentence, "adm-sync sync-all does it.")
    is_at_work = bool(locks.held(connection, [LOCK]))
    for entity in ENTITIES:
        run = runs.get(entity.name)
        said = run and _of_run(run, entity.many, is_at_work=is_at_work)
        if run and said:
            yield Item(
                Matter.SYNC,
                *said,
                f"When what it says is mended: adm-sync sync {entity.name}",
                WITHIN.today(),
                entity.name,
                run.started_at,
                is_settling=is_at_work and run.status == RunStatus.RUNNING,
            )


def _of_run(
    run: LatestRun, many: str, *, is_at_work: bool
) -> tuple[ProblemKind | None, str] | None:
    match run.status:
        case RunStatus.RUNNING if is_at_work:
            return None, f"The {many} are being synced now."
        case RunStatus.RUNNING:
            return ProblemKind.FAILED, f"The sync of the {many} ended in the middle. Run it again."
        case RunStatus.FAILED | RunStatus.SKIPPED:
            return ProblemKind.FAILED, f"The sync of the {many} failed: {run.message}"
        case RunStatus.PARTIAL:
            return ProblemKind.PARTIAL, f"The sync of the {many} was partial: {run.message}"
        case RunStatus.SUCCEEDED if run.errors:
            refused = "1 record was" if run.errors == 1 else f"{run.errors} records were"
            said = f"Of the {many}, {refused} refused by the database: {run.message}"
            return ProblemKind.PARTIAL, said
    return None  # a plan that is held has its own sentence


def _unmatched(connection: sa.Connection) -> Iterator[Item]:
    found = open_records.counts(connection)
    counts = [(sum(found[one.name].values()), one.many) for one in ENTITIES if one.name in found]
    if counts:
        total = sum(count for count, _ in counts)
        said = "1 record does" if total == 1 else f"{total} records do"
        named = ", ".join(f"{count} of the {many}" for count, many in counts)
        yield Item(
            Matter.UNMATCHED,
            None,
            f"{said} not match between the two sides, as the last syncs found: {named}.",
            "adm-sync unmatched lists them, with suggestions.",
            WITHIN.unmatched(),
        )


# ---------------------------------------------------------------------- workbooks

_AGAIN = "Import it again: it goes on where it was. adm-sync imports {name} says how far."
_WHAT = "adm-sync imports {name} says what."
# Kind, what is said of it, and what to do, of each state that is not settled.
_OF_STATES = {
    State.DOUBLED: (
        ProblemKind.DOUBLED,
        "is in Administrate more than once: {lacks}.",
        "adm-sync reconcile --remove-doubles proposes which event to remove.",
    ),
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


def _imports(connection: sa.Connection) -> Iterator[Item]:
    found = unsettled(connection)
    ids = [one.workbook_id for one in found]
    rows = {row.id: row for row in import_journal.workbooks_with_latest(connection, ids=ids)}
    ended = outcomes(connection, rows.values())
    for one in found:
        row, outcome = rows[one.workbook_id], ended[one.workbook_id]
        is_at_work = outcome == ImportStatus.RUNNING
        told = _of_import(one, outcome)
        if told is not None:
            kind, sentence, remedy = told
            yield Item(
                Matter.IMPORT,
                kind,
                f"«{one.partition}» {sentence}",
                remedy.format(name=quote(one.partition)),
                WITHIN.one_import(one.partition),
                one.partition,
                row.started_at if is_at_work else row.finished_at or row.started_at,
                is_settling=is_at_work,
            )


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


def _steps(connection: sa.Connection) -> Iterator[Item]:
    due = open_steps.count_due(connection, None)
    if due:
        events = "1 event has" if due == 1 else f"{due} events have"
        yield Item(
            Matter.STEPS,
            None,  # the problem is told of the imports that wait for it
            f"{events} something due in Administrate now. It is tried again by itself.",
            "adm-sync push does it now.",
            WITHIN.imports(),
        )


def _differences(connection: sa.Connection) -> Iterator[Item]:
    for one in comparisons.latest(connection):
        if one.differences:
            number = "1 difference" if one.differences == 1 else f"{one.differences} differences"
            yield Item(
                Matter.DIFFERENCES,
                None,
                f"{number} between the two sides in sitting {one.sitting}, as of the last "
                "comparison.",
                f"adm-sync reconcile --last --sitting {quote(one.sitting)} lists them.",
                WITHIN.reconcile(one.sitting),
                one.sitting,
                one.compared_at,
            )


# ---------------------------------------------------------------------- being told


def _addresses(connection: sa.Connection) -> Iterator[Item]:
    for one in alerts.undelivered(connection):
        yield Item(
            Matter.ADDRESSES,
            None,
            undelivered_sentence(one),
            "adm-sync alerts --test tries it now.",
            subject=one.address,
        )


def undelivered_sentence(one: alerts.Undelivered) -> str:
    """That somebody could not be told."""
    number = "1 problem" if one.messages == 1 else f"{one.messages} problems"
    return f"{one.address} could not be told of {number}: {one.why}. It is tried again."
