"""One page of a list, as Administrate serves it.

What belongs here: first, offset, after, the silent cap, cursors. What does not: which records
are in the list (listing.py). A cursor is base64 of `Cursor:<zero-based index>`: a position, not
a key, so rows that come or go while somebody pages shift it.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from adm_sync.sandbox.options import RequestRefused
from adm_sync.sandbox.store import StoredRecord


class Edge(NamedTuple):
    """A record at its place in the whole list."""

    place: int
    node: StoredRecord


@dataclass(frozen=True, slots=True)
class ListPage:
    """Some rows of a list of `total`, the first of them at `start`."""

    rows: Sequence[StoredRecord]
    start: int
    total: int

    def edges(self) -> list[Edge]:
        """The rows with their places."""
        return [Edge(place, row) for place, row in enumerate(self.rows, self.start)]

    def info(self) -> dict[str, Any]:
        """The fields of `PageInfo`."""
        end = self.start + len(self.rows)
        return {
            "hasNextPage": end < self.total,
            "hasPreviousPage": self.start > 0,
            "startCursor": cursor(self.start) if self.rows else None,
            "endCursor": cursor(end - 1) if self.rows else None,
            "totalRecords": self.total,
        }


def cursor(index: int) -> str:
    """The cursor of the row at a zero-based index."""
    return base64.b64encode(f"Cursor:{index}".encode()).decode("ascii")


def page(
    records: Sequence[StoredRecord],
    *,
    cap: int,
    default_size: int,
    first: int | None = None,
    offset: int | None = None,
    after: str | None = None,
) -> ListPage:
    """The page that the arguments ask for: never more than `cap` rows, whatever is asked.

    Raises:
        RequestRefused: a negative number, or a cursor that is none.
    """
    if (first or 0) < 0 or (offset or 0) < 0:
        raise RequestRefused("first and offset must not be negative.")
    size = min(default_size if first is None else first, cap)
    start = (offset or 0) + (0 if after is None else _index(after) + 1)
    return ListPage(records[start : start + size], min(start, len(records)), len(records))


def _index(after: str) -> int:
    try:
        name, _, number = base64.b64decode(after, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        name, number = "", ""
    if name != "Cursor" or not number.isdecimal():
        raise RequestRefused(f"{after!r} is not a cursor.")
    return int(number)
