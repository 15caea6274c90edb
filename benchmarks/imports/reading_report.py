"""The tables of reading, and how they compare with what was to be reached."""

from collections.abc import Sequence

from benchmarks import tables
from benchmarks.imports.reading_plan import LARGE, Read
from benchmarks.tables import at_most

HEADINGS = (
    *("rows", "mistakes", "file MiB", "read s", "check s", "both s", "CPU s"),
    *("parent MiB", "child MiB", "together MiB", "findings"),
)
INTRODUCTION = """\
From the path of a workbook to its findings, each in a fresh process; the fastest of three runs,
since other work on the machine can only make a run slower. The workbooks are as Excel writes them;
1,300 rows are 350 events. Where there are no mistakes, nothing is found. A mistake in every row is
a date that is none, and an unknown instructor of its own; a mistake in every cell is a text that
means nothing, in all of the 34 named columns.

- **read**: opening the file, and parsing it in the guarded child process.
- **check**: finding the table, and every rule that needs no database.
- **CPU**: of parent and child.
- **parent**, **child**: the peak of each; **together**: the largest sum of a moment, sampled every
  20 ms.
"""


def section(read: Sequence[Read]) -> str:
    """The section of docs/benchmarks.md."""
    machine = tables.machine("parent and child")
    cells = tables.table([HEADINGS, *map(_read_cells, read)], left={1})
    return f"{INTRODUCTION}\n{machine}\n\n{cells}\n\nWhat was to be reached:\n\n{verdicts(read)}\n"


def _read_cells(read: Read) -> tuple[str, ...]:
    book, reading = read.book, read.reading
    return (
        f"{book.rows:,}",
        book.mistakes,
        f"{book.size / 2**20:.2f}",
        f"{reading.read:.2f}",
        f"{reading.check:.2f}",
        f"{reading.wall:.2f}",
        f"{reading.cpu:.2f}",
        f"{reading.parent:.0f}",
        f"{reading.child:.0f}",
        f"{reading.together:.0f}",
        f"{reading.findings:,}",
    )


def verdicts(read: Sequence[Read]) -> str:
    """What was to be reached of 10,000 rows, and what was."""
    found = {(one.book.rows, one.book.mistakes): one.reading for one in read}
    clean, wrong = found[LARGE, "none"], found[LARGE, "in every row"]
    worst = found[LARGE, "in every cell"]
    slowest = max(reading.wall for reading in (clean, wrong, worst))
    largest = max(reading.together for reading in (clean, wrong, worst))
    rows = f"{LARGE:,} rows"
    return "\n".join(
        (
            at_most(10, slowest, f"seconds to read and check {rows}, whatever is wrong"),
            at_most(300, largest, f"MiB together, {rows}, whatever is wrong"),
            at_most(2, wrong.wall / clean.wall, f"wall, a mistake in every row to none, {rows}"),
            at_most(2, wrong.cpu / clean.cpu, f"CPU, a mistake in every row to none, {rows}"),
            at_most(2, worst.cpu / clean.cpu, f"CPU, a mistake in every cell to none, {rows}"),
        )
    )
