"""Workbooks on three machines with Celery, each of which fails in a way of its own."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from adm_sync.cli.main import cli
from adm_sync.defs.at_work import PROCESS_TAG
from adm_sync.defs.sensors import PARTITION_TAG
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.file_servers import Bucket, s3_bucket
from adm_sync_tests.machines import fleet
from adm_sync_tests.machines.fleet import Machine, Road, machine, wait_until
from adm_sync_tests.workbooks import large, workbook_bytes

WORKBOOKS, EVENTS, SESSIONS = 12, 30, 2
SECONDS = 240
LEASE = 4
KILLED, FROZEN, CUT = "worker-killed", "worker-frozen", "worker-cut"
CONTROL = "control"
WORKER = ("celery", "-A", "adm_sync.defs.celery_worker", "worker", "--concurrency", "1")
CONTROLLING = """
dagster api grpc -m adm_sync.definitions -h 127.0.0.1 -p {code} &
dagster-webserver -w {workspace} -h 127.0.0.1 -p {page} &
exec dagster-daemon run -w {workspace}
"""
WORKSPACE = "load_from: [{grpc_server: {host: 127.0.0.1, port: %d, location_name: adm_sync}}]\n"
DAGSTER = Path(__file__).parents[2] / "deploy" / "celery" / "dagster.yaml"
# What is noted as sent has left: a machine that was frozen between the two for longer than a lease
# would send it afterwards, when another has done so.
IN_A_PUSH = """
    select workbooks.partition
    from adm_sync.steps join adm_sync.events on events.id = steps.event_id
        join adm_sync.workbooks on workbooks.id = events.workbook_id
    group by workbooks.partition
    having bool_or(steps.state = 'sending') and bool_or(steps.state = 'done')
        and max(steps.sent_at) < clock_timestamp() - interval '0.7 s'
"""
# Of imports of one workbook: those that had not ended when another began.
AT_ONCE = """
    select one.id from adm_sync.imports as one join adm_sync.imports as other
        on other.workbook_id = one.workbook_id and other.id > one.id
    where one.finished_at is null or one.finished_at > other.started_at
"""
PAGE = """
    { runsOrError(filter: { pipelineName: "import_events" }) { ... on Runs {
        results { runId status tags { key value } } } } }
"""
LIGHTS = """
    { assetNodeOrError(assetKey: { path: ["workbook", "report"] }) { ... on AssetNode {
        partitionStats { numMaterialized numFailed } } } }
"""

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(bool(fleet.lacking()), reason=fleet.lacking()),
]


@dataclass
class Fleet:
    """Three workers, and a machine with the daemon, the code server and the UI."""

    place: Workplace
    instance: dg.DagsterInstance
    machines: dict[str, Machine]
    road: Road
    page: str
    bucket: Bucket

    def runs(self) -> list[dg.DagsterRun]:
        """The imports, newest first."""
        return self.instance.get_runs(dg.RunsFilter(job_name="import_events"))

    def pushing(self, worker: str) -> dg.DagsterRun | None:
        """The run of that worker if it is in the middle of its push."""
        busy = {partition for (partition,) in self.place.execute(IN_A_PUSH)}
        for run in self.runs():
            if run.status is dg.DagsterRunStatus.STARTED and run.tags.get(PROCESS_TAG) == worker:
                return run if run.tags[PARTITION_TAG] in busy else None
        return None

    def ask(self, query: str) -> Any:
        """What Dagster's UI is told."""
        answer = httpx.post(f"{self.page}/graphql", json={"query": query}, timeout=30).json()
        assert "errors" not in answer, answer
        return answer["data"]


def drop_workbooks(bucket: Bucket) -> None:
    rows, size = large(WORKBOOKS * EVENTS, SESSIONS), EVENTS * SESSIONS
    for number in range(WORKBOOKS):
        its = rows[number * size : (number + 1) * size]
        bucket.put(f"inbox/workbook {number + 1:02}.xlsx", workbook_bytes(its, blank_rows=0))


@pytest.fixture
def ships(synced: Workplace, tmp_path: Path) -> Iterator[Fleet]:
    # A push takes long enough to be met in its middle.
    synced.sandbox.faults.add("slow", match="mutation", times=None, seconds=2.0)
    code, page = free_port(), free_port()
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(WORKSPACE % code, encoding="utf-8")
    controlling = CONTROLLING.format(code=code, page=page, workspace=workspace)
    commands = dict[str, tuple[str, ...]](dict.fromkeys((KILLED, FROZEN, CUT), WORKER))
    commands[CONTROL] = ("sh", "-c", controlling)
    with ExitStack() as stack:
        bucket = stack.enter_context(s3_bucket(synced.patch))
        drop_workbooks(bucket)
        synced.set(
            adm_sync_celery_broker=stack.enter_context(fleet.redis(tmp_path)),
            adm_sync_inbox=f"s3://{bucket.name}/inbox",
            adm_sync_storage=f"s3://{bucket.name}/storage",
            adm_sync_push_lease_seconds=str(LEASE),
            adm_sync_push_look_ups="4s, 8s",
            adm_sync_push_retry_seconds="1",
            adm_sync_retry_budget_seconds="20",
        )
        road = stack.enter_context(Road(sa.make_url(synced.database_url)))
        by_road = {
            name: road.url(synced.environment[name])
            for name in ("ADM_SYNC_DATABASE_URL", "ADM_SYNC_DAGSTER_DATABASE_URL")
        }
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        machines = {
            name: stack.enter_context(
                machine(
                    name,
                    command,
                    os.environ | {"PATH": path} | (by_road if name == CUT else {}),
                    tmp_path,
                    DAGSTER,
                )
            )
            for name, command in commands.items()
        }
        instance = stack.enter_context(synced._instance())
        yield Fleet(synced, instance, machines, road, f"http://127.0.0.1:{page}", bucket)


def test_whatever_happens_to_machines_every_event_is_there_once_and_the_truth_is_told(
    ships: Fleet,
) -> None:
    began = time.monotonic()
    interrupted = {
        KILLED: ships.machines[KILLED].kill,
        FROZEN: ships.machines[FROZEN].freeze,
        CUT: ships.road.cut,
    }
    runs: dict[str, dg.DagsterRun] = {}
    while interrupted:
        for name in list(interrupted):
            if run := ships.pushing(name):
                interrupted.pop(name)()
                runs[name] = run
        assert time.monotonic() - began < SECONDS
        time.sleep(0.05)
    time.sleep(LEASE + 1)
    ships.place.sandbox.faults.clear()
    # Somebody takes over what the frozen one has begun.
    assert CliRunner().invoke(cli, ["push"]).exit_code in {0, 3}
    ships.machines[FROZEN].thaw()
    ships.road.mend()

    def all_imported() -> bool:
        latest = {run.tags[PARTITION_TAG]: run for run in reversed(ships.runs())}
        statuses = [run.status for run in latest.values()]
        return statuses.count(dg.DagsterRunStatus.SUCCESS) == WORKBOOKS

    wait_until(all_imported, "all imports", SECONDS)

    events = [event["title"] for event in ships.place.sandbox.store.all("Event")]
    assert len(events) == len(set(events)) == WORKBOOKS * EVENTS
    again = retried(ships.runs(), runs[KILLED])
    ended = {run.run_id: run.status.value for run in ships.runs()}
    assert ended[runs[KILLED].run_id] == "FAILURE"
    assert ended[again.run_id] == ended[runs[FROZEN].run_id] == "SUCCESS"
    assert f"Its process on {KILLED} ended in the middle." in told(ships, runs[KILLED])
    listed = ships.place.json("imports")["imports"]
    assert [one["state"] for one in listed] == WORKBOOKS * ["complete"]
    assert ships.place.execute(AT_ONCE) == []
    reported = {key.split("/")[2] for key in ships.bucket.all_keys() if "/reports/" in key}
    assert reported == {run.tags[PARTITION_TAG] for run in ships.runs()}
    shown = ships.ask(PAGE)["runsOrError"]["results"]
    assert {one["runId"]: one["status"] for one in shown} == ended
    lights = ships.ask(LIGHTS)["assetNodeOrError"]["partitionStats"]
    assert lights == {"numMaterialized": WORKBOOKS, "numFailed": 0}


def retried(runs: list[dg.DagsterRun], first: dg.DagsterRun) -> dg.DagsterRun:
    """The run that was started in the place of the first."""
    (found,) = [run for run in runs if run.parent_run_id == first.run_id]
    return found


def told(ships: Fleet, run: dg.DagsterRun) -> str:
    """What the log of a run says."""
    logged = ships.instance.all_logs(run.run_id)
    return "\n".join(str(one.dagster_event.message) for one in logged if one.dagster_event)
