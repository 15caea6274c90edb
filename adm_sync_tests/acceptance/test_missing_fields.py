"""A custom field that the workbook has values for, and Administrate does not have (any more)."""

from pathlib import Path
from typing import Any

import pytest

from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import remote_titles
from adm_sync_tests.workbooks import blended, classroom, lms_only, workbook_bytes

FIELDS = "CustomFieldDefinition"


def written(folder: Path, **cells: object) -> str:
    """Three events of nine sessions."""
    rows = [*blended(**cells), *classroom("CB3_BR_1", **cells), lms_only(**cells)]
    path = folder / "events.xlsx"
    path.write_bytes(workbook_bytes(rows, blank_rows=2))
    return str(path)


def drop(place: Workplace, entity_type: str, label: str) -> None:
    """Somebody deletes the field in Administrate, and it is synced."""
    (field,) = [
        one
        for one in place.sandbox.store.all(FIELDS)
        if (one["entityType"], one["label"]) == (entity_type, label)
    ]
    place.sandbox.store.remove(field["id"])
    (result,) = place.sync("custom_fields")
    assert result.status == "succeeded"


def create(place: Workplace, entity_type: str, label: str) -> None:
    """And creates it again."""
    place.sandbox.store.add(FIELDS, entityType=entity_type, label=label, type="text")
    (result,) = place.sync("custom_fields")
    assert result.status == "succeeded"


def errors(document: Any) -> list[dict[str, Any]]:
    return [one for one in document["findings"] if one["severity"] == "error"]


def assert_missing(document: Any, entity_type: str, label: str, header: str) -> None:
    (error,) = errors(document)
    assert (error["code"], error["row"]) == ("custom_field_missing", 1)
    assert header == error["header"]
    assert f"no custom field '{label}' for {entity_type.lower()}s" in error["message"]
    assert "adm-sync sync custom_fields" in error["suggestion"]
    counts = document["events"]
    assert (counts["created"], counts["rejected"], counts["pending"]) == (0, 3, 0)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("entity_type", "label", "header"),
    [
        ("Event", "Sitting", "Sitting"),
        ("Session", "Day", "Day"),
        ("Event", "OCR Moodle Code", "OCR moodle code"),
        ("Event", "URL", "Event url"),
    ],
)
def test_it_is_one_error_of_the_header(
    synced: Workplace, tmp_path: Path, entity_type: str, label: str, header: str
) -> None:
    drop(synced, entity_type, label)
    document = synced.json("import-events", written(tmp_path), "--dry-run", status=3)
    assert_missing(document, entity_type, label, header)


def test_nothing_is_recorded_or_sent_until_it_is_there(synced: Workplace, tmp_path: Path) -> None:
    drop(synced, "Session", "Day")
    before = synced.sandbox.calls.mutations
    path = written(tmp_path)
    document = synced.json("import-events", path, status=3)
    assert_missing(document, "Session", "Day", "Day")
    assert (document["status"], document["state"]) == ("partial", "partial")
    assert synced.execute("select 1 from acted.tutorial_events") == []
    assert synced.execute("select 1 from adm_sync.steps") == []
    assert synced.sandbox.calls.mutations == before

    create(synced, "Session", "Day")
    again = synced.json("import-events", path)
    assert (again["status"], again["state"], again["events"]["pushed"]) == (
        "succeeded",
        "complete",
        3,
    )


@pytest.mark.thorough
def test_several_that_are_missing_are_told_at_once_and_each_once(
    synced: Workplace, tmp_path: Path
) -> None:
    drop(synced, "Event", "Sitting")
    drop(synced, "Session", "Day")
    document = synced.json("import-events", written(tmp_path), status=3)
    assert [one["header"] for one in errors(document)] == ["Day", "Sitting"]


@pytest.mark.thorough
def test_without_any_known_field_it_says_which_sync(synced: Workplace, tmp_path: Path) -> None:
    synced.execute("delete from adm.custom_fields")
    path = written(tmp_path)
    document = synced.json("import-events", path, status=3)
    (error,) = errors(document)
    assert error["code"] == "custom_fields_unknown"
    assert "adm-sync sync custom_fields" in error["suggestion"]
    assert document["events"]["rejected"] == 3
    assert synced.sandbox.store.all("Event") == []
    synced.sync("custom_fields")
    assert synced.json("import-events", path)["status"] == "succeeded"


@pytest.mark.thorough
def test_of_a_column_that_is_blank_it_is_a_warning(synced: Workplace, tmp_path: Path) -> None:
    drop(synced, "Event", "OCR Moodle Code")
    document = synced.json("import-events", written(tmp_path, moodle_code=""))
    assert (document["status"], document["events"]["pushed"]) == ("succeeded", 3)
    assert errors(document) == []


@pytest.mark.thorough
def test_one_that_only_a_default_would_fill_is_a_warning(synced: Workplace, tmp_path: Path) -> None:
    drop(synced, "Event", "Web sale")
    document = synced.json("import-events", written(tmp_path, web_sale=""))
    (warning,) = [one for one in document["findings"] if one["code"] == "custom_field_missing"]
    assert (warning["severity"], warning["row"]) == ("warning", 1)
    assert (document["status"], document["events"]["pushed"]) == ("succeeded", 3)


@pytest.mark.thorough
def test_events_that_were_imported_before_the_field_was_deleted_still_stand(
    synced: Workplace, tmp_path: Path
) -> None:
    path = written(tmp_path)
    synced.json("import-events", path)
    titles = remote_titles(synced)
    drop(synced, "Event", "Sitting")
    before = synced.sandbox.calls.mutations
    again = synced.json("import-events", path, status=3)
    assert [one["code"] for one in errors(again)] == ["custom_field_missing"]
    # This run could not take them; they are there all the same, on both sides.
    assert (again["events"]["rejected"], again["in_all"]["rejected"]) == (3, 0)
    assert (again["state"], again["in_all"]["created"]) == ("complete", 3)
    assert remote_titles(synced) == titles
    assert synced.sandbox.calls.mutations == before


@pytest.mark.thorough
def test_what_waits_when_the_field_is_deleted_fails_in_words(
    synced: Workplace, tmp_path: Path
) -> None:
    """Recorded with the field, and pushed without: a person decides, nothing is left out."""
    synced.sandbox.faults.add("status", times=None, code=503)
    synced.json("import-events", written(tmp_path), status=3)
    synced.sandbox.faults.clear()
    drop(synced, "Event", "Sitting")
    document = synced.json("push", status=1)
    assert document["pushed"] == 0
    assert {one["step"] for one in document["failed"]} == {"create_event"}
    assert all("refused" in one["message"] for one in document["failed"])
    assert remote_titles(synced) == []
