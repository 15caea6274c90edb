"""`sync` and `sync-all` without a terminal: what they print, and how they end."""

import json
import re
import subprocess
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pytest
from click.testing import Result

from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync_tests.cli.workplace import SECRET, Visit, Workplace

pytestmark = pytest.mark.thorough(all_but_each=3)

# What is printed of each entity of the company, after its heading.
FULL = {
    "custom_fields": """\
  ✓ Custom fields: 15 created, 0 updated, 0 errors
""",
    "price_levels": """\
  ✓ Price levels: 3 created, 0 updated, 0 errors
""",
    "locations": """\
  ✓ Locations: 10 created, 0 updated, 0 errors
  ⚠ 1 unmatched tutorial location (logged)
  ⚠ 1 unmatched Administrate location (logged)
""",
    "venues": """\
  ✓ Venues: 26 created, 0 updated, 0 errors
  ⚠ 1 unmatched tutorial venue (logged)
  ⚠ 2 unmatched Administrate venues (logged)
""",
    "instructors": """\
  ✓ Instructors: 29 created, 0 updated, 2 skipped, 0 errors
  ⚠ 1 unmatched tutorial instructor (logged)
  ⚠ 2 unmatched Administrate instructors (logged)
  ⚠ 1 ambiguous (logged)
""",
    "course_templates": """\
  ✓ Course templates: 80 created, 0 updated, 0 errors
  ⚠ 2 unmatched tutorial course templates (logged)
  ⚠ 2 unmatched Administrate course templates (logged)
""",
    "course_template_price_levels": """\
  ✓ Course template price levels: 201 created, 0 updated, 0 errors
""",
}

FULL_END = """\

=== Sync Complete ===
Total: {created} created, 0 updated, 2 skipped, 0 errors
5 unmatched tutorial records logged (use individual commands without --no-prompt to review)
"""

LOCATIONS = """\
Syncing locations...
Sync completed: 10 created, 0 updated, 0 unchanged,
                0 deleted, 0 skipped, 0 errors

⚠ 1 tutorial record had no match in Administrate:
  - TutorialLocation: Edinburgh (tutorial id {tutorial})

⚠ 1 Administrate record had no match in tutorial tables:
  - Location: Cardiff ({administrate})

"""


def edinburgh(settled: Workplace) -> int:
    statement = "select id from acted.tutorial_locations where name = 'Edinburgh'"
    return int(settled.execute(statement)[0][0])


def by_name(document: Any) -> dict[str, Any]:
    return {one["entity"]: one for one in document["entities"]}


def cardiff(settled: Workplace) -> str:
    places = settled.sandbox.store.all("Location")
    (found,) = [str(one["id"]) for one in places if one["name"] == "Cardiff"]
    return found


@dataclass(frozen=True)
class Locations:
    """A sync of the locations alone: what it printed, its run, and who has no counterpart."""

    text: str
    run: dg.DagsterRun
    expected: str


@pytest.fixture(scope="module")
def locations(visit_settled: Visit) -> Locations:
    with visit_settled() as place:
        text = place.run("sync", "locations").stdout
        expected = LOCATIONS.format(tutorial=edinburgh(place), administrate=cardiff(place))
        return Locations(text, place.latest_run(), expected)


@pytest.fixture(scope="module")
def full(visit_settled: Visit) -> Result:
    """A first full sync, as text."""
    with visit_settled() as place:
        return place.run("sync-all", "--no-prompt")


@pytest.fixture(scope="module")
def full_debugged(visit_settled: Visit) -> Result:
    """A first full sync, as JSON and with all that `--debug` shows."""
    with visit_settled() as place:
        return place.run("sync-all", "--json", "--debug")


@dataclass(frozen=True)
class Failed:
    """A sync of locations that Administrate refuses to give: its document and its run."""

    document: Any
    run: dg.DagsterRun


@pytest.fixture(scope="module")
def failed(visit_settled: Visit) -> Failed:
    with visit_settled() as place:
        place.sandbox.faults.add("errors", match="locations", times=None)
        document = place.json("sync", "locations", status=1)
        return Failed(document, place.latest_run())


# ---------------------------------------------------------------------- the text


def created_in(text: str) -> int:
    """The sum of what the lines of the entities say."""
    return sum(map(int, re.findall(r"^  ✓ .*: (\d+) created", text, re.MULTILINE)))


def test_a_full_sync_prints_a_line_for_each_entity_the_lists_and_the_total(full: Result) -> None:
    begin = "=== Administrate Full Sync ===\n"
    for number, one in enumerate(ENTITIES, 1):
        begin += re.escape(f"\n[{number}/{len(ENTITIES)}] Syncing {one.many}...\n")
        # Of one that is not told of above, the numbers do not matter here.
        usual = rf"  ✓ {one.title}: \d+ created, 0 updated, 0 errors\n(?:  ⚠ .*\n)*"
        begin += re.escape(FULL[one.name]) if one.name in FULL else usual
    found = re.match(begin, full.stdout)
    end = FULL_END.format(created=created_in(full.stdout))
    assert found, full.stdout
    assert full.stdout.endswith(end)
    lists = full.stdout[found.end() :].removesuffix(end)
    assert "  - TutorialVenue: Guildhall Chambers (tutorial id " in lists
    assert "      nearest: Guild Hall Chambers (" in lists
    assert "⚠ 1 name occurs more than once, so nothing was linked by it:" in lists
    assert full.stderr == ""


def test_an_unchanged_full_sync_says_so(synced: Workplace) -> None:
    text = synced.run("sync-all").stdout

    assert "  ✓ Venues: 0 created, 0 updated, 26 unchanged, 0 errors\n" in text
    lines = re.findall(r"^  ✓ .* (\d+) unchanged", text, re.MULTILINE)
    unchanged = sum(map(int, lines))
    assert len(lines) == len(ENTITIES)
    assert f"Total: 0 created, 0 updated, {unchanged} unchanged, 2 skipped, 0 errors\n" in text


def test_one_entity_prints_all_counts_and_both_lists(locations: Locations) -> None:
    assert locations.text == locations.expected


def test_several_entities_run_in_the_order_of_their_needs(settled: Workplace) -> None:
    text = settled.run("sync", "venues", "locations", "venues").stdout

    assert text.count("Sync completed") == 2
    assert text.index("Syncing locations...") < text.index("Syncing venues...")


def test_long_lists_end_with_the_way_to_the_rest(settled: Workplace) -> None:
    for number in range(30):
        settled.sandbox.store.add("Location", name=f"Elsewhere {number}", code=f"E{number}")

    text = settled.run("sync", "locations").stdout

    assert "⚠ 31 Administrate records had no match in tutorial tables:\n" in text
    assert text.count("  - Location: ") == 20
    assert "  … and 11 more: adm-sync unmatched locations\n" in text


def test_an_entity_whose_needs_are_missing_names_the_sync_to_run_first(settled: Workplace) -> None:
    text = settled.run("sync", "venues", status=1).stdout

    assert "Sync failed: Venues need locations" in text
    assert "Run `adm-sync sync locations` first." in text


# ---------------------------------------------------------------------- options


def test_a_dry_run_shows_the_same_and_writes_nothing(settled: Workplace) -> None:
    text = settled.run("sync", "locations", "--dry-run").stdout

    assert text == (
        LOCATIONS.format(tutorial=edinburgh(settled), administrate=cardiff(settled))
        + "This was a dry run: nothing was written.\n"
    )
    for table in ("adm.locations", "adm_sync.runs", "adm_sync.discrepancies"):
        assert settled.execute(f"select 1 from {table}") == []


def test_a_full_dry_run_says_so_at_both_ends(synced: Workplace) -> None:
    synced.sandbox.store.add("Location", name="Swansea", code="SWA")

    text = synced.run("sync-all", "--dry-run").stdout

    assert text.startswith("=== Administrate Full Sync === (dry run)\n")
    assert "  ✓ Locations: 1 created, 0 updated, 10 unchanged, 0 errors\n" in text
    assert text.endswith(
        "unmatched tutorial records, as above\nThis was a dry run: nothing was written.\n"
    )
    assert "logged" not in text
    assert len(synced.execute("select 1 from adm.locations")) == 10


def test_a_first_full_dry_run_shows_what_the_first_full_sync_then_does(settled: Workplace) -> None:
    def told(*options: str) -> list[str]:
        lines = settled.run("sync-all", *options).stdout.splitlines()
        return [line for line in lines if line.startswith(("  ✓", "===", "Total:"))][1:]

    shown = told("--dry-run")
    assert len(shown) == 9
    assert told() == shown
    assert shown[-2] == "=== Sync Complete ==="


def test_a_dry_run_is_no_run_of_dagsters(settled: Workplace) -> None:
    settled.run("sync", "locations")
    before = settled.latest_run().run_id

    settled.run("sync", "locations", "--dry-run")

    assert settled.latest_run().run_id == before


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_failure_stops_the_rest_and_says_why(synced: Workplace, options: list[str]) -> None:
    synced.sandbox.faults.add("errors", match="locations", times=None)

    text = synced.run("sync-all", *options, status=1).stdout

    assert "  ✗ Locations: failed: " in text
    assert "  - Venues: skipped: not run, because it needs the locations\n" in text
    assert (
        "  - Instructors: skipped: not run, because locations did not succeed before it\n" in text
    )
    assert "=== Sync Not Complete ===" in text
    assert "Locations failed.\nVenues skipped.\nInstructors skipped.\n" in text


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_with_skip_errors_only_what_needs_it_is_left_out(
    synced: Workplace, options: list[str]
) -> None:
    synced.sandbox.faults.add("errors", match="customFieldTemplate", times=None)

    document = synced.json("sync-all", "--skip-errors", *options, status=1)

    assert {one["entity"]: one["status"] for one in document["entities"]} == {
        **dict.fromkeys(BY_NAME, "succeeded"),
        "custom_fields": "failed",
        "course_templates": "skipped",
        "course_template_price_levels": "skipped",
    }


@pytest.mark.thorough
def test_the_page_size_is_obeyed_up_to_a_hundred(settled: Workplace) -> None:
    settled.run("sync", "locations", "--page-size", "4")
    assert sizes_asked_for(settled) == {4}

    settled.sandbox.calls.clear()
    settled.run("sync", "locations", "--page-size", "5000")
    assert sizes_asked_for(settled) == {100}


def sizes_asked_for(place: Workplace) -> set[int]:
    """How many rows a page was to have; a request may ask for several pages."""
    given = [pair for call in place.sandbox.calls for pair in (call.variables or {}).items()]
    return {rows for name, rows in given if name.endswith("first")}


@pytest.mark.parametrize("size", ["0", "-1", "many"])
def test_a_page_size_that_is_none_is_wrong_usage(settled: Workplace, size: str) -> None:
    assert "--page-size" in settled.run("sync", "locations", "--page-size", size, status=2).stderr


@pytest.mark.thorough
def test_debug_shows_what_happens_on_standard_error(settled: Workplace) -> None:
    quiet = settled.run("sync", "price_levels")
    result = settled.run("sync", "price_levels", "--debug")

    assert quiet.stderr == ""
    assert "STEP_SUCCESS" in result.stderr
    assert "price_levels: answered in " in result.stderr  # requests
    assert "priceLevels: 1 to 3 of 3 arrived." in result.stderr  # pages
    assert "pricelevels: 3 rows unchanged; not held." in result.stderr  # decisions
    assert result.stdout == quiet.stdout.replace("3 created", "0 created").replace(
        "0 unchanged", "3 unchanged"
    )


@pytest.mark.thorough
def test_debug_shows_no_secret(full_debugged: Result) -> None:
    assert "STEP_SUCCESS" in full_debugged.stderr
    assert SECRET not in full_debugged.stdout + full_debugged.stderr


# ---------------------------------------------------------------------- JSON

PROMISED = {
    *("entity", "status", "created", "updated", "unchanged", "deleted", "retained", "skipped"),
    *("errors", "requests", "unmatched_tutorial", "unmatched_administrate", "ambiguous"),
    *("drifted", "message"),
}


def test_json_is_one_document_with_the_promised_keys(full_debugged: Result) -> None:
    document = json.loads(full_debugged.stdout)

    assert set(document) == {"status", "entities"}
    assert document["status"] == "succeeded"
    assert [one["entity"] for one in document["entities"]] == [one.name for one in ENTITIES]
    for one in document["entities"]:
        assert set(one) >= PROMISED
    instructors = by_name(document)["instructors"]
    assert instructors["created"] == 29
    assert [one["label"] for one in instructors["unmatched_tutorial"]] == ["Katherine Ashdown"]
    assert [one["label"] for one in instructors["ambiguous"]] == ["Imogen Vale"]


def test_json_of_a_dry_run_says_that_it_is_one(settled: Workplace) -> None:
    assert settled.json("sync", "locations", "--dry-run")["dry_run"] is True


def test_json_with_debug_is_still_alone_on_standard_output(full_debugged: Result) -> None:
    assert full_debugged.stdout.count("\n") == 1


@pytest.mark.thorough
def test_json_of_a_process_of_its_own_is_alone_on_standard_output(settled: Workplace) -> None:
    process = settled.start("sync-all", "--json", "--no-prompt", stderr=subprocess.PIPE)
    out, errors = process.communicate(timeout=60)

    assert process.returncode == 0, errors
    assert out.startswith('{"status": "succeeded", "entities": [{')
    assert out.count("\n") == 1
    assert errors == ""


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["sync", "rooms"], 2, "There is no entity 'rooms'."),
        (["sync"], 2, "Missing argument"),
        (["sync-all", "--fast"], 2, "No such option '--fast'"),
    ],
)
def test_json_of_wrong_usage_is_a_document_too(
    settled: Workplace, arguments: list[str], status: int, message: str
) -> None:
    document = settled.json(*arguments, status=status)

    assert document["status"] == "failed"
    assert document["entities"] == []
    assert message in document["message"]


# ---------------------------------------------------------------------- exit statuses


def test_discrepancies_are_no_failure(full_debugged: Result) -> None:
    assert full_debugged.exit_code == 0
    assert by_name(json.loads(full_debugged.stdout))["locations"]["unmatched_tutorial"]


@pytest.mark.thorough
def test_a_failed_entity_ends_with_1(failed: Failed) -> None:
    assert failed.document["status"] == "failed"
    assert failed.document["entities"][0]["status"] == "failed"
    assert failed.document["entities"][0]["message"]


def test_a_held_plan_ends_with_1(synced: Workplace) -> None:
    for contact in synced.sandbox.store.all("Contact"):
        synced.sandbox.store.remove(contact["id"])

    text = synced.run("sync", "instructors", status=1).stdout

    assert "Sync held: nothing was written: " in text
    assert "adm-sync release instructors" in text
    assert synced.json("sync", "instructors", status=1)["status"] == "held"


@pytest.mark.thorough
def test_a_held_sync_says_what_is_stored_and_nothing_of_the_answer(synced: Workplace) -> None:
    before = synced.json("sync", "venues")["entities"][0]
    synced.sandbox.faults.add("empty_list", match="venues", field="venues", times=None)

    held = synced.json("sync", "venues", status=1)["entities"][0]

    assert held["status"] == "held"
    for kind in ("unmatched_tutorial", "unmatched_administrate", "ambiguous", "drifted"):
        assert held[kind] == before[kind]
    text = synced.run("sync", "venues", status=1).stdout
    assert "had no match in Administrate, when a sync was last accepted:" in text


@pytest.mark.thorough
def test_a_part_without_an_answer_ends_with_3_and_has_no_tick(synced: Workplace) -> None:
    synced.sandbox.options.entity_types_refused = ["Event"]

    text = synced.run("sync-all", status=3).stdout

    assert "  ⚠ Custom fields: partial: " in text
    assert "✓ Custom fields" not in text
    assert "Administrate gave no answer about Event (" in text
    assert "=== Sync Not Complete ===" in text
    assert "  ✓ Course templates: " in text  # what is stored of the fields is enough for them
    document = synced.json("sync", "custom_fields", status=3)
    assert (document["status"], document["entities"][0]["status"]) == ("partial", "partial")


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_lines_come_in_order_when_an_entity_is_left_out(
    synced: Workplace, options: list[str]
) -> None:
    synced.sandbox.faults.add("errors", match="locations", times=None)

    text = synced.run("sync-all", "--skip-errors", *options, status=1).stdout

    headings = [line[:5] for line in text.splitlines() if line.startswith("[")]
    assert headings == [f"[{number}/{len(ENTITIES)}]" for number in range(1, len(ENTITIES) + 1)]


def test_wrong_usage_ends_with_2(settled: Workplace) -> None:
    result = settled.run("sync", "rooms", status=2)

    assert result.stdout == ""
    assert result.stderr.startswith("Error: There is no entity 'rooms'. The entities are: custom_")


def test_a_record_that_cannot_be_stored_ends_with_3(settled: Workplace) -> None:
    settled.sandbox.store.add("PriceLevel", name="x" * 300, description="too long")

    document = settled.json("sync", "price_levels", status=3)

    assert document["status"] == document["entities"][0]["status"] == "partial"
    assert document["entities"][0]["errors"] == 1
    assert document["entities"][0]["created"] == 3
    text = settled.run("sync", "price_levels", status=3).stdout
    assert "1 errors" in text
    assert "1 was not taken in" in text


def test_a_failure_of_dagsters_database_is_named(settled: Workplace) -> None:
    settled.set(adm_sync_dagster_database_url="postgresql://nobody@127.0.0.1:1/nothing")

    result = settled.run("sync", "locations", status=1)

    assert result.stderr.startswith("Error: Dagster's own database: There is no connection")


def test_a_fault_of_ours_is_a_sentence_and_a_traceback_in_the_log(
    settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("adm_sync.cli.printing.Narrator.closed", broken)

    result = settled.run("sync", "locations", status=1)

    log = settled.home / "adm-sync.log"
    assert result.stderr == (
        f"Error: adm-sync hit a fault of its own (ZeroDivisionError). The details are in {log}.\n"
    )
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert "Traceback" not in result.stdout


def test_a_log_that_cannot_be_written_is_said(
    settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("adm_sync.cli.printing.Narrator.closed", broken)
    (settled.home / "adm-sync.log").mkdir(parents=True)

    result = settled.run("sync", "locations", status=1)

    assert "The details could not be written to" in result.stderr


# ---------------------------------------------------------------------- as runs


def test_work_of_the_command_line_is_a_run_like_any_other(locations: Locations) -> None:
    assert locations.run.job_name == "sync_locations"
    assert locations.run.is_success
    assert locations.run.tags[".dagster/repository"] == "__repository__@adm_sync"


def test_a_failure_is_a_failed_run(failed: Failed) -> None:
    assert failed.run.is_failure


def test_a_step_that_dagster_failed_is_never_printed_as_a_success(
    settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no room")

    monkeypatch.setattr("adm_sync.defs.reference_data.result_metadata", broken)

    result = settled.run("sync", "locations", status=1)

    assert "Dagster itself failed in run" in result.stderr
    assert "no room" in result.stderr
