"""Every table that is given out: its columns, their types, and what they mean.

What belongs here: declarations. What does not: where the rows come from (`rows`), and what is made
of them (`frames`, `files`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from adm_sync.imports.state import NUMBERS


class ColumnType(Enum):
    """What a column holds: its dtype in a frame, and in words. Any of them may be missing."""

    # Said of the storage too, or it would depend on whether pyarrow is installed.
    TEXT = ("string[python]", "text")
    NUMBER = ("Int64", "whole number")
    AMOUNT = ("Float64", "number")
    FLAG = ("boolean", "true or false")
    MOMENT = ("datetime64[us, UTC]", "moment, in UTC")

    def __init__(self, dtype: str, words: str) -> None:
        self.dtype = dtype
        self.words = words


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """One column; `about` completes the sentence "This is …"."""

    name: str
    type: ColumnType
    about: str

    @property
    def heading(self) -> str:
        """What stands above it in a spreadsheet."""
        words = self.name.replace("_", " ")
        return words[0].upper() + words[1:]


@dataclass(frozen=True, slots=True)
class TypedTable:
    """One table: what a row of it is, and its columns in order."""

    name: str
    about: str
    columns: tuple[TypedColumn, ...]

    def position(self, name: str) -> int:
        """Where a column stands, from 0."""
        return [column.name for column in self.columns].index(name)


def text(name: str, about: str) -> TypedColumn:
    """A column of texts."""
    return TypedColumn(name, ColumnType.TEXT, about)


def number(name: str, about: str) -> TypedColumn:
    """A column of whole numbers."""
    return TypedColumn(name, ColumnType.NUMBER, about)


def moment(name: str, about: str) -> TypedColumn:
    """A column of moments."""
    return TypedColumn(name, ColumnType.MOMENT, about)


_PARTITION = text("partition", "the import, as `adm-sync imports` lists it")
_TUTORIAL = number("tutorial_id", "the id of the tutorial record")
_EXTERNAL = text("external_id", "the id of the Administrate record")
_TUTORIAL_EVENT = number("tutorial_event_id", "the id of the tutorial event")
_EVENT_EXTERNAL = text("external_id", "the event's id in Administrate")
_ENTITY = text("entity", "the reference entity")
_OVERWRITTEN = (
    text("overwritten_here", "what stood here instead, if somebody's change was overwritten"),
    text("overwritten_there", "the same of Administrate; missing where that is not known"),
)
_DAGSTER_RUN = text("dagster_run_id", "the run in the Dagster UI")

DISCREPANCIES = TypedTable(
    "discrepancies",
    "something that a person should look at after a sync; one that is gone is closed",
    (
        number("id", "its number"),
        _ENTITY,
        text("kind", "which kind of discrepancy"),
        text("record", "what people call the record"),
        _TUTORIAL,
        _EXTERNAL,
        text("detail", "what else is known of the record, or what is wrong"),
        text("told_apart_by", "what tells it from others of its name, such as an e-mail address"),
        text(
            "nearest", "the candidates on the other side, nearest first, with what tells them apart"
        ),
        moment("first_seen", "when a sync found it first"),
        moment("last_seen", "when something new was last seen of it"),
        moment("closed_at", "when it was gone; missing while it is open"),
        number("run_id", "the run that found it first, of the table runs"),
    ),
)

FINDINGS = TypedTable(
    "findings",
    "something that the latest check of a workbook found",
    (
        _PARTITION,
        text("severity", "error (the event is not imported) or warning"),
        text("code", "which kind of finding, as in findings.md"),
        text("sheet", "the sheet"),
        number("row", "the row, as Excel counts"),
        text("column", "the column's letters"),
        text("header", "the column's header"),
        text("value", "what the cell holds"),
        text("message", "what is wrong"),
        text("suggestion", "what to do"),
    ),
)

_COUNTED = {
    "created": "events that it brought, and that stand",
    "updated": "events that were there before, and that it changed",
    "unchanged": "events that were there before, and that it did not change",
    "rejected": "events that it could not bring, and nothing has since",
    "rejected_rows": "the same of rows that belong to no event",
    "brought_in": "what it could not bring and later workbooks have brought or left out",
    "skipped": "events that it says are not to be imported",
    "not_recorded": "events that can be imported and are not yet",
    "pending": "events of which something is still to be done in Administrate",
    "failed": "events of which something waits for a person",
    "conflicts": "events with values that a person has to decide about",
    "doubled": "events that are in Administrate more than once",
    "undone": "events that were taken back",
}

IMPORTS = TypedTable(
    "imports",
    "a workbook that was imported, with its latest run and how it stands now",
    (
        _PARTITION,
        text("workbook", "the file's name"),
        text("sheet", "the sheet, if one was chosen"),
        text("source", "where the file came from"),
        text("sender", "who handed it in; missing where that is not known"),
        moment("received_at", "when it came first"),
        text("state", "how it stands now, all its runs together"),
        text("status", "how its latest run ended"),
        text("who", "on whose behalf that ran"),
        moment("started_at", "when that began"),
        moment("finished_at", "when that ended"),
        text("message", "what that said at its end"),
        _DAGSTER_RUN,
        number("rows", "how many rows of data it has"),
        *(number(name, _COUNTED[name]) for name in NUMBERS),
    ),
)

GROUPS = TypedTable(
    "groups",
    "an event of one workbook, and what became of it; `adm-sync imports PARTITION` lists them",
    (
        _PARTITION,
        number("row", "its first row, as Excel counts"),
        text("title", "the event's title"),
        number("sessions", "how many sessions it has in the workbook"),
        text("outcome", "what became of it in the latest import of the workbook"),
        text("reason", "why it was rejected or skipped"),
        text("state", "how it stands now"),
        _TUTORIAL_EVENT,
        _EVENT_EXTERNAL,
    ),
)

EVENTS = TypedTable(
    "events",
    "an event that was recorded by an import",
    (
        _PARTITION,
        text("title", "its title"),
        text("sitting", "its sitting"),
        moment("starts_at", "when it begins"),
        text("learning_mode", "its learning mode"),
        number("sessions", "how many sessions of it are recorded and not removed"),
        text("state", "done, pending, failed, conflict or undone"),
        _TUTORIAL_EVENT,
        _EVENT_EXTERNAL,
        TypedColumn("adopted", ColumnType.FLAG, "whether it was in Administrate before"),
        number("copies", "how many events of Administrate are this one, if more than one; else 0"),
        moment("recorded_at", "when it was recorded"),
        text("who", "who imported it; missing where that was not noted"),
        moment("undone_at", "when it was taken back"),
        text("undone_by", "by whom; missing where that was not noted"),
    ),
)

STEPS = TypedTable(
    "steps",
    "one thing that is done in Administrate for an event, or is still to be done",
    (
        number("id", "its number"),
        _PARTITION,
        text("event", "the event's title"),
        _EVENT_EXTERNAL,
        text("step", "what is done"),
        number("day", "the session's Day; missing for the event itself"),
        text("state", "done, pending, sending, retry, unknown, failed or conflict …"),
        number("attempts", "how often it was sent"),
        moment("due_at", "when it is tried next, while it is open"),
        moment("sent_at", "when it was sent last"),
        moment("done_at", "when it was done"),
        text("message", "why it waits, or what was answered"),
    ),
)

CHANGES = TypedTable(
    "changes",
    "one value that a sync changed in a bridge table, or a corrected workbook in an event",
    (
        moment("made_at", "when the run began, or the event was changed"),
        text("who", "on whose behalf"),
        text("entity", "the reference entity; events or sessions if a workbook changed it"),
        _EXTERNAL,
        text("record", "the event's title; of custom fields what they belong to; else missing"),
        number("day", "the session's Day"),
        text("action", "what was done with the row; taken back, if that was"),
        text("field", "the column, or the value of the event"),
        text("before", "what it was; what is no text, as JSON"),
        text("after", "what it is since"),
        *_OVERWRITTEN,
        number("run_id", "the run that did it, of the table runs"),
        _DAGSTER_RUN,
        _PARTITION,
    ),
)

_RUN_COUNTS = {
    "created": "rows that it made",
    "updated": "rows that it changed",
    "unchanged": "rows that were right already",
    "deleted": "rows that it removed",
    "retained": "rows that it kept although their records are gone",
    "skipped": "records that are ambiguous or cannot be written",
    "errors": "records that hold what cannot be stored",
    "requests": "requests to Administrate",
}

RUNS = TypedTable(
    "runs",
    "one sync of one reference entity",
    (
        number("id", "its number"),
        _ENTITY,
        text("status", "how it ended"),
        text("who", "on whose behalf"),
        moment("started_at", "when it began"),
        moment("finished_at", "when it ended"),
        *(number(name, about) for name, about in _RUN_COUNTS.items()),
        TypedColumn("seconds", ColumnType.AMOUNT, "how long it took"),
        TypedColumn("own_seconds", ColumnType.AMOUNT, "the same without waiting for Administrate"),
        text("message", "what it said at its end"),
        _DAGSTER_RUN,
    ),
)

DECISIONS = TypedTable(
    "decisions",
    "what a person has decided about a record, or two",
    (
        number("id", "its number"),
        text("kind", "link, never or ignore"),
        _ENTITY,
        _TUTORIAL,
        _EXTERNAL,
        text("who", "who decided"),
        text("why", "the reason"),
        moment("decided_at", "when"),
        moment("withdrawn_at", "when it was taken back; missing while it is in force"),
        text("withdrawn_by", "by whom; missing where that was not noted"),
    ),
)

DIFFERENCES = TypedTable(
    "differences",
    "an event that is not the same here and in Administrate; `adm-sync reconcile` lists them",
    (
        text("sitting", "the event's sitting"),
        text("kind", "which kind of difference"),
        text("title", "the event's title"),
        _TUTORIAL_EVENT,
        _EVENT_EXTERNAL,
        text("detail", "what differs"),
    ),
)

HISTORY = TypedTable(
    "history",
    "one value that was changed of a record or an event, or something else that happened to it",
    (
        moment("at", "when"),
        text("source", "which part of the record says so"),
        text("what", "what happened"),
        text("field", "the value that was changed"),
        text("before", "what it was"),
        text("after", "what it is since"),
        *_OVERWRITTEN,
        text("who", "who did it, where that was noted"),
        text("note", "a reason, or what Administrate said"),
        _EXTERNAL,
        text("run_id", "the run in the Dagster UI"),
        text("workbook", "the import that it came from"),
    ),
)

# Those with a frame, in the order of the page; then those that only commands list.
FRAMES: Sequence[TypedTable] = (
    *(DISCREPANCIES, DECISIONS, RUNS, CHANGES, IMPORTS, FINDINGS, EVENTS, STEPS),
)
LISTED: Sequence[TypedTable] = (GROUPS, DIFFERENCES, HISTORY)
