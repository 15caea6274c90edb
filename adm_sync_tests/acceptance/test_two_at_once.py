"""Two syncs at once, from two processes: one waits for the other, and nothing is mixed."""

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from adm_sync.errors import SyncBusy
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.sync import Listener
from adm_sync_tests.acceptance.other_process import Other
from adm_sync_tests.acceptance.stage import Stage
from adm_sync_tests.acceptance.test_killed import PRICES, change_prices, change_templates, content

NAMES = tuple(entity.name for entity in ENTITIES)
# While Administrate is asked, in the transaction that writes, and as the last thing before commit.
MOMENTS = ["/graphql", "copy", "pg_stat_activity"]


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_second_waits_and_is_told_for_whom(stage: Stage, other: Other, moment: str) -> None:
    change_templates(stage)
    other.start(stage, "course_templates", stop_at=moment)
    pid = other.stopped()

    def waiting(sentence: str) -> None:
        stage.told.append(sentence)
        other.go_on()

    result = stage.sync("course_templates", listener=Listener(waiting=waiting))
    ended = other.end()
    assert (ended.statuses, ended.created) == (["succeeded"], 2)
    assert (result.status, result.created, result.changes) == ("succeeded", 0, [])
    (sentence,) = stage.told
    assert f"adm_sync reference sync pid {pid} on {socket.gethostname()[:8]}" in sentence
    first, second = stage.runs("course_templates")[-2:]
    assert first.finished_at <= second.started_at


def test_whoever_does_not_want_to_wait_is_told_who_is_busy(stage: Stage, other: Other) -> None:
    before = stage.bridges()
    other.start(stage, "course_templates", stop_at="/graphql")
    pid = other.stopped()
    for wait in (0, 0.05):
        result = stage.sync("locations", lock_wait=wait)
        assert isinstance(result.error, SyncBusy)
        assert f"pid {pid}" in result.message
        assert result.run_id is None
        assert stage.sandbox.calls.requests == 0
    other.go_on()
    assert other.end().statuses == ["succeeded"]
    assert stage.bridges() == before
    assert stage.sync_well("locations", lock_wait=0).unchanged == 5


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("moment", MOMENTS)
def test_the_lock_of_a_killed_process_is_free_at_once(
    stage: Stage, other: Other, moment: str
) -> None:
    change_templates(stage)
    other.start(stage, "course_templates", stop_at=moment)
    pid = other.stopped()

    def waiting(sentence: str) -> None:
        stage.told.append(sentence)
        os.kill(pid, signal.SIGKILL)

    result = stage.sync_well("course_templates", listener=Listener(waiting=waiting))
    assert other.end().killed
    assert len(stage.told) == 1
    assert result.created == 2
    assert "running" not in {run.status for run in stage.runs("course_templates")}


@pytest.mark.thorough
def test_two_full_syncs_at_once_come_to_what_one_after_the_other_does(
    stage: Stage, other: Other
) -> None:
    change_templates(stage)
    change_prices(stage)
    stage.sync_all()
    expected = {name: content(stage, name) for name in NAMES}
    stage.restart()
    change_templates(stage)
    change_prices(stage)
    other.start(stage, *NAMES)
    with ThreadPoolExecutor(1) as threads:
        ours = threads.submit(lambda: [stage.sync_on(stage.client, name) for name in NAMES])
        results = ours.result()
    ended = other.end()
    assert {result.status for result in results} == set(ended.statuses) == {"succeeded"}
    assert {name: content(stage, name) for name in NAMES} == expected
    # Each change was made once, by whichever of the two came first.
    assert ended.created + sum(result.created for result in results) == 3
    for name in NAMES:
        runs = stage.runs(name)[-2:]
        assert runs[0].finished_at <= runs[1].started_at
        assert {run.status for run in runs} == {"succeeded"}
    assert len(stage.rows(PRICES)) == 5
