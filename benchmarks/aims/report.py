"""The section of docs/benchmarks.md on what was to be reached."""

from benchmarks import tables
from benchmarks.aims.importing import CLAIMS
from benchmarks.aims.plan import Measured
from benchmarks.aims.row import table
from benchmarks.floor import TOGETHER

INTRODUCTION = """\
All figures of one run, each in processes of their own, against the sandbox and the embedded
PostgreSQL, all on one machine. Where the past could matter they are measured twice: on a database
that has only been synced, and on one with five years of history, which is {events:,} old events in
{imports:,} imports with their sessions, steps, calls and findings, and as many syncs as there were
days. Dagster's own database is new in either, and Administrate is empty at the start of each row.

- **sync-all, whole process**: from typing to the prompt, with everything at its default; the first
  run, which makes the tables, is not counted, and the middle one of three is shown. **core**: the
  sync alone, in a process that is up.
- **floor**: bare concurrent requests of asyncio, {together} pages in each, prices together with
  their course templates; `COPY` and one merge. No checks, no matching, no journal.
- **import**: from the file to its reports, one run: check, record, push, report. **CPU**: of the
  process and its children. **Statements**: whatever is sent to the database in the push to be
  executed, commits included, but for what the limit of requests itself takes.
- **share of the permitted rate**: the requests that left from the first event to the last request,
  of those that the rate permits in that time. Before that a push asks what there is already, one
  question after another, and then waits for the last answer: **questions and end included** is
  all its requests, of those that the rate permits in all its time.
- **record**: from a checked workbook to its rows, what is planned anew before included.
- **claim**: one transaction that takes one event with a step due, as the push does; the middle one
  of {claims}.
- **dry run**: what `--dry-run` does. **together**: the largest sum of parent and child at a moment,
  sampled every 20 ms; **parent**, **child**: the peak of each.
- **annotated copy**: of a workbook with two mistakes in every row. The memory is the largest of
  reading, checking and copying in one process.
- **discrepancies**: as many locations on either side, whose names differ by a letter. Rows written
  are those that PostgreSQL counts. **Suggestions**: the search for all of them, and the share of
  names for which it finds any.
- **undo**: of the import of the row above, from asking what would happen to its end. What the rate
  permits is its requests at exactly that rate.
- **inbox**: the sensor, evaluated as Dagster's daemon does. **In S3**: the store is moto's server
  on this machine. The first look finds files that nobody knows; the next takes in the first of
  them; lists are those that both ask for, of 1,000 files each. That server works longer on a
  list than a tick does, so what was to be reached is judged by the CPU time of the tick alone.
- **workers**: processes that are up and take one workbook after the other, as those of Celery do.
  The wall is from the first to the last, and the requests are those of all of them. **Slowest
  import to the middle one**: near 1 if no workbook waits for the others.
- **workbooks in five years**: so many imports of 20 events, each a partition that Dagster knows two
  assets of. The sensors are evaluated as Dagster's daemon does, the UI's webserver is asked for the
  partitions of an asset; the middle one of three.
- **reading and checking**: the part of a dry run that needs no database.
- **exponent**: of the growth of the cost with the size, fitted to the three figures above it: 1 is
  in proportion, 2 with the square. Below 1, a part of the cost does not grow.
"""
IMPORTED = """\
Of `sync-all`, {seconds:.2f} s are spent importing modules (`python -X importtime`, which itself
makes it slower). The packages that take longest, each by its own modules:
"""


def section(measured: Measured) -> str:
    """The section of docs/benchmarks.md."""
    introduction = INTRODUCTION.format(
        events=measured.old_events,
        imports=measured.imports,
        together=TOGETHER,
        claims=CLAIMS,
    )
    machine = tables.machine("the sandbox, PostgreSQL and what is measured")
    whole, *largest = measured.imported.items()
    packages = [("package", "s"), *((name, f"{seconds:.3f}") for name, seconds in largest)]
    imported = IMPORTED.format(seconds=whole[1])
    return (
        f"{introduction}\n{machine}\n\n{table(measured.rows)}\n\n"
        f"{imported}\n{tables.table(packages, left={0})}\n"
    )
