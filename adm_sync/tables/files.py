"""A table as a CSV or a Parquet file.

What belongs here: bytes that a spreadsheet, or a program, opens without working anything out. What
does not: Excel (`workbooks`), and putting a file in its place (`adm_sync.files`).
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from adm_sync.errors import SurroundingsError
from adm_sync.formulas import csv_text
from adm_sync.tables.declared import TypedTable
from adm_sync.tables.rows import Values


def csv_bytes(table: TypedTable, rows: Iterable[Values], more: Sequence[str] = ()) -> bytes:
    """The table as a CSV file that Excel opens as it is: UTF-8 with a byte-order mark.

    What a spreadsheet would take for a formula has an apostrophe before it. Moments are in UTC.

    Args:
        table: what it is.
        rows: of that table.
        more: headings of empty columns, to be filled in.
    """
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow([*(column.heading for column in table.columns), *more])
    blank = [""] * len(more)
    writer.writerows([*map(_as_text, row), *blank] for row in rows)
    return target.getvalue().encode("utf-8-sig")


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case str():
            return csv_text(value)
        case _:
            return str(value)


def parquet_bytes(table: TypedTable, rows: Sequence[Values]) -> bytes:
    """The table as a Parquet file with the types of its frame.

    Raises:
        SurroundingsError: pyarrow is not installed.
    """
    from adm_sync.tables.frames import frame

    require_pyarrow()
    target = io.BytesIO()
    frame(table, rows).to_parquet(target, engine="pyarrow", index=False)
    return target.getvalue()


def require_pyarrow() -> None:
    """Make sure that Parquet files can be written.

    Raises:
        SurroundingsError: they cannot.
    """
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise SurroundingsError(
            "A Parquet file needs the package pyarrow, which is not installed: install adm_sync "
            "with its extra parquet, or use --csv or --xlsx."
        ) from None
