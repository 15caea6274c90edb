"""How a dry run reads: what an import would do, event by event.

What belongs here: words and lines. What does not: deciding anything, and what an import did
(`import_words`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adm_sync.cli.import_words import both, counted, cut, head, listed, rejected, warned
from adm_sync.cli.printing import short
from adm_sync.cli.terminal import say, say_on_stderr

_OUTCOMES = {"created": "new", "updated": "is changed", "cancelled": "is cancelled"}


def tell_plan(summary: Any) -> None:
    """What an import would do, event by event."""
    head(summary)
    changes = [one for one in summary.plan if one["steps"] or one["outcome"] != "unchanged"]
    if changes:
        say("It would record here, and do in Administrate:")
    for one in changes:
        sign = "~" if one["outcome"] in {"updated", "cancelled"} else "+"
        say(f"  {sign} row {one['row']}: {short(one['title'])}: {_planned(one)}")
        for change in one["changes"]:
            say(f"      {_change(change)}")
    _approvals(changes)
    for outcome in ("unchanged", "skipped"):
        if summary.events[outcome] or summary.sessions[outcome]:
            say(f"  - {outcome}: {both(summary, outcome)}")
    rejected(summary)
    warned(summary)
    _beside(summary)
    say()
    if summary.message:
        say(summary.message)
    say(f"This was a dry run: nothing was written. An import would {_would(summary)}.")
    if changes:
        say(f"To import exactly that, or nothing: add --plan {summary.fingerprint}")


def tell_moved(summary: Any, message: str, differences: Sequence[Mapping[str, Any]]) -> None:
    """An import would do something else than was agreed to; `differences` are what is known of it.

    Args:
        summary: of a dry run, as it is now.
        message: that nothing was written.
        differences: `agreed.PlanDifference` in JSON.
    """
    tell_plan(summary)
    say()
    for one in differences:
        say(f"  ≠ row {one['row']}: {short(one['title'])}: {cut(one['what'])}")
    say_on_stderr(f"Error: {message}")


def _would(summary: Any) -> str:
    cancelled = sum(one["outcome"] == "cancelled" for one in summary.plan)
    parts = [
        f"create {both(summary, 'created')}" if summary.events["created"] else "create nothing",
        f"change {both(summary, 'updated')}" if summary.events["updated"] else "",
        f"cancel {counted(cancelled, 'event')}" if cancelled else "",
    ]
    return " and ".join(filter(None, parts))


def _beside(summary: Any) -> None:
    """What Administrate has already of the events that are new here."""
    if summary.events["adopted"]:
        events = counted(summary.events["adopted"], "event")
        say(f"  - it would adopt {events} that Administrate has already")
    if summary.warnings and summary.events["pending"]:
        say("  ⚠ it would not go on in Administrate yet:")
        listed([cut(one) for one in summary.warnings], rest="with --json")
    elif summary.warnings:
        say("  ✗ a person has to decide first, before it goes on in Administrate with:")
        listed([cut(one) for one in summary.warnings], rest="with --json")


def _approvals(entries: Sequence[Mapping[str, Any]]) -> None:
    """Who would be approved, a line for each course template."""
    people: dict[str, dict[str, None]] = {}
    for entry in entries:
        if entry["approve"]:
            people.setdefault(entry["template"], {}).update(dict.fromkeys(entry["approve"]))
    if people:
        say("It would approve in Administrate, unless they are approved by then:")
    for template, names in people.items():
        say(f"  + for the course template {short(template)}: {', '.join(map(short, names))}")


def _planned(entry: Mapping[str, Any]) -> str:
    kinds = [step.split(" ")[0] for step in entry["steps"]]
    sessions = kinds.count("update_session")
    taught, staff = kinds.count("add_session_staff"), kinds.count("add_event_staff")
    parts = [
        _OUTCOMES.get(entry["outcome"], "is there"),
        "create the event" if "create_event" in kinds else "",
        f"set {counted(sessions, 'session')}" if sessions else "",
        f"instructors of {counted(taught, 'session')}" if taught else "",
        f"{counted(staff, 'person', 'people')} on its staff" if staff else "",
    ]
    return _joined(parts)


def _change(change: Mapping[str, Any]) -> str:
    """One value that is changed, or a session that is removed, and where."""
    day = "" if change["day"] is None else f"Day {change['day']}, "
    where = " and ".join("here" if one == "here" else "in Administrate" for one in change["where"])
    if change["before"] == f"Day {change['day']}":
        return f"row {change['row']}: {change['before']} is removed ({where})"
    values = f"{short(change['before'])} → {short(change['after'])}"
    return f"row {change['row']}: {day}{change['field']}: {values} ({where})"


def _joined(parts: Iterable[str]) -> str:
    first, *rest = filter(None, parts)
    return f"{first}; {', '.join(rest)}" if rest else first
