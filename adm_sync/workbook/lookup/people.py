"""People as a workbook writes them: several in a cell, with titles, surname first or last.

What belongs here: taking a cell apart, and finding a name among names. What does not: what the
person is on either side (`registers`, `staff`).

A name is matched in full, and otherwise by its first word and its surname if that fits one person
alone. Initials and single names, unless recorded so, never match: they fit too many people.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.findings import Code, Finding, quoted, warning
from adm_sync.workbook.lookup.registers import BUDGET, LONGEST_NAME, Found, plain
from adm_sync.workbook.rules.readers import is_to_be_confirmed

TITLES = frozenset({"dr", "prof", "professor", "mr", "mrs", "ms", "miss", "sir"})
_NOBODY = frozenset({"tba", "to be announced", "to be decided", "none", "n/a"})

_SEPARATOR = re.compile(r"[/;\uFF0F\uFF1B]")
_LOOSE_SEPARATOR = re.compile(r"&|\uFF06|(?<=\s)and(?=\s)", re.IGNORECASE)
_COMMA = re.compile(r"[,\uFF0C]")
_COMMA_AND_LINE = re.compile(r"[,\uFF0C]\s*\n")

NAME_MATCHED_IN_PART = warning(
    "name_matched_in_part",
    "{text} was taken for {name}, whose first name and surname fit.",
    "Agnes Mary Tolliver for Agnes Tolliver",
    "Write the name as the tutorial tables do, if it is the right person.",
    note="Middle names or hyphens differ.",
)
PEOPLE_SEPARATOR = warning(
    "people_separator",
    "People are separated by {sign}; they were taken one by one.",
    "Agnes Tolliver and Benedict Oakhurst",
    "Put / or ; between people.",
    suggests=True,
)


@dataclass(frozen=True, slots=True)
class Match:
    """Positions of the people that a name fits; `is_exact` if it is their full name."""

    positions: tuple[int, ...]
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Parts:
    """A recorded name, as far as it may be left out."""

    position: int
    middle: tuple[str, ...]


class Roll:
    """Names of people, ready to be searched; positions are those of the names it was given."""

    def __init__(self, names: Sequence[tuple[str, str]]) -> None:
        self._names = names
        self._full: dict[str, list[int]] = {}
        self._loose: dict[tuple[str, str], list[_Parts]] = {}
        for position, (first, last) in enumerate(names):
            self._enter(position, first, last)
        self._nearest: Nearest | None = None
        self._matches: dict[str, Match | None] = {}

    def _enter(self, position: int, first: str, last: str) -> None:
        key = name_key(f"{first} {last}")
        if key:
            self._full.setdefault(key, []).append(position)
        given = _loosened(without_titles(normalise(first))).split()
        surname = _loosened(normalise(last))
        if given and surname:
            parts = _Parts(position, tuple(given[1:]))
            self._loose.setdefault((given[0], surname), []).append(parts)

    def find(self, name: str) -> Match | None:
        """Who is called so: by the full name, or else by first word and surname."""
        if name not in self._matches:
            self._matches[name] = self._find(name_key(name))
        return self._matches[name]

    def _find(self, key: str) -> Match | None:
        if key in self._full:
            return Match(tuple(self._full[key]), is_exact=True)
        if len(key) > LONGEST_NAME:
            return None
        words = _loosened(key).split()
        for cut in range(1, len(words)):
            middle = tuple(words[1:cut])
            found = [
                parts.position
                for parts in self._loose.get((words[0], " ".join(words[cut:])), ())
                if _agree(middle, parts.middle)
            ]
            if found:
                return Match(tuple(found), is_exact=False)
        return None

    def near(self, name: str) -> list[str]:
        """Up to three names that are near."""
        if self._nearest is None:
            self._nearest = Nearest([f"{first} {last}" for first, last in self._names], BUDGET)
        found = self._nearest.to(name_key(name)[:LONGEST_NAME])
        return [" ".join(self._names[position]).strip() for position, _ in found]


def without_titles(name: str) -> str:
    """A folded name without `dr`, `mrs.` and the like before it; '' if nothing else is there."""
    words = name.split(" ")
    while words and words[0].rstrip(".") in TITLES:
        words.pop(0)
    return " ".join(words)


def name_key(name: str) -> str:
    """What is compared when somebody of this name is looked for: folded, without titles."""
    return without_titles(normalise(name))


def same_spelling(text: str, name: str) -> bool:
    """Whether a name is written as it is recorded, but for case, spaces and titles."""
    return without_titles(plain(text)) == without_titles(plain(name))


def matched_in_part(text: str, name: str) -> Finding:
    """The warning for a name that fits one person by first word and surname."""
    remedy = f"Write the name as the tutorial tables do, if this is the right person: {name}."
    return NAME_MATCHED_IN_PART(remedy, text=quoted(text), name=quoted(name))


def _loosened(key: str) -> str:
    return key.replace("-", " ")


def _agree(written: Sequence[str], recorded: Sequence[str]) -> bool:
    """Whether middle names can be the same person's: one has none, or each is or begins the other.

    `P` and `P.` stand for `Peter`.
    """
    pairs = [
        (one.rstrip("."), other.rstrip(".")) for one, other in zip(written, recorded, strict=False)
    ]
    return all(one.startswith(other) or other.startswith(one) for one, other in pairs)


# ---------------------------------------------------------------------- cells


# A reading of pieces that commas separate: how many names fit in part only, and the names, as
# nested pairs, so that long cells are not copied over and over.
_Chain = tuple[str, "_Chain"] | None
_Option = tuple[int, _Chain]


def read_people(cell: str, find: Callable[[str], Match | None], code: Code) -> Found[str]:
    """The people that a cell names, each as it is looked up, surnames last.

    Args:
        cell: the text of the cell; '' names nobody.
        find: who is called so; tells `Surname, First` from two people.
        code: of the finding for a cell that can be read in two ways.
    """
    whole = find(cell)
    if whole and whole.is_exact:
        return Found((" ".join(cell.split()),))
    if _is_nobody(cell):
        return Found(())
    names: list[str] = []
    findings: list[Finding] = []
    for chunk in _chunks(cell, find, findings):
        names.extend(_comma_separated(chunk, find, code, findings))
    return Found(tuple(name for name in names if not _is_nobody(name)), tuple(findings))


def _chunks(cell: str, find: Callable[[str], Match | None], findings: list[Finding]) -> list[str]:
    loose = _LOOSE_SEPARATOR.search(cell)
    if loose:
        findings.append(PEOPLE_SEPARATOR(sign=quoted(loose[0])))
    # After a comma a new line separates nothing more.
    cell = _COMMA_AND_LINE.sub(", ", cell)
    parts = [part for some in _SEPARATOR.split(cell) for part in _LOOSE_SEPARATOR.split(some)]
    lines = [line for part in parts for line in _lines(part, find)]
    return [" ".join(line.split()) for line in lines if normalise(line)]


def _lines(part: str, find: Callable[[str], Match | None]) -> list[str]:
    """A line is a person, unless a name goes on in the next one.

    The names of two of one family are not the middle names of the first.
    """
    whole = find(part)
    return [part] if whole and whole.is_exact else part.splitlines()


def _comma_separated(
    chunk: str, find: Callable[[str], Match | None], code: Code, findings: list[Finding]
) -> list[str]:
    pieces = [piece.strip() for piece in _COMMA.split(chunk) if normalise(piece)]
    if len(pieces) < 2:
        return pieces
    options = _options(pieces, find)
    if not options:
        swapped = len(pieces) == 2 and any(" " not in piece for piece in pieces)
        return [f"{pieces[1]} {pieces[0]}"] if swapped else pieces
    if len(options) > 1 and options[0][0] == options[1][0]:
        findings.append(_two_readings(chunk, options, code))
        return []
    return _names(options[0][1])


def _options(pieces: list[str], find: Callable[[str], Match | None]) -> list[_Option]:
    """The best two ways to read all pieces as people or as surname and first name."""
    best: list[list[_Option]] = [[] for _ in pieces] + [[(0, None)]]
    for start in reversed(range(len(pieces))):
        options: list[_Option] = []
        names = [pieces[start]]
        if start + 1 < len(pieces):
            names.append(f"{pieces[start + 1]} {pieces[start]}")
        for length, name in enumerate(names, 1):
            match = _nobody_or(name, find)
            if match:
                partly = 0 if match.is_exact else 1
                options += [(cost + partly, (name, rest)) for cost, rest in best[start + length]]
        best[start] = sorted(options, key=lambda option: option[0])[:2]
    return best[0]


def _nobody_or(name: str, find: Callable[[str], Match | None]) -> Match | None:
    return Match((), is_exact=True) if _is_nobody(name) else find(name)


def _is_nobody(name: str) -> bool:
    return is_to_be_confirmed(name) or normalise(name).replace(".", "") in _NOBODY


def _names(chain: _Chain) -> list[str]:
    names = []
    while chain:
        name, chain = chain
        names.append(name)
    return names


def _two_readings(chunk: str, options: Sequence[_Option], code: Code) -> Finding:
    first, second = (" and ".join(map(quoted, _names(chain))) for _, chain in options)
    return code.saying(
        f"{quoted(chunk)} can mean {first}, or {second}.",
        "Write first names first, and put / or ; between people.",
    )
