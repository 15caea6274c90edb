"""The import as assets: a real importer and sandbox, events kept in memory."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.event_api import PartitionKeyFilter

from adm_sync.database.locks import exclusive
from adm_sync.defs import failures
from adm_sync.defs.build import build_defs
from adm_sync.defs.event_import import SESSIONS, TUTORIAL_EVENTS, TUTORIAL_SESSIONS
from adm_sync.defs.failures import SOURCE_TAG
from adm_sync.defs.import_checks import CHECKED, EVENTS, REPORT, WORKBOOKS
from adm_sync.defs.import_metadata import findings_table
from adm_sync.errors import DatabaseUnreachable
from adm_sync.imports.importing import Importer
from adm_sync.workbook.findings import Place
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import (
    BAD,
    Runner,
    bad_rows,
    content,
    good_rows,
    opened_importer,
    sentence_of,
)
from adm_sync_tests.told import told
from adm_sync_tests.workbooks import changed

STEPS = ["workbook__checked", "record_events", "push_events", "workbook__report"]
FROM_COMMAND_LINE = {SOURCE_TAG: "command_line"}
EVERYTHING = [CHECKED, TUTORIAL_EVENTS, TUTORIAL_SESSIONS, EVENTS, SESSIONS, REPORT]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def runner(importer: Importer, instance: dg.DagsterInstance) -> Runner:
    return Runner(importer, instance)


def steps_of(result: dg.ExecuteInProcessResult, kind: str) -> list[str]:
    return [str(e.step_key) for e in result.all_events if e.event_type_value == kind]


def metadata(
    result: dg.ExecuteInProcessResult, key: dg.AssetKey
) -> dict[str, dg.MetadataValue[object]]:
    (found,) = [
        event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key == key
    ]
    return dict(found.metadata)


def numbers(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, int]:
    """What Dagster can plot."""
    return {
        name: value.value
        for name, value in metadata(result, key).items()
        if isinstance(value, dg.IntMetadataValue) and value.value
    }


def checks(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {one.check_name: one for one in result.get_asset_check_evaluations()}


def records(check: dg.AssetCheckEvaluation, name: str) -> list[dict[str, object]]:
    table = check.metadata[name]
    assert isinstance(table, dg.TableMetadataValue)
    return [dict(record.data) for record in table.records]


# ---------------------------------------------------------------------- all goes well


@pytest.mark.thorough
def test_an_import_goes_through_its_stages_and_says_how_much_it_did(
    runner: Runner, synced: Workplace
) -> None:
    workbook = content(good_rows())

    result = runner.run(workbook)

    assert result.success
    assert steps_of(result, "STEP_START") == STEPS
    found = result.get_asset_materialization_events()
    assert [event.asset_key for event in found] == EVERYTHING
    assert {event.partition for event in found} == {workbook.partition}
    assert numbers(result, CHECKED) == {"rows": 2, "events": 1, "sessions": 2}
    rows = "dagster/partition_row_count"
    assert numbers(result, TUTORIAL_EVENTS) == {rows: 1, "created": 1}
    assert numbers(result, TUTORIAL_SESSIONS) == {rows: 2, "created": 2}
    pushed = numbers(result, EVENTS)
    assert pushed["events created"] == 1
    assert pushed["sessions changed"] == 2
    assert numbers(result, REPORT)["events pushed"] == 1
    assert numbers(result, REPORT)["sessions pushed"] == 2
    assert [e["title"] for e in synced.sandbox.store.all("Event")] == ["CB1 London 27A-01"]
    assert synced.execute("select dagster_run_id, status from adm_sync.imports") == [
        (result.run_id, "succeeded")
    ]
    assert all(one.passed for one in checks(result).values())
    described = {one.description for one in checks(result).values()}
    assert described == {"None.", "Complete.", "Every import is complete."}


@pytest.mark.thorough
def test_the_same_again_changes_nothing_and_leads_to_the_same_report(
    runner: Runner, synced: Workplace
) -> None:
    synced.set(administrate_instance_url="https://larkfield.example")
    workbook = content(good_rows())
    runner.run(workbook)
    synced.sandbox.calls.clear()

    result = runner.run(workbook)

    assert result.success
    rows = "dagster/partition_row_count"
    assert numbers(result, TUTORIAL_EVENTS) == {rows: 1, "unchanged": 1}
    assert numbers(result, EVENTS) == {}
    assert not any(call.kind == "mutation" for call in synced.sandbox.calls)
    shown = metadata(result, REPORT)
    names = {"annotated copy": "events (checked).xlsx"}
    names["findings, for a spreadsheet"] = "events findings.csv"
    for name, file in names.items():
        assert isinstance(shown[name], dg.PathMetadataValue)
        assert Path(str(shown[name].value)).name == file
        assert Path(str(shown[name].value)).is_file()
    assert shown["Administrate"] == dg.UrlMetadataValue("https://larkfield.example")
    assert next(iter(shown)) == "status"


# ---------------------------------------------------------------------- what checks say


@pytest.mark.thorough
def test_what_does_not_match_is_a_warning_with_its_place(runner: Runner) -> None:
    result = runner.run(content([*good_rows(), *bad_rows()]))

    assert result.success
    found = checks(result)["unmatched_references"]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert found.description == ("1 reference matches nothing that can be used, in 1 row.")
    assert found.metadata["count"].value == 1
    (row,) = records(found, "findings")
    assert row["code"] == "instructor_unknown"
    assert (row["sheet"], row["row"], row["header"]) == ("Import", 6, "Instructor")
    assert row["value"] == "Nobody Atall"
    assert "Nobody Atall" in str(row["what is wrong"])
    assert row["what to do"]
    rejected = checks(result)["rejected_rows"]
    assert rejected.description == "1 event group with 2 of 4 rows cannot be imported."
    assert rejected.metadata["count"].value == 2
    assert numbers(result, REPORT)["events rejected"] == 1
    assert metadata(result, REPORT)["status"].value == "partial"


@pytest.mark.thorough
def test_an_event_that_was_imported_with_other_values_is_a_duplicate(runner: Runner) -> None:
    runner.run(content(good_rows()))

    result = runner.run(content([{**row, **_more_places(row)} for row in good_rows()]))

    found = checks(result)["duplicates"]
    assert not found.passed
    (row,) = records(found, "findings")
    assert row["code"] == "differs"
    assert str(found.description).startswith("1 finding about events that stand in the workbook")
    assert checks(result)["warnings"].metadata["count"].value == 1
    assert checks(result)["rejected_rows"].passed


def _more_places(row: dict[object, object]) -> dict[object, object]:
    return {column: 20 for column, value in row.items() if value == 14}


@pytest.mark.thorough
def test_results_of_checks_are_kept_apart_by_workbook(
    runner: Runner, instance: dg.DagsterInstance
) -> None:
    good, bad = content(good_rows()), content(bad_rows(), "more.xlsx")
    runs = {one.name: runner.run(one).run_id for one in (bad, good)}

    check = dg.AssetCheckKey(CHECKED, "rejected_rows")
    verdicts = {}
    for one in (good, bad):
        only = PartitionKeyFilter(key=one.partition)
        latest = instance.event_log_storage.get_latest_asset_check_execution_by_key([check], only)
        verdicts[one.name] = latest[check].status.value
        # Otherwise the UI takes the result for one of an earlier materialization.
        event = latest[check].event
        assert event is not None
        assert event.dagster_event is not None
        target = event.dagster_event.asset_check_evaluation_data.target_materialization_data
        assert target is not None
        assert target.run_id == runs[one.name]

    assert verdicts == {"events.xlsx": "SUCCEEDED", "more.xlsx": "FAILED"}


def test_a_table_ends_after_a_hundred_findings() -> None:
    table = findings_table(
        [told(Place("Import", row), "error", "wrong", "Wrong.") for row in range(101)]
    )

    assert isinstance(table, dg.TableMetadataValue)
    assert len(table.records) == 100


# ---------------------------------------------------------------------- a file that is refused


def test_a_workbook_that_is_refused_fails_in_its_own_words(
    runner: Runner, synced: Workplace
) -> None:
    result = runner.run(content(b"PK no workbook"))

    assert not result.success
    assert steps_of(result, "STEP_START") == STEPS[:1]
    assert "is damaged" in sentence_of(result, "workbook__checked")
    data = result.failure_data_for_node("workbook__checked")
    assert data is not None
    assert data.user_failure_data is not None
    shown = {name: value.value for name, value in data.user_failure_data.metadata.items()}
    assert shown["finding"] == "damaged_file"
    assert shown["what to do"]
    assert synced.execute("select status from adm_sync.imports") == [("failed",)]


# ---------------------------------------------------------------------- Administrate fails


@pytest.mark.thorough
def test_while_administrate_is_away_the_run_is_green_and_its_steps_are_pending(
    runner: Runner, synced: Workplace
) -> None:
    synced.sandbox.faults.add("status", match="mutation", times=None)
    workbook = content(good_rows())

    result = runner.run(workbook)

    assert result.success
    found = checks(result)["pending_steps"]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.WARN
    assert str(found.description).startswith("7 steps of 1 event are not done in Administrate yet")
    assert "due_steps_sensor" in str(found.description)
    first = records(found, "steps")[0]
    assert first["event"] == "CB1 London 27A-01"
    assert first["step"] == "creating the event"
    assert metadata(result, REPORT)["status"].value == "partial"

    synced.sandbox.faults.clear()
    again = runner.run(workbook, [EVENTS, SESSIONS, REPORT])

    assert checks(again)["pending_steps"].passed
    assert metadata(again, REPORT)["status"].value == "succeeded"


@pytest.mark.thorough
def test_a_refused_step_makes_the_run_red_after_the_report_was_written(
    runner: Runner, synced: Workplace
) -> None:
    synced.sandbox.faults.add("payload_errors", match="createBlended", message="No such price")
    workbook = content([*good_rows(), *good_rows(BAD)])

    result = runner.run(workbook)

    assert not result.success
    assert steps_of(result, "STEP_FAILURE") == ["workbook__report"]
    (observed,) = result.get_asset_observation_events()
    assert observed.partition == workbook.partition
    assert observed.asset_observation_data.asset_observation.metadata["status"].value == "failed"
    assert REPORT not in {e.asset_key for e in result.get_asset_materialization_events()}
    assert checks(result)["pending_steps"].passed
    found = checks(result)["failed_steps"]
    assert not found.passed
    assert found.severity is dg.AssetCheckSeverity.ERROR
    (failed,) = [row for row in records(found, "steps") if row["state"] == "failed"]
    assert "No such price" in str(failed["why"])
    assert failed["next try (UTC)"] is None
    sentence = sentence_of(result, "workbook__report")
    reason = "(Administrate refused it: No such price)"
    assert f"waiting for a person to decide: «{failed['event']}» {reason}." in sentence

    mended = runner.run(workbook, config={"push_events": {"config": {"reopen": True}}})

    assert mended.success
    assert checks(mended)["failed_steps"].passed
    assert len(synced.sandbox.store.all("Event")) == 2


@pytest.mark.thorough
def test_in_the_launchpad_a_corrected_workbook_may_change_what_it_made(
    synced: Workplace, runner: Runner
) -> None:
    assert runner.run(content(good_rows())).success
    first, second = good_rows()
    corrected = content([changed(first, max_places=20), second], "corrected.xlsx")
    event = synced.sandbox.store.all("Event")[0]["id"]
    assert runner.run(corrected).success
    assert synced.sandbox.store.get(event)["maxPlaces"] == 14
    config: dict[str, object] = {"workbook__checked": {"config": {"update": True}}}
    assert runner.run(corrected, config=config).success
    assert synced.sandbox.store.get(event)["maxPlaces"] == 20
    synced.sandbox.store.update(event, maxPlaces=22)
    third = content([changed(first, max_places=18), second], "third.xlsx")
    assert runner.run(third, config=config).success
    standing = runner.importer.standing(third.partition)
    assert (standing.state, standing.conflicts) == ("conflicts", 1)
    config = {"workbook__checked": {"config": {"update": True, "take": ["here"]}}}
    assert runner.run(third, config=config).success
    assert synced.sandbox.store.get(event)["maxPlaces"] == 20
    assert runner.importer.standing(third.partition).state == "complete"


# ---------------------------------------------------------------------- stages by themselves


@pytest.mark.thorough
def test_every_stage_can_be_run_alone_long_after_the_file_has_gone(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance
) -> None:
    workbook = content(good_rows())
    for stages in ([CHECKED], [TUTORIAL_EVENTS, TUTORIAL_SESSIONS], [EVENTS, SESSIONS], [REPORT]):
        with opened_importer(synced) as importer:
            result = Runner(importer, instance).run(workbook, stages)
        assert result.success
        assert [e.asset_key for e in result.get_asset_materialization_events()] == stages

    found = numbers(result, REPORT)
    assert "events created" not in found  # not in this run
    assert found["events unchanged"] == found["created in all"] == 1
    assert len(synced.sandbox.store.all("Event")) == 1


# ---------------------------------------------------------------------- busy, and trying again


def test_a_workbook_that_is_being_imported_is_refused_at_once(
    runner: Runner, synced: Workplace
) -> None:
    workbook = content(good_rows())
    name = f"import {workbook.partition}"

    with exclusive(synced.engine, name, 0, lambda _sentence: None):
        result = runner.run(workbook)

    assert sentence_of(result, "workbook__checked").startswith("Busy: ")
    assert steps_of(result, "STEP_UP_FOR_RETRY") == []


def _lost_once(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away at the first push."""
    push = importer.push

    def lost(partition: str | None) -> object:
        monkeypatch.setattr(Importer, "push", lambda _self, partition: push(partition))
        raise DatabaseUnreachable("The connection was lost.")

    monkeypatch.setattr(Importer, "push", lambda _self, partition: lost(partition))


@pytest.mark.thorough
def test_a_passing_trouble_is_tried_again_when_nobody_waits(
    runner: Runner, importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "SECONDS_TO_RETRY", 0)
    _lost_once(importer, monkeypatch)

    result = runner.run(content(good_rows()), [EVENTS, SESSIONS])

    assert result.success
    assert steps_of(result, "STEP_UP_FOR_RETRY") == ["push_events"]


def test_the_command_line_never_waits_for_another_try(
    runner: Runner, importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    _lost_once(importer, monkeypatch)

    result = runner.run(content(good_rows()), [EVENTS, SESSIONS], tags=FROM_COMMAND_LINE)

    assert sentence_of(result, "push_events") == "The connection was lost."
    assert steps_of(result, "STEP_UP_FOR_RETRY") == []


# ---------------------------------------------------------------------- the resource


@pytest.mark.thorough
def test_a_run_of_its_own_opens_what_the_settings_name(
    synced: Workplace, importer: Importer, instance: dg.DagsterInstance
) -> None:
    workbook = content(good_rows())
    importer.keep(workbook, "a test")
    instance.add_dynamic_partitions(str(WORKBOOKS.name), [workbook.partition])

    result = (
        build_defs()
        .resolve_job_def("import_events")
        .execute_in_process(instance=instance, partition_key=workbook.partition)
    )

    assert result.success
    assert synced.execute("select who from adm_sync.imports") == [("Dagster",)]
