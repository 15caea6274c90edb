"""How a push and a comparison with Administrate read.

What belongs here: words and lines. What does not: deciding anything.
"""

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adm_sync.cli.import_words import counted, cut, of_events, when
from adm_sync.cli.printing import SHOWN, short
from adm_sync.cli.terminal import say
from adm_sync.database.states import FOR_A_PERSON, StepState
from adm_sync.imports.comparisons import COMPARED, KINDS
from adm_sync.imports.undo.wording import of_double, of_relink
from adm_sync.push.wording import doing, headlines


def tell_push(partition: str | None, pushed: Any, unfinished: Sequence[Any], reopened: int) -> None:
    """The end of a push.

    Args:
        partition: whose; None if of all.
        pushed: a Pushed.
        unfinished: what is not done: rows of `database.open_steps.unfinished`.
        reopened: how many failed steps got another chance.
    """
    if reopened:
        say(f"Another chance for {counted(reopened, 'step')} that had failed.")
    events, sessions = len(pushed.created), len(pushed.sessions)
    if events or pushed.adopted or sessions:
        say(
            f"✓ {counted(events, 'event')} created in Administrate, {len(pushed.adopted)} found "
            f"there and adopted; {of_events(sessions, len(pushed.with_sessions))} set."
        )
    elif not unfinished:
        say("Nothing was to be done: everything that is recorded here is in Administrate.")
    for warning in pushed.warnings[:SHOWN]:
        say(f"⚠ {cut(warning)}")
    if pushed.stopped:
        say(f"⏸ It stopped: {cut(pushed.stopped)}")
    elif pushed.beside:
        say(f"⏸ {pushed.beside}")
    lines = headlines(unfinished)
    _steps("Still to be done", [one for one in lines if one[0].state not in FOR_A_PERSON])
    _steps("Failed", [one for one in lines if one[0].state == StepState.FAILED])
    _steps("In conflict", [one for one in lines if one[0].state == StepState.CONFLICT])
    _next(partition, {step.state for step, _ in lines}, pushed)


def _steps(what: str, lines: Sequence[tuple[Any, int]]) -> None:
    if not lines:
        return
    say(f"{what}: {counted(len(lines) + sum(more for _, more in lines), 'step')}")
    tell_steps(lines)


def tell_steps(lines: Sequence[tuple[Any, int]]) -> None:
    """The first of these steps, each with how many wait for it; see `headlines`."""
    for step, more in lines[:SHOWN]:
        say(f"  - {_open_step(step, more)}")
    if len(lines) > SHOWN:
        say(f"  … and {len(lines) - SHOWN} more with --json")


def _open_step(step: Any, more: int) -> str:
    """Of which event, what, how often it was tried, and why it waits."""
    words = doing(step.kind, step.day) + (f" and {counted(more, 'step')} more" if more else "")
    tried = {0: "not tried yet", 1: "tried once"}.get(step.attempts, f"tried {step.attempts} times")
    if step.state not in FOR_A_PERSON:
        due = f"next {step.due_at:%Y-%m-%d %H:%M} UTC"
        tried += f", {due if step.due_at > datetime.now(UTC) else 'due now'}"
    why = f": {cut(step.message)}" if step.message else ""
    return f"{short(step.title)}: {words} ({tried}){why}"


def _next(partition: str | None, states: set[str], pushed: Any) -> None:
    which = f" {shlex.quote(partition)}" if partition else ""
    if states - set(FOR_A_PERSON):
        say(f"{when(pushed.message)}: adm-sync push{which}")
    if "failed" in states:
        say(f"Mend what failed, as its sentence says; then: adm-sync push{which} --reopen")


def tell_reconciliation(found: Any) -> None:
    """What differs between here and Administrate; a Reconciliation."""
    sittings = ", ".join(found.sittings) or "none"
    say(f"Compared {counted(found.compared, 'event')} of the sittings {sittings}.")
    for sitting in found.without_events:
        say(f"No event here is of sitting {sitting}.")
    if found.compared:
        say(COMPARED)
    if not found.differences:
        if found.compared:
            say("In that nothing differs between the two sides.")
        return
    for kind, (title, _) in KINDS.items():
        alike = [one for one in found.differences if one.kind == kind]
        if not alike:
            continue
        say()
        say(f"⚠ {title}: {len(alike)}")
        for one in alike[:SHOWN]:
            say(f"  - {_difference(one)}")
        if len(alike) > SHOWN:
            say(f"  … and {len(alike) - SHOWN} more with --json")
    say()
    say("Nothing was changed. Decide for each which side is right, and change the other by hand.")


def tell_comparisons(made: Sequence[Any], found: Mapping[str, Sequence[Any]]) -> None:
    """What the last comparison of each sitting has found.

    Args:
        made: comparisons of `imports.comparisons`.
        found: what each found, by its sitting.
    """
    if not made:
        say("Nothing was compared yet: adm-sync reconcile")
    for one in made:
        differ = counted(len(found[one.sitting]), "difference")
        when = f"{one.compared_at:%Y-%m-%d %H:%M} UTC"
        say(f"{one.sitting}: {differ} in {counted(one.events, 'event')}, compared {when}")
        for each in found[one.sitting]:
            newer = {"here": "here", "administrate": "in Administrate"}.get(each.newer or "")
            last = f" Changed last: {newer}." if newer else ""
            say(f"  - {each.said}: {_difference(each.difference)}{last}")
            say(f"      {each.remedy}")


def tell_doubles(doubles: Sequence[Any]) -> None:
    """Events that are too many in Administrate, and what becomes or became of each."""
    say()
    if not doubles:
        say("No event is more than once in Administrate.")
    for one in doubles:
        what = of_double(one.outcome, one.stays, one.reason)
        why = f": {cut(one.reason)}" if one.reason else ""
        say(f"  - {short(one.title)} ({one.external_id}): {what}{why}")


def tell_relinks(relinks: Sequence[Any]) -> None:
    """Events that are left where the linked one is gone, and what becomes or became of each."""
    say()
    if not relinks:
        say("No event is left in Administrate where the linked one is gone.")
    for one in relinks:
        what = of_relink(one.outcome, one.instead_of, one.reason)
        why = f": {cut(one.reason)}" if one.reason else ""
        say(f"  - {short(one.title)}: {one.external_id} {what}{why}")
    if any(one.outcome == "linked" for one in relinks):
        say("What it needs there is still to be done: adm-sync push")


def _difference(one: Any) -> str:
    ids = [
        one.external_id or "",
        f"tutorial event {one.tutorial_event_id}" if one.tutorial_event_id is not None else "",
    ]
    where = "; ".join(filter(None, ids))
    return f"{short(one.title)} ({where}): {cut(one.detail)}" if where else cut(one.detail)
