"""A sensor, evaluated as the daemon does it.

What belongs here: letting it look, and its instance. What does not: what is expected of it.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from adm_sync.defs.build import build_defs
from adm_sync.defs.sensors import PARTITION_TAG, RUN_KEY_TAG

PACKAGE = b"PK [Content_Types].xml of a test"

# They take a moment to make; the sensors read the settings at each tick.
_definitions = cache(build_defs)


@pytest.fixture(scope="module")
def shared_instance() -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test() as instance:
        yield instance


@pytest.fixture
def instance(shared_instance: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    yield shared_instance
    for run in shared_instance.get_runs():
        shared_instance.delete_run(run.run_id)


class Sensor:
    """A sensor that keeps its cursor from one tick to the next, and its inbox."""

    def __init__(self, name: str, instance: dg.DagsterInstance, inbox: Path) -> None:
        self.inbox, self.instance, self.cursor = inbox, instance, ""
        self._definitions = _definitions()
        self._sensor = self._definitions.resolve_sensor_def(name)

    def tick(self) -> None:
        """Let it look once; a tick that fails leaves the cursor as it was."""
        with dg.build_sensor_context(
            instance_ref=self.instance.get_ref(),
            definitions=self._definitions,
            cursor=self.cursor or None,
        ) as context:
            self.answer = self._sensor.evaluate_tick(context)
        self.cursor = self.answer.cursor or self.cursor

    def partitions(self) -> list[str]:
        """The partitions that a tick asks for."""
        self.tick()
        return [str(request.partition_key) for request in self.answer.run_requests or []]

    def skipped(self) -> str:
        """Why a tick asks for nothing."""
        assert self.partitions() == []
        return self.answer.skip_message or ""

    def drop(self, name: str, data: bytes = PACKAGE) -> Path:
        """Put a file into the inbox in one go."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        path = self.inbox / name
        path.write_bytes(data)
        return path


def begun_all(inbox: Sensor) -> None:
    """The runs that the sensor has just asked for wait for their turn."""
    for request in inbox.answer.run_requests:
        tags = {PARTITION_TAG: request.partition_key, RUN_KEY_TAG: request.run_key}
        started = dg.DagsterRunStatus.STARTED
        inbox.instance.add_run(dg.DagsterRun(job_name="import_events", status=started, tags=tags))


def begun(inbox: Sensor, status: dg.DagsterRunStatus) -> str:
    """The run that the sensor has just asked for, as Dagster makes it; gives its partition."""
    (request,) = inbox.answer.run_requests
    tags = {PARTITION_TAG: request.partition_key, RUN_KEY_TAG: request.run_key}
    inbox.instance.add_run(dg.DagsterRun(job_name="import_events", status=status, tags=tags))
    return str(request.partition_key)
