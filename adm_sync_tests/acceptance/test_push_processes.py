"""Several processes that push or import at the same time."""

from datetime import date
from pathlib import Path

import pytest

from adm_sync.errors import SyncBusy
from adm_sync_tests.acceptance.import_process import Worker
from adm_sync_tests.acceptance.pushing import (
    BLENDED,
    MANY,
    REQUESTS_EACH,
    SURVEY,
    TITLES,
    Outbox,
    assert_both_sides_agree,
    few_rows,
    workbook,
)
from adm_sync_tests.workbooks import classroom

MANY_TITLES = [f"CB1 Manchester 27A-{number:05}" for number in range(1, MANY + 1)]
OTHER = "CB3 Bristol 27A-02"
LATER = date(2027, 1, 21)
PROCESSES = 4
RATE = 80.0
WINDOW = 0.5
# A request may be on its way a little longer than the one after it.
JITTER = 3


def test_four_processes_send_each_step_once_and_keep_within_the_limit(
    full_outbox: Outbox, worker: Worker
) -> None:
    full_outbox.sandbox.calls.clear()
    worker.start(full_outbox, copies=PROCESSES, rate=RATE, workers=2, together=1)
    ended = [worker.end() for _ in range(PROCESSES)]
    assert not any(one.killed or one.error or one.stopped for one in ended)
    assert sum(one.created for one in ended) == MANY
    assert not any(one.adopted for one in ended)
    assert_both_sides_agree(full_outbox, MANY_TITLES)
    assert full_outbox.sandbox.calls.mutations == REQUESTS_EACH * MANY
    assert max(step.attempts for step in full_outbox.steps()) == 1
    times = sorted(call.time for call in full_outbox.sandbox.calls)
    assert len(times) >= REQUESTS_EACH * MANY + SURVEY
    most = max(sum(start <= time < start + WINDOW for time in times) for start in times)
    assert most <= RATE * WINDOW + JITTER


@pytest.mark.thorough
def test_four_processes_that_send_several_at_once_make_each_event_once(
    full_outbox: Outbox, worker: Worker
) -> None:
    full_outbox.sandbox.options.internal_notes = "all"
    full_outbox.sandbox.calls.clear()
    worker.start(full_outbox, copies=PROCESSES, workers=2, together=5)
    ended = [worker.end() for _ in range(PROCESSES)]
    assert sum(one.created for one in ended) == MANY
    assert_both_sides_agree(full_outbox, MANY_TITLES)
    made = [call.root_fields.count("event.createBlended") for call in full_outbox.sandbox.calls]
    assert (sum(made), max(made)) == (MANY, 5)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("point", "together", "free"),
    [
        ("creation noted as sending", 1, 2),
        ("changes noted as sending", 5, 0),
        ("creation noted as sending", 5, 0),
    ],
)
def test_a_process_that_hangs_before_it_sends_does_not_send_when_it_wakes_up(
    outbox: Outbox, worker: Worker, point: str, together: int, free: int
) -> None:
    """As when a run is started again although its first process is still alive."""
    outbox.sandbox.options.internal_notes = "all"
    worker.start(outbox, stop_at=point, together=together)
    sleeper = worker.stopped()
    # Its lease holds: another process leaves those events alone, and pushes the others.
    others = outbox.push()
    assert len(others.created) == free
    assert outbox.creation().state == ("sending" if point.startswith("creation") else "done")
    outbox.execute("update adm_sync.events set lease_until = now() where lease_holder is not null")
    outbox.settle()
    before = outbox.sandbox.calls.mutations
    worker.go_on(sleeper)
    ended = worker.end()
    assert not ended.killed
    assert not ended.error
    assert outbox.sandbox.calls.mutations == before
    assert_both_sides_agree(outbox)


def test_a_process_that_dies_frees_its_events_at_once(outbox: Outbox, worker: Worker) -> None:
    assert worker.run(outbox, die_at="claimed").killed
    assert len(outbox.push().created) == len(TITLES)
    assert_both_sides_agree(outbox)


@pytest.mark.thorough
def test_a_workbook_that_is_being_imported_is_not_imported_by_another_process(
    empty_outbox: Outbox, worker: Worker, tmp_path: Path
) -> None:
    outbox = empty_outbox
    importer, content = outbox.importer(tmp_path), workbook(few_rows())
    importer.keep(content, "a test")
    worker.start(outbox, partition=content.partition, stop_at="recorded")
    holder = worker.stopped()
    with pytest.raises(SyncBusy, match=rf"pid {holder} .*which has the lock «import "):
        importer.record(content.partition)
    worker.go_on(holder)
    assert worker.end().created == len(TITLES)
    assert_both_sides_agree(outbox)
    # Afterwards it is nothing new.
    importer.record(content.partition)
    assert importer.push(content.partition).requests == 0
    importer.holding.let_go()


@pytest.mark.thorough
def test_two_workbooks_that_overlap_are_imported_at_once(
    empty_outbox: Outbox, worker: Worker, tmp_path: Path
) -> None:
    """Both bring the same event; it is recorded and made once."""
    outbox = empty_outbox
    importer = outbox.importer(tmp_path)
    first, second = (
        workbook(few_rows()),
        workbook([*few_rows(), *classroom(title=OTHER, start_date=LATER, end_date=LATER)]),
    )
    for content in (first, second):
        importer.keep(content, "a test")
    worker.start(outbox, partition=first.partition, stop_at="recording")
    holder = worker.stopped()
    importer.check(second.partition)
    worker.go_on(holder)
    importer.record(second.partition)
    importer.push(second.partition)
    importer.holding.let_go()
    assert not worker.end().error
    outbox.settle()
    assert_both_sides_agree(outbox, [*TITLES, OTHER])
    assert outbox.creation(BLENDED).attempts == 1
