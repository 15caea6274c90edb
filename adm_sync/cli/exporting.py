"""The options by which a command's list goes to a file: `--csv`, `--xlsx`, `--parquet`.

What belongs here: the options, and writing what they ask for. What does not: what is in a file
(`adm_sync.tables`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from adm_sync.cli.terminal import say_aside
from adm_sync.cli.workplace import refuse_to_replace, write_file

FORMATS = {
    "csv": "a CSV file that Excel opens",
    "xlsx": "an Excel workbook",
    "parquet": "a Parquet file, with the types of docs/tables.md",
}


@dataclass(frozen=True, slots=True)
class Exports:
    """The files that somebody wants of a command's list, by their formats."""

    wanted: Mapping[str, Path]
    force: bool

    def check(self) -> None:
        """Make sure, before anything is done, that they can be written.

        Raises:
            WorkbookError: one is there already, or is to be written twice.
            SurroundingsError: what one needs is not installed.
        """
        for file in self.wanted.values():
            refuse_to_replace(file, force=self.force)
        if len({file.absolute() for file in self.wanted.values()}) < len(self.wanted):
            raise click.UsageError("Name another file for each format.")
        if "parquet" in self.wanted:
            from adm_sync.tables.files import require_pyarrow

            require_pyarrow()

    def write(self, table: Any, rows: Sequence[Any], fill_in: Any = None) -> None:
        """Write all of these rows, whatever the terminal shows of them.

        Args:
            table: a TypedTable.
            rows: of that table.
            fill_in: a FillIn, if somebody is to send the file back.

        Raises:
            WorkbookError: a file cannot be written; what is there stays.
        """
        for how, file in self.wanted.items():
            data = _bytes(how, table, rows, fill_in)
            write_file(file, data, force=self.force, private=True)
            say_aside(f"{file} is written: {len(rows)} {'row' if len(rows) == 1 else 'rows'}.")


def _bytes(how: str, table: Any, rows: Sequence[Any], fill_in: Any) -> bytes:
    from adm_sync.tables import files

    if how == "parquet":
        return files.parquet_bytes(table, rows)
    if how == "csv":
        return files.csv_bytes(table, rows, fill_in.headings if fill_in else ())
    from adm_sync.tables.workbooks import xlsx_bytes

    return xlsx_bytes(table, rows, *([fill_in] if fill_in else []))


def export_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options; it gets `exports`, checked."""

    @wraps(command)
    def with_exports(*args: Any, force: bool, **options: Any) -> Any:
        given = {how: options.pop(f"{how}_file") for how in FORMATS}
        exports = Exports({how: file for how, file in given.items() if file}, force)
        exports.check()
        return command(*args, exports=exports, **options)

    exporting: Callable[..., Any] = with_exports
    for option in _options():
        exporting = option(exporting)
    return exporting


def _options() -> Iterable[Callable[..., Any]]:
    yield click.option("--force", is_flag=True, help="Replace files that are there.")
    for how, what in reversed(FORMATS.items()):
        yield click.option(
            f"--{how}",
            f"{how}_file",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help=f"Write the whole list to FILE, {what}.",
        )
