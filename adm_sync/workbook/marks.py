"""The marks that an annotated copy carries: colours and comments, put on and taken off.

What belongs here: marking one cell so that the mark can be taken off again, whatever was there
before. What does not: which cells (`annotating`).
"""

import math
from collections.abc import Sequence
from copy import copy
from enum import StrEnum

from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.styles.colors import Color

from adm_sync.workbook.findings import Finding
from adm_sync.workbook.safe_cells import printable

AUTHOR = "adm_sync"
_HEADING = "adm_sync:"
_ERROR, _WARNING, _SUGGESTION, _MORE = "Error: ", "Warning: ", "Suggestion: ", "More: "
_PREFIXES = (_ERROR, _WARNING, _SUGGESTION, _MORE)
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
# What a solid fill has where no second colour was ever chosen.
_NO_COLOR = "00000000"
_AUTOMATIC = 64


def paint(cell: Cell, tone: Tone) -> None:
    """Fill the cell.

    A solid fill shows one colour of two: the one it had before is kept in the other, for `unpaint`.
    """
    fill = cell.fill
    if is_painted(cell):
        before = copy(fill.bgColor)
    elif fill.fill_type == "solid":
        before = copy(fill.fgColor)
    else:
        before = Color(_NO_COLOR)
    cell.fill = PatternFill("solid", fgColor=tone.value, bgColor=before)


def unpaint(cell: Cell) -> None:
    """Give the cell the fill that it had before it was painted."""
    if not is_painted(cell):
        return
    before = copy(cell.fill.bgColor)
    had_none = before.rgb == _NO_COLOR or (
        before.type == "indexed" and before.indexed >= _AUTOMATIC
    )
    cell.fill = PatternFill() if had_none else PatternFill("solid", fgColor=before)


def is_painted(cell: Cell) -> bool:
    """Whether the cell's fill is one of ours."""
    return cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in _OURS


def remark(cell: Cell, findings: Sequence[Finding]) -> None:
    """Say in the cell's comment what was found there, below what it says already."""
    before = cell.comment
    lines = [_HEADING]
    for finding in findings[:MOST_IN_A_COMMENT]:
        lines.append((_ERROR if finding.is_error else _WARNING) + _one_line(finding.message))
        if finding.suggestion:
            lines.append(_SUGGESTION + _one_line(finding.suggestion))
    if len(findings) > MOST_IN_A_COMMENT:
        lines.append(f"{_MORE}{len(findings) - MOST_IN_A_COMMENT} further findings in this cell.")
    ours = "\n".join(lines)
    if before is None:
        cell.comment = _sized(ours, AUTHOR)
    else:
        cell.comment = _sized(f"{before.text}\n\n{ours}", before.author or AUTHOR)


def unremark(cell: Cell) -> None:
    """Take our words out of the cell's comment, and leave everybody else's; make it fit."""
    comment = cell.comment
    if comment is None:
        return
    text = _without_ours(comment.text)
    cell.comment = _sized(text, comment.author or "") if text else None


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


def _sized(text: str, author: str) -> Comment:
    """A comment as large as its text; openpyxl does not read how large a comment was."""
    lines = sum(max(1, math.ceil(len(line) / _LETTERS_IN_A_LINE)) for line in text.split("\n"))
    height = (min(lines, _MOST_LINES) + 1) * _LINE_HEIGHT
    return Comment(printable(text), author, height=height, width=_WIDTH)
