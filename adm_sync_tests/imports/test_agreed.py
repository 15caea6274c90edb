"""Plans that were agreed to: what differs from them, and that they are looked at once more."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from adm_sync.database.states import ImportStatus
from adm_sync.imports.agreed import Agreed, PlanDifference, PlanMoved, differences
from adm_sync.imports.importing import Importer
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import (
    BLENDED,
    CLASSROOM,
    content,
    imported,
    importer,
    remote_titles,
    three_events,
)
from adm_sync_tests.workbooks import blended, classroom


def document(*entries: dict[str, Any], findings: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """What a dry run says, as far as it is compared."""
    return {"plan": [{"title": "T", "steps": [], **one} for one in entries], "findings": findings}


def finding(row: int | None, severity: str, message: str) -> dict[str, Any]:
    return {"row": row, "severity": severity, "message": message}


def test_a_plan_does_not_differ_from_itself() -> None:
    one = document({"row": 4, "outcome": "created"}, findings=(finding(5, "error", "E"),))

    assert differences(one, one) == []


def test_each_difference_names_its_row_and_what_it_is() -> None:
    was = document(
        {"row": 4, "outcome": "created"},
        {"row": 6, "outcome": "updated", "changes": [{"after": "18"}]},
        {"row": 8, "outcome": "created"},
        findings=(finding(10, "warning", "W"), finding(None, "warning", "of the file")),
    )
    now = document(
        {"row": 4, "outcome": "unchanged"},
        {"row": 6, "outcome": "updated", "changes": []},
        findings=(finding(8, "error", "E"),),
    )

    assert differences(was, now) == [
        PlanDifference(
            4, "T", "created", "unchanged", "it was to be created, and is to be unchanged now"
        ),
        PlanDifference(
            6, "T", "updated", "updated", "other than it was: the values that are changed"
        ),
        PlanDifference(
            8,
            "T",
            "created",
            "rejected",
            "it was to be created, and is to be rejected now; found now: E",
        ),
        PlanDifference(10, "", "left out", "left out", "not so any more: W"),
    ]


def test_what_moves_between_the_look_and_the_recording_is_seen(synced: Workplace) -> None:
    workbook, others = three_events(), content(*classroom(title=CLASSROOM), name="other.xlsx")

    def meanwhile(point: str) -> None:
        if point == "checked" and not remote_titles(synced):
            imported(others)

    with importer(meanwhile) as opened:
        fingerprint = opened.rehearsal(workbook).fingerprint
        assert fingerprint is not None
        opened.agree(workbook, fingerprint)
        opened.keep(workbook, "a test")
        opened.check(workbook.partition)
        with pytest.raises(PlanMoved) as moved:
            opened.record(workbook.partition)
        broken_off = opened.broken_off[workbook.partition]

    outcomes = {one["title"]: one["outcome"] for one in moved.value.summary.plan}
    assert (outcomes[CLASSROOM], outcomes[BLENDED]) == ("unchanged", "created")
    assert remote_titles(synced) == [CLASSROOM]
    assert broken_off.status == ImportStatus.FAILED
    assert broken_off.events["created"] == 0
    assert "Nothing was written" in broken_off.message


Meanwhile = Callable[[Callable[[], str]], list[Future[str]]]


@pytest.fixture
def just_before_recording(synced: Workplace, monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Lets another import go on as far as it can, once a plan was compared for the last time."""

    def arrange(other: Callable[[], str]) -> list[Future[str]]:
        started: list[Future[str]] = []
        compared = Agreed.verify

        def verify(agreed: Agreed, *given: Any) -> None:
            compared(agreed, *given)
            monkeypatch.setattr(Agreed, "verify", compared)
            threads = ThreadPoolExecutor(1)
            started.append(threads.submit(other))
            threads.shutdown(wait=False)
            _until_it_is_over_or_waits(synced, started[0])

        monkeypatch.setattr(Agreed, "verify", verify)
        return started

    return arrange


def _until_it_is_over_or_waits(place: Workplace, other: Future[str]) -> None:
    waits = "select 1 from pg_locks where locktype = 'advisory' and not granted and database ="
    here = "(select oid from pg_database where datname = current_database())"
    while not other.done() and not place.execute(f"{waits} {here}"):
        time.sleep(0.02)


def agreed_to(opened: Importer, workbook: Any) -> None:
    """A plan that somebody has seen is to be kept to, and the workbook is checked."""
    fingerprint = opened.rehearsal(workbook).fingerprint
    assert fingerprint is not None
    opened.agree(workbook, fingerprint)
    opened.keep(workbook, "a test")
    opened.check(workbook.partition)


def recorded(place: Workplace) -> list[tuple[str, str, int]]:
    """Each event, the workbook that has brought it, and how many sessions it has."""
    return [
        (title, name, sessions)
        for title, name, sessions in place.execute(
            "select e.title, w.file_name, count(s.id) from adm_sync.events e"
            " join adm_sync.workbooks w on w.id = e.workbook_id"
            " left join adm_sync.event_sessions s on s.event_id = e.id"
            " group by e.id, w.id order by e.id"
        )
    ]


def test_nothing_is_added_to_what_another_import_brings_after_the_last_comparison(
    synced: Workplace, just_before_recording: Meanwhile
) -> None:
    ours = content(*blended(title=BLENDED, sessions=3), name="ours.xlsx")
    theirs = content(*blended(title=BLENDED, sessions=2), name="theirs.xlsx")

    with importer() as opened:
        agreed_to(opened, ours)
        others = just_before_recording(lambda: imported(theirs, push=False))
        opened.record(ours.partition)
        assert opened.summary(ours.partition).events["created"] == 1
    others[0].result(60)

    assert recorded(synced) == [(BLENDED, "ours.xlsx", 3)]


@pytest.mark.thorough
def test_the_same_plan_is_found_again_after_the_check_was_kept(synced: Workplace) -> None:
    workbook = three_events()

    with importer() as opened:
        fingerprint = opened.rehearsal(workbook).fingerprint
        assert fingerprint is not None
        for _ in range(2):  # what is kept of the first is there for the second
            opened.agree(workbook, fingerprint)
            opened.keep(workbook, "a test")
            opened.check(workbook.partition)
        opened.record(workbook.partition)
        assert opened.summary(workbook.partition).events["created"] == 3
