"""What the page of an import says in sentences: how it stands, what is next, what a plan would do.

What belongs here: words for what is known. What does not: knowing it (`imports.looking`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adm_sync.database.open_steps import UNDO_BROKEN_OFF, UnfinishedStep
from adm_sync.database.states import FOR_A_PERSON
from adm_sync.desk.actions import Work
from adm_sync.imports.finding_pages import ToDo
from adm_sync.imports.headway import StageReached
from adm_sync.imports.looking import LookedAt
from adm_sync.imports.state import Standing, State
from adm_sync.imports.wording import counted
from adm_sync.push.records import day_first
from adm_sync.push.wording import doing, headlines

CHECKING, IMPORTING, PUSHING, UNDOING = "checking", "importing", "sending", "taking back"
# What goes on, in the progressive and as a headline of the progress.
_GOING_ON = {
    CHECKING: "Checking what an import would do",
    IMPORTING: "Importing what was agreed to",
    PUSHING: "Sending what is due to Administrate",
    UNDOING: "Taking the import back",
}
_STAGES = {
    "check": "looking again at the workbook",
    "record": "recording events here",
    "push": "working in Administrate",
}
_UNITS = {"record": "events", "push": "steps"}


@dataclass(frozen=True, slots=True)
class Next:
    """Something that a person can do about an import now, and the link that leads there."""

    sentence: str
    link: str = ""
    label: str = ""


# ---------------------------------------------------------------------- what goes on


def goes_on(looked: LookedAt, work: Work | None) -> str:
    """What is going on with an import: one of the four words above, or nothing."""
    if work is not None and work.is_running:
        if work.arguments[0] == "undo":
            return CHECKING if "--dry-run" in work.arguments else UNDOING
        if work.arguments[0] == "push":
            return PUSHING
        return CHECKING if "--dry-run" in work.arguments else IMPORTING
    if looked.progress is not None:
        return IMPORTING
    return CHECKING if looked.dry_run and looked.dry_run.status == "running" else ""


def headline(what: str, progress: StageReached | None, work: Work | None) -> str:
    """What is going on and how far it is, in a line."""
    detail = ""
    if progress is not None and what != CHECKING:
        unit, left = _UNITS.get(progress.stage, ""), time_left(progress)
        done = f" ({progress.done} of {progress.total} {unit}{left})" if progress.total else ""
        detail = f"{_STAGES[progress.stage]}{done}"
    elif work and work.said:
        detail = work.said[-1]
    return f"{_GOING_ON[what]}: {detail}" if detail else _GOING_ON[what]


def time_left(progress: StageReached) -> str:
    """`, about 3 min left`; nothing where nobody can know it, or nothing is left."""
    seconds = progress.seconds_left
    if seconds is None or progress.done >= progress.total:
        return ""
    return ", less than a minute left" if seconds < 60 else f", about {-(-seconds // 60)} min left"


# ---------------------------------------------------------------------- how it stands, what is next


def is_read(looked: LookedAt) -> bool:
    """Whether a check could read the workbook, so that there can be a marked copy of it."""
    return bool(looked.groups or (looked.dry_run and looked.dry_run.result))


def next_things(
    looked: LookedAt, plan: Mapping[str, Any] | None, counts: Mapping[ToDo, int]
) -> Iterator[Next]:
    """What a person can do about it, the most pressing first.

    Args:
        looked: the import.
        plan: of its latest check, if that still holds.
        counts: of the findings, by what is to be done about them.
    """
    standing = looked.listed.standing
    if looked.dry_run is None and standing.state == State.NOT_IMPORTED:
        yield Next("It has not been checked. Check what an import would do.", "#again", "Check it")
    if plan and plan["events"]["conflicts"]:
        yield Next("Decide whose value holds.", "#conflicts", "Conflicts")
    elif standing.conflicts:
        yield Next("Check it again, with changes, to see the conflicts.", "#again", "Check again")
    if standing.doubled or standing.failed:
        yield Next("Look at what is not done in Administrate.", "#steps", "Not done")
    elif standing.pending:
        yield Next("What waits for Administrate is tried again by itself.", "#steps", "What waits")
    if changes(plan):
        yield Next("Read the plan, and import exactly that.", "#plan", "The plan")
    if counts[ToDo.WAIT] and (plan or not standing.is_settled):
        yield Next(
            "Administrate could not be asked about all of it, or does not have all of it yet: "
            "that is no mistake of the workbook. Wait, and check it again.",
            "#again",
            "Check again",
        )
    if not _has_mistakes(standing, plan, counts):
        return
    if not is_read(looked):
        yield Next("Mend the file as its finding says, and upload it.", "/upload", "Upload it")
        return
    if counts[ToDo.ASK]:
        yield Next(
            "Ask the data administrator about what is not known yet. Once it is, check this "
            "workbook again: that needs no new upload.",
            "?todo=ask#findings",
            "What to ask",
        )
    if counts[ToDo.CORRECT] or not counts[ToDo.ASK]:
        yield Next(
            "Correct the mistakes, best in the marked copy, and upload that: what is there already "
            "is not made again.",
            "/upload",
            "Upload the corrected workbook",
        )


def _has_mistakes(
    standing: Standing, plan: Mapping[str, Any] | None, counts: Mapping[ToDo, int]
) -> bool:
    """Whether the workbook keeps something from being imported that no later one has brought."""
    if counts[ToDo.WAIT] and not counts[ToDo.CORRECT] + counts[ToDo.ASK]:
        return False
    if standing.state == State.NOT_IMPORTED:
        mistakes = counts[ToDo.CORRECT] + counts[ToDo.ASK]
        return bool(plan["events"]["rejected"] if plan else mistakes)
    return bool(standing.rejected or standing.rejected_rows)


def changes(plan: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """What a plan does; what it leaves alone is only counted."""
    entries = plan["plan"] if plan else ()
    return [one for one in entries if one["steps"] or one["outcome"] != "unchanged"]


@dataclass(frozen=True, slots=True)
class NotDone:
    """Steps that wait, or failed, for one reason: of which events, and what they are."""

    state: str
    reason: str
    events: Mapping[str, Sequence[str]]

    @property
    def is_for_a_person(self) -> bool:
        """Whether it does not go on by itself."""
        return self.state in FOR_A_PERSON

    @property
    def is_undo(self) -> bool:
        """Whether taking it back again is what ends it."""
        return self.reason == UNDO_BROKEN_OFF


def not_done(unfinished: Sequence[UnfinishedStep]) -> list[NotDone]:
    """What is not done in Administrate, with each reason once."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for step, _ in headlines(unfinished):
        events = found.setdefault((step.state, step.message), {})
        events.setdefault(step.title, []).append(doing(step.kind, step.day))
    return [NotDone(state, reason, events) for (state, reason), events in found.items()]


# ---------------------------------------------------------------------- a plan


def created_words(made: Mapping[str, Any]) -> str:
    """What is to be there of an event that is not there yet."""
    places = made["max_places"]
    parts = (
        f"{counted(made['sessions'], 'session')}, {_span(made['starts'], made['ends'])}",
        ", ".join(filter(None, (made["venue"], made["location"]))),
        ", ".join(made["instructors"]) or "nobody teaches it yet",
        "" if places is None else counted(places, "place"),
    )
    return "; ".join(filter(None, parts))


def _span(starts: str, ends: str) -> str:
    first, last = datetime.fromisoformat(starts), datetime.fromisoformat(ends)
    if first.date() == last.date():
        return f"{day_first(starts)} to {last:%H:%M}"
    return f"{day_first(starts)} to {day_first(ends)}"
