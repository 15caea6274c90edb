"""A package with its parts where Excel puts them, in the transitional form of the standard.

What belongs here: moving parts and what refers to them. openpyxl looks for styles in one place
only, and reads neither the strict form nor parts named in another case. What does not: changing
what a part says.
"""

import posixpath
from collections.abc import Iterator, Mapping
from io import BytesIO
from types import MappingProxyType
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from adm_sync.workbook.file.package import Damaged, Package

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_USUAL: Mapping[str, str] = MappingProxyType(
    {
        "officeDocument": "xl/workbook.xml",
        "styles": "xl/styles.xml",
        "sharedStrings": "xl/sharedStrings.xml",
        "theme": "xl/theme/theme1.xml",
    }
)
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "officeDocument": f"{_SHEETS}.sheet.main+xml",
        "styles": f"{_SHEETS}.styles+xml",
        "sharedStrings": f"{_SHEETS}.sharedStrings+xml",
        "worksheet": f"{_SHEETS}.worksheet+xml",
    }
)
_STRICT = b"http://purl.oclc.org/ooxml/"
_NAMESPACES = (
    (b"officeDocument/relationships", _OFFICE.encode()),
    (b"spreadsheetml/main", b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"),
    *(
        (b"drawingml/" + name, b"http://schemas.openxmlformats.org/drawingml/2006/" + name)
        for name in (b"main", b"spreadsheetDrawing", b"chart")
    ),
)


def usual_layout(data: bytes) -> bytes:
    """The package itself, if openpyxl finds its parts; else one with the parts moved.

    Raises:
        Damaged: a part that another one needs is missing.
    """
    with ZipFile(BytesIO(data)) as archive:
        package = Package(archive)
        kinds = dict(_walk(package, "", {}))
        names = set(archive.namelist())
        is_usual = all(
            path in names and _USUAL.get(kind, path) == path for path, kind in kinds.items()
        )
        if is_usual and "[Content_Types].xml" in names and not _is_strict(package, kinds):
            return data
        return _moved(package, kinds)


def _walk(package: Package, path: str, seen: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The parts that are there and can be reached from a part, and the kind of each."""
    for _, kind, target in package.relations(path):
        if target not in seen and package.has(target):
            seen[target] = kind
            yield target, kind
            yield from _walk(package, target, seen)


def _is_strict(package: Package, kinds: Mapping[str, str]) -> bool:
    workbook = next((path for path, kind in kinds.items() if kind == "officeDocument"), None)
    return workbook is not None and _STRICT in _content(package, workbook)


def _content(package: Package, path: str) -> bytes:
    with package.open(path) as stream:
        return stream.read()


def _moved(package: Package, kinds: Mapping[str, str]) -> bytes:
    places = {
        path: _USUAL.get(kind) or f"xl/parts/{number}{posixpath.splitext(path)[1].lower()}"
        for number, (path, kind) in enumerate(kinds.items())
    }
    types = _types(package)
    overrides = []
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as copy:
        copy.writestr("_rels/.rels", _relations(package, "", places))
        for path, place in places.items():
            content = _content(package, path)
            for strict, transitional in _NAMESPACES:
                content = content.replace(_STRICT + strict, transitional)
            copy.writestr(place, content)
            folder, name = posixpath.split(place)
            copy.writestr(f"{folder}/_rels/{name}.rels", _relations(package, path, places))
            extension = posixpath.splitext(path)[1].lstrip(".").lower()
            kind = types.get(f"/{path}".lower()) or _TYPES.get(kinds[path]) or types.get(extension)
            if kind:
                overrides.append(
                    f"<Override PartName={quoteattr('/' + place)} ContentType={quoteattr(kind)}/>"
                )
        copy.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f"{''.join(overrides)}</Types>",
        )
    return target.getvalue()


def _types(package: Package) -> dict[str, str]:
    """The content types by the name of a part, or by an extension, in lower case."""
    try:
        root = package.tree("[Content_Types].xml")
    except Damaged:
        return {}
    return {
        one.get("PartName", one.get("Extension", "")).lower(): one.get("ContentType", "")
        for one in root
    }


def _relations(package: Package, path: str, places: Mapping[str, str]) -> str:
    inside = [
        (ident, kind, f"/{places[target]}", "Internal")
        for ident, kind, target in package.relations(path)
        if target in places
    ]
    outside = [
        (ident, "hyperlink", address, "External")
        for ident, address in package.addresses(path).items()
    ]
    lines = "".join(
        f"<Relationship Id={quoteattr(ident)} Type={quoteattr(f'{_OFFICE}/{kind}')} "
        f"Target={quoteattr(target)} TargetMode={quoteattr(mode)}/>"
        for ident, kind, target, mode in (*inside, *outside)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'
