"""Room for columns in front of a sheet: what refers to its cells moves to the right with them.

What belongs here: references in formulas, and in the attributes and texts of a part. What does
not: the cells themselves (`sheet_copy`).
"""

import re
from dataclasses import dataclass
from functools import cache
from xml.etree.ElementTree import Element

from openpyxl.utils import column_index_from_string, get_column_letter

from adm_sync.workbook.annotation.parts import local
from adm_sync.workbook.file.sheet_parser import LAST_ROW

LAST_COLUMN = 16_384
_ONE = r"\$?[A-Z]{1,3}\$?[0-9]+"
_CELLS = rf"{_ONE}(?::{_ONE})?|\$?[A-Z]{{1,3}}:\$?[A-Z]{{1,3}}"
# A text, a reference with the sheet that it names, another name or number, a column of a table.
_PARTS = re.compile(
    rf""""(?:[^"]|"")*"|(?P<sheet>(?:'(?:[^']|'')*'|[\w.:\[\]]+)!)?(?P<cells>{_CELLS})(?![\w.(!])"""
    r"|[\w.\\]+|\[[^\]]*\]"
)
_CELL = re.compile(r"([A-Z]{1,3})\$?([0-9]*)")
_LETTERS = re.compile(r"[A-Z]{1,3}(?=\$?[0-9]|:|$)")
# Attributes and elements of all parts (ECMA-376 part 1, chapters 18, 20 and 21).
_OF_CELLS = frozenset({"ref", "sqref", "topLeftCell", "activeCell"})
_OF_FORMULAS = frozenset({"location", "textlink", "fmlaLink", "fmlaRange", "fmlaTxbx"})
_FORMULAS = frozenset(
    {
        *("f", "formula", "formula1", "formula2", "definedName"),
        *("calculatedColumnFormula", "totalsRowFormula"),
    }
)
_CELLS_TOO = frozenset({("cellWatch", "r"), ("inputCells", "r")})


@dataclass(frozen=True, slots=True)
class Shift:
    """All columns of the sheet of this title move to the right by that many."""

    title: str
    count: int

    def cells(self, text: str) -> str:
        """A range of the sheet such as `A1:B2`, or several with blanks between them."""
        return _LETTERS.sub(lambda found: moved_letters(found[0], self.count), text)

    def formula(self, text: str, *, is_here: bool) -> str:
        """A formula whose references to the sheet have moved.

        Args:
            text: the formula.
            is_here: whether it is one of the sheet's own, where no title means the sheet itself.
        """

        def moved(found: re.Match[str]) -> str:
            sheet, cells = found["sheet"], found["cells"]
            is_ours = self._is_meant(sheet[:-1]) if sheet else is_here
            is_moved = cells and is_ours and _are_cells(cells)
            return f"{sheet or ''}{self.cells(cells)}" if is_moved else found[0]

        return _PARTS.sub(moved, text) if self.count else text

    def move_links(self, root: Element, *, is_here: bool) -> None:
        """Move the cells that the relations of a part link to: `#Sheet!A1` as an address."""
        for node in root.iter():
            target = node.get("Target", "")
            if target.startswith("#"):
                node.set("Target", "#" + self.formula(target[1:], is_here=is_here))

    def _is_meant(self, title: str) -> bool:
        return title.strip("'").replace("''", "'").casefold() == self.title.casefold()

    def move(self, root: Element, *, is_here: bool) -> None:
        """Move all that a part refers to; `is_here`: a part of the sheet itself."""
        if not self.count:
            return
        for node in root.iter():
            tag, sheet = local(node.tag), node.get("sheet")
            self._move_attributes(node, tag, is_ours=self._is_meant(sheet) if sheet else is_here)
            if node.text and tag in _FORMULAS:
                node.text = self.formula(node.text, is_here=is_here)
            elif node.text and is_here and tag == "sqref":
                node.text = self.cells(node.text)
            elif node.text and is_here and tag == "col":
                node.text = str(int(node.text) + self.count)
            elif is_here and tag == "colBreaks":
                for one in node:
                    one.set("id", str(int(one.get("id", "0")) + self.count))

    def _move_attributes(self, node: Element, tag: str, *, is_ours: bool) -> None:
        # Of an address outside, the location is a part of that.
        is_outside = any(local(name) == "id" for name in node.keys())  # noqa: SIM118 - no mapping
        for name, value in node.items():
            key = local(name)
            if key == "location" and is_outside:
                continue
            if key in _OF_FORMULAS or (tag, key) == ("cfvo", "val"):
                node.set(name, self.formula(value, is_here=is_ours))
            elif is_ours and (key in _OF_CELLS or (tag, key) in _CELLS_TOO):
                node.set(name, self.cells(value))


def _are_cells(text: str) -> bool:
    """Whether a sheet is so large; `AB12345678` and `ZZZ1` are names."""
    return all(
        column_index_from_string(letters) <= LAST_COLUMN and int(number or 1) <= LAST_ROW
        for letters, number in _CELL.findall(text)
    )


@cache
def moved_letters(letters: str, count: int) -> str:
    """The letters of a column, moved; nothing is beyond the last one."""
    return get_column_letter(min(column_index_from_string(letters) + count, LAST_COLUMN))
