"""What a person has decided about, looked for in the workbook.

What belongs here: that there is such an event and such a column, and what there is instead. What
does not: how it is written (`options`), and what follows from it (`planning`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from adm_sync.errors import DecisionError
from adm_sync.imports.known.comparison import CHANGED_SESSION_COLUMNS, EVENT_COLUMNS
from adm_sync.imports.updates.options import Take, UpdateOptions
from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import Column
from adm_sync.workbook.file.headers import header_key
from adm_sync.workbook.rules.cells import Cells, Headers
from adm_sync.workbook.table import Table
from adm_sync.workbook.wording import joined

MOST_NAMES = 5
_COLUMNS = frozenset((*EVENT_COLUMNS.values(), *CHANGED_SESSION_COLUMNS.values()))


def understood(options: UpdateOptions, table: Table) -> UpdateOptions:
    """The options, each decision with the event and the column of the workbook that it is about.

    Raises:
        DecisionError: there is none such, or it could be two things; says what there is.
    """
    if not any(one.title for one in options.take):
        return options
    headers = Headers(table.sheet, table.positions)
    texts = (Cells(headers, row).text(Column.TITLE) for row in table.rows)
    reading = _Reading(
        {normalise(text): text for text in texts if text},
        {header_key(one.value): one for one in _COLUMNS}
        | {header_key(table.words.header(one)): one for one in _COLUMNS},
        [table.words.header(one) for one in Column if one in _COLUMNS and one in table.positions],
    )
    return replace(options, take=tuple(map(reading.take, options.take)))


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a decision can be about: titles and columns by their keys, and the sheet's headers."""

    titles: Mapping[str, str]
    columns: Mapping[str, Column]
    headers: Sequence[str]

    def take(self, one: Take) -> Take:
        if not one.title:
            return one
        title, _, header = one.about.rpartition(": ")
        whole = self.titles.get(normalise(one.about))
        event, column = self.titles.get(normalise(title)), self.columns.get(header_key(header))
        if whole and event and column:
            raise DecisionError(
                f"«{one}» could decide about the event «{whole}», or about {header} of «{event}»: "
                "give one of them another title."
            )
        if whole:
            return Take(one.source, whole)
        if event and column:
            return Take(one.source, event, column.value)
        if event:
            there_is = _offer(header, self.headers, "There are")
            raise DecisionError(
                f"«{one}» decides about {header}, which is no column of «{event}» that can be "
                f"decided about. {there_is}"
            )
        name = title if column else one.about
        there_is = _offer(name, list(self.titles.values()), "It has")
        raise DecisionError(
            f"«{one}» decides about an event «{name}», which the workbook does not have. {there_is}"
        )


def _offer(name: str, there: Sequence[str], otherwise: str) -> str:
    """The names that are near, or else what there is."""
    if near := [there[position] for position, _ in Nearest(there).to(name)]:
        return f"Did you mean {' or '.join(f'«{one}»' for one in near)}?"
    shown = [f"«{one}»" for one in there[:MOST_NAMES]]
    more = len(there) - len(shown)
    return f"{otherwise} {joined([*shown, *([f'{more:,} more'] if more else [])]) or 'none'}."
