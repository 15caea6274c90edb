"""The marks that an annotated copy carries: colours and comments, put on and taken off.

What belongs here: marking one cell so that the mark can be taken off again, whatever was there
before. What does not: which cells (`annotating`).
"""

import math
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color

from adm_sync.workbook.annotation.advice import advice
from adm_sync.workbook.annotation.safe_cells import printable
from adm_sync.workbook.findings import Finding

AUTHOR = "adm_sync"
_HEADING = "adm_sync:"
_ERROR, _WARNING, _SUGGESTION, _MORE = "Error: ", "Warning: ", "Suggestion: ", "More: "
_COLOR_BEFORE = "Color before: "
_PREFIXES = (_ERROR, _WARNING, _SUGGESTION, _MORE, _COLOR_BEFORE)
_COLOR = re.compile(rf"^{_COLOR_BEFORE}(rgb|theme|indexed) (\w+) ([-+.e\d]+)$", re.MULTILINE)
MOST_IN_A_COMMENT = 10
_WIDTH = 380  # pixels
_LETTERS_IN_A_LINE = 56
_LINE_HEIGHT = 17  # pixels
_MOST_LINES = 30


class Tone(StrEnum):
    """How good or bad it is; the value is the colour, one that nobody else is likely to use."""

    BAD = "FFF8C8C3"
    CAREFUL = "FFFDEBB5"
    GOOD = "FFD2ECD5"


_OURS = frozenset(Tone)


def mark(cell: Cell, tone: Tone, findings: Sequence[Finding]) -> None:
    """Color the cell, and say in its comment what was found there, below what it says already."""
    remarks = [_HEADING, *_remarks(findings)]
    color = _own_color(cell)
    if color is not None:
        remarks.append(_COLOR_BEFORE + color)
    ours = "\n".join(remarks)
    before = cell.comment
    if before is None:
        cell.comment = sized(ours, AUTHOR)
    else:
        cell.comment = sized(f"{before.text}\n\n{ours}", before.author or AUTHOR)
    paint(cell, tone)


def paint(cell: Cell, tone: Tone) -> None:
    """Color the cell."""
    cell.fill = PatternFill("solid", fgColor=tone.value)


def is_painted(cell: Cell) -> bool:
    """Whether the cell's fill is one of ours."""
    return cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in _OURS


def unmark(cell: Cell, *, painted: bool | None = None) -> None:
    """Give the cell its own color back, and leave in its comment what is not ours.

    The color is named in our part of the comment, which goes wherever people move the cell, and
    which every program keeps. `painted` is `is_painted`, if that is known already.
    """
    comment = cell.comment
    if is_painted(cell) if painted is None else painted:
        cell.fill = _fill_before(comment.text if comment else "")
    if comment is not None:
        text = _without_ours(comment.text)
        # openpyxl does not read how large a comment was, so that everyone's is made to fit.
        cell.comment = sized(text, comment.author or "") if text else None


def _fill_before(remarks: str) -> PatternFill:
    found = _COLOR.search(remarks)
    if found is None:
        return PatternFill()
    kind, value, tint = found.groups()
    own: dict[str, Any] = {kind: value if kind == "rgb" else int(value)}
    return PatternFill("solid", fgColor=Color(tint=float(tint), **own))


def _own_color(cell: Cell) -> str | None:
    """The color of a solid fill that is not ours, such as `rgb FFABCDEF 0.0`."""
    if cell.fill.fill_type != "solid" or is_painted(cell):
        return None
    color = cell.fill.fgColor
    return f"{color.type} {color.value} {color.tint}"


def _remarks(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:MOST_IN_A_COMMENT]:
        yield (_ERROR if finding.is_error else _WARNING) + _one_line(finding.message)
        told = advice(finding)
        if told:
            yield _SUGGESTION + _one_line(told)
    if len(findings) > MOST_IN_A_COMMENT:
        yield f"{_MORE}{len(findings) - MOST_IN_A_COMMENT} further findings in this cell."


def _without_ours(text: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    while _HEADING in lines:
        start = end = lines.index(_HEADING)
        end += 1
        while end < len(lines) and lines[end].startswith(_PREFIXES):
            end += 1
        above = "\n".join(lines[:start]).rstrip("\n")
        below = "\n".join(lines[end:]).strip("\n")
        lines = "\n".join(part for part in (above, below) if part).split("\n")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


def sized(text: str, author: str) -> Comment:
    """A comment as large as its text."""
    lines = sum(max(1, math.ceil(len(line) / _LETTERS_IN_A_LINE)) for line in text.split("\n"))
    height = (min(lines, _MOST_LINES) + 1) * _LINE_HEIGHT
    return Comment(printable(text), author, height=height, width=_WIDTH)
