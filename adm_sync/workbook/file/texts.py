"""The texts of a part: what stands in its elements, and the strings that sheets share.

What belongs here: the run of the parser over a part, and texts without what is not theirs. What
does not: which cell has which text (`sheet_parser`).
"""

import re
from collections.abc import Callable, Iterator
from typing import IO

from adm_sync.workbook.file.package import CHUNK, MAIN, xml_parser

# One more than a cell may hold, so that checking sees that it is too long.
LONGEST_TEXT = 10_001
_TAGS = ("row", "c", "v", "f", "is", "t", "rPh", "mergeCell", "hyperlink", "si")
TAGS = {f"{space} {tag}": tag for space in MAIN for tag in _TAGS}
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_strings(stream: IO[bytes]) -> list[str]:
    """The shared strings, in order; phonetic guides are left out.

    Raises:
        Damaged: the part declares a document type.
    """
    strings: list[str] = []
    text = Text()
    parts: list[str] = []

    def start(name: str, _: object) -> None:
        tag = TAGS.get(name)
        if tag == "t":
            text.begin()
        elif tag == "rPh":
            text.muted = True

    def end(name: str) -> None:
        tag = TAGS.get(name)
        if tag == "t":
            parts.append(text.end())
        elif tag == "rPh":
            text.muted = False
        elif tag == "si":
            strings.append(unescaped("".join(parts)[:LONGEST_TEXT]))
            parts.clear()

    for _ in parsed(stream, start, end, text.add):
        pass
    return strings


class Text:
    """The text of one element, as far as it is wanted."""

    __slots__ = ("_text", "_wanted", "muted")

    def __init__(self) -> None:
        self.muted = False
        self._wanted = False
        self._text = ""

    def begin(self) -> None:
        """Its element begins."""
        self._wanted, self._text = True, ""

    def add(self, text: str) -> None:
        """The parser has come upon more of it."""
        # Mostly it is all that there is: the parser puts together what it can.
        if self._wanted and len(self._text) < LONGEST_TEXT and not self.muted:
            self._text += text[:LONGEST_TEXT]

    def end(self) -> str:
        """Its element ends: all of it."""
        self._wanted = False
        return self._text[:LONGEST_TEXT]


def parsed(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> Iterator[None]:
    """Feed a stream to the handlers; yields after every chunk."""
    parser = xml_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk)
        yield
    parser.Parse(b"", True)
    yield


def unescaped(text: str) -> str:
    """Text without the escapes of ST_Xstring (ECMA-376 part 1, section 22.9.2.19)."""
    if "_x" not in text:
        return text
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
