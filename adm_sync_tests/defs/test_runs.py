"""Assets in a run: a real syncer on a real database against the sandbox, events kept in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import pytest
import sqlalchemy as sa

from adm_sync.database.engine import Database
from adm_sync.database.journal import Discrepancy
from adm_sync.database.states import DiscrepancyKind, RunStatus
from adm_sync.defs import failures
from adm_sync.defs.checks import asset_key, check_results
from adm_sync.defs.failures import SOURCE_TAG
from adm_sync.defs.metadata import ROWS_SHOWN, discrepancy_table
from adm_sync.defs.reference_data import RUN_TAGS, STOP_TAG, jobs, reference_defs
from adm_sync.defs.resources import SyncerResource
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.results import EntityResult
from adm_sync.reference.syncer import Syncer, open_syncer
from adm_sync.settings import Settings
from adm_sync_tests.cli.workplace import Visit, Workplace, connections

pytestmark = pytest.mark.thorough(all_but_each=3)

ORDER = [entity.name for entity in ENTITIES]
STOPPING = {SOURCE_TAG: "command_line", STOP_TAG: "true"}
GOING_ON = {SOURCE_TAG: "command_line"}


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


class Runner:
    """Runs jobs, and tells what came of their steps."""

    def __init__(self, syncer: Syncer | None, instance: dg.DagsterInstance) -> None:
        self.syncer, self.instance = syncer, instance

    def run(
        self, tags: dict[str, str] | None = None, job: str = "sync_all"
    ) -> dg.ExecuteInProcessResult:
        return (
            reference_defs(self.syncer or SyncerResource(), jobs())
            .resolve_job_def(job)
            .execute_in_process(instance=self.instance, tags=tags or {}, raise_on_error=False)
        )


@contextmanager
def runner_at(place: Workplace, instance: dg.DagsterInstance) -> Iterator[Runner]:
    database = Database(place.engine, place.database_url, embedded=False)
    with open_syncer(Settings.load(), database) as syncer:
        yield Runner(syncer, instance)


@pytest.fixture
def runner(settled: Workplace, instance: dg.DagsterInstance) -> Iterator[Runner]:
    with runner_at(settled, instance) as runner:
        yield runner


@pytest.fixture
def runner_again(synced: Workplace, instance: dg.DagsterInstance) -> Iterator[Runner]:
    """The same where everything was synced before."""
    with runner_at(synced, instance) as runner:
        yield runner


@pytest.fixture(scope="module")
def full(visit_settled: Visit, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """A full run in which all went well."""
    with visit_settled() as place, runner_at(place, instance) as runner:
        return runner.run()


def steps(result: dg.ExecuteInProcessResult, kind: str) -> list[str]:
    """The entities with such an event, in the order of the events."""
    return [
        str(event.step_key).removeprefix("adm__")
        for event in result.all_events
        if event.event_type_value == kind
    ]


def materializations(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    found = (event.materialization for event in result.get_asset_materialization_events())
    return {one.asset_key.path[-1]: one for one in found}


def checks(result: dg.ExecuteInProcessResult, entity: str) -> dict[str, dg.AssetCheckEvaluation]:
    key = asset_key(BY_NAME[entity])
    found = result.get_asset_check_evaluations()
    return {one.check_name: one for one in found if one.asset_key == key}


def failure(result: dg.ExecuteInProcessResult, entity: str) -> str:
    """Why the step of an entity failed."""
    data = result.failure_data_for_node(f"adm__{entity}")
    assert data is not None
    assert data.user_failure_data is not None
    return data.user_failure_data.description or ""


def stored_error(
    result: dg.ExecuteInProcessResult, kind: str = "STEP_FAILURE"
) -> tuple[str, list[str], object]:
    """What Dagster shows of the error of a step: its message, its trace, and what caused it."""
    (event,) = (event for event in result.all_events if event.event_type_value == kind)
    error = event.step_retry_data.error if kind != "STEP_FAILURE" else event.step_failure_data.error
    assert error is not None
    return error.message, list(error.stack), error.cause or error.context


# ---------------------------------------------------------------------- all goes well


def test_a_full_run_goes_through_the_entities_in_their_order(
    full: dg.ExecuteInProcessResult,
) -> None:
    assert full.success
    assert steps(full, "STEP_START") == ORDER
    assert list(materializations(full)) == ORDER
    assert full.dagster_run.tags.items() >= RUN_TAGS.items()


def test_counts_are_numbers_that_dagster_can_plot(full: dg.ExecuteInProcessResult) -> None:
    metadata = materializations(full)["instructors"].metadata

    numbers = {name: one.value for name, one in metadata.items() if name in EXPECTED_NUMBERS}
    assert numbers == EXPECTED_NUMBERS
    assert all(isinstance(metadata[name], dg.IntMetadataValue) for name in EXPECTED_NUMBERS)
    assert isinstance(metadata["seconds"], dg.FloatMetadataValue)
    assert isinstance(metadata["own seconds"], dg.FloatMetadataValue)
    assert list(metadata)[:2] == ["dagster/row_count", "open discrepancies"]


EXPECTED_NUMBERS = {
    "dagster/row_count": 29,
    "open discrepancies": 4,
    "created": 29,
    "updated": 0,
    "unchanged": 0,
    "deleted": 0,
    "retained": 0,
    "skipped": 2,
    "errors": 0,
    "requests": 2,  # two contacts have one name, so what tells them apart is asked for too
    "relinked": 0,
}


def test_a_materialization_shows_its_discrepancies_as_a_table(
    full: dg.ExecuteInProcessResult,
) -> None:
    metadata = materializations(full)["instructors"].metadata

    table = metadata["discrepancies"]
    assert isinstance(table, dg.TableMetadataValue)
    first = table.records[0].data
    assert first["kind"] == "unmatched tutorial"
    assert first["record"] == "Katherine Ashdown"
    assert str(first["candidates"]).startswith("Katharine Ashdown (")
    assert {str(record.data["kind"]) for record in table.records} == {
        "unmatched tutorial",
        "unmatched Administrate",
        "ambiguous",
    }
    assert metadata["all of them"].value == "`adm-sync unmatched instructors`"


def test_an_entity_without_discrepancies_has_no_table(full: dg.ExecuteInProcessResult) -> None:
    metadata = materializations(full)["price_levels"].metadata

    assert "discrepancies" not in metadata
    assert metadata["open discrepancies"].value == 0


def test_a_table_ends_after_a_hundred_rows() -> None:
    many = [Discrepancy("drifted", str(n), f"record {n}") for n in range(ROWS_SHOWN + 1)]

    table = discrepancy_table(many)

    assert isinstance(table, dg.TableMetadataValue)
    assert len(table.records) == ROWS_SHOWN


def test_unmatched_records_are_warnings_with_a_table_and_a_number(
    full: dg.ExecuteInProcessResult,
) -> None:
    found = checks(full, "instructors")
    warned = {
        "unmatched_tutorial_records": "1 tutorial record has no counterpart in Administrate.",
        "unmatched_administrate_records": (
            "2 Administrate records have no counterpart in the tutorial tables."
        ),
        "ambiguous_matches": "1 key occurs more than once, so nothing was linked by it.",
    }
    for name, sentence in warned.items():
        assert not found[name].passed
        assert found[name].severity is dg.AssetCheckSeverity.WARN
        assert found[name].description == sentence
        table = found[name].metadata["discrepancies"]
        assert isinstance(table, dg.TableMetadataValue)
        assert found[name].metadata["count"].value == len(table.records)
    assert full.success


def test_what_has_nothing_to_warn_of_passes(full: dg.ExecuteInProcessResult) -> None:
    assert set(checks(full, "price_levels")) == {
        "fetch_complete",
        "deletion_guard",
        "standing_links",
    }
    ambiguous = checks(full, "locations")["ambiguous_matches"]
    assert ambiguous.passed
    assert ambiguous.description == "None."
    assert ambiguous.metadata == {"count": dg.IntMetadataValue(0)}
    assert checks(full, "price_levels")["fetch_complete"].description == "Complete, in 1 request."


def test_links_and_rows_that_need_a_look_are_a_warning_with_a_table() -> None:
    kinds = (DiscrepancyKind.CONFLICTING_LINK, DiscrepancyKind.DRIFTED, DiscrepancyKind.RETAINED)
    result = EntityResult("price_levels", RunStatus.SUCCEEDED)
    result.discrepancies = [Discrepancy(kind, "1", "Standard") for kind in kinds]

    found = {one.check_name: one for one in check_results(BY_NAME["price_levels"], result)}

    links = found["standing_links"]
    assert (links.passed, links.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert links.description == "3 links, decisions or rows need a second look."
    table = links.metadata["discrepancies"]
    assert isinstance(table, dg.TableMetadataValue)
    assert {str(one.data["kind"]) for one in table.records} == {
        *("conflicting link", "drifted", "retained")
    }


def test_one_entity_has_a_job_of_its_own(runner: Runner) -> None:
    result = runner.run(job="sync_locations")

    assert steps(result, "STEP_SUCCESS") == ["locations"]


# ---------------------------------------------------------------------- held and failed


def test_a_held_plan_fails_the_guard_and_its_step_and_writes_nothing(
    runner_again: Runner, synced: Workplace
) -> None:
    for contact in synced.sandbox.store.all("Contact"):
        synced.sandbox.store.remove(contact["id"])

    result = runner_again.run(GOING_ON, job="sync_instructors")

    assert not result.success
    found = checks(result, "instructors")
    open_before = synced.execute(
        "select kind, count(*) from adm_sync.discrepancies"
        " where entity = 'instructors' and closed_at is null group by kind"
    )
    for name, kind in (
        ("unmatched_tutorial_records", "unmatched_tutorial"),
        ("unmatched_administrate_records", "unmatched_administrate"),
        ("ambiguous_matches", "ambiguous"),
    ):
        assert found[name].metadata["count"].value == dict(map(tuple, open_before))[kind]
        assert "as of the last sync that was accepted" in (found[name].description or "")
    assert found["fetch_complete"].passed
    assert not found["deletion_guard"].passed
    assert found["deletion_guard"].severity is dg.AssetCheckSeverity.ERROR
    assert "adm-sync release instructors" in (found["deletion_guard"].description or "")
    assert "instructors" not in materializations(result)
    assert steps(result, "STEP_FAILURE") == ["instructors"]
    assert failure(result, "instructors").startswith("Instructors held: nothing was written")
    assert len(synced.execute("select 1 from adm.instructors")) == 29


@pytest.mark.thorough
def test_what_needs_a_held_entity_is_left_out(runner_again: Runner, synced: Workplace) -> None:
    for location in synced.sandbox.store.all("Location"):
        synced.sandbox.store.remove(location["id"])

    result = runner_again.run(GOING_ON)

    assert steps(result, "STEP_FAILURE") == ["locations"]
    assert "venues" not in steps(result, "STEP_START")
    assert steps(result, "STEP_SUCCESS") == [
        name for name in ORDER if name not in {"locations", "venues"}
    ]


def test_an_incomplete_fetch_fails_its_check_and_its_step(
    runner: Runner, settled: Workplace
) -> None:
    settled.sandbox.faults.add("wrong_total", match="locations", times=None)

    result = runner.run(GOING_ON, job="sync_locations")

    found = checks(result, "locations")
    assert "deletion_guard" not in found  # it was not come to
    assert found["unmatched_tutorial_records"].passed  # what is stored as open: nothing yet
    assert not found["fetch_complete"].passed
    assert found["fetch_complete"].severity is dg.AssetCheckSeverity.ERROR
    assert "arrived" in (found["fetch_complete"].description or "")
    assert steps(result, "STEP_FAILURE") == ["locations"]


@pytest.mark.thorough
def test_a_part_without_an_answer_is_not_a_complete_fetch(
    runner_again: Runner, synced: Workplace
) -> None:
    synced.sandbox.options.entity_types_refused = ["Event"]

    result = runner_again.run(GOING_ON)

    found = checks(result, "custom_fields")
    assert not found["fetch_complete"].passed
    assert "no answer about Event" in (found["fetch_complete"].description or "")
    assert found["deletion_guard"].passed
    assert set(materializations(result)) == set(ORDER)  # what was answered is stored


def test_a_failure_that_is_not_administrates_says_nothing_of_the_fetch(
    runner: Runner, settled: Workplace
) -> None:
    settled.execute("alter table adm.locations rename column legacy_id to gone")

    result = runner.run(GOING_ON, job="sync_locations")

    assert "fetch_complete" not in checks(result, "locations")
    assert "Locations failed:" in failure(result, "locations")


@pytest.mark.thorough
def test_with_skip_errors_what_is_independent_goes_on(runner: Runner, settled: Workplace) -> None:
    settled.sandbox.faults.add("errors", match="locations", times=None)

    result = runner.run(GOING_ON)

    assert not result.success
    assert steps(result, "STEP_SUCCESS") == [
        name for name in ORDER if name not in {"locations", "venues"}
    ]


def test_without_it_everything_after_a_failed_entity_stops(
    runner: Runner, settled: Workplace
) -> None:
    settled.sandbox.faults.add("errors", match="locations", times=None)
    settled.sandbox.calls.clear()

    result = runner.run(STOPPING)

    assert steps(result, "STEP_SUCCESS") == ORDER[: ORDER.index("locations")]
    assert steps(result, "STEP_FAILURE")[0] == "locations"
    assert failure(result, "instructors") == (
        "Instructors skipped: not run, because locations did not succeed before it"
    )
    assert "Instructors" not in {call.operation for call in settled.sandbox.calls}


def test_an_error_outside_the_sync_itself_fails_the_step_in_a_sentence(
    runner: Runner, settled: Workplace
) -> None:
    settled.execute("drop table adm_sync.runs cascade")

    result = runner.run(STOPPING, job="sync_locations")

    assert "The database lacks something" in failure(result, "locations")
    assert stored_error(result) == (failure(result, "locations"), [], None)


# ---------------------------------------------------------------------- trying again


def test_a_passing_trouble_is_tried_again_when_nobody_waits(
    runner: Runner, settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "SECONDS_TO_RETRY", 0)
    fault = settled.sandbox.faults.add("status", match="locations", times=None)

    def mended(result: EntityResult) -> None:
        if result.status == "failed":
            settled.sandbox.faults.clear()

    assert runner.syncer is not None
    runner.syncer.ended = mended
    result = runner.run(job="sync_locations")

    assert result.success
    assert fault.happened > 0
    assert steps(result, "STEP_UP_FOR_RETRY") == ["locations"]
    assert result.retry_attempts_for_node("adm__locations") == 1
    assert checks(result, "locations")["fetch_complete"].passed


def test_a_trouble_that_stays_fails_after_one_more_try(
    runner: Runner, settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "SECONDS_TO_RETRY", 0)
    settled.sandbox.faults.add("status", match="locations", times=None)

    result = runner.run(job="sync_locations")

    assert len(steps(result, "STEP_UP_FOR_RETRY")) == 1
    assert steps(result, "STEP_FAILURE") == ["locations"]
    assert failure(result, "locations").startswith("Locations failed: ")
    for kind in ("STEP_UP_FOR_RETRY", "STEP_FAILURE"):
        sentence, *behind_it = stored_error(result, kind)
        assert sentence.startswith("Locations failed: ")
        assert behind_it == [[], None]


@pytest.mark.thorough
def test_a_fault_that_will_not_pass_is_not_tried_again(runner: Runner, settled: Workplace) -> None:
    settled.sandbox.faults.add("errors", match="locations", times=None)

    assert steps(runner.run(job="sync_locations"), "STEP_UP_FOR_RETRY") == []


@pytest.mark.thorough
def test_the_command_line_never_waits_for_another_try(runner: Runner, settled: Workplace) -> None:
    settled.sandbox.faults.add("status", match="locations", times=None)

    result = runner.run(GOING_ON, job="sync_locations")

    assert steps(result, "STEP_UP_FOR_RETRY") == []
    assert steps(result, "STEP_FAILURE") == ["locations"]


# ---------------------------------------------------------------------- the resource


def test_a_run_of_its_own_opens_what_the_settings_name_and_closes_it(
    settled: Workplace, instance: dg.DagsterInstance, database_server: sa.URL
) -> None:
    settled.engine.dispose()

    result = Runner(None, instance).run(job="sync_locations")

    assert result.success
    assert settled.execute("select who from adm_sync.runs") == [("Dagster",)]
    settled.engine.dispose()
    assert connections(database_server, settled.database_url) == 0


def test_it_closes_everything_after_a_failure_too(
    settled: Workplace, instance: dg.DagsterInstance, database_server: sa.URL
) -> None:
    settled.sandbox.faults.add("errors", match="locations", times=None)
    settled.engine.dispose()

    assert not Runner(None, instance).run(job="sync_locations").success

    assert connections(database_server, settled.database_url) == 0


def test_a_missing_setting_fails_the_run_and_is_named(
    settled: Workplace, instance: dg.DagsterInstance
) -> None:
    settled.set(administrate_api_secret=None)

    result = Runner(None, instance).run(job="sync_locations")

    assert not result.success
    assert any("ADMINISTRATE_API_SECRET" in str(event) for event in result.all_events)
