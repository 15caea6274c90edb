"""The parts of a workbook's package: where its sheets, strings and styles are.

What belongs here: names, relations and number formats, in the transitional and the strict form of
the standard (ECMA-376 parts 1, 2 and 4). What does not: the rows of a sheet (`sheet_parser`).
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, NoReturn
from urllib.parse import unquote
from xml.etree import ElementTree as ET
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from adm_sync.workbook.file.number_formats import format_code, is_date, is_duration, words_of_text

MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_RELATIONS = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_TRUE = {"1", "true"}
_RED_INDEXES = {"2", "10"}
CHUNK = 1 << 16


class Damaged(Exception):
    """A part is missing or is not what the standard says; the text ends a sentence."""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet: its title, `visible`, `hidden` or `veryHidden`, and where it is."""

    title: str
    state: str
    path: str


@dataclass(frozen=True, slots=True)
class Workbook:
    """What the workbook part says.

    `epoch` is the day that serial dates count from; `space` and `relations` are the namespaces of
    its form of the standard.
    """

    path: str
    space: str
    relations: str
    sheets: tuple[SheetPart, ...]
    epoch: datetime
    strings: str | None
    styles: str | None
    has_macros: bool


@dataclass(frozen=True, slots=True)
class Styles:
    """Which style ids of cells mean a date, a duration, or a mark, and the codes of all formats.

    A cell is marked if it is struck through, or red (its text, or all of it). `worded` has what
    is shown around a text, where something is; None if the text is not shown.
    """

    dates: frozenset[str] = frozenset()
    durations: frozenset[str] = frozenset()
    marked: frozenset[str] = frozenset()
    codes: Mapping[str, str] = field(default_factory=dict)
    worded: Mapping[str, tuple[str, str] | None] = field(default_factory=dict)


class Package:
    """The parts of an archive, by path; paths are compared without regard to case and escapes."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._members = {
            part_key(member.filename.replace("\\", "/")): member for member in archive.infolist()
        }

    def refuse_doubles(self) -> None:
        """Make sure that no two parts have one name: programs differ in which of them counts.

        Raises:
            Damaged: two have.
        """
        for member in self._archive.infolist():
            last = self._members[part_key(member.filename.replace("\\", "/"))]
            if last is not member and not member.is_dir():
                raise Damaged(f"it has two parts called {member.filename}")

    def has(self, path: str) -> bool:
        """Whether there is such a part."""
        return part_key(path) in self._members

    def open(self, path: str) -> IO[bytes]:
        """The bytes of a part, as a stream.

        Raises:
            Damaged: there is no such part.
        """
        member = self._members.get(part_key(path))
        if member is None:
            raise Damaged(f"its part {path} is missing")
        return self._archive.open(member)

    def name(self, path: str) -> str:
        """What the archive calls a part, or would call it."""
        member = self._members.get(part_key(path))
        return member.filename if member else path

    def names(self) -> set[str]:
        """What the archive calls its parts."""
        return {member.filename for member in self._members.values() if not member.is_dir()}

    def related(self, path: str, kind: str) -> str | None:
        """The part of a kind that a part refers to."""
        return next((to for _, found, to in self.relations(path) if found == kind), None)

    def tree(self, path: str) -> ET.Element:
        """A small part as a tree.

        Raises:
            Damaged: there is no such part, or it declares a document type.
        """
        with self.open(path) as stream:
            parser = ET.XMLParser(target=_Tree())  # noqa: S314 - _Tree refuses entities
            while chunk := stream.read(CHUNK):
                parser.feed(chunk)
            root: ET.Element = parser.close()
            return root

    def relations(self, path: str) -> Iterator[tuple[str, str, str]]:
        """Id, last part of the type, and path of everything inside that a part refers to."""
        folder = posixpath.dirname(path)
        for one in self._relations(path):
            if one.get("TargetMode") != "External":
                target = one.get("Target", "").replace("\\", "/")
                inside = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                yield one.get("Id", ""), one.get("Type", "").rpartition("/")[2], inside

    def addresses(self, path: str) -> dict[str, str]:
        """The addresses outside that a part refers to, by id."""
        return {
            one.get("Id", ""): one.get("Target", "")
            for one in self._relations(path)
            if one.get("TargetMode") == "External" or one.get("Type", "").endswith("/hyperlink")
        }

    def parts(self) -> dict[str, str]:
        """The parts that are there and can be reached, and what kind of relation leads to each."""
        found: dict[str, str] = {}
        todo = [""]
        while todo:
            for _, kind, path in self.relations(todo.pop()):
                if path not in found and self.has(path):
                    found[path] = kind
                    todo.append(path)
        return found

    def _relations(self, path: str) -> list[ET.Element]:
        rels = relations_part(path)
        return list(self.tree(rels)) if self.has(rels) else []

    def refuse_document_types(self) -> None:
        """Make sure that no part declares a document type: no workbook does, attacks do.

        Raises:
            Damaged: one does.
        """
        for path in self._members:
            if path.endswith((".xml", ".rels", ".vml")):
                with self.open(path) as stream:
                    _check_prolog(path, stream)

    def workbook(self) -> Workbook:
        """What the workbook part says, wherever in the package it is.

        Raises:
            Damaged: it is missing, or one of its sheets is.
        """
        path = self.related("", "officeDocument") or "xl/workbook.xml"
        root = self.tree(path)
        space, _, name = root.tag.removeprefix("{").partition("}")
        if space not in MAIN or name != "workbook":
            raise Damaged("its main part is not that of an Excel workbook")
        relations = list(self.relations(path))
        kinds = {kind: target for _, kind, target in relations}
        properties = _first(root, "workbookPr")
        is_1904 = properties is not None and properties.get("date1904", "").lower() in _TRUE
        return Workbook(
            path=path,
            space=space,
            relations=_RELATIONS[MAIN.index(space)],
            sheets=tuple(_sheets(root, {ident: (kind, p) for ident, kind, p in relations})),
            epoch=CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900,
            strings=kinds.get("sharedStrings"),
            styles=kinds.get("styles"),
            has_macros="vbaProject" in kinds,
        )

    def styles(self, path: str | None) -> Styles:
        """Which styles mean what; none do if the workbook has no styles."""
        if path is None or part_key(path) not in self._members:
            return Styles()
        root = self.tree(path)
        codes = {
            one.get("numFmtId", ""): one.get("formatCode", "")
            for one in _children(_first(root, "numFmts"))
        }
        fonts = _ids(_first(root, "fonts"), _is_marked_font)
        fills = _ids(_first(root, "fills"), _is_red_fill)
        dates, durations, marked = set(), set(), set()
        by_style: dict[str, str] = {}
        for position, style in enumerate(_children(_first(root, "cellXfs"))):
            number_format = style.get("numFmtId", "0")
            code = format_code(number_format, codes.get(number_format))
            by_style[str(position)] = code
            if is_date(code):
                dates.add(str(position))
            if is_duration(code):
                durations.add(str(position))
            if style.get("fontId") in fonts or style.get("fillId") in fills:
                marked.add(str(position))
        words = {style: words_of_text(code) for style, code in by_style.items()}
        worded = {style: around for style, around in words.items() if around != ("", "")}
        return Styles(frozenset(dates), frozenset(durations), frozenset(marked), by_style, worded)


def part_key(path: str) -> str:
    """What a path is found by: relations name parts as addresses, archives mostly do not."""
    return unquote(path).lower()


def relations_part(path: str) -> str:
    """Where the relations of a part are."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _refuse(*_: object) -> NoReturn:
    raise Damaged("one of its parts declares a document type, which no workbook does")


class _Tree(ET.TreeBuilder):
    doctype = _refuse


def xml_parser(separator: str | None = " ") -> expat.XMLParserType:
    """A parser that names elements `namespace name` and refuses document types.

    Without `separator` it names them as they stand there, with prefixes.
    """
    parser = expat.ParserCreate(namespace_separator=separator)
    parser.buffer_text = True
    parser.buffer_size = CHUNK
    parser.StartDoctypeDeclHandler = _refuse
    return parser


def _check_prolog(path: str, stream: IO[bytes]) -> None:
    begun = False

    def begin(*_: object) -> None:
        nonlocal begun
        begun = True

    parser = xml_parser()
    parser.StartElementHandler = begin
    try:
        parser.Parse(stream.read(CHUNK))
    except expat.ExpatError:
        return  # drawings of old versions are no XML; a part that matters is parsed later
    if not begun and stream.read(1):
        raise Damaged(f"its part {path} does not begin as a part of a workbook does")


def _sheets(root: ET.Element, relations: dict[str, tuple[str, str]]) -> Iterator[SheetPart]:
    for one in _children(_first(root, "sheets")):
        ident = next((found for space in _RELATIONS if (found := one.get(f"{{{space}}}id"))), "")
        title = one.get("name", "")
        if ident not in relations:
            raise Damaged(f"its sheet '{title}' is missing")
        kind, path = relations[ident]
        if kind == "worksheet":
            yield SheetPart(title, one.get("state", "visible"), path)


def _first(root: ET.Element, name: str) -> ET.Element | None:
    return next((one for one in root if one.tag.rpartition("}")[2] == name), None)


def _children(root: ET.Element | None) -> list[ET.Element]:
    return [] if root is None else list(root)


def _ids(root: ET.Element | None, test: Callable[[ET.Element], bool]) -> set[str]:
    """The positions of the children that pass a test, as other elements refer to them."""
    return {str(position) for position, one in enumerate(_children(root)) if test(one)}


def _is_marked_font(font: ET.Element) -> bool:
    strike, color = _first(font, "strike"), _first(font, "color")
    is_struck = strike is not None and strike.get("val", "1").lower() in _TRUE
    return is_struck or _is_red(color)


def _is_red_fill(fill: ET.Element) -> bool:
    pattern = _first(fill, "patternFill")
    if pattern is None or pattern.get("patternType") != "solid":
        return False
    return _is_red(_first(pattern, "fgColor"))


def _is_red(color: ET.Element | None) -> bool:
    """Whether a colour is a strong red; pale ones and those of a theme mean something else."""
    if color is None:
        return False
    try:
        red, green, blue = bytes.fromhex(color.get("rgb", "")[-6:])
    except ValueError:
        return color.get("indexed") in _RED_INDEXES
    return red >= 0xC0 and green <= 0x40 and blue <= 0x40
