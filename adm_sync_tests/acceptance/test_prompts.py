"""The question at the end of a sync, with somebody at a terminal who answers it."""

import pytest

from adm_sync_tests.acceptance.stage import Stage
from adm_sync_tests.cli.terminals import on_terminal
from adm_sync_tests.cli.workplace import Workplace

QUESTION = "Create unmatched tutorial records in Administrate? [y/N]: "


def codes(stage: Stage) -> list[str]:
    return [record["code"] for record in stage.sandbox.store.all("CourseTemplate")]


@pytest.mark.thorough
@pytest.mark.parametrize("answer", ["y", "n"])
def test_us1_scenario_2_the_person_is_asked_whether_to_create_the_template(
    stage: Stage, desk: Workplace, answer: str
) -> None:
    """FR-003: a summary of what was skipped, and then the question. US2 scenario 5 in one go:
    locations cannot be created through the API, so what to enter by hand is printed.
    """
    with on_terminal(desk, "sync", "locations", "course_templates") as (screen, process):
        screen.wait_for(QUESTION)
        assert stage.sandbox.calls.mutations == 0, "nothing is created unasked"
        assert "SA1" in screen.text
        assert "Administrate's API cannot create locations." in screen.text
        assert "Name: Edinburgh" in screen.text
        screen.type(answer)
        screen.read_to_end()
    assert process.returncode == 0
    assert screen.text.count(QUESTION) == 1
    assert ("SA1" in codes(stage)) is (answer == "y")
    linked = stage.tutorial["SA1"] in stage.links("course_templates").values()
    assert linked is (answer == "y")


@pytest.mark.thorough
def test_fr_005_with_no_prompt_nothing_is_asked_at_a_terminal_either(
    stage: Stage, desk: Workplace
) -> None:
    """FR-005"""
    with on_terminal(desk, "sync", "course_templates", "--no-prompt") as (screen, process):
        text = screen.read_to_end()
    assert process.returncode == 0
    assert QUESTION not in text
    assert "SA1" in text
    assert stage.sandbox.calls.mutations == 0
