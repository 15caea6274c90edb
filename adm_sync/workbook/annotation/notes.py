"""The comments of the sheet of events, and the boxes that show them.

What belongs here: adding ours, and taking those of an earlier copy off so that nobody else's word
is lost. What does not: what they say (`remarks`).
"""

import math
import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element, SubElement

from openpyxl.utils.cell import column_index_from_string, get_column_letter

from adm_sync.workbook.annotation.formats import COLOR, Color
from adm_sync.workbook.annotation.parts import At, child, local
from adm_sync.workbook.annotation.remarks import COLOR_BEFORE, HEADING, PREFIXES

AUTHOR = "adm_sync"
WIDTH = 380  # pixels
_LETTERS_IN_A_LINE = 56
_LINE_HEIGHT = 17  # pixels
_MOST_LINES = 30
_COLOR = re.compile(rf"^{COLOR_BEFORE}({COLOR.pattern})$", re.MULTILINE)
_ORDER = ("authors", "commentList")

NO_BOXES = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"></xml>'
)
_BOX = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:'
    'office" xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{number}" '
    'type="#_x0000_t202" style="position:absolute;width:{width}px;height:{height}px;'
    'visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow '
    'color="black" obscured="t"/><v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:'
    'auto"/><x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:AutoFill>False'
    "</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_KIND_OF_BOX = (
    '<v:shapetype xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:'
    'office:office" id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,'
    'l21600,xe"><v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/>'
    "</v:shapetype>"
)
_SHAPE = re.compile(r"<(\w+):shape\b.*?</\1:shape>", re.DOTALL)
_ROW = re.compile(r"<(?:\w+:)?Row>\s*(\d+)")
_COLUMN = re.compile(r"(<(?:\w+:)?Column>\s*)(\d+)")
_ANCHOR = re.compile(r"(<(?:\w+:)?Anchor>\s*)([-\d,\s]+)")
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")
_NUMBER = re.compile(r"_x0000_s(\d+)")


class Notes:
    """The comments of a sheet by row and column, without those of an earlier copy.

    Attributes:
        colors: what the cells had before an earlier copy painted them.

    Args:
        root: the part of comments, as it is to be in the copy.
        count: how many columns everything has moved to the right, in the part already.
    """

    def __init__(self, root: Element, count: int) -> None:
        self.colors: dict[At, Color] = {}
        self._count = count
        self._root = root
        self._list = child(root, "commentList", _ORDER)
        self._changed: dict[At, str] = {}
        self._by_place: dict[At, Element] = {}
        for one in list(self._list):
            cell = _CELL.match(one.get("ref", ""))
            if cell:
                place = int(cell[2]), column_index_from_string(cell[1])
                self._by_place[place] = one
                self._take_off(place, one)

    def _take_off(self, place: At, comment: Element) -> None:
        runs = list(_texts(comment))
        before = "".join(run.text or "" for run in runs)
        if HEADING not in before:
            return
        for run in runs:
            run.text = _without_ours(run.text or "")
        color = _COLOR.search(before)
        if color:
            self.colors[place] = color[1]
        after = "".join(run.text or "" for run in runs)
        self._changed[place] = after
        if not after:
            self._list.remove(comment)
            del self._by_place[place]

    def put(self, place: At, text: str) -> None:
        """Say something at a cell, below what its comment says already."""
        comment = self._by_place.get(place)
        if comment is None:
            author = {"ref": f"{get_column_letter(place[1])}{place[0]}", "authorId": self._author()}
            comment = SubElement(self._list, self._tag("comment"), author)
            SubElement(comment, self._tag("text"))
            self._by_place[place] = comment
        before = "".join(run.text or "" for run in _texts(comment))
        run = SubElement(child(comment, "text", ("text",)), self._tag("r"))
        more = SubElement(run, self._tag("t"), {"xml:space": "preserve"})
        more.text = f"\n\n{text}" if before else text
        self._changed[place] = before + more.text

    def _author(self) -> str:
        authors = child(self._root, "authors", _ORDER)
        names = [one.text for one in authors]
        if AUTHOR not in names:
            SubElement(authors, self._tag("author")).text = AUTHOR
            names.append(AUTHOR)
        return str(names.index(AUTHOR))

    def _tag(self, name: str) -> str:
        return self._root.tag[: -len("comments")] + name

    def boxes(self, drawing: str) -> str:
        """The drawing of the sheet with boxes as large as the texts, where those have changed."""
        kept = _SHAPE.sub(self._box, drawing)
        first = max(map(int, _NUMBER.findall(kept)), default=1024) + 1
        places = sorted(self._changed.keys() & self._by_place.keys())
        new = "".join(
            _BOX.format(number=number, row=row - 1, column=column - 1, width=WIDTH, height=height)
            for number, (row, column) in enumerate(places, first)
            for height in [height_of(self._changed[row, column])]
        )
        kind = _KIND_OF_BOX if new and 'id="_x0000_t202"' not in kept else ""
        start, end, rest = kept.rpartition("</xml>")
        return f"{start}{kind}{new}{end}{rest}"

    def _box(self, found: re.Match[str]) -> str:
        """A shape of the original at its new place; '' if it is made anew, or needed no more."""
        row, column = _ROW.search(found[0]), _COLUMN.search(found[0])
        if row and column and 'ObjectType="Note"' in found[0]:
            place = int(row[1]) + 1, int(column[2]) + 1 + self._count
            if place in self._changed:
                return ""
        moved = _COLUMN.sub(lambda one: f"{one[1]}{int(one[2]) + self._count}", found[0])
        return _ANCHOR.sub(lambda one: one[1] + self._anchor(one[2]), moved)

    def _anchor(self, text: str) -> str:
        """Column, offset, row, offset of both corners ([MS-OI29500], Anchor)."""
        numbers = [int(number) for number in text.split(",")]
        return ", ".join(
            str(number + self._count * (position in (0, 4)))
            for position, number in enumerate(numbers)
        )


def height_of(text: str) -> int:
    """How high a box must be for a text, in pixels."""
    lines = sum(max(1, math.ceil(len(line) / _LETTERS_IN_A_LINE)) for line in text.split("\n"))
    return (min(lines, _MOST_LINES) + 1) * _LINE_HEIGHT


def _texts(comment: Element) -> Iterator[Element]:
    return (one for one in comment.iter() if local(one.tag) == "t")


def _without_ours(text: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    while HEADING in lines:
        start = end = lines.index(HEADING)
        end += 1
        while end < len(lines) and lines[end].startswith(PREFIXES):
            end += 1
        above = "\n".join(lines[:start]).rstrip("\n")
        below = "\n".join(lines[end:]).strip("\n")
        lines = "\n".join(part for part in (above, below) if part).split("\n")
    return "\n".join(lines)
