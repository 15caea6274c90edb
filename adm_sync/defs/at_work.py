"""Which runs somebody is at work on, and the end of those that nobody is.

What belongs here: letting the processes of a run say that they are at work, and ending the run
when none is left. What does not: how that is said (`database.presence`), and starting such a run
again, which Dagster does with those that it started itself.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import dagster as dg
from dagster_postgres import PostgresRunStorage

from adm_sync.database.engine import create_engine
from adm_sync.database.presence import SECONDS_TO_RETURN, nobody, present
from adm_sync.defs.failures import SOURCE_TAG
from adm_sync.errors import DatabaseError

# So named, the UI does not show it. Only a run that has it is judged by who is at work on it.
PROCESS_TAG = ".dagster/adm_sync_process"
SECONDS_BETWEEN_LOOKS = 10
_UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
# The runs of this process: its executor and its resources need not all say the same.
_own: set[str] = set()


def process_tag() -> dict[str, str]:
    """The tag of a run whose processes say that they are at work; its value is for people."""
    return {PROCESS_TAG: socket.gethostname()}


@contextmanager
def at_work(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """This process is at work on the run.

    Raises:
        DatabaseUnreachable: Dagster's database cannot be reached.
    """
    url = _url(instance)
    if url is None or run_id in _own:
        yield
        return
    with present(url, _name(run_id)):
        _own.add(run_id)
        try:
            yield
        finally:
            _own.remove(run_id)


def saying_so(inner: dg.ExecutorDefinition) -> dg.ExecutorDefinition:
    """The same executor, whose process says that it is at work on the run."""

    def create(context: dg.InitExecutorContext) -> dg.Executor:
        make = inner.executor_creation_fn
        if make is None:
            raise TypeError(f"the executor {inner.name} cannot be made")
        return _SayingSo(make(context))

    return dg.ExecutorDefinition(
        name=inner.name,
        config_schema=inner.config_schema.as_field(),
        requirements=inner.get_requirements,
        executor_creation_fn=create,
        description=inner.description,
    )


class _SayingSo(dg.Executor):
    # What it is given and passes on has no public type.
    def __init__(self, inner: dg.Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> Any:
        return self._inner.retries

    def __getattr__(self, name: str) -> Any:
        # Celery's loop asks the executor of the run for what else it is.
        return getattr(self._inner, name)

    @property
    def step_dependency_config(self) -> Any:
        return self._inner.step_dependency_config

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        with at_work(plan_context.instance, plan_context.run_id):
            tags = process_tag()
            if SOURCE_TAG in plan_context.dagster_run.tags:  # inherited: nobody sits there
                tags[SOURCE_TAG] = "run_again"
            plan_context.instance.add_run_tags(plan_context.run_id, tags)
            yield from self._inner.execute(plan_context, execution_plan)


def end_dead_runs(instance: dg.DagsterInstance, earlier: Mapping[str, float]) -> dict[str, float]:
    """End each run that nobody is at work on, now as at an earlier look.

    Args:
        instance: whose runs.
        earlier: what the looks before gave.

    Returns:
        The runs that nobody is at work on and that are not ended yet, each with the time when that
        was first seen: a process whose connection was cut takes a moment to return.

    Raises:
        DatabaseUnreachable: Dagster's database cannot be reached.
    """
    url = _url(instance)
    runs = [
        run
        for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED))
        if PROCESS_TAG in run.tags and run.run_id not in _own
    ]
    if url is None or not runs:
        return {}
    now, free = time.time(), {}
    engine = create_engine(url)
    try:
        for run in runs:
            with nobody(engine, _name(run.run_id)) as is_free:
                since = earlier.get(run.run_id, now)
                if is_free and now - since >= SECONDS_TO_RETURN:
                    _end(instance, run.run_id)
                elif is_free:
                    free[run.run_id] = since
    finally:
        engine.dispose()
    return free


def _end(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    if run is None or run.status not in _UNFINISHED:
        return
    machine = run.tags.get(PROCESS_TAG, "its machine")
    sentence = f"Its process on {machine} ended in the middle. What was done until then is kept."
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, sentence)
    else:
        instance.report_run_failed(run, sentence)


@contextmanager
def ending_dead_runs(instance: dg.DagsterInstance) -> Iterator[None]:
    """End the runs that nobody is at work on, before and after what is done within.

    No daemon may be running. If there is such a run, this takes a moment longer.
    """
    found = end_dead_runs(instance, {})
    began = time.monotonic()
    yield
    if found:
        time.sleep(max(0.0, SECONDS_TO_RETURN - (time.monotonic() - began)))
        with suppress(DatabaseError):
            end_dead_runs(instance, found)


@dg.sensor(
    name="dead_runs_sensor",
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Ends the runs whose process was killed or whose machine has vanished, wherever "
    "they ran, so that what waits behind them can go on.",
)
def dead_runs_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Look at the runs, as often as it takes to end a dead one within half a minute."""
    free = end_dead_runs(context.instance, json.loads(context.cursor or "{}"))
    said = "Somebody is at work on every run that has begun."
    if free:
        said = f"Nobody seems to be at work on {', '.join(free)}; the next look ends it if so."
    return dg.SensorResult(skip_reason=said, cursor=json.dumps(free))


def _name(run_id: str) -> str:
    return f"run {run_id}"


def _url(instance: dg.DagsterInstance) -> str | None:
    """Dagster's database, which all processes of its runs reach; None where it is a file."""
    storage = instance.run_storage
    return storage.postgres_url if isinstance(storage, PostgresRunStorage) else None
