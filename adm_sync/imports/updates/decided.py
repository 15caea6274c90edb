"""What a person has decided about, looked for in the workbook.

What belongs here: that there is such an event and such a column, and what there is instead. What
does not: how it is written (`options`), and what follows from it (`planning`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from adm_sync.errors import DecisionError
from adm_sync.imports.known.comparison import CHANGED_SESSION_COLUMNS, EVENT_COLUMNS
from adm_sync.imports.updates.options import Take, UpdateOptions
from adm_sync.lists import joined
from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import Column
from adm_sync.workbook.rules.cells import Cells, Headers
from adm_sync.workbook.sheets import header_key
from adm_sync.workbook.table import Table

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
    reading = _Nameable(
        {normalise(text): text for text in texts if text},
        {header_key(one.value): one for one in _COLUMNS}
        | {header_key(table.words.header(one)): one for one in _COLUMNS},
        [table.words.header(one) for one in Column if one in _COLUMNS and one in table.positions],
    )
    return replace(options, take=tuple(map(reading.take, options.take)))


@dataclass(frozen=True, slots=True)
class _Nameable:
    """What a decision can be about: titles and columns by their keys, and the sheet's headers."""

    titles: Mapping[str, str]
    columns: Mapping[str, Column]
    headers: Sequence[str]

    def take(self, one: Take) -> Take:
        if not one.title:
            return one
        meant = list(self._meanings(one))
        if len(meant) > 1:
            either = " or about ".join(map(_in_words, meant))
            raise DecisionError(
                f"«{one}» could decide about {either}: give one of the events another title."
            )
        return meant[0] if meant else self._refuse(one)

    def _meanings(self, one: Take) -> Iterator[Take]:
        """What it can decide about; titles and headers may have colons of their own."""
        if whole := self.titles.get(normalise(one.about)):
            yield Take(one.source, whole)
        for title, header in _parts(one.about):
            event, column = self.titles.get(normalise(title)), self.columns.get(header_key(header))
            if event and column:
                yield Take(one.source, event, column.value)

    def _refuse(self, one: Take) -> NoReturn:
        for title, header in _parts(one.about):
            if event := self.titles.get(normalise(title)):
                raise DecisionError(
                    f"«{one}» decides about {header}, which is no column of «{event}» that can be "
                    f"decided about. {_offer(header, self.headers, 'There are')}"
                )
        known = (title for title, header in _parts(one.about) if header_key(header) in self.columns)
        name = next(known, one.about)
        raise DecisionError(
            f"«{one}» decides about an event «{name}», which the workbook does not have. "
            f"{_offer(name, list(self.titles.values()), 'It has')}"
        )


def _in_words(one: Take) -> str:
    return f"{one.field} of «{one.title}»" if one.field else f"the event «{one.title}»"


def _parts(about: str) -> Iterator[tuple[str, str]]:
    """Every way to take it for a title and a header, the longest title first."""
    parts = about.split(": ")
    for count in range(len(parts) - 1, 0, -1):
        yield ": ".join(parts[:count]), ": ".join(parts[count:])


def _offer(name: str, there: Sequence[str], otherwise: str) -> str:
    """The names that are near, or else what there is."""
    if near := [there[position] for position, _ in Nearest(there).to(name)]:
        return f"Did you mean {' or '.join(f'«{one}»' for one in near)}?"
    shown = [f"«{one}»" for one in there[:MOST_NAMES]]
    more = len(there) - len(shown)
    return f"{otherwise} {joined([*shown, *([f'{more:,} more'] if more else [])]) or 'none'}."
