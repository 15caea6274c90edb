"""The mapping file: what it says, and what is wrong with it.

What belongs here: from a path to a mapping that can be relied on. What does not: whether its
headers are in a workbook (`applying`).

    ignore = ["Room size"]                      # headers that are not read

    [columns]                                   # our header = theirs, or those that it may have
    "Event title" = "Course name"
    "Venue" = ["Building", "Where"]

    [constants]                                 # our header = the value of all rows; "" is none
    "Time Zone" = "Europe - London"
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType
from typing import Any

from adm_sync.errors import SettingsError
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import NAMED, Column
from adm_sync.workbook.entries import Form, RowKind
from adm_sync.workbook.findings import Finding, either, shown
from adm_sync.workbook.rules.moments import read_date, read_time
from adm_sync.workbook.rules.readers import (
    read_count,
    read_flag,
    read_mode,
    read_sitting,
    read_url,
    read_zone,
)
from adm_sync.workbook.sheet import Raw
from adm_sync.workbook.sheets import KNOWN, header_key

SETTING = "ADM_SYNC_COLUMNS"
LARGEST = 64 * 1024  # bytes
_PARTS = ("columns", "constants", "ignore")
_READERS: Mapping[Form, Callable[[Raw], Any]] = MappingProxyType(
    {
        Form.MODE: read_mode,
        Form.ZONE: read_zone,
        Form.SITTING: read_sitting,
        Form.URL: read_url,
        Form.FLAG: read_flag,
        Form.DATE: read_date,
        Form.DEADLINE: read_date,
        Form.TIME: read_time,
        Form.CLOCK: read_time,
        Form.COUNT: read_count,
    }
)
_VALUES = (str, bool, int, float, datetime, date, time)
_EVENTS = {RowKind.BLENDED, RowKind.CLASSROOM, RowKind.LMS}
_NEAREST = Nearest([column.value for column in NAMED])


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What a mapping file says.

    Attributes:
        file: its name, for messages.
        headers: the headers that mean a column, by column.
        constants: the value of a column that the sheet does not have, by column; '' is none.
        ignored: the keys of headers that are not read.
    """

    file: str = ""
    headers: Mapping[Column, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[Column, Raw] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    @property
    def known(self) -> dict[str, Column]:
        """The columns by the keys of headers: those of the table go on being understood."""
        usual = {key: column for key, column in KNOWN.items() if key not in self.ignored}
        return usual | {
            header_key(header): column
            for column, headers in self.headers.items()
            for header in headers
        }


def read_mapping(path: Path | None) -> ColumnMapping:
    """The mapping of a file; one that maps nothing without a file.

    Raises:
        SettingsError: it cannot be read, or something in it is wrong; all of it is named.
    """
    if path is None:
        return ColumnMapping()
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise _wrong(path, [f"It cannot be read: {error.strerror}."]) from None
    if len(data) > LARGEST:
        raise _wrong(path, [f"It has more than {LARGEST // 1024} kilobytes: it is another file."])
    try:
        given = tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeError:
        raise _wrong(path, ["It is not a text file in UTF-8."]) from None
    except tomllib.TOMLDecodeError as error:
        raise _wrong(path, [f"It is not TOML: {error}."]) from None
    reading = _Reading(path.name)
    mapping = reading.mapping(given)
    if reading.problems:
        raise _wrong(path, reading.problems)
    return mapping


def _wrong(path: Path, problems: list[str]) -> SettingsError:
    lines = "".join(f"\n  {problem}" for problem in problems)
    return SettingsError(
        f"{SETTING} is wrong: {path} does not say how the headers of workbooks are to be read."
        f"{lines}\nadm-sync columns WORKBOOK proposes such a file."
    )


class _Reading:
    """Reads one file, and notes every problem."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[str] = []

    def mapping(self, given: Mapping[str, Any]) -> ColumnMapping:
        for name in given.keys() - set(_PARTS):
            self.problems.append(
                f"«{name}» is not a part of it; there are [columns], [constants] and ignore. A "
                "header is put under one of them."
            )
        headers = dict(self._headers(self._entries(given, "columns")))
        constants = dict(self._constants(self._entries(given, "constants")))
        ignored = {header_key(one): one for one in self._listed("ignore", given.get("ignore", []))}
        for column in headers.keys() & constants.keys():
            self.problems.append(
                f"'{column}' is under [columns] and under [constants]: take one of them out."
            )
        self._find_doubles(headers, ignored)
        return ColumnMapping(self.file, headers, constants, frozenset(ignored))

    def _entries(self, given: Mapping[str, Any], part: str) -> Iterator[tuple[Column, Any]]:
        entries = given.get(part, {})
        if not isinstance(entries, dict):
            self.problems.append(f"{part} must be a table that begins with the line [{part}].")
            return
        seen: dict[Column, str] = {}
        for name, value in entries.items():
            column = KNOWN.get(header_key(name))
            if column is None:
                self.problems.append(self._unknown(name, part))
            elif column in seen:
                self.problems.append(
                    f"'{seen[column]}' and '{name}' under [{part}] are the same column: put "
                    "everything into one line."
                )
            else:
                seen[column] = name
                yield column, value

    def _unknown(self, name: str, part: str) -> str:
        near = [NAMED[position].value for position, _ in _NEAREST.to(name)]
        hint = f"did you mean {either(near)}?" if near else "docs/workbook.md names all columns."
        return f"'{name}' under [{part}] is not a column of the workbook: {hint}"

    def _headers(
        self, entries: Iterator[tuple[Column, Any]]
    ) -> Iterator[tuple[Column, tuple[str, ...]]]:
        for column, value in entries:
            headers = self._listed(f"'{column}' under [columns]", value)
            if not headers and value in ("", []):
                self.problems.append(
                    f"'{column}' under [columns] has no header: give one, or take the line out."
                )
            yield column, headers

    def _listed(self, what: str, value: Any) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) and value else value or []
        if isinstance(listed, list) and all(isinstance(one, str) for one in listed):
            for one in listed:
                if not header_key(one):
                    self.problems.append(f"{what}: '{one}' is blank, so nothing is known by it.")
            return tuple(one for one in listed if header_key(one))
        self.problems.append(
            f'{what} must be a header in quotation marks, or a list of them: ["Course", "Name"].'
        )
        return ()

    def _find_doubles(
        self, headers: Mapping[Column, tuple[str, ...]], ignored: Mapping[str, str]
    ) -> None:
        means: dict[str, Column] = {}
        for column, theirs in headers.items():
            for header in theirs:
                key = header_key(header)
                other = means.setdefault(key, column)
                if other is not column:
                    self.problems.append(
                        f"'{header}' under [columns] is to be both '{other}' and '{column}': a "
                        "header can mean one column only."
                    )
                if key in ignored:
                    self.problems.append(
                        f"'{header}' is both under ignore and '{column}' under [columns]: take "
                        "one of them out."
                    )

    def _constants(self, entries: Iterator[tuple[Column, Any]]) -> Iterator[tuple[Column, Raw]]:
        for column, value in entries:
            problem = _wrong_constant(column, value)
            if problem:
                self.problems.append(f"'{column}' under [constants] {problem}")
            else:
                yield column, value


def _wrong_constant(column: Column, value: Any) -> str | None:
    """What is wrong with a constant: a sentence that goes on after its name."""
    entry = column.entry
    if column is Column.CODE:
        return "cannot be the same on all rows: a row with a code is an event."
    if not isinstance(value, _VALUES):
        return f"must be one value. {entry.form.how}"
    if value == "":
        return "is blank, but must be filled on every event." if entry.needed >= _EVENTS else None
    if entry.form.is_words and not isinstance(value, str):
        return f'must be in quotation marks: "{shown(value)}".'
    if entry.length and len(str(value)) > entry.length:
        return f"has {len(str(value))} characters; {entry.length} is the most."
    if isinstance(value, datetime | time) and value.tzinfo is not None:
        return "has a time zone of its own; dates and times go by the column Time Zone."
    reader = _READERS.get(entry.form)
    read = reader(value) if reader else None
    if isinstance(read, Finding):
        return " ".join(filter(None, (read.message, read.suggestion)))
    return None
