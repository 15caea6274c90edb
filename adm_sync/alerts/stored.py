"""What our own database has to tell: all that waits for something or for somebody.

What belongs here: finding it, each as a sentence, in the words and with the weight that the exit
statuses have. What does not: what is to be told of workbooks (`workbooks`), what is missing in
Dagster's database (`watching`), and judging a comparison, which is done where it is.
"""

from collections.abc import Iterator, Sequence
from shlex import quote

import sqlalchemy as sa

from adm_sync.alerts.behind import behind_of, behind_sentences
from adm_sync.alerts.causes import Causes, causes_now
from adm_sync.alerts.items import Item, Matter
from adm_sync.alerts.workbooks import of_workbooks
from adm_sync.database import (
    comparisons,
    inbox,
    locks,
    open_records,
    open_steps,
    overview,
    rate_limit,
)
from adm_sync.database.overview import LatestRun
from adm_sync.database.states import ProblemKind, RunStatus
from adm_sync.imports.file_kinds import may_hold_events
from adm_sync.moments import clock_time
from adm_sync.pages import WITHIN
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.sync import LOCK


def stored(connection: sa.Connection, zone: str, late: Sequence[Item] = ()) -> list[Item]:
    """Everything that our database has to tell now, after what is told already.

    Args:
        connection: only read from.
        zone: the time zone that moments are told in.
        late: what did not run as it should; of that nothing is told beside its cause.
    """
    causes = causes_now(connection)
    failed = [
        *_syncs(connection, causes),
        *of_workbooks(connection, causes),
    ]
    rest = [one for one in late if not causes.takes_too(one)]
    return [
        *rest,
        *causes.items(overview.latest_runs(connection)),
        *_left_alone(connection, zone),
        *_held(connection),
        *failed,
        *_in_the_inbox(connection),
        *_steps(connection),
        *_differences(connection),
        *_unmatched(connection),
    ]


# ---------------------------------------------------------------------- Administrate


def _left_alone(connection: sa.Connection, zone: str) -> Iterator[Item]:
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
    runs = overview.latest_runs(connection)
    for plan in overview.held(connection):
        sentence = f"A plan of the {BY_NAME[plan.entity].many} is held: {plan.reason}."
        behind = behind_sentences(behind_of(runs, [plan.entity]))
        yield Item(
            Matter.HELD,
            ProblemKind.HELD,
            " ".join([sentence, *behind]),
            f"Look at Administrate; if it is right so: adm-sync release {plan.entity}",
            WITHIN.held(plan.entity),
            plan.entity,
            plan.held_at,
        )


def _syncs(connection: sa.Connection, causes: Causes) -> Iterator[Item]:
    runs = overview.latest_runs(connection)
    never = [entity.many for entity in ENTITIES if entity.name not in runs]
    if never:
        sentence = f"Never synced: the {', '.join(never)}."
        yield Item(Matter.SYNC, None, sentence, "adm-sync sync-all does it.")
    is_at_work = bool(locks.held(connection, [LOCK]))
    for entity in ENTITIES:
        run = runs.get(entity.name)
        name = f"the {entity.many}"
        if run and causes.takes(run.cause, "syncs", name, run.message, run.started_at):
            continue
        said = run and _of_run(run, entity.many, is_at_work=is_at_work)
        if run and said:
            kind, sentence = said
            behind = behind_of(runs, [entity.name]) if kind == ProblemKind.FAILED else []
            again = "sync-all" if behind else f"sync {entity.name}"
            yield Item(
                Matter.SYNC,
                kind,
                " ".join([sentence, *behind_sentences(behind)]),
                f"When what it says is mended: adm-sync {again}",
                WITHIN.today(),
                entity.name,
                run.started_at,
                is_settling=is_at_work and run.status == RunStatus.RUNNING,
                wants_all=bool(behind),
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
            f"{said} not match between the two sides, or could not be taken in, as the last syncs "
            f"found: {named}.",
            "adm-sync unmatched lists them, with suggestions.",
            WITHIN.unmatched(),
        )


# ---------------------------------------------------------------------- in Administrate


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
