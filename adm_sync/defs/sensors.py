"""What is looked at again and again: the inbox, steps that are due, and what is wrong.

What belongs here: asking for runs, and telling people. What does not: looking, and the memory of
what was seen.
"""

import json
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial

import dagster as dg

from adm_sync.alerts.telling import look_once
from adm_sync.database import open_steps
from adm_sync.database.engine import database_errors, open_database
from adm_sync.database.states import InboxState
from adm_sync.defs.event_import import update_config
from adm_sync.defs.expecting import digest_due, expected
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.defs.schedules import UNFINISHED, is_running
from adm_sync.defs.undocumented import AssetJob
from adm_sync.errors import AdmSyncError, FolderError, SettingsError
from adm_sync.fault_log import keep_trace
from adm_sync.imports.arrivals import Arrival, Look, take_over
from adm_sync.imports.inbox import LocalInbox, inbox_in
from adm_sync.imports.opening import limits
from adm_sync.imports.outbox import Outbox
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.settings import Settings

log = logging.getLogger("adm_sync.imports")

# The tags by which Dagster tells which partition a run is of, and which request it came from.
PARTITION_TAG, RUN_KEY_TAG = "dagster/partition", "dagster/run_key"

SECONDS_BETWEEN_LOOKS = 10
SECONDS_BETWEEN_PUSHES = 60
SECONDS_BETWEEN_ALERTS = 60
LONGEST_WAIT = 900
WORKBOOKS_A_TICK = 20
IMPORTS = "import_events"
_PUSHES = "A run of {} is not finished, and pushes by itself."
# What is known of each run that waits is read at each tick.
WORKBOOKS_WAITING = 200
NAMED = 3


def inbox_sensor(job: AssetJob) -> dg.SensorDefinition:
    """Asks for the import of each workbook that has landed whole, once."""

    @dg.sensor(
        name="inbox_sensor",
        job=job,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Imports each workbook that lands in the inbox (ADM_SYNC_INBOX), once it is "
        "the same at two looks. The same bytes are imported again only if their import was "
        "cancelled or interrupted. Files that are not taken are named with the reason.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        settings = Settings.load()
        at_work = _at_work(context.instance, job.name)
        room = max(0, min(WORKBOOKS_A_TICK, WORKBOOKS_WAITING - len(at_work)))
        try:
            inbox = inbox_in(settings.inbox, settings.outbox)
            with open_database(settings) as database:
                # Earlier versions remembered all files here, at each tick anew.
                if earlier := json.loads(context.cursor or "{}"):
                    if isinstance(inbox, LocalInbox):
                        take_over(database.engine, inbox, earlier)
                    context.update_cursor("{}")
                outbox = Outbox(database.engine, settings.outbox)
                look = Look(database.engine, inbox, limits(settings), room, outbox)
                arrivals = look.take_in()
        except FolderError as error:
            keep_trace(error)
            return dg.SkipReason(f"The inbox {error}")
        except SettingsError as error:
            return dg.SkipReason(str(error))
        for one in arrivals:
            if one.is_new and one.message:
                log.warning("%s", one.message)
        waiting, ended = _not_over(context.instance, job.name, arrivals, at_work)
        if not waiting:
            return dg.SkipReason(_nothing_new(settings, arrivals, ended, room))
        is_updating = settings.adm_sync_update == "always"
        how = {"ops": update_config(UpdateOptions())} if is_updating else {}
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(
                    run_key=one.run_key,
                    partition_key=partition,
                    run_config=how,
                )
                for partition, one in waiting.items()
            ],
            dynamic_partitions_requests=[WORKBOOKS.build_add_request(list(waiting))],
        )

    return sensor


def _at_work(instance: dg.DagsterInstance, job: str) -> set[str]:
    """The partitions of the runs that have begun, or wait for their turn, and have not ended."""
    unfinished = dg.RunsFilter(job_name=job, statuses=UNFINISHED)
    runs = [record.dagster_run for record in instance.get_run_records(unfinished)]
    return {run.tags[PARTITION_TAG] for run in runs if PARTITION_TAG in run.tags}


def _not_over(
    instance: dg.DagsterInstance, job: str, arrivals: Sequence[Arrival], at_work: Collection[str]
) -> tuple[dict[str, Arrival], list[Arrival]]:
    """The workbooks that want a run, by partition, and those whose run ended before their import.

    A workbook without a run is one whose tick was broken off before Dagster had made it.
    """
    unfinished = [
        one
        for one in arrivals
        if one.partition and not one.is_over and one.partition not in at_work
    ]
    if not unfinished:
        return {}, []
    keys = [one.run_key for one in unfinished]
    records = instance.get_run_records(dg.RunsFilter(job_name=job, tags={RUN_KEY_TAG: keys}))
    had_run = {record.dagster_run.tags[RUN_KEY_TAG] for record in records}
    waiting: dict[str, Arrival] = {}
    for one in unfinished:
        if one.run_key not in had_run:
            waiting.setdefault(str(one.partition), one)
    ended = [one for one in unfinished if one.run_key in had_run and one.partition not in waiting]
    return waiting, ended


def _nothing_new(
    settings: Settings, arrivals: Sequence[Arrival], ended: Sequence[Arrival], room: int
) -> str:
    landing = sum(one.state == InboxState.LANDING for one in arrivals)
    stuck = [one.message for one in arrivals if one.state == InboxState.LANDING and one.message]
    known = sum(one.state == InboxState.TAKEN for one in arrivals) - len(ended)
    refused = [one.message for one in arrivals if one.state == InboxState.REFUSED]
    sentences = [f"Nothing new in {settings.inbox}."]
    if landing:
        files = "1 file has" if landing == 1 else f"{landing} files have"
        sentences = [f"{files} landed, and will be looked into if unchanged at the next look."]
    if not room:
        sentences.append(f"Nothing is taken in while {WORKBOOKS_WAITING} imports wait or work.")
    sentences += stuck[:NAMED]
    if known:
        sentences.append(f"Known already: {known}.")
    sentences += [
        f"The run of «{one.file.name}» ended before its import did: run the partition "
        f"{one.partition} of import_events again, or drop the file again."
        for one in ended[:NAMED]
    ]
    if refused:
        sentences.append(f"Not taken: {len(refused)}. {' '.join(refused[:NAMED])}")
    return " ".join(sentences)


def due_steps_sensor(job: dg.JobDefinition) -> dg.SensorDefinition:
    """Asks for a push when something is due, less and less often while nothing comes of it."""

    @dg.sensor(
        name="due_steps_sensor",
        job=job,
        minimum_interval_seconds=SECONDS_BETWEEN_PUSHES,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts push_pending when something that was recorded is due to be done in "
        "Administrate, such as after an outage.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if is_running(context.instance, job.name):
            return dg.SkipReason(_PUSHES.format(job.name))
        before, now = Patience(**json.loads(context.cursor or "{}")), time.time()
        due = _count_due(_at_work(context.instance, IMPORTS))
        if is_running(context.instance, IMPORTS):
            # It pushes what is its own; one after the other must not keep all else from its turn.
            since = (before.since or now) if due else 0.0
            if not due or now < since + LONGEST_WAIT:
                cursor = json.dumps(asdict(replace(before, since=since)))
                return dg.SensorResult(skip_reason=_PUSHES.format(IMPORTS), cursor=cursor)
        if not due:
            return dg.SensorResult(skip_reason="Nothing is due.", cursor="{}")
        if due >= before.due > 0 and now < before.until:
            seconds = f"{before.until - now:.0f}"
            return dg.SkipReason(
                f"{due} events are due. The last push got nothing done; the next is in {seconds} s."
            )
        patience = before.after(due, now)
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=f"due {now:.0f}", tags=RUN_TAGS)],
            cursor=json.dumps(asdict(patience)),
        )

    return sensor


def _count_due(at_work: Collection[str]) -> int:
    """How many events are due, without those of the workbooks that are being imported."""
    with (
        open_database(Settings.load()) as database,
        database_errors(),
        database.engine.connect() as connection,
    ):
        return open_steps.count_due(connection, None, at_work)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many events were due at the last push, and how long the next waits if they still are.

    `until` is in seconds of the epoch, `wait` in seconds. `since` is when something was first due
    while an import was at work; 0 if nothing is.
    """

    due: int = 0
    until: float = 0.0
    wait: float = 0.0
    since: float = 0.0

    def after(self, due: int, now: float) -> "Patience":
        """Twice as long if nothing has been done in the meantime."""
        idle = due >= self.due > 0
        wait = min(2 * self.wait, LONGEST_WAIT) if idle else SECONDS_BETWEEN_PUSHES
        return Patience(due, now + wait, wait)


@dg.sensor(
    name="alerts_sensor",
    minimum_interval_seconds=SECONDS_BETWEEN_ALERTS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the addresses of ADM_SYNC_ALERTS what is wrong, each of them once for each "
    "problem and once when it is put right. Starts nothing.",
)
def alerts_sensor() -> dg.SkipReason:
    """Look at what is wrong, and tell whoever has not heard."""
    settings, now = Settings.load(), datetime.now(UTC)
    if settings.adm_sync_alerts is None:
        return dg.SkipReason("Nobody is to be told of problems: ADM_SYNC_ALERTS is not set.")
    try:
        arrived = look_once(settings, partial(expected, settings, now), digest_due(settings, now))
    except AdmSyncError as error:
        keep_trace(error)
        return dg.SkipReason(f"Nobody could be told of problems: {error}")
    return dg.SkipReason(
        "Everybody has heard of every problem." if arrived else "Not all could be told; see doctor."
    )
