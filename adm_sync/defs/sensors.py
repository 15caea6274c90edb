"""What is looked at again and again: the inbox, and steps that are due.

What belongs here: Dagster's memory of what was seen, and asking for runs. What does not: reading
files, and the statements.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,
)

from adm_sync.database import steps
from adm_sync.database.engine import database_errors, open_database
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.defs.schedules import is_running
from adm_sync.imports import inbox
from adm_sync.imports.arrivals import take_in
from adm_sync.imports.inbox import Landed
from adm_sync.imports.opening import limits
from adm_sync.settings import Settings
from adm_sync.workbook.findings import WorkbookRefused

log = logging.getLogger("adm_sync.imports")

SECONDS_BETWEEN_LOOKS = 10
SECONDS_BETWEEN_PUSHES = 60
LONGEST_WAIT = 900
WORKBOOKS_A_TICK = 20
NAMED = 3


@dataclass(slots=True)
class Memory:
    """What the inbox sensor knows of the files that lie there, by name.

    Attributes:
        seen: their signs (`Landed.sign`) at the look before.
        done: the signs of those that were taken in, known already, or refused.
        refused: why, for those that were refused.
    """

    seen: dict[str, str] = field(default_factory=dict)
    done: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def of(self, found: Sequence[Landed]) -> "Memory":
        """Only what still holds of files that are still there, as they were."""
        signs = {one.path.name: one.sign for one in found}
        done = {name: sign for name, sign in self.done.items() if signs.get(name) == sign}
        refused = {name: why for name, why in self.refused.items() if name in done}
        return Memory(self.seen, done, refused)


def inbox_sensor(job: AssetJob) -> dg.SensorDefinition:
    """Asks for the import of each workbook that has landed whole, once."""

    @dg.sensor(
        name="inbox_sensor",
        job=job,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Imports each workbook that lands in the inbox (ADM_SYNC_INBOX), once it is "
        "the same at two looks. The same bytes are never imported twice by it.",
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        settings = Settings.load()
        try:
            found = inbox.look(settings.inbox)
        except OSError as error:
            return dg.SkipReason(f"The inbox {settings.inbox} cannot be read: {error.strerror}.")
        memory = Memory(**json.loads(context.cursor or "{}")).of(found)
        waiting = [one for one in found if memory.done.get(one.path.name) != one.sign]
        whole = [one for one in waiting if memory.seen.get(one.path.name) == one.sign]
        partitions = _take_in(whole[:WORKBOOKS_A_TICK], memory, settings) if whole else []
        memory.seen = {one.path.name: one.sign for one in waiting}
        cursor = json.dumps(asdict(memory))
        if not partitions:
            return dg.SensorResult(
                skip_reason=_nothing_new(settings, found, waiting, memory), cursor=cursor
            )
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=key, partition_key=key, tags=RUN_TAGS) for key in partitions
            ],
            dynamic_partitions_requests=[WORKBOOKS.build_add_request(partitions)],
            cursor=cursor,
        )

    return sensor


def _take_in(whole: Sequence[Landed], memory: Memory, settings: Settings) -> list[str]:
    """Keep the workbooks; gives the partitions that are to be imported.

    A workbook that is kept and was never imported is one whose tick was broken off.
    """
    partitions: dict[str, None] = {}
    with open_database(settings) as database:
        for landed in whole:
            name = landed.path.name
            try:
                arrival = take_in(database.engine, landed, limits(settings))
            except WorkbookRefused as refusal:
                log.warning("%s was not taken in: %s", name, refusal)
                memory.refused[name] = str(refusal)
            else:
                if not arrival.is_imported:
                    partitions[arrival.partition] = None
            memory.done[name] = landed.sign
    return list(partitions)


def _nothing_new(
    settings: Settings, found: Sequence[Landed], waiting: Sequence[Landed], memory: Memory
) -> str:
    waits = len([one for one in waiting if memory.done.get(one.path.name) != one.sign])
    sentences = [f"Nothing new in {settings.inbox}."]
    if waits:
        files = "1 file has" if waits == 1 else f"{waits} files have"
        sentences = [f"{files} landed, and will be taken in if unchanged at the next look."]
    known = len(found) - waits - len(memory.refused)
    if known:
        sentences.append(f"Known already: {known}.")
    reasons = list(memory.refused.values())
    if reasons:
        sentences.append(f"Not taken in: {len(reasons)}. {' '.join(reasons[:NAMED])}")
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
        for busy in (job.name, "import_events"):
            if is_running(context.instance, busy):
                return dg.SkipReason(f"A run of {busy} is not finished, and pushes by itself.")
        due = _count_due()
        if not due:
            return dg.SensorResult(skip_reason="Nothing is due.", cursor="{}")
        before = Patience(**json.loads(context.cursor or "{}"))
        now = time.time()
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


def _count_due() -> int:
    with (
        open_database(Settings.load()) as database,
        database_errors(),
        database.engine.connect() as connection,
    ):
        return steps.count_due(connection, None)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many events were due at the last push, and how long the next waits if they still are.

    `until` is in seconds of the epoch, `wait` in seconds.
    """

    due: int = 0
    until: float = 0.0
    wait: float = 0.0

    def after(self, due: int, now: float) -> "Patience":
        """Twice as long if nothing has been done in the meantime."""
        idle = due >= self.due > 0
        wait = min(2 * self.wait, LONGEST_WAIT) if idle else SECONDS_BETWEEN_PUSHES
        return Patience(due, now + wait, wait)
