"""What a person should know today: what ran, and all that waits for something or for somebody.

What belongs here: finding it, each as a sentence, in the words and with the weight that the exit
statuses have. What does not: what is done about it, which the command line and the desk offer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

import sqlalchemy as sa

from adm_sync.database import import_journal, locks, open_steps, overview
from adm_sync.database.import_journal import ListedWorkbook
from adm_sync.database.overview import LatestRun
from adm_sync.database.states import ImportStatus, RunStatus
from adm_sync.imports.state import ALARMING, State, outcomes, standings, unsettled
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.sync import LOCK

LATEST = 5


class Weight(IntEnum):
    """How much something matters: it may be known, it waits, or a person has to see to it."""

    TOLD = 0
    WAITS = 1
    ALARMS = 2


class Matter(StrEnum):
    """What something is about; it says where a person can act."""

    SYNC = "sync"
    HELD = "held"
    IMPORT = "import"
    STEPS = "steps"
    UNMATCHED = "unmatched"


@dataclass(frozen=True, slots=True)
class Item:
    """One sentence of today.

    `subject` is an entity or the partition of a workbook; empty if it is about all. `since` is
    when it began, where that is known, and `state` that of an import. What somebody `is_at_work`
    on may be otherwise in a moment.
    """

    matter: Matter
    weight: Weight
    sentence: str
    subject: str = ""
    since: datetime | None = None
    state: State | None = None
    is_at_work: bool = False


@dataclass(frozen=True, slots=True)
class LatestImport:
    """A workbook that arrived lately, with its state and the outcome of its latest run."""

    workbook: ListedWorkbook
    state: State
    outcome: str


@dataclass(frozen=True, slots=True)
class Today:
    """How everything stands.

    Attributes:
        runs: the latest sync of each entity, in the order of the entities.
        imports: the latest workbooks, newest first.
        items: what is to be told, the gravest first.
    """

    runs: Sequence[LatestRun]
    imports: Sequence[LatestImport]
    items: Sequence[Item]

    @property
    def weight(self) -> Weight:
        """The greatest of all items."""
        return max((item.weight for item in self.items), default=Weight.TOLD)


def today(connection: sa.Connection) -> Today:
    """How everything stands now."""
    runs = overview.latest_runs(connection)
    items = [
        *_held(connection),
        *_syncs(connection, runs),
        *_imports(connection),
        *_steps(connection),
        *_unmatched(connection),
    ]
    items.sort(key=lambda item: -item.weight)
    in_order = [runs[entity.name] for entity in ENTITIES if entity.name in runs]
    return Today(in_order, _latest_imports(connection), items)


def _latest_imports(connection: sa.Connection) -> list[LatestImport]:
    rows = import_journal.workbooks_with_latest(connection, LATEST)
    stand = standings(connection, [row.id for row in rows])
    ended = outcomes(connection, rows)
    return [LatestImport(row, stand[row.id].state, ended[row.id]) for row in rows]


def _held(connection: sa.Connection) -> Iterator[Item]:
    for plan in overview.held(connection):
        sentence = f"A plan of the {BY_NAME[plan.entity].many} is held: {plan.reason}."
        yield Item(Matter.HELD, Weight.ALARMS, sentence, plan.entity, plan.held_at)


def _syncs(connection: sa.Connection, runs: dict[str, LatestRun]) -> Iterator[Item]:
    never = [entity.many for entity in ENTITIES if entity.name not in runs]
    if never:
        sentence = f"Never synced: the {', '.join(never)}."
        yield Item(Matter.SYNC, Weight.TOLD, sentence)
    is_at_work = bool(locks.held(connection, [LOCK]))
    for entity in ENTITIES:
        run = runs.get(entity.name)
        told = run and _of_run(run, entity.many, is_at_work=is_at_work)
        if run and told:
            is_now = is_at_work and run.status == RunStatus.RUNNING
            yield Item(Matter.SYNC, *told, entity.name, run.started_at, is_at_work=is_now)


def _of_run(run: LatestRun, many: str, *, is_at_work: bool) -> tuple[Weight, str] | None:
    match run.status:
        case RunStatus.RUNNING if is_at_work:
            return Weight.TOLD, f"The {many} are being synced now."
        case RunStatus.RUNNING:
            return Weight.ALARMS, f"The sync of the {many} ended in the middle. Run it again."
        case RunStatus.FAILED | RunStatus.SKIPPED:
            return Weight.ALARMS, f"The sync of the {many} failed: {run.message}"
        case RunStatus.PARTIAL:
            return Weight.WAITS, f"The sync of the {many} was partial: {run.message}"
        case RunStatus.SUCCEEDED if run.errors:
            refused = "1 record was" if run.errors == 1 else f"{run.errors} records were"
            return Weight.WAITS, f"Of the {many}, {refused} refused by the database: {run.message}"
    return None  # a plan that is held has its own sentence


def _imports(connection: sa.Connection) -> Iterator[Item]:
    stand = unsettled(connection)
    ids = [one.workbook_id for one in stand]
    rows = {row.id: row for row in import_journal.workbooks_with_latest(connection, ids=ids)}
    ended = outcomes(connection, rows.values())
    for one in stand:
        if one.is_settled:
            continue
        row, outcome = rows[one.workbook_id], ended[one.workbook_id]
        lacks = ", ".join(one.lacks())
        if one.state == State.NOT_IMPORTED:
            if outcome in {ImportStatus.INTERRUPTED, ImportStatus.CANCELLED}:
                sentence = f"«{one.partition}» was not imported: its last run was {outcome}."
                yield Item(Matter.IMPORT, Weight.ALARMS, sentence, one.partition, row.started_at)
            continue
        weight = Weight.ALARMS if one.state in ALARMING else Weight.WAITS
        sentence = _OF_STATE[one.state] if lacks else REFUSED
        yield Item(
            Matter.IMPORT,
            weight,
            f"«{one.partition}» {sentence.format(lacks=lacks)}",
            one.partition,
            row.finished_at or row.started_at,
            one.state,
            outcome == ImportStatus.RUNNING,
        )


REFUSED = "could not be imported: its latest run says why."
_OF_STATE = {
    State.DOUBLED: "is in Administrate more than once: {lacks}.",
    State.FAILED: "waits for a person to decide: {lacks}.",
    State.CONFLICTS: "would overwrite what somebody has changed: {lacks}.",
    State.PARTIAL: "is not all recorded here: {lacks}. Correct the marked copy and import it.",
    State.PENDING: "is recorded here, and not all of it done in Administrate: {lacks}.",
}


def _steps(connection: sa.Connection) -> Iterator[Item]:
    due = open_steps.count_due(connection, None)
    if due:
        events = "1 event has" if due == 1 else f"{due} events have"
        sentence = f"{events} something due in Administrate now. It is tried again by itself."
        yield Item(Matter.STEPS, Weight.WAITS, sentence)


def _unmatched(connection: sa.Connection) -> Iterator[Item]:
    found = overview.count_open(connection)
    for entity in ENTITIES:
        count = found.get(entity.name, 0)
        if count:
            number = "1 discrepancy" if count == 1 else f"{count} discrepancies"
            sentence = f"{number} of the {entity.many}, as of the last sync that was accepted."
            yield Item(Matter.UNMATCHED, Weight.TOLD, sentence, entity.name)
