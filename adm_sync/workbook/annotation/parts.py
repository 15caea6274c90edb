"""The parts of the copy of a workbook: those of the original, changed, left out, or added to.

What belongs here: parts as trees that keep their names and prefixes, relations, content types, and
writing them. What does not: what is changed (`annotating`). Nothing that is not understood is lost.
"""

import shutil
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from io import TextIOWrapper
from typing import IO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from adm_sync.workbook.file.package import Package, Workbook, part_key, relations_part, xml_parser

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES, _NO_TYPES = "[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>'
_NO_RELATIONS = f'<Relationships xmlns="{_PACKAGE}/relationships"/>'
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.{}+xml"

Stream = Callable[[IO[bytes], IO[bytes]], None]
# Row and column of a cell, both from 1.
At = tuple[int, int]


@cache
def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]


def like(parent: ET.Element, tag: str) -> str:
    """A name with the prefix of the parent's."""
    return parent.tag[: len(parent.tag) - len(local(parent.tag))] + tag


def parse(xml: bytes | str) -> ET.Element:
    """A tree whose names are written as in the file, with prefixes and declarations of those."""
    builder = ET.TreeBuilder()
    parser = xml_parser(None)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(xml, True)
    return builder.close()


def child(parent: ET.Element, tag: str, order: Sequence[str]) -> ET.Element:
    """The child of that name, made in its place if it is missing; `order` is the standard's."""
    rank = {name: number for number, name in enumerate(order)}
    for one in parent:
        if local(one.tag) == tag:
            return one
    later = (
        position
        for position, one in enumerate(parent)
        if rank.get(local(one.tag), len(rank)) > rank[tag]
    )
    made = ET.Element(like(parent, tag))
    parent.insert(next(later, len(parent)), made)
    return made


class Parts:
    """The parts of the copy.

    Attributes:
        streams: how parts are copied that are no trees, by their paths.

    Args:
        package: the original.
        book: what its workbook part says.
    """

    def __init__(self, package: Package, book: Workbook) -> None:
        self.streams: dict[str, Stream] = {}
        self._package = package
        self._book = book
        self._trees: dict[str, ET.Element] = {}
        self._new: dict[str, Iterable[str]] = {}
        self._left_out: set[str] = set()

    def tree(self, path: str, empty: str = "") -> ET.Element:
        """A part that may be changed; `empty` is what is made if it is missing."""
        name = self._package.name(path)
        if name not in self._trees:
            is_missing = bool(empty) and not self._package.has(path)
            self._trees[name] = parse(empty if is_missing else self._read(path))
        return self._trees[name]

    def _read(self, path: str) -> bytes:
        with self._package.open(path) as stream:
            return stream.read()

    def text(self, path: str, empty: str) -> str:
        """A part that is no XML that can be parsed."""
        if not self._package.has(path):
            return empty
        return self._read(path).decode(errors="surrogateescape")

    def related(self, path: str, kind: str, tag: str) -> ET.Element:
        """The part of a kind that a part refers to; if it is missing, it is made with that tag."""
        found = self._package.related(path, kind)
        if found and self._package.has(found):
            return self.tree(found)
        target = self.free_path(f"{kind}.xml")
        self.relate(path, kind, target)
        self._declare(target, CONTENT_TYPE.format(kind))
        return self.tree(target, f'<{tag} xmlns="{self._book.space}"/>')

    def put(self, path: str, content_type: str, text: Iterable[str]) -> None:
        """A part that is written as text, in place of an earlier one."""
        self._new[self._package.name(path)] = text
        self._declare(path, content_type)

    def _declare(self, path: str, content_type: str) -> None:
        self._forget(_TYPES, "PartName", f"/{path}")
        types = self.tree(_TYPES, _NO_TYPES)
        made = {"PartName": f"/{path}", "ContentType": content_type}
        ET.SubElement(types, like(types, "Override"), made)

    def relate(self, path: str, kind: str, target: str) -> str:
        """Let a part refer to another; gives the id."""
        relations = self.tree(relations_part(path), _NO_RELATIONS)
        ids = {one.get("Id") for one in relations}
        ident = next(new for n in range(len(ids) + 1) if (new := f"admSync{n + 1}") not in ids)
        made = {"Id": ident, "Type": f"{self._book.relations}/{kind}", "Target": f"/{target}"}
        ET.SubElement(relations, like(relations, "Relationship"), made)
        return ident

    def leave_out(self, owner: str, kind: str) -> None:
        """Leave out the part of a kind that a part refers to, if it does."""
        for ident, found, path in self._package.relations(owner):
            if found == kind:
                self._left_out.add(self._package.name(path))
                self._forget(relations_part(owner), "Id", ident)
                self._forget(_TYPES, "PartName", f"/{path}")

    def _forget(self, path: str, attribute: str, value: str) -> None:
        tree = self.tree(path, _NO_TYPES)
        for one in list(tree):
            if part_key(one.get(attribute, "")) == part_key(value):
                tree.remove(one)

    def free_path(self, name: str) -> str:
        """A path for a new part, such as `xl/adm_sync/comments.xml`."""
        paths = (f"xl/adm_sync{number or ''}/{name}" for number in range(1_000))
        return next(path for path in paths if not self._package.has(path))

    def write_streams(self, copy: ZipFile) -> None:
        """Write what is streamed; the others may depend on what was found in it."""
        for path, stream in self.streams.items():
            with self._package.open(path) as source, copy.open(self._package.name(path), "w") as to:
                stream(source, to)
                self._left_out.add(self._package.name(path))

    def write_others(self, copy: ZipFile) -> None:
        """Write all others, trees last."""
        changed = {*self._left_out, *self._new, *self._trees}
        for name in self._package.names() - changed:
            with self._package.open(name) as source, copy.open(name, "w") as to:
                shutil.copyfileobj(source, to)
        for name, text in self._new.items():
            with TextIOWrapper(copy.open(name, "w"), "utf-8", "surrogateescape", "") as written:
                written.writelines(text)
        for name, tree in self._trees.items():
            copy.writestr(name, DECLARATION + ET.tostring(tree, encoding="unicode"))
