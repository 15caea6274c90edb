"""Tables and verdicts, in the form that all parts of docs/benchmarks.md have."""

import os
import platform
from collections.abc import Collection, Sequence


def table(rows: Sequence[Sequence[str]], left: Collection[int]) -> str:
    """Rows, the first of them the headings, as Markdown that also reads well in a terminal.

    Args:
        rows: of as many cells each.
        left: the columns that begin at the left; numbers end at the right.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [_line(row, widths, left) for row in rows]
    rule = [":" + "-" * (w - 1) if c in left else "-" * (w - 1) + ":" for c, w in enumerate(widths)]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int], left: Collection[int]) -> str:
    padded = [
        cell.ljust(width) if column in left else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"


def at_least(wanted: float, value: float, what: str) -> str:
    """Whether a figure is large enough."""
    return f"- {what}: {value:.4g}, {_word(value >= wanted)} {wanted:g} or more"


def at_most(wanted: float, value: float, what: str) -> str:
    """Whether a figure is small enough."""
    return f"- {what}: {value:.4g}, {_word(value <= wanted)} {wanted:g} or less"


def _word(reached: bool) -> str:
    return "which reaches" if reached else "which misses"


def machine(who: str) -> str:
    """A sentence on where the figures come from; `who` shares the cores."""
    return (
        f"Measured with Python {platform.python_version()} on {os.cpu_count()} cores "
        f"({platform.machine()}), which {who} share."
    )
