"""A dry run where Administrate has something like the events: it says what the import does."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from adm_sync_tests.acceptance.again import numbers
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.workbooks import Cells, blended, lms_only, workbook_bytes


@pytest.fixture(scope="module")
def place(visit_synced: Visit) -> Iterator[Workplace]:
    with visit_synced() as place:
        place.set(adm_sync_push_look_ups="0.05", adm_sync_push_retry_seconds="0.05")
        yield place


@pytest.fixture
def title() -> str:
    return f"CB1 London beside {next(numbers)}"


def online(*titles: str) -> list[Cells]:
    return [lms_only(title=one) for one in titles]


def both(
    place: Workplace, folder: Path, rows: Sequence[Cells], status: int
) -> tuple[Any, Any, str]:
    """The dry run, the real run, and the dry run's words."""
    path = folder / "events.xlsx"
    path.write_bytes(workbook_bytes(rows, blank_rows=0))
    before = place.sandbox.calls.mutations
    said = place.run("import-events", str(path), "--dry-run", status=status).stdout
    planned = place.json("import-events", str(path), "--dry-run", status=status)
    assert place.sandbox.calls.mutations == before
    return planned, place.json("import-events", str(path), status=status), said


def twin(place: Workplace, title: str, **changed: Any) -> str:
    """An event of that title in Administrate of which nothing is known here."""
    store = place.sandbox.store
    code = "CB1_LO_6" if "classroomStart" in changed else "OC_CB1"
    (template,) = [one for one in store.all("CourseTemplate") if one["code"] == code]
    values = {
        "title": title,
        "courseTemplate": template["id"],
        "lifecycleState": "draft",
        "learningMode": "lms",
        "timeZoneName": "Europe/London",
        "lmsStart": "2027-01-04T09:00:00Z",
        "lmsEnd": "2027-05-14T00:00:00Z",
    }
    return store.add("Event", **values | changed)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("ending", "changed", "part"),
    [
        ("", {"lifecycleState": "cancelled"}, "already, cancelled"),
        (" (copy)", {}, "may be this one"),
    ],
    ids=["cancelled", "near"],
)
def test_one_that_a_person_has_to_decide_about_is_named(
    place: Workplace, tmp_path: Path, title: str, ending: str, changed: dict[str, Any], part: str
) -> None:
    moment = "2027-01-12T09:30:00Z"
    there = twin(place, title + ending, classroomStart=moment, learningMode="blended", **changed)
    rows = [*blended(title=title, sessions=2), *online(f"{title} online")]
    planned, done, said = both(place, tmp_path, rows, status=1)
    assert planned["status"] == done["status"] == "failed"
    for kind in ("events", "sessions"):
        for count in ("created", "adopted", "pending", "failed"):
            assert planned[kind][count] == done[kind][count], (kind, count)
    (warning,) = planned["warnings"]
    for one in (part, there, f"row 4, «{title}»"):
        assert one in warning
    assert "a person has to decide first, before it goes on in Administrate with:" in said
    assert f"      - {warning[:20]}" in said


def test_one_that_is_surely_there_is_adopted(place: Workplace, tmp_path: Path, title: str) -> None:
    twin(place, title.upper())
    planned, done, said = both(place, tmp_path, online(title), status=0)
    assert planned["status"] == done["status"] == "succeeded"
    assert planned["events"]["adopted"] == done["events"]["adopted"] == 1
    assert "it would adopt 1 event that Administrate has already" in said


def test_one_that_would_be_adopted_with_too_few_sessions_is_named_once(
    place: Workplace, tmp_path: Path, title: str
) -> None:
    there = twin(place, title, classroomStart="2027-01-12T09:30:00Z", learningMode="blended")
    rows = blended(title=title, sessions=3)
    planned, done, _ = both(place, tmp_path, rows, status=1)
    assert planned["status"] == done["status"] == "failed"
    for kind in ("events", "sessions"):
        for count in ("created", "adopted", "pending", "failed"):
            assert planned[kind][count] == done[kind][count], (kind, count)
    (warning,) = planned["warnings"]
    assert warning.startswith(f"row 4, «{title}»: Administrate has it already ({there})")
    assert "with 0 sessions, and none for Days 1, 2, 3." in warning
    (again, _, _) = both(place, tmp_path, rows, status=1)
    (warning,) = again["warnings"]
    assert warning.startswith(f"«{title}», Days 1, 2, 3: No session slot")


@pytest.mark.thorough
def test_what_belongs_to_another_event_of_the_workbook_is_nothing_to_decide(
    place: Workplace, tmp_path: Path, title: str
) -> None:
    twin(place, f"{title} (evening)")
    planned, done, _ = both(place, tmp_path, online(title, f"{title} (evening)"), status=0)
    assert planned["events"]["adopted"] == done["events"]["adopted"] == 1
    assert planned["events"]["failed"] == done["events"]["failed"] == 0


@pytest.mark.thorough
@pytest.mark.parametrize("match", ["EventsByTitle", None])
def test_while_administrate_cannot_be_asked_it_is_partial_as_the_import_is(
    place: Workplace, tmp_path: Path, title: str, match: str | None
) -> None:
    rows = [*blended(title=title, sessions=2), *online(f"{title} online")]
    faults = {"match": match} if match else {}
    place.sandbox.faults.add("status", times=None, code=503, **faults)
    try:
        planned, done, said = both(place, tmp_path, rows, status=3)
        (again, after, _) = both(place, tmp_path, rows, status=3)
    finally:
        place.sandbox.faults.clear()
    (warning,) = planned["warnings"]
    assert "Which of the events Administrate has already is not known" in warning
    assert "it would not go on in Administrate yet" in said
    for first, second in ((planned, done), (again, after)):
        assert first["status"] == second["status"] == "partial"
        for kind in ("events", "sessions"):
            for count in ("created", "adopted", "pending", "failed"):
                assert first[kind][count] == second[kind][count], (kind, count)
    assert planned["events"]["pending"] == again["events"]["pending"] == 2


@pytest.mark.thorough
@pytest.mark.parametrize(("state", "status"), [("cancelled", 1), ("draft", 0)])
def test_what_waits_since_an_earlier_import_is_looked_for_too(
    place: Workplace, tmp_path: Path, title: str, state: str, status: int
) -> None:
    """It is recorded here, and was never sent."""
    rows, path = online(title), tmp_path / "events.xlsx"
    path.write_bytes(workbook_bytes(rows, blank_rows=0))
    place.sandbox.faults.add("status", times=None, code=503)
    place.json("import-events", str(path), status=3)
    place.sandbox.faults.clear()
    there = twin(place, title, lifecycleState=state)
    planned, done, _ = both(place, tmp_path, rows, status)
    for count in ("created", "unchanged", "adopted", "pending", "failed"):
        assert planned["events"][count] == done["events"][count], count
    assert planned["events"]["failed"] == status
    assert [there in warning for warning in planned["warnings"]] == [True] * status
