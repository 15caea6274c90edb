"""An import that is killed at any point: one more run, and both sides are as if nothing had been.

The points are those that the import and the push name themselves; a real process is killed with
SIGKILL when it reaches one, which it does once for each event, or for each transaction.
"""

from pathlib import Path

import pytest

from adm_sync.imports.options import CRASH_POINTS as IMPORT_POINTS
from adm_sync.push.options import CRASH_POINTS as PUSH_POINTS
from adm_sync_tests.acceptance.import_process import Worker
from adm_sync_tests.acceptance.pushing import (
    TITLES,
    Outbox,
    assert_both_sides_agree,
    few_rows,
    workbook,
)

# Killed at the second of three events: one is done, one is hit, one is still to come.
SECOND = 2
# A point, how many events are recorded in one transaction, the how many-th time that it is reached,
# and how much is there of the tutorial side then: in the middle of a transaction nothing of it.
KILLED_IMPORTS = [
    ("checked", 5, 1, 0),
    ("recording", 5, 1, 0),
    ("recorded", 5, 1, len(TITLES)),
    ("reporting", 5, 1, len(TITLES)),
    ("recording", 2, SECOND, 2),
    ("recorded", 1, SECOND, 2),
]


def tutorial_events(outbox: Outbox) -> int:
    return int(outbox.execute("select count(*) from acted.tutorial_events")[0][0])


# All in one request; or in two, and killed at the second of them; or one by one.
KILLED = [
    *((5, point, 1) for point in PUSH_POINTS),
    *((2, point, SECOND) for point in ("creation answered", "changes answered")),
    *((1, point, SECOND) for point in ("creation noted as sending", "changes noted as sending")),
]


@pytest.mark.thorough(all_but_each=12)
@pytest.mark.parametrize(("together", "point", "nth"), KILLED)
def test_a_push_that_is_killed_is_taken_up_by_the_next(
    outbox: Outbox, worker: Worker, together: int, point: str, nth: int
) -> None:
    outbox.sandbox.options.internal_notes = "all"
    before = outbox.local()
    assert worker.run(outbox, die_at=point, nth=nth, together=together).killed
    assert len(outbox.remotes()) <= together * nth
    assert outbox.local() == before
    pushed = outbox.push()
    assert not pushed.stopped
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=8)
@pytest.mark.parametrize(("point", "together", "nth", "recorded"), KILLED_IMPORTS)
def test_an_import_that_is_killed_is_taken_up_by_the_next(
    *,
    empty_outbox: Outbox,
    worker: Worker,
    tmp_path: Path,
    point: str,
    together: int,
    nth: int,
    recorded: int,
) -> None:
    outbox = empty_outbox
    content = workbook(few_rows())
    importer = outbox.importer(tmp_path)
    importer.keep(content, "a test")
    ended = worker.run(
        outbox,
        partition=content.partition,
        die_at=point,
        nth=nth,
        recorded_together=together,
    )
    assert ended.killed
    assert tutorial_events(outbox) == recorded
    assert len(outbox.remotes()) == (len(TITLES) if point == "reporting" else 0)
    importer.record(content.partition)
    importer.push(content.partition)
    importer.report(content.partition)
    summary = importer.summary(content.partition)
    assert summary.status == "succeeded"
    assert_both_sides_agree(outbox)


def test_every_point_of_an_import_is_one_where_it_is_killed() -> None:
    assert {point for point, *_ in KILLED_IMPORTS} == set(IMPORT_POINTS)
