"""The formats of a workbook's cells, and those that the copy needs besides.

What belongs here: the part of styles. What does not: which cell has which.
"""

import re
from copy import deepcopy
from xml.etree.ElementTree import Element

from adm_sync.workbook.annotation.parts import child, like, local, parse

# The color of a solid fill as `kind value tint`, such as `rgb FFABCDEF 0.0`; '' for none.
Color = str
COLOR = re.compile(r"(rgb|theme|indexed) (\w+) ([-+.e\d]+)")
HEADING_FONT = '<font><b/><sz val="11"/><color rgb="FFFFFFFF"/><name val="Calibri"/></font>'
LINK_FONT = '<font><u/><sz val="11"/><color rgb="FF0563C1"/><name val="Calibri"/></font>'
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs")
# What a workbook without formats has at least.
_FIRST = {
    "fonts": ("<font/>",),
    "fills": (
        *('<fill><patternFill patternType="none"/></fill>',),
        *('<fill><patternFill patternType="gray125"/></fill>',),
    ),
    "borders": ("<border/>",),
    "cellXfs": ('<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>',),
}


class CellFormats:
    """Formats by their numbers; `painted` are those of the original that have one of our colors.

    Args:
        root: the part of styles; new formats are added to it.
        ours: the colors that nobody else is likely to use.
    """

    def __init__(self, root: Element, ours: frozenset[Color]) -> None:
        self._root = root
        self._sections = {tag: child(root, tag, _ORDER) for tag in _FIRST}
        self._known: dict[tuple[object, ...], str] = {}
        for tag, first in _FIRST.items():
            if not len(self._sections[tag]):
                for one in first:
                    self._add(tag, one)
        self._formats = self._sections["cellXfs"]
        styles = map(str, range(len(self._formats)))
        self.painted = frozenset(style for style in styles if self.color(style) in ours)

    def color(self, style: str) -> Color:
        """The color of a format's solid fill."""
        fill = int(self._format(style).get("fillId", "0"))
        fills = self._sections["fills"]
        for pattern in fills[fill] if fill < len(fills) else ():
            for one in pattern if pattern.get("patternType") == "solid" else ():
                kind = next((name for name in ("rgb", "theme", "indexed") if one.get(name)), None)
                if local(one.tag) == "fgColor" and kind:
                    return f"{kind} {one.get(kind)} {float(one.get('tint', '0'))}"
        return ""

    def variant(
        self,
        style: str,
        *,
        color: Color | None = None,
        font: str = "",
        top: bool = False,
        wrap: bool = False,
        centred: bool = False,
        quote: bool = False,
    ) -> str:
        """The number of a format that differs from another one in these things.

        Args:
            style: the other.
            color: of its fill; '' for no fill, None for that of the other.
            font: as XML; '' for that of the other.
            top, wrap, centred: how text stands in the cell.
            quote: whether what is typed over it stays text, as after an apostrophe.
        """
        wanted = (style, color, font, top, wrap, centred, quote)
        if wanted not in self._known:
            made = deepcopy(self._format(style))
            if color is not None:
                made.set("fillId", self._add("fills", _fill(color)) if color else "0")
                made.set("applyFill", "1")
            if font:
                made.set("fontId", self._add("fonts", font))
            if quote:
                made.set("quotePrefix", "1")
            if top:
                _align(made, wrap=wrap, centred=centred)
            self._known[wanted] = self._append("cellXfs", made)
        return self._known[wanted]

    def _format(self, style: str) -> Element:
        number = int(style) if style.isdecimal() else 0
        return self._formats[number if number < len(self._formats) else 0]

    def _add(self, section: str, xml: str) -> str:
        """Add something, or find it; gives its number."""
        if (section, xml) not in self._known:
            made = parse(xml)
            for one in made.iter():
                one.tag = like(self._root, one.tag)
            self._known[section, xml] = self._append(section, made)
        return self._known[section, xml]

    def _append(self, section: str, made: Element) -> str:
        whole = self._sections[section]
        whole.append(made)
        whole.set("count", str(len(whole)))
        return str(len(whole) - 1)


def _fill(color: Color) -> str:
    found = COLOR.fullmatch(color)
    kind, value, tint = found.groups() if found else ("rgb", "00000000", "0")
    return (
        f'<fill><patternFill patternType="solid"><fgColor {kind}="{value}" tint="{float(tint)}"/>'
        "</patternFill></fill>"
    )


def _align(made: Element, *, wrap: bool, centred: bool) -> None:
    alignment = child(made, "alignment", ("alignment", "protection", "extLst"))
    alignment.set("vertical", "top")
    if wrap:
        alignment.set("wrapText", "1")
    if centred:
        alignment.set("horizontal", "center")
    made.set("applyAlignment", "1")
