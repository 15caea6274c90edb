"""An update that is killed at any point, or not answered: one more run, and all is as planned."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adm_sync.imports.importing import Importer
from adm_sync.imports.options import UPDATE_POINTS
from adm_sync.imports.summary import ImportSummary
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.push.options import COMPARISON_POINTS
from adm_sync.push.options import CRASH_POINTS as PUSH_POINTS
from adm_sync.sandbox import SandboxServer
from adm_sync.workbook.sheet import Content
from adm_sync_tests.acceptance.both_sides import picture
from adm_sync_tests.acceptance.import_process import Worker
from adm_sync_tests.acceptance.pushing import (
    TITLES,
    Outbox,
    Shelf,
    few_rows,
    workbook,
)
from adm_sync_tests.workbooks import changed

MADE = ("Event", "Session", "Staff")
CREATING = {"creation noted as sending", "creation answered", "event id stored"}
POINTS = ["recorded", *(one for one in PUSH_POINTS if one not in CREATING)]
# The second time: between the two requests of the first event.
NTH = {"changes compared": 2, "changes noted as sending": 2, "recorded": 2, "updating": 2}
LATER = date(2027, 1, 21)


def corrected() -> Content:
    """The workbook of the few events, with something else in each of them."""
    first, second, third, bristol, online = few_rows()
    return workbook(
        [
            changed(first, max_places=20, instructor="Agnes Tolliver", venue="Bell Yard Rooms"),
            changed(second, start_date=LATER, end_date=LATER, venue="Bell Yard Rooms"),
            changed(third, venue="Bell Yard Rooms", session_instructor="Agnes Tolliver"),
            changed(bristol, start_time="10:00", event_url="https://learn.larkfield.example/n"),
            changed(online, lms_end_date=date(2027, 5, 20), web_sale="N"),
        ]
    )


@dataclass
class Done:
    """The few events on both sides, and what the correction makes of them."""

    outbox: Outbox
    folder: Path
    records: list[tuple[str, dict[str, Any]]]
    expected: dict[str, Any]
    client: Any = None

    def reset(self) -> None:
        """As they were before the correction."""
        self.outbox.restore("pushed")
        put_back(self.outbox.sandbox, self.records)

    def importer(self) -> Importer:
        return self.outbox.importer(self.folder)

    def correct(self, importer: Importer | None = None) -> ImportSummary:
        """Import the correction, or as much of it as is left to do."""
        opened, content = importer or self.importer(), corrected()
        opened.keep(content, "a test")
        opened.check(content.partition, update=UpdateOptions())
        opened.record(content.partition)
        opened.push(content.partition)
        summary = opened.summary(content.partition)
        opened.close()
        return summary

    def pictures(self) -> dict[str, Any]:
        return {title: picture(self.outbox, title) for title in TITLES}


def put_back(sandbox: SandboxServer, records: list[tuple[str, dict[str, Any]]]) -> None:
    for kind in reversed(MADE):
        for one in sandbox.store.all(kind):
            sandbox.store.remove(one["id"])
    for kind, fields in records:
        sandbox.store.add(kind, **fields)


def records_of(sandbox: SandboxServer) -> list[tuple[str, dict[str, Any]]]:
    return [
        (kind, {name: value for name, value in one.items() if name != "__typename"})
        for kind in MADE
        for one in sandbox.store.all(kind)
    ]


_KEPT: dict[int, tuple[list[tuple[str, dict[str, Any]]], dict[str, Any]]] = {}


@pytest.fixture
def done(shelf: Shelf, sandbox: SandboxServer, tmp_path: Path) -> Iterator[Done]:
    if id(shelf) not in _KEPT:
        with shelf.take("few", sandbox) as outbox:
            assert not outbox.push().stopped
            records = records_of(sandbox)
            shelf.keeper.keep("pushed")
            first = Done(outbox, tmp_path, records, {})
            summary = first.correct()
            assert (summary.status, summary.events["updated"]) == ("succeeded", 3), summary.findings
            _KEPT[id(shelf)] = records, first.pictures()
        sandbox.reset()
    records, expected = _KEPT[id(shelf)]
    with shelf.take("pushed", sandbox) as outbox:
        done = Done(outbox, tmp_path, records, expected)
        done.reset()
        yield done


def assert_settled(done: Done) -> None:
    """One more run finishes what is left."""
    summary = done.correct()
    assert summary.status == "succeeded", (summary.findings, done.outbox.steps())
    assert (summary.events["conflicts"], summary.events["failed"]) == (0, 0)
    assert done.pictures() == done.expected
    assert set(done.outbox.states()) <= {"done", "undone"}
    assert sorted(event["title"] for event in done.outbox.remotes()) == sorted(TITLES)


@pytest.mark.thorough
def test_once_it_is_done_nothing_is_sent_again(done: Done) -> None:
    assert done.correct().events["updated"] == 3
    sent = [one for one in done.outbox.sandbox.calls if one.kind == "mutation"]
    assert done.correct().events["updated"] == 0
    assert [one for one in done.outbox.sandbox.calls if one.kind == "mutation"] == sent


@pytest.mark.thorough(all_but_each=8)
@pytest.mark.parametrize("point", [*UPDATE_POINTS, *COMPARISON_POINTS, *POINTS])
def test_an_update_that_is_killed_is_taken_up_by_the_next(
    done: Done, worker: Worker, point: str
) -> None:
    content, importer = corrected(), done.importer()
    importer.keep(content, "a test")
    importer.close()
    how = {"partition": content.partition, "update": True}
    assert worker.run(done.outbox, die_at=point, nth=NTH.get(point, 1), **how).killed
    assert_settled(done)


# The changes of the first event take two requests: who is taken from it goes from its sessions too.
NOT_ANSWERED = [
    *((how, nth, 1) for how in ("drop_after", "errors", "commit_late") for nth in range(3)),
    *(("drop_after", nth, 0) for nth in range(0, 8, 2)),
    *(("drop_before", 0, 5), ("cut_body", 0, 1), ("errors", 3, 0)),
]


@pytest.mark.thorough(all_but_each=8)
@pytest.mark.parametrize(("how", "nth", "together"), NOT_ANSWERED)
def test_an_update_that_is_not_answered_is_made_once(
    done: Done, how: str, nth: int, together: int
) -> None:
    details = {"executed": True} if how == "errors" else {}
    done.outbox.fail(how, "mutation", times=1, skip=nth, **details)
    importer = done.importer()
    push = replace(importer.options.push, together=together)
    importer.options = replace(importer.options, push=push)
    done.correct(importer)
    done.outbox.sandbox.faults.clear()
    done.outbox.wait_is_over()
    assert_settled(done)
