"""What the specification says about the commands, as they are called (their format, their flags).

Called in this process, without a terminal, as cron does; `test_prompts` has somebody sit there.
"""

import re

import pytest

from adm_sync.reference.entities import ENTITIES
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import Stage
from adm_sync_tests.cli.workplace import Workplace

pytestmark = pytest.mark.thorough

NAMES = [entity.name for entity in ENTITIES]
QUESTION = "Create unmatched tutorial records in Administrate?"


def records(stage: Stage) -> dict[str, int]:
    """How many records of each entity the company has in Administrate."""
    return {name: len(stage.sandbox.store.all(company.KINDS[name])) for name in NAMES}


@pytest.mark.thorough
def test_us2_scenario_4_the_report_names_what_only_administrate_has(
    stage: Stage, desk: Workplace
) -> None:
    """FR-004: shown, in both directions, in the agreed format."""
    output = desk.run("sync", "locations").stdout
    assert "Sync completed: 0 created, 0 updated, 5 unchanged,\n" in output
    assert "                0 deleted, 0 skipped, 0 errors\n" in output
    assert "⚠ 1 tutorial record had no match in Administrate:\n  - TutorialLocation: " in output
    assert f"Edinburgh (tutorial id {stage.tutorial['Edinburgh']})" in output
    assert (
        "⚠ 1 Administrate record had no match in tutorial tables:\n"
        f"  - Location: Manchester ({stage.administrate['Manchester']})\n"
    ) in output


def test_us1_scenario_3_the_report_names_the_unmatched_template(
    stage: Stage, desk: Workplace
) -> None:
    output = desk.run("sync", "course_templates", "--no-prompt").stdout
    assert f"  - CourseTemplate: CB3 ({stage.administrate['CB3']}; The course CB3)" in output


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("name", NAMES)
def test_fr_005_every_entity_has_its_command_and_no_prompt(
    stage: Stage, desk: Workplace, name: str
) -> None:
    """FR-005: unmatched records are listed, and nothing is asked or created."""
    document = desk.json("sync", name, "--no-prompt")
    (entity,) = document["entities"]
    assert (document["status"], entity["status"]) == ("succeeded", "succeeded")
    assert (entity["entity"], entity["unchanged"]) == (name, records(stage)[name])
    alone = [company.ALONE_HERE[name].partition(",")[0]] if name in company.ALONE_HERE else []
    assert [one["label"] for one in entity["unmatched_tutorial"]] == alone
    assert stage.sandbox.calls.mutations == 0


def test_edge_case_without_a_terminal_nothing_is_ever_asked(stage: Stage, desk: Workplace) -> None:
    """Edge case: cron without --no-prompt. FR-003: the records are skipped and listed."""
    result = desk.run("sync", "course_templates", "locations")
    assert QUESTION not in result.output
    assert "SA1" in result.stdout
    assert stage.sandbox.calls.mutations == 0


def test_fr_022_one_command_runs_all_in_order(stage: Stage, desk: Workplace) -> None:
    """FR-022, SC-005: in the agreed format, with nobody there."""
    output = desk.run("sync-all", "--no-prompt").stdout
    assert output.startswith("=== Administrate Full Sync ===\n")
    headings = re.findall(rf"^\[(\d)/{len(NAMES)}\] Syncing (.*)\.\.\.$", output, re.MULTILINE)
    assert headings == [(str(n), entity.many) for n, entity in enumerate(ENTITIES, 1)]
    for entity in ENTITIES:
        assert f"  ✓ {entity.title}: 0 created, 0 updated, " in output
    assert "  ⚠ 1 unmatched tutorial location (logged)\n" in output
    assert "\n=== Sync Complete ===\nTotal: 0 created, 0 updated, " in output
    assert "4 unmatched tutorial records logged (use individual commands" in output
    assert [stage.runs(name)[-1].status for name in NAMES] == ["succeeded"] * len(NAMES)
    assert len({stage.runs(name)[-1].dagster_run_id for name in NAMES}) == 1


def test_fr_022_a_failed_entity_stops_the_rest(stage: Stage, desk: Workplace) -> None:
    """FR-022: the first error ends it, and nothing is called a success that was none."""
    stage.sandbox.faults.add("status", match="Venues", times=None, code=403)
    document = desk.json("sync-all", "--no-prompt", status=1)
    statuses = [entity["status"] for entity in document["entities"]]
    assert document["status"] == "failed"
    before, after = NAMES.index("venues"), NAMES[NAMES.index("venues") + 1 :]
    assert statuses == ["succeeded"] * before + ["failed"] + ["skipped"] * len(after)


@pytest.mark.thorough
def test_fr_022_with_skip_errors_what_does_not_need_it_goes_on(
    stage: Stage, desk: Workplace
) -> None:
    """FR-022: --skip-errors."""
    stage.sandbox.faults.add("status", match="CourseTemplates", times=None, code=403)
    document = desk.json("sync-all", "--no-prompt", "--skip-errors", status=1)
    statuses = {entity["entity"]: entity["status"] for entity in document["entities"]}
    assert statuses.pop("course_templates") == "failed"
    assert statuses.pop("course_template_price_levels") == "skipped"
    assert set(statuses.values()) == {"succeeded"}


def test_sc_005_a_first_full_sync_needs_nobody(new_stage: Stage, new_desk: Workplace) -> None:
    """SC-005, SC-001, SC-002: all of them, in one go, and again."""
    first = new_desk.json("sync-all", "--no-prompt")
    assert {one["entity"]: one["created"] for one in first["entities"]} == records(new_stage)
    again = new_desk.json("sync-all", "--no-prompt")
    assert {one["entity"]: one["unchanged"] for one in again["entities"]} == records(new_stage)
    for name, label in company.ALONE_THERE.items():
        (entity,) = [one for one in again["entities"] if one["entity"] == name]
        assert [one["label"] for one in entity["unmatched_administrate"]] == [
            label.partition(",")[0]
        ]
    assert new_stage.sandbox.calls.mutations == 0


def test_fr_021_a_missing_need_is_an_error_with_instructions(
    new_stage: Stage, new_desk: Workplace
) -> None:
    """FR-021: a clear error, and the exit status says so."""
    document = new_desk.json("sync", "venues", "--no-prompt", status=1)
    assert "Run `adm-sync sync locations` first." in document["entities"][0]["message"]
    assert new_stage.rows("venues") == []


@pytest.mark.thorough
def test_a_held_plan_is_told_released_and_gone(stage: Stage, desk: Workplace) -> None:
    for code in ("CB2", "CB3"):
        stage.sandbox.store.remove(stage.administrate[code])
    desk.set(adm_sync_guard_rows="1", adm_sync_guard_percent="0")
    held = desk.json("sync", "course_templates", status=1)
    assert held["status"] == "held"
    assert "adm-sync release course_templates" in held["entities"][0]["message"]
    assert len(stage.rows("course_templates")) == 5
    released = desk.json("release", "course_templates", "--yes")
    assert released["entities"][0]["deleted"] == 2
    assert len(stage.rows("course_templates")) == 3


def test_records_that_the_database_refuses_make_it_partial(stage: Stage, desk: Workplace) -> None:
    """Exit status 3: some records rejected."""
    stage.sandbox.store.update(stage.administrate["CP1 Standard"], amount="395,00")
    document = desk.json("sync", "course_template_price_levels", status=3)
    assert document["status"] == document["entities"][0]["status"] == "partial"
    assert (document["entities"][0]["errors"], document["entities"][0]["unchanged"]) == (1, 4)
    assert stage.runs("course_template_price_levels")[-1].status == "partial"
    (listed,) = document["entities"][0]["unmatched_administrate"]
    text = desk.run("sync", "course_template_price_levels", status=3).stdout
    assert "Sync not complete" in text
    assert f"CP1 · Standard ({listed['external_id']}), whose amount is '395,00'" in text
    assert "1 Administrate record was not taken in:" in text
    assert "database" not in text
    assert "match" not in text
    now = desk.run_any("today").stdout
    assert "Course template price levels: partial, 0 created, 0 updated, 0 deleted, 1 not" in now
    assert "The sync of the course template price levels was partial: 1 was not taken in" in now


@pytest.mark.thorough
def test_a_dry_run_from_the_command_line_leaves_no_trace(stage: Stage, desk: Workplace) -> None:
    stage.sandbox.store.add("CourseTemplate", code="SA1", title="New")
    here, there = stage.everything(), stage.sandbox.store.version
    dry = desk.json("sync-all", "--dry-run")
    assert stage.everything() == here
    assert stage.sandbox.store.version == there
    assert dry["dry_run"] is True
    real = desk.json("sync-all", "--no-prompt")
    for before, after in zip(dry["entities"], real["entities"], strict=True):
        assert {key: before[key] for key in ("created", "updated", "unchanged", "deleted")} == {
            key: after[key] for key in ("created", "updated", "unchanged", "deleted")
        }
