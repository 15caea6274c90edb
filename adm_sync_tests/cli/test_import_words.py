"""What is printed of imports, pushes, comparisons and undoing, without doing any of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rich.progress import Progress

from adm_sync.cli import import_words, plan_words, push_words, undo_words
from adm_sync.cli.import_progress import StageProgress
from adm_sync.cli.terminal import time_left
from adm_sync.imports.counts import COUNTS
from adm_sync.imports.reconciling import Mismatch, Reconciliation
from adm_sync.imports.summary import ImportSummary
from adm_sync.imports.undo.undone import EventUndo, UndoResult
from adm_sync.push.options import Pushed
from adm_sync.push.wording import headlines
from adm_sync.workbook.findings import Finding, Place
from adm_sync_tests.told import told

LATER = datetime.now(UTC) + timedelta(days=400)


def summary(**changed: Any) -> ImportSummary:
    """An import of nothing."""
    return replace(ImportSummary("succeeded", "a.xlsx", "a.xlsx-1"), **changed)


def counts(**numbers: int) -> dict[str, int]:
    return dict.fromkeys(COUNTS, 0) | numbers


def step(event_id: int, kind: str = "update_session", **changed: Any) -> Any:
    """A row of `database.open_steps.unfinished`."""
    values = {
        "title": f"Event {event_id}",
        "day": None if kind == "create_event" else 2,
        "state": "retry",
        "attempts": 0,
        "due_at": LATER,
        "message": "",
        "external_id": None,
    }
    return SimpleNamespace(event_id=event_id, kind=kind, **(values | changed))


@pytest.mark.parametrize(
    ("finding", "line"),
    [
        (
            told(Place("Import", 12, 5, "Venue"), "error", "c", "No.", "Yes"),
            "row 12, column F (Venue): No.",
        ),
        (told(Place("Import", 12, 2, None), "error", "c", "No."), "row 12, column C: No."),
        (
            told(Place("Import", 12, 5, "Event\nvenue"), "error", "c", "No."),
            "row 12, column F (Event venue)",
        ),
        (told(Place("Import"), "error", "c", "No."), "sheet Import: No."),
        (told(Place(), "error", "c", "No."), "No."),
        (told(Place(), "error", "c", "x" * 500), "x" * 400 + "…"),
    ],
)
def test_a_finding_is_told_with_as_much_of_its_place_as_it_has(finding: Finding, line: str) -> None:
    assert import_words.finding_line(finding).startswith(line)
    assert ("  → Yes" in import_words.finding_line(finding)) is (finding.suggestion is not None)


def test_findings_that_differ_in_their_rows_only_share_a_line() -> None:
    several = [told(Place("Import", row, 5, "Venue"), "error", "c", "No.") for row in range(4, 30)]

    (line,) = import_words.finding_lines(several)

    assert line == "rows 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 16 more, column F (Venue): No."


def test_a_creation_stands_for_everything_that_waits_for_it() -> None:
    creation, other = step(1, "create_event"), step(2)

    lines = headlines([creation, step(1), step(1), other, step(2)])

    assert [(one.event_id, more) for one, more in lines] == [(1, 2), (2, 0), (2, 0)]
    assert lines[0][0] is creation


def test_an_import_that_only_adds_sessions_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    added = summary(
        events=counts(unchanged=1, adopted=2),
        sessions=counts(created=1, pushed=1),
        warnings=["Administrate said something odd."],
    )

    import_words.tell(added, [])

    text = capsys.readouterr().out
    assert "  ✓ created here: 1 session\n" in text
    assert "  ✓ set in Administrate: 1 session\n" in text
    assert "  ✓ found in Administrate and adopted: 2 events\n" in text
    assert (
        "  ⚠ Administrate did it with remarks:\n      - Administrate said something odd.\n" in text
    )


def test_sessions_of_events_that_were_created_before_are_not_of_those_created_now(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = summary(events=counts(pushed=6), sessions=counts(pushed=91), with_sessions=33)

    import_words.tell(done, [])

    text = capsys.readouterr().out
    assert "  ✓ created in Administrate: 6 events\n" in text
    assert "  ✓ set in Administrate: 91 sessions of 33 events\n" in text


def test_an_event_that_lacks_only_its_changes_is_not_said_to_be_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps = [step(1, "create_event"), step(1), step(2, external_id="Course:2"), step(3)]

    import_words.tell(summary(events=counts(pending=3)), steps)

    text = capsys.readouterr().out
    assert "  ⏸ recorded here, not yet in Administrate: 2 events\n" in text
    assert "  ⏸ in Administrate, not yet as recorded here: 1 event\n" in text
    assert text.index("- Event 3") < text.index("- Event 2")


def test_rejected_rows_without_a_report_are_to_be_corrected_in_the_workbook(
    capsys: pytest.CaptureFixture[str],
) -> None:
    import_words.tell(summary(events=counts(rejected=1), message="It stopped early."), [])

    text = capsys.readouterr().out
    assert "  ⏸ It stopped early.\n" in text
    assert "  Correct the workbook, and import it again" in text
    assert "  adm-sync import-events FILE\n" in text


def test_a_dry_run_of_nothing_new_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    plan_words.tell_plan(summary(events=counts(in_workbook=3, unchanged=3)))

    text = capsys.readouterr().out
    assert "  - unchanged: 3 events\n" in text
    assert text.endswith("An import would create nothing.\n")


def test_a_push_tells_what_waits_and_what_failed(capsys: pytest.CaptureFixture[str]) -> None:
    failed = step(99, "create_event", state="failed", attempts=1, message="Refused.")
    waiting = [step(number, attempts=3) for number in range(25)]
    pushed = Pushed(warnings=["A remark."], stopped="Administrate is away.")

    push_words.tell_push("a b.xlsx-1", pushed, [*waiting, failed, step(99)], 0)

    text = capsys.readouterr().out
    assert "⚠ A remark.\n⏸ It stopped: Administrate is away.\n" in text
    assert "Still to be done: 25 steps\n" in text
    due = f"next {LATER:%Y-%m-%d %H:%M} UTC"
    assert f"  - Event 0: Day 2, changing the session (tried 3 times, {due})\n" in text
    assert "  … and 5 more with --json\n" in text
    assert "Failed: 2 steps\n" in text
    assert "  - Event 99: creating the event and 1 step more (tried once): Refused.\n" in text
    assert "When that is over: adm-sync push 'a b.xlsx-1'\n" in text
    assert "then: adm-sync push 'a b.xlsx-1' --reopen\n" in text


def test_a_push_of_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    push_words.tell_push(None, Pushed(), [], 0)

    assert capsys.readouterr().out.startswith("Nothing was to be done: ")


def test_differences_are_told_by_their_kinds_and_in_part(
    capsys: pytest.CaptureFixture[str],
) -> None:
    many = [Mismatch("differs", "CB1", "E1", 7, "It moved.", "2027A") for _ in range(21)]
    lost = Mismatch("only_in_administrate", "CB2", "E2", None, "Nobody knows it.", "2027A")

    push_words.tell_reconciliation(Reconciliation(("2027A",), 5, (*many, lost)))

    text = capsys.readouterr().out
    assert "⚠ in Administrate, not here: 1\n  - CB2 (E2): Nobody knows it.\n" in text
    assert "⚠ not the same on both sides: 21\n  - CB1 (E1; tutorial event 7): It moved.\n" in text
    assert "  … and 1 more with --json\n" in text
    assert text.index("⚠ in Administrate") < text.index("⚠ not the same")


def test_no_difference_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    push_words.tell_reconciliation(Reconciliation(("2027A",), 5, ()))

    assert capsys.readouterr().out.endswith("In that nothing differs between the two sides.\n")


def test_an_undo_tells_at_length_only_what_was_not_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = [EventUndo(number, f"Event {number}", "E", "delete") for number in range(3)]
    plan = UndoResult("a.xlsx-1", shown)
    gone = replace(shown[0], outcome="deleted")
    kept = replace(shown[1], action="keep", outcome="kept", reason="it is published")
    failed = replace(shown[2], outcome="failed", reason="not tried")

    undo_words.tell(plan, UndoResult("a.xlsx-1", [gone, kept, failed], "Administrate is away."))

    text = capsys.readouterr().out
    assert "✓ Deleted from Administrate, and unlinked here: 1 event\n- Kept as it is" in text
    assert "- Kept as it is: 1 event\n  - Event 1 (E): it is published\n" in text
    assert "✗ Not undone: 1 event\n  - Event 2 (E): not tried; the tutorial event stays\n" in text
    assert "It stopped: Administrate is away.\n" in text


def test_an_undo_that_keeps_everything_says_that_nothing_is_undone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    kept = EventUndo(1, "Event 1", "E", "keep", reason="it is published")
    undo_words.tell_plan(UndoResult("a.xlsx-1", [kept]))
    text = capsys.readouterr().out
    assert text.endswith("Nothing is undone: all of it is kept.\n")
    assert "approved" not in text

    undo_words.tell(
        UndoResult("a.xlsx-1", [replace(kept, action="delete")]),
        UndoResult("a.xlsx-1", [replace(kept, outcome="kept")]),
    )
    assert capsys.readouterr().out.endswith("Nothing was undone.\n")


def test_a_bar_says_how_long_it_takes_only_when_that_is_known() -> None:
    bar = Progress(time_left())
    bar.add_task("pushing", total=None)
    (task,) = bar.tasks
    assert time_left().render(task).plain == ""

    task.total, task.finished_time = 20, 5.0
    assert time_left().render(task).plain == "0:00:00 left"


@pytest.mark.parametrize(("total", "words"), [(1, "pushing 1 event"), (2, "pushing 2 events")])
def test_progress_knows_one_from_several(
    capsys: pytest.CaptureFixture[str], total: int, words: str
) -> None:
    StageProgress().show("push", 0, total)
    assert capsys.readouterr().err == f"  … {words}\n"
