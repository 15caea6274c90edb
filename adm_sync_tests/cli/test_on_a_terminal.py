"""What is asked where somebody can answer, and that nothing is asked where nobody can."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from adm_sync.cli import terminal
from adm_sync.cli.creating import DOUBTFUL
from adm_sync.cli.main import cli
from adm_sync_tests.cli.terminals import SECONDS, on_terminal
from adm_sync_tests.cli.workplace import Workplace, attend

QUESTION = "Create unmatched tutorial records in Administrate? [y/N]: "
ASKED = ("sync", "locations", "course_templates")


@pytest.fixture
def place(synced: Workplace) -> Workplace:
    """Creating needs no custom field."""
    for definition in synced.sandbox.store.all("CustomFieldDefinition"):
        synced.sandbox.store.update(str(definition["id"]), isRequired=False)
    return synced


@pytest.fixture
def attended(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workplace]:
    """Somebody sits there, as far as the commands know."""
    attend(monkeypatch)
    return place


def created(place: Workplace) -> int:
    return [call.kind for call in place.sandbox.calls].count("mutation")


def missing(place: Workplace) -> set[str]:
    """The tutorial course templates that have no bridge row."""
    found = place.execute(
        "select code from acted.tutorial_course_templates t where not exists "
        "(select from adm.course_templates where tutorial_course_template_id = t.id)"
    )
    return {code for (code,) in found}


# ------------------------- on a real one; `acceptance/test_prompts` answers the question there


@pytest.mark.thorough
def test_progress_is_shown_while_records_arrive(place: Workplace, tmp_path: Path) -> None:
    for number in range(450):
        place.sandbox.store.add("PriceLevel", name=f"Level {number}", description="one of many")
    place.sandbox.options.latency = 0.2
    place.set(adm_sync_concurrent_pages="1")
    kept = tmp_path / "kept.txt"

    with (
        kept.open("w") as file,
        on_terminal(place, "sync", "price_levels", stdout=file) as (screen, process),
    ):
        screen.wait_for("fetching")
        screen.wait_for("/453")
        screen.wait_for("records,")
        screen.read_to_end()

    assert process.returncode == 0
    # Standard output is a file: all of it, and nothing else, is there.
    assert kept.read_text().startswith("Syncing price levels...\nSync completed: 450 created, ")
    assert "fetching" not in kept.read_text()


@pytest.mark.thorough
def test_a_closed_standard_input_means_no_and_never_waits(place: Workplace) -> None:
    command = f"exec {sys.executable} -m adm_sync.cli sync course_templates <&-"

    done = subprocess.run(
        ["sh", "-c", command],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        encoding="latin-1",
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert QUESTION not in done.stdout
    # Signs that cannot be written are no reason to fail either.
    assert "\n? 2 tutorial records had no match in Administrate:\n" in done.stdout
    assert created(place) == 0


@pytest.mark.thorough
def test_ctrl_c_at_the_question_stops(place: Workplace) -> None:
    with on_terminal(place, "sync", "course_templates") as (screen, process):
        screen.wait_for(QUESTION)
        text = screen.press_ctrl_c(process)

    assert process.returncode == 130
    assert text.endswith("Stopped.\n")
    assert created(place) == 0


# ---------------------------------------------------------------------- in this process


def test_a_yes_creates_and_links(attended: Workplace) -> None:
    result = CliRunner().invoke(cli, ASKED, input="y\ny\n")

    assert result.exit_code == 0
    assert "Administrate's API cannot create locations." in result.stdout.partition(QUESTION)[0]
    assert result.stdout.count(QUESTION) == 1
    assert "  ✓ SA1_LO_2: created " in result.stdout
    assert created(attended) == 2
    assert missing(attended) == set()


@pytest.mark.thorough
def test_a_no_creates_nothing(attended: Workplace) -> None:
    result = CliRunner().invoke(cli, ["sync-all"], input="\n\n")

    assert result.exit_code == 0
    assert result.stdout.count(QUESTION) == 1
    assert created(attended) == 0
    assert missing(attended) == {"SA1_LO_2", "SP9_BR_3"}


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("option", ["--no-prompt", "--dry-run", "--json"])
def test_some_options_ask_nothing(attended: Workplace, option: str) -> None:
    result = CliRunner().invoke(cli, ["sync", "course_templates", option], input="y\n")

    assert result.exit_code == 0
    assert QUESTION not in result.stdout
    assert created(attended) == 0


def test_nothing_is_asked_where_nothing_is_missing(attended: Workplace) -> None:
    result = CliRunner().invoke(cli, ["sync", "price_levels"])

    assert QUESTION not in result.stdout


@pytest.mark.thorough
def test_what_cannot_be_created_makes_it_partial(attended: Workplace) -> None:
    attended.sandbox.faults.add("payload_errors", match="courseTemplate.create", times=None)

    result = CliRunner().invoke(cli, ["sync", "course_templates"], input="y\ny\n")

    assert result.exit_code == 3
    assert result.stdout.count("refused The record was refused") == 2


@pytest.mark.thorough
def test_after_a_failure_nothing_is_asked(attended: Workplace) -> None:
    attended.sandbox.faults.add("errors", match="courseTemplates", times=None)

    result = CliRunner().invoke(cli, ["sync", "course_templates"], input="y\n")

    assert result.exit_code == 1
    assert QUESTION not in result.stdout


@pytest.mark.parametrize(("answers", "count"), [("y\nn\n", 1), ("n\ny\n", 1), ("n\nn\n", 0)])
def test_create_missing_asks_too_and_apart_for_what_may_be_there(
    attended: Workplace, answers: str, count: int
) -> None:
    result = CliRunner().invoke(cli, ["create-missing", "course_templates"], input=answers)

    assert result.exit_code == 0
    assert QUESTION in result.stdout
    assert f"{DOUBTFUL} [y/N]: " in result.stdout
    assert ("✓ SP9_BR_3: created" in result.stdout) is (answers == "n\ny\n")
    assert created(attended) == count


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize(("answer", "status", "rows"), [("y", 0, 0), ("n", 1, 29)])
def test_release_asks_after_showing_the_plan(
    attended: Workplace, answer: str, status: int, rows: int
) -> None:
    for contact in attended.sandbox.store.all("Contact"):
        attended.sandbox.store.remove(str(contact["id"]))
    assert [result.status for result in attended.sync("instructors")] == ["held"]

    result = CliRunner().invoke(cli, ["release", "instructors"], input=f"{answer}\n")

    assert result.exit_code == status
    assert "  - deleted: " in result.stdout
    assert "Apply it? [y/N]: " in result.stdout
    assert len(attended.execute("select 1 from adm.instructors")) == rows
    if status:
        assert result.stderr == "Error: Nothing was released.\n"


def test_a_stream_that_is_closed_is_no_terminal() -> None:
    with Path("/dev/null").open() as stream:
        pass

    assert not terminal.is_terminal(stream)
    assert not terminal.is_terminal(None)


class Screen:
    """Says that it is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True


def test_progress_says_done_total_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    progress = terminal.Progress()

    progress.show(100, 100)
    assert screen.text == ""
    progress.show(100, 1_000)
    progress.show(200, 1_000)
    progress.show(1_000, 1_000)
    progress.stop()

    assert "1000/1000" in screen.text
    assert "a second," in screen.text
    assert "left" in screen.text


def test_without_a_terminal_there_is_no_progress(capfd: pytest.CaptureFixture[str]) -> None:
    progress = terminal.Progress()

    progress.show(100, 1_000)
    progress.stop()

    assert capfd.readouterr() == ("", "")
