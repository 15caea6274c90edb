"""The report of an import as files: the annotated copy of the workbook, and the list of findings.

What belongs here: making the copy in a child process that may use only so much memory and time,
as reading does: openpyxl holds every cell, and a hostile file makes it hold millions. What does
not: what the copy looks like (`annotating`), and where the files go.
"""

import json
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict

from adm_sync.errors import WorkbookError
from adm_sync.workbook import guarding
from adm_sync.workbook.annotation.annotating import annotate
from adm_sync.workbook.annotation.findings_list import FINDINGS_SHEET, findings_csv
from adm_sync.workbook.annotation.outcomes import Outcome
from adm_sync.workbook.columns import FINDING_HEADER, STATUS_HEADER
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.sheet import Content

__all__ = [
    "FINDINGS_SHEET",
    "FINDING_HEADER",
    "STATUS_HEADER",
    "NoCopy",
    "Outcome",
    "annotated_copy",
    "findings_csv",
]

# Beyond it a copy takes half a minute and what no planner reads anyway; the CSV says it all.
MOST_ROWS = 20_000
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
    sheet: str,
    header_row: int,
    outcomes: Mapping[int, Outcome],
    findings: Sequence[Finding],
    seconds: float = SECONDS,
) -> bytes:
    """The workbook with status and first finding in front, coloured cells, comments and a list.

    Marks of an earlier copy are replaced. Nothing that is written can become a formula. Formulas
    on `sheet` become the values they were saved with, so that the copy can be imported again: it
    reads like the original but for the first columns (`STATUS_HEADER`, `FINDING_HEADER`), which
    move all others to the right, and the sheet `FINDINGS_SHEET`.
    What else openpyxl cannot keep is in `original`.

    Args:
        content: the original.
        sheet: the title of the sheet of events.
        header_row: Excel's number of the row with its headers.
        outcomes: what became of each row of data, by Excel's number.
        findings: all of them; those about the file stand in the sheet of findings only.
        seconds: how long it may take.

    Raises:
        NoCopy: the workbook has more than `MOST_ROWS` rows, or openpyxl cannot copy it within
            the limits.
    """
    if len(outcomes) > MOST_ROWS:
        raise NoCopy(
            f"{content.name} has {len(outcomes):,} rows; a copy with remarks is made of up to "
            f"{MOST_ROWS:,}. All findings are in the CSV file."
        )
    task = {
        "name": content.name,
        "sheet": sheet,
        "header_row": header_row,
        "outcomes": {row: [each.status, each.detail] for row, each in outcomes.items()},
        "findings": [asdict(finding) for finding in findings],
        "seconds": seconds,
    }
    answer = _ask_child(json.dumps(task).encode() + b"\n" + content.data, seconds)
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
    """The child sees no settings: it needs none, and some are secret."""
    with suppress(subprocess.TimeoutExpired):
        return subprocess.run(
            # -P: a file in the current folder must not be taken for a module.
            [sys.executable, "-P", "-m", "adm_sync.workbook.report"],
            env=guarding.environment(),
            input=task,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        ).stdout
    return b""


def answer(given: bytes) -> bytes:
    """What the child says to a task and a workbook: the copy, or why there is none."""
    head, _, data = given.partition(b"\n")
    task = json.loads(head)
    outcomes = {int(row): Outcome(*outcome) for row, outcome in task["outcomes"].items()}
    findings = [Finding(**finding) for finding in task["findings"]]
    content = Content(task["name"], data, "")
    # openpyxl fails in many ways; whatever it is, the import goes on without a copy.
    try:
        return b"done\n" + annotate(content, task["sheet"], task["header_row"], outcomes, findings)
    except MemoryError:
        return b""
    except Exception:
        return b"failed\n" + traceback.format_exc().encode(errors="backslashreplace")


def main() -> None:
    """The child: reads a task and a workbook from standard input, and answers."""
    given = sys.stdin.buffer.read()
    guarding.limit(MEMORY, json.loads(given.partition(b"\n")[0])["seconds"])
    sys.stdout.buffer.write(answer(given))


if __name__ == "__main__":
    main()
