"""The annotated copy of a workbook, made in a child process as reading is.

What belongs here: that process, which may use only so much memory and time. What does not: what the
copy looks like (`annotating`), the list of findings (`findings_list`), and where the files go.
"""

import pickle
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from adm_sync.errors import WorkbookError
from adm_sync.workbook import guarding
from adm_sync.workbook.annotation.annotating import annotate
from adm_sync.workbook.annotation.remarks import Outcome
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table

MEMORY = 1 << 30  # bytes of address space
SECONDS = 120.0


class NoCopy(WorkbookError):
    """There is no annotated copy of this workbook; the message says why, the CSV has it all.

    Attributes:
        trace: what stands behind the message, for the log; empty if that says it all.
    """

    def __init__(self, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.trace = trace


def annotated_copy(
    content: Content,
    table: Table,
    outcomes: Mapping[int, Outcome],
    findings: Sequence[Finding],
    seconds: float = SECONDS,
) -> bytes:
    """The workbook with status and first finding in front, coloured cells, comments and a list.

    Marks of an earlier copy are replaced. Nothing that is written can become a formula. Everything
    else is as in the original, moved to the right by the columns in front; the list is a sheet.

    Args:
        content: the original.
        table: its table of events.
        outcomes: what became of each row of data, by Excel's number.
        findings: all of them; those about the file stand in the sheet of findings only.
        seconds: how long it may take.

    Raises:
        NoCopy: the workbook cannot be copied within the limits.
    """
    # Of the rows nothing is needed, and they are large.
    task = content, replace(table, rows=(), links={}), outcomes, findings
    answer = _ask_child(pickle.dumps(task), seconds)
    done, _, rest = answer.partition(b"\n")
    if done != b"done":
        why = (
            "the file has something in it that cannot be written again as it is. Saved anew by "
            "Excel, as .xlsx, it may be taken"
            if rest
            else "it takes more time or memory than it may"
        )
        raise NoCopy(
            f"No copy of {content.name} with remarks could be made: {why}. "
            "All findings are in the CSV file.",
            rest.decode(errors="replace"),
        )
    return rest


def _ask_child(task: bytes, seconds: float) -> bytes:
    with suppress(subprocess.TimeoutExpired):
        return subprocess.run(  # noqa: S603 - arguments are ours
            guarding.command("-m", "adm_sync.workbook.report", str(seconds)),
            env=guarding.environment(),
            input=task,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        ).stdout
    return b""


def answer(task: bytes) -> bytes:
    """What the child says to a task: the copy, or why there is none."""
    try:
        return b"done\n" + annotate(*pickle.loads(task))  # noqa: S301 - ours, from the parent
    except MemoryError:
        return b""
    # Whatever is wrong with the file, the import goes on without a copy.
    except Exception:
        return b"failed\n" + traceback.format_exc().encode(errors="backslashreplace")


def main() -> None:
    """The child: reads a task from standard input, and answers."""
    guarding.limit(MEMORY, float(sys.argv[1]))
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
