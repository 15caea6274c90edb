"""How imports read when they are looked at later: all of them, or one.

What belongs here: the documents of `--json`, and the words for them. What does not: reading them
from the database.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from adm_sync.cli.import_words import counted, cut
from adm_sync.cli.printing import short
from adm_sync.cli.push_words import tell_steps
from adm_sync.cli.terminal import say
from adm_sync.imports.looking import THERE, ListedImport, LookedAt
from adm_sync.imports.undo.broken import BrokenUndo
from adm_sync.push.wording import headlines

WIDEST = 50
NUMBERS = ("created", "updated", "unchanged", "rejected", "pending", "failed")


def listed(one: ListedImport) -> dict[str, Any]:
    """One import in the form of `--json`."""
    row, standing = one.workbook, one.standing
    summary = row.summary or {}
    return {
        "partition": row.partition,
        "workbook": row.file_name,
        "sheet": row.sheet,
        "source": row.source,
        "sender": row.sender,
        "received_at": row.received_at.isoformat(),
        "who": row.who,
        "state": standing.state,
        "status": one.outcome,
        "started_at": row.started_at.isoformat() if row.started_at else None,
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "message": one.message,
        "run_id": row.dagster_run_id,
        "rows": summary.get("rows"),
        "events": standing.as_json(),
        "latest_run": {"status": one.outcome, "events": summary.get("events")},
        "report": summary.get("report"),
    }


def tell_all(imports: Sequence[Mapping[str, Any]], *, searched: bool) -> None:
    """A table of imports, newest first; `searched` is whether only some were looked for."""
    if not imports:
        none = "Nothing has been imported yet: adm-sync import-events FILE"
        say("No import is like that." if searched else none)
        return
    lines = [_cells(one) for one in imports]
    head = ("import", "when (UTC)", "who", "state", "latest run", *NUMBERS)
    widths = [min(max(map(len, column)), WIDEST) for column in zip(head, *lines, strict=True)]
    for line in (head, *lines):
        # A name that is wider than its column moves the rest of its line; it must stay whole.
        cells = [
            cell.rjust(width) if number >= len(head) - len(NUMBERS) else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        say("  ".join(cells).rstrip())


def _cells(one: Mapping[str, Any]) -> tuple[str, ...]:
    when = (one["started_at"] or one["received_at"])[:16].replace("T", " ")
    numbers = [str(one["events"][name]) for name in NUMBERS]
    return (
        one["partition"],
        when,
        one["who"] or one["sender"] or "",
        one["state"],
        one["status"],
        *numbers,
    )


def detailed(looked: LookedAt, findings: Sequence[Any]) -> dict[str, Any]:
    """One import with its events in the form of `--json`; `findings` are of its latest check."""
    errors = sum(one.is_error for one in findings)
    return {
        **listed(looked.listed),
        "broken_undo": _undo(looked.listed.broken_undo),
        "findings": {"errors": errors, "warnings": len(findings) - errors},
        "groups": [
            {
                "row": group.rows[0] if group.rows else None,
                "title": group.title,
                "sessions": group.sessions,
                "outcome": group.outcome,
                "reason": group.reason,
                "state": state,
                "external_id": group.external_id,
                "tutorial_event_id": group.tutorial_event_id,
            }
            for group, state in zip(looked.groups, looked.states(), strict=True)
        ],
        "steps": [
            {
                "event": step.title,
                "step": step.kind,
                "day": step.day,
                "state": step.state,
                "attempts": step.attempts,
                "next_try": step.next_try.isoformat() if step.next_try else None,
                "message": step.message,
            }
            for step in looked.unfinished
        ],
    }


def _undo(left: BrokenUndo | None) -> dict[str, Any] | None:
    return asdict(left) | {"sentence": left.sentence} if left else None


def tell_one(one: Mapping[str, Any], unfinished: Sequence[Any]) -> None:
    """An import with its events; `unfinished` are the steps that are not done."""
    say(one["partition"])
    sheet = f", sheet {one['sheet']}" if one["sheet"] else ""
    sender = f" from {one['sender']}" if one["sender"] else ""
    when = one["received_at"][:16].replace("T", " ")
    say(f"  received: {when} UTC by {one['source']}{sender}{sheet}")
    say(f"  state: {one['state']}")
    if one["started_at"]:
        when = one["started_at"][:16].replace("T", " ")
        say(f"  latest run: {one['status']}, {when} UTC, {one['who'] or 'nobody'}")
    if one["run_id"]:
        say(f"  Dagster run: {one['run_id']}")
    if one["message"]:
        say(f"  {cut(one['message'])}")
    say(f"  events: {_in_all(one)}")
    if one["broken_undo"]:
        left = one["broken_undo"]
        say(f"  {left['sentence']} {left['command']} goes on with what is left.")
    found = one["findings"]
    say(f"  findings: {counted(found['errors'], 'error')}, {counted(found['warnings'], 'warning')}")
    if one["report"]:
        say(f"  report: {one['report']}")
    say()
    for group in one["groups"]:
        say(f"  - row {group['row']}: {short(group['title'])}: {_group(group)}")
    if unfinished:
        say()
        say(f"Not done in Administrate: {counted(len(unfinished), 'step')}")
    tell_steps(headlines(unfinished))


def _in_all(one: Mapping[str, Any]) -> str:
    """`3 created in all, 0 in the latest run; 1 rejected`."""
    numbers = {name: number for name, number in one["events"].items() if name != "created"}
    in_run = (one["latest_run"]["events"] or {}).get("created")
    created = f"{one['events']['created']} created in all"
    if in_run is not None:
        created += f", {in_run} in the latest run"
    words = {"brought_in": "rejected and put right since"}
    others = ", ".join(
        f"{n} {words.get(name) or name.replace('_', ' ')}" for name, n in numbers.items() if n
    )
    return f"{created}; {others}" if others else created


def _group(group: Mapping[str, Any]) -> str:
    if group["outcome"] in {"rejected", "skipped"}:
        if group["state"] != group["outcome"]:
            return f"{group['outcome']}, {group['state']} by a later workbook"
        reason = f": {cut(group['reason'])}" if group["reason"] else ""
        return f"{group['outcome']}{reason}"
    parts = [] if group["state"] == THERE else [group["state"]]
    if group["external_id"]:
        parts.append(f"Administrate {group['external_id']}")
    if group["tutorial_event_id"] is not None:
        parts.append(f"tutorial event {group['tutorial_event_id']}")
    return ", ".join(parts)
