"""What is wrong now, of everything that is stored.

What belongs here: the one list of problems, which alerts, the command and pages show alike. What
does not: judging an import (`imports.state`), and what should have run and did not (`watching`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.database import alerts
from adm_sync.database.alerts import Problem
from adm_sync.database.states import ProblemKind
from adm_sync.imports.state import State
from adm_sync.imports.today import Item, Matter, Weight, today
from adm_sync.pages import WITHIN

__all__ = ["URGENT", "Problem", "is_urgent", "problems"]

# What a person has to see to. The others are put right by a corrected workbook, or with time.
URGENT = frozenset(ProblemKind) - {ProblemKind.PARTIAL, ProblemKind.PENDING}

_OF_STATES = {State.DOUBLED: ProblemKind.DOUBLED, State.PENDING: ProblemKind.PENDING}
_OF_WEIGHTS = {Weight.ALARMS: ProblemKind.FAILED, Weight.WAITS: ProblemKind.PARTIAL}
# What is due is told of the imports that wait for it.
_TOLD = frozenset({Matter.SYNC, Matter.HELD, Matter.IMPORT})


def problems(connection: sa.Connection) -> list[Problem]:
    """Everything that is wrong now and that somebody has to see to, or to wait for.

    Args:
        connection: only read from.
    """
    found = (one for item in today(connection).items for one in _of_today(item))
    return [*_of_the_api(connection), *found]


def is_urgent(problem: Problem) -> bool:
    """Whether a person has to see to it."""
    return problem.kind in URGENT


def _of_the_api(connection: sa.Connection) -> Iterator[Problem]:
    for fault in alerts.api_faults_now(connection):
        changed = fault.kind == ProblemKind.API_CHANGED
        yield Problem(
            fault.kind,
            fault.subject,
            fault.message,
            "adm-sync doctor lists what has changed; adm_sync has to be brought up to date."
            if changed
            else "Look at the credentials, and what their user may do, in Administrate; adm-sync "
            "doctor tries them.",
            "",
            fault.first_seen,
        )


def _of_today(item: Item) -> Iterator[Problem]:
    if item.matter not in _TOLD:
        return
    if item.is_at_work:  # whichever it was, it is so until that is over
        kinds = [ProblemKind.DOUBLED, *_OF_WEIGHTS.values(), ProblemKind.PENDING]
    elif item.matter == Matter.HELD:
        kinds = [ProblemKind.HELD]
    elif item.state in _OF_STATES:
        kinds = [_OF_STATES[item.state]]
    else:
        kinds = [_OF_WEIGHTS[item.weight]] if item.weight in _OF_WEIGHTS else []
    for kind in kinds:
        remedy, page = _act(item)
        what = "import" if item.matter == Matter.IMPORT else "sync"
        since = item.since or datetime.now(UTC)
        subject = f"{what} {item.subject}"
        yield Problem(kind, subject, item.sentence, remedy, page, since, item.is_at_work)


def _act(item: Item) -> tuple[str, str]:
    """What to do about it: a sentence with a command, and the page of the desk."""
    if item.matter == Matter.HELD:
        command = f"adm-sync release {item.subject}"
        return f"Look at Administrate; if it is right so: {command}", WITHIN.held(item.subject)
    if item.matter == Matter.SYNC:
        command = f"adm-sync sync {item.subject}"
        return f"When what it says is mended: {command}", WITHIN.unmatched(item.subject)
    remedy = _REMEDIES.get(item.state, "adm-sync imports {name} says what.")
    return remedy.format(name=f'"{item.subject}"'), WITHIN.one_import(item.subject)


_REMEDIES = {
    State.DOUBLED: "adm-sync reconcile --remove-doubles proposes which event to remove.",
    State.CONFLICTS: "adm-sync imports {name} shows both values; import it again with --update and "
    "--take.",
    State.PENDING: "It is tried again by itself; adm-sync push does it now.",
    None: "Import it again: it goes on where it was. adm-sync imports {name} says how far.",
}
