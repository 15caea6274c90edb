"""What a person asks of runs on Celery's workers: many at once, and an end to one of them."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from adm_sync.defs.at_work import PROCESS_TAG
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import content, opened_importer
from adm_sync_tests.file_servers import s3_bucket
from adm_sync_tests.machines import fleet
from adm_sync_tests.machines.fleet import wait_until
from adm_sync_tests.machines.ships import Ships, at_sea
from adm_sync_tests.workbooks import large

COUNT, EVENTS, SESSIONS = 6, 12, 2
SECONDS = 180
WORKERS = ("worker-one", "worker-two")
BACKFILL = """
    mutation ($partitions: [String!]) { launchPartitionBackfill(backfillParams: {
        selector: { partitionSetName: "import_events_partition_set", repositorySelector: {
            repositoryName: "__repository__", repositoryLocationName: "adm_sync" } },
        partitionNames: $partitions }) {
            ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }
"""
# As the button of a run's page has it.
TERMINATE = """
    mutation ($run: String!) { terminateRun(runId: $run, terminatePolicy: SAFE_TERMINATE) {
        __typename ... on TerminateRunFailure { message } ... on PythonError { message } } }
"""
AGAIN = """
    mutation ($run: String!) { launchRunReexecution(reexecutionParams: {
        parentRunId: $run, strategy: ALL_STEPS }) {
            ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }
"""
OUTCOMES = "select status from adm_sync.imports where dagster_run_id = :run"
PARTITION = "dagster/partition"
ENDED = {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.FAILURE}

pytestmark = [
    pytest.mark.machines,
    pytest.mark.skipif(bool(fleet.lacking()), reason=fleet.lacking()),
]


@pytest.fixture
def ships(synced: Workplace, tmp_path: Path) -> Iterator[Ships]:
    synced.sandbox.faults.add("slow", match="mutation", times=None, seconds=1.5)
    synced.set(adm_sync_retry_budget_seconds="20")
    with s3_bucket(synced.patch) as bucket, at_sea(synced, tmp_path, bucket, WORKERS) as ships:
        yield ships


def keep_workbooks(ships: Ships) -> list[str]:
    rows, size = large(COUNT * EVENTS, SESSIONS), EVENTS * SESSIONS
    books = [
        content(rows[number * size : (number + 1) * size], f"workbook {number + 1}.xlsx")
        for number in range(COUNT)
    ]
    with opened_importer(ships.place) as importer:
        for book in books:
            importer.keep(book, "a test")
    ships.instance.add_dynamic_partitions(str(WORKBOOKS.name), [book.partition for book in books])
    return [book.partition for book in books]


def a_push(ships: Ships) -> dg.DagsterRun | None:
    return next((run for worker in WORKERS if (run := ships.pushing(worker))), None)


def status_of(ships: Ships, run_id: str) -> dg.DagsterRunStatus:
    run = ships.instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_backfill_is_shared_and_a_run_that_is_stopped_stays_so_until_somebody_starts_it(
    ships: Ships,
) -> None:
    partitions = keep_workbooks(ships)
    wait_until(ships.is_up, "the UI")

    assert "backfillId" in ships.ask(BACKFILL, partitions=partitions)["launchPartitionBackfill"]
    stopped = wait_until(lambda: a_push(ships), "a push", SECONDS)
    asked = time.monotonic()
    answer = ships.ask(TERMINATE, run=stopped.run_id)["terminateRun"]
    assert answer == {"__typename": "TerminateRunSuccess"}
    wait_until(lambda: status_of(ships, stopped.run_id) in ENDED, "its end")
    took = time.monotonic() - asked
    ships.place.sandbox.faults.clear()

    def ended() -> list[dg.DagsterRun]:
        # What waits since the stop may be on its way in a run of a sensor's by now.
        return [one for one in ships.runs() if one.status in ENDED and one.tags.get(PARTITION)]

    wait_until(lambda: len(ended()) == COUNT, "the others", SECONDS)

    canceled = [run.run_id for run in ships.runs() if run.status is dg.DagsterRunStatus.CANCELED]
    assert canceled == [stopped.run_id]
    assert took < 15
    assert ships.place.execute(OUTCOMES, run=stopped.run_id) == [("cancelled",)]
    shared = Counter(run.tags[PROCESS_TAG] for run in ended())
    assert set(shared) == set(WORKERS)
    assert min(shared.values()) >= COUNT // 3
    # Nobody has started it again.
    assert [run for run in ships.runs() if run.parent_run_id] == []

    again = ships.ask(AGAIN, run=stopped.run_id)["launchRunReexecution"]["run"]["runId"]
    wait_until(lambda: status_of(ships, again) is dg.DagsterRunStatus.SUCCESS, "it", SECONDS)

    events = [event["title"] for event in ships.place.sandbox.store.all("Event")]
    assert len(events) == len(set(events)) == COUNT * EVENTS
    listed = {one["partition"]: one["state"] for one in ships.place.json("imports")["imports"]}
    assert listed == dict.fromkeys(partitions, "complete")
