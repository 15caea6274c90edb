"""What steps do, in words.

What belongs here: a name for each kind, for lists and tables, which steps stand for others, and the
end that sentences about steps have in common. What does not: how a step stands, and whole
sentences.
"""

from collections.abc import Sequence

from adm_sync.database.open_steps import UnfinishedStep
from adm_sync.database.states import StepKind

# What a person does once the reason is mended.
REOPEN = "then run adm-sync push --reopen."
_DOING = {
    StepKind.CREATE_EVENT: "creating the event",
    StepKind.APPROVE_INSTRUCTORS: "approving its instructors for the course template",
    StepKind.UPDATE_SESSION: "changing the session",
    StepKind.ADD_SESSION_STAFF: "adding the session's instructors",
    StepKind.ADD_EVENT_STAFF: "adding the event's staff",
    StepKind.CHANGE_EVENT: "changing the event",
    StepKind.CHANGE_SESSION: "changing the session",
    StepKind.CHANGE_STAFF: "changing the staff",
    StepKind.REMOVE_SESSION: "removing the session",
    StepKind.CANCEL_EVENT: "cancelling the event",
}


def doing(kind: StepKind, day: int | None) -> str:
    """What a step does, and to which session."""
    return _DOING[kind] if day is None else f"Day {day}, {_DOING[kind]}"


def of_days(days: Sequence[int]) -> str:
    """`Day 1`, `Days 1, 2, 3`."""
    return f"Day{'s'[: len(days) != 1]} {', '.join(map(str, days))}"


def headlines(unfinished: Sequence[UnfinishedStep]) -> list[tuple[UnfinishedStep, int]]:
    """Steps that are not done, each with how many others wait for it.

    Nothing else of an event can be done before it is created: its creation stands for all.

    Args:
        unfinished: those of an event together and in order.
    """
    lines: list[tuple[UnfinishedStep, int]] = []
    for step in unfinished:
        first = lines[-1][0] if lines else None
        if first and first.event_id == step.event_id and first.kind == StepKind.CREATE_EVENT:
            lines[-1] = (first, lines[-1][1] + 1)
        else:
            lines.append((step, 0))
    return lines
