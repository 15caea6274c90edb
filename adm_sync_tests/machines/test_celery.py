"""Workbooks on three machines with Celery, each of which fails in a way of its own."""

import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from adm_sync.cli.main import cli
from adm_sync.defs.sensors import PARTITION_TAG
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.file_servers import Bucket, s3_bucket
from adm_sync_tests.machines import fleet
from adm_sync_tests.machines.fleet import wait_until
from adm_sync_tests.machines.ships import Ships, at_sea
from adm_sync_tests.workbooks import large, workbook_bytes

WORKBOOKS, EVENTS, SESSIONS = 12, 30, 2
SECONDS = 240
LEASE = 4
KILLED, FROZEN, CUT = "worker-killed", "worker-frozen", "worker-cut"
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


def drop_workbooks(bucket: Bucket) -> None:
    rows, size = large(WORKBOOKS * EVENTS, SESSIONS), EVENTS * SESSIONS
    for number in range(WORKBOOKS):
        its = rows[number * size : (number + 1) * size]
        bucket.put(f"inbox/workbook {number + 1:02}.xlsx", workbook_bytes(its, blank_rows=0))


@pytest.fixture
def ships(synced: Workplace, tmp_path: Path) -> Iterator[Ships]:
    # A push takes long enough to be met in its middle.
    synced.sandbox.faults.add("slow", match="mutation", times=None, seconds=2.0)
    synced.set(
        adm_sync_push_lease_seconds=str(LEASE),
        adm_sync_push_look_ups="4s, 8s",
        adm_sync_push_retry_seconds="1",
        adm_sync_retry_budget_seconds="20",
    )
    with s3_bucket(synced.patch) as bucket:
        drop_workbooks(bucket)
        with at_sea(synced, tmp_path, bucket, (KILLED, FROZEN, CUT), by_road={CUT}) as ships:
            yield ships


def test_whatever_happens_to_machines_every_event_is_there_once_and_the_truth_is_told(
    ships: Ships,
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
    assert f"Its process on {KILLED} ended in the middle." in ships.told(runs[KILLED])
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
