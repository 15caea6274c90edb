"""How an import reads: what happened, what did not, and what to do next.

What belongs here: words and lines. What does not: deciding anything.
"""

import shlex
from collections.abc import Sequence
from typing import Any

from adm_sync.cli.printing import SHOWN
from adm_sync.cli.terminal import harmless, say, say_on_stderr
from adm_sync.database.states import FOR_A_PERSON, StepKind, StepState
from adm_sync.push.wording import doing, headlines

LONGEST_SENTENCE = 400
ROWS_SHOWN = 10


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 event`, `2 events`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def when(reason: str) -> str:
    """When to push again; `reason` says why not everything could be done now, if that is known."""
    return "When that is over" if reason else "At the time that is due"


# ---------------------------------------------------------------------- findings


def finding_lines(findings: Sequence[Any]) -> list[str]:
    """Findings, a line each; those that differ in nothing but their row share one."""
    alike: dict[tuple[Any, ...], list[Any]] = {}
    for one in findings:
        key = (one.sheet, one.row is None, one.column, one.message, one.suggestion)
        alike.setdefault(key, []).append(one)
    return [finding_line(*several) for several in alike.values()]


def finding_line(finding: Any, *others: Any) -> str:
    """A finding on one line: where, what, and what to do. The others differ in their rows only."""
    where = ", ".join(filter(None, (_rows(finding, others), _column(finding)))).replace("\n", " ")
    message = cut(finding.message)
    line = f"{where}: {message}" if where else message
    return f"{line}  → {cut(finding.suggestion)}" if finding.suggestion else line


def _rows(finding: Any, others: Sequence[Any]) -> str:
    if finding.row is None:
        return f"sheet {finding.sheet}" if finding.sheet else ""
    if not others:
        return f"row {finding.row}"
    rows = [str(one.row) for one in (finding, *others)]
    more = f" and {len(rows) - ROWS_SHOWN} more" if len(rows) > ROWS_SHOWN else ""
    return f"rows {', '.join(rows[:ROWS_SHOWN])}{more}"


def _column(finding: Any) -> str:
    if not finding.column:
        return ""
    return f"column {finding.column}" + (f" ({finding.header})" if finding.header else "")


def cut(sentence: str) -> str:
    """The sentence, or as much of it as anybody reads."""
    return sentence if len(sentence) <= LONGEST_SENTENCE else f"{sentence[:LONGEST_SENTENCE]}…"


def refusal(workbook: str, finding: Any) -> None:
    """On standard error: the file as a whole cannot be imported."""
    lines = (
        f"Error: {finding_line(finding)}",
        f"{workbook} was not imported. Nothing was stored, neither here nor in Administrate.",
    )
    for line in lines:
        say_on_stderr(harmless(line.replace("\n", " ")))


# ---------------------------------------------------------------------- a real import


def tell(summary: Any, open_steps: Sequence[Any]) -> None:
    """The end of an import.

    Args:
        summary: an ImportSummary.
        open_steps: what is not done in Administrate: rows of `database.open_steps.unfinished`.
    """
    head(summary)
    _happened(summary)
    _changed_there(summary, open_steps)
    _cancelled(summary, open_steps)
    _did_not(summary, open_steps)
    _remarks(summary)
    say()
    _next(summary, open_steps)


def tell_broken_off(summary: Any) -> None:
    """How far an import came that did not come to its end; an ImportSummary."""
    how = {"cancelled": "was stopped", "interrupted": "was interrupted"}
    say(f"{summary.workbook}: the import {how.get(summary.status, 'failed')} before its end.")
    events = summary.events
    if events["created"] is None:
        say("  ? what was recorded and pushed by then is not known: the database does not answer")
    else:
        _happened(summary)
        for name, words in (
            ("not_recorded", "✗ not recorded yet"),
            ("pending", "⏸ recorded here, not yet (wholly) in Administrate"),
            ("failed", "✗ failed in Administrate"),
        ):
            if events[name]:
                say(f"  {words}: {counted(events[name], 'event')}")
        if not any(events[name] for name in ("created", "updated", "pushed", "adopted")):
            say("  - nothing was recorded, and nothing created in Administrate")
    say()
    say("What to do next:")
    say("  Import the same file again: it goes on from there, and nothing is made twice.")
    say(f"  How it stands: adm-sync imports {shlex.quote(summary.partition)}")


def head(summary: Any) -> None:
    """What is in the workbook."""
    events, sessions = summary.events["in_workbook"], summary.sessions["in_workbook"]
    say(
        f"{summary.workbook}: {counted(summary.rows, 'row')}, {counted(events, 'event')} with "
        f"{counted(sessions, 'session')}."
    )


def _happened(summary: Any) -> None:
    events, sessions = summary.events, summary.sessions
    if events["created"]:
        say(f"  ✓ created here: {both(summary, 'created')}")
    elif sessions["created"]:
        say(f"  ✓ created here: {counted(sessions['created'], 'session')}")
    if events["updated"]:
        say(f"  ✓ changed here: {both(summary, 'updated')}")
    if events["pushed"]:
        say(f"  ✓ created in Administrate: {counted(events['pushed'], 'event')}")
    if sessions["pushed"]:
        these = of_events(sessions["pushed"], summary.with_sessions)
        say(f"  ✓ set in Administrate: {these}")
    if events["adopted"]:
        say(f"  ✓ found in Administrate and adopted: {counted(events['adopted'], 'event')}")
    if events["unchanged"]:
        say(f"  - unchanged, imported before: {both(summary, 'unchanged')}")
    if events["skipped"] or sessions["skipped"]:
        say(f"  - skipped: {both(summary, 'skipped')}")


def of_events(sessions: int, events: int) -> str:
    """So many sessions, and of how many events if that is known."""
    return counted(sessions, "session") + (f" of {counted(events, 'event')}" if events else "")


def _changed_there(summary: Any, open_steps: Sequence[Any]) -> None:
    """What waits in part is told of with what is not done."""
    waiting = {step.title for step in open_steps}
    there = [
        one["title"]
        for one in summary.plan
        if any("administrate" in change["where"] for change in one["changes"])
    ]
    if done := [title for title in there if title not in waiting]:
        say(f"  ✓ changed in Administrate: {counted(len(done), 'event')}")


def _cancelled(summary: Any, open_steps: Sequence[Any]) -> None:
    waiting = {step.title for step in open_steps if step.kind == StepKind.CANCEL_EVENT}
    planned = [one["title"] for one in summary.plan if one["outcome"] == "cancelled"]
    if done := [title for title in planned if title not in waiting]:
        say(f"  ✓ cancelled in Administrate: {counted(len(done), 'event')}")


def both(summary: Any, outcome: str) -> str:
    """How many events and sessions have this outcome."""
    events, sessions = summary.events[outcome], summary.sessions[outcome]
    with_sessions = f" with {counted(sessions, 'session')}" if sessions else ""
    return counted(events, "event") + with_sessions


def _did_not(summary: Any, open_steps: Sequence[Any]) -> None:
    rejected(summary)
    lines = [step for step, _ in headlines(open_steps)]
    pending = [step for step in lines if step.state not in FOR_A_PERSON]
    failed = [step for step in lines if step.state == StepState.FAILED]
    conflicts = [step for step in lines if step.state == StepState.CONFLICT]
    if pending:
        missing = dict.fromkeys(step.title for step in pending if step.external_id is None)
        begun = dict.fromkeys(step.title for step in pending if step.external_id is not None)
        if missing:
            say(f"  ⏸ recorded here, not yet in Administrate: {counted(len(missing), 'event')}")
        if begun:
            say(f"  ⏸ in Administrate, not yet as recorded here: {counted(len(begun), 'event')}")
        reasons = dict.fromkeys(step.message for step in pending if step.message)
        listed([cut(text) for text in filter(None, (summary.message, *reasons))][:3])
        listed([*missing, *begun])
    elif summary.message:
        say(f"  ⏸ {cut(summary.message)}")
    if failed:
        say(f"  ✗ failed in Administrate: {counted(len(failed), 'step')}")
        listed([f"{s.title}: {doing(s.kind, s.day)}: {cut(s.message)}" for s in failed])
    if conflicts:
        say(
            f"  ✗ changed by somebody meanwhile, and not touched: {counted(len(conflicts), 'step')}"
        )
        listed([f"{s.title}: {doing(s.kind, s.day)}: {cut(s.message)}" for s in conflicts])


def rejected(summary: Any) -> None:
    """What cannot be imported."""
    errors = [finding for finding in summary.findings if finding.is_error]
    if summary.events["rejected"] or summary.sessions["rejected"]:
        say(f"  ✗ rejected: {both(summary, 'rejected')}")
    listed(finding_lines(errors), rest=_rest(summary))


def warned(summary: Any) -> None:
    """What is to be looked at, and is imported all the same."""
    warnings = [finding for finding in summary.findings if not finding.is_error]
    if warnings:
        say(f"  ⚠ {counted(len(warnings), 'warning')}:")
        listed(finding_lines(warnings), rest=_rest(summary))


def _remarks(summary: Any) -> None:
    warned(summary)
    if summary.warnings:
        say("  ⚠ Administrate did it with remarks:")
        listed([cut(one) for one in summary.warnings])


def _rest(summary: Any) -> str:
    return f"in the report {summary.report}" if summary.report else "with --json"


def listed(lines: Sequence[str], rest: str = "") -> None:
    """The first lines of a list, and how many more there are and where they are found."""
    for line in lines[:SHOWN]:
        say(f"      - {line}")
    if len(lines) > SHOWN:
        say(f"      … and {len(lines) - SHOWN} more {rest}".rstrip())


def _next(summary: Any, open_steps: Sequence[Any]) -> None:
    states = {step.state for step, _ in headlines(open_steps)}
    partition = shlex.quote(summary.partition)
    todo = []
    if summary.events["rejected"] or summary.sessions["rejected"]:
        todo += _correct(summary)
    if summary.events["conflicts"]:
        todo.append("Decide whose value holds where there is a conflict: import the workbook again")
        todo.append("with --update and --take workbook, administrate or here (--help says more).")
    if states - set(FOR_A_PERSON):
        todo.append(f"{when(summary.message)}: adm-sync push {partition}")
        todo.append("While adm-sync dev is running, that happens by itself.")
    if "failed" in states:
        todo.append("Mend what failed, as its sentence says; then:")
        todo.append(f"adm-sync push {partition} --reopen")
    if not todo:
        say("Nothing is left to do. In the Dagster UI (adm-sync dev), this is the partition")
        say(f"{summary.partition} of the job import_events.")
        return
    say("What to do next:")
    for line in todo:
        say(f"  {line}")
    say("In the Dagster UI (adm-sync dev), this is the partition")
    say(f"{summary.partition} of the job import_events.")


def _correct(summary: Any) -> list[str]:
    again = "import it again; what is there already is not touched:"
    if summary.report and "://" in summary.report:
        here = f"adm-sync report {shlex.quote(summary.partition)} --to ."
        return [
            f"Correct the marked copy, {summary.report}, which this command brings here:",
            *(here, f"and {again}", "adm-sync import-events FILE"),
        ]
    if summary.report:
        path = shlex.quote(summary.report)
        return [
            f"Correct the marked copy, {summary.report}, and {again}",
            f"adm-sync import-events {path}",
        ]
    return [f"Correct the workbook, and {again}", "adm-sync import-events FILE"]
