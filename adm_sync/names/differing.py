"""Where two names differ, letter by letter, for a person who compares them.

What belongs here: the pieces of both. What does not: how they are shown, and what follows.
"""

import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from adm_sync.names.keys import normalise

# Comparing takes time with the square of it, and nobody reads on.
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a name, and whether the other name has something else there."""

    text: str
    differs: bool


def differing(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both names in pieces, which make up the whole of each.

    What counts as the same when names are matched (capitals, kinds of dash and white space) does
    not differ here either. Beyond `LONGEST` letters a name is either the same to its end or not.
    """
    mine, theirs = _letters(one), _letters(other)
    blocks = SequenceMatcher(
        None, _keys(mine[:LONGEST]), _keys(theirs[:LONGEST]), autojunk=False
    ).get_opcodes()
    here = [(mine[a:b], tag != "equal") for tag, a, b, _, _ in blocks]
    there = [(theirs[a:b], tag != "equal") for tag, _, _, a, b in blocks]
    rest, others = mine[LONGEST:], theirs[LONGEST:]
    is_other = _keys(rest) != _keys(others)
    return _pieces([*here, (rest, is_other)]), _pieces([*there, (others, is_other)])


def _letters(name: str) -> list[str]:
    """The letters with the marks that belong to each, so that none is torn apart."""
    letters: list[str] = []
    for sign in name:
        if letters and (unicodedata.combining(sign) or unicodedata.category(sign) in ("Cf", "Mn")):
            letters[-1] += sign
        else:
            letters.append(sign)
    return letters


def _keys(letters: list[str]) -> list[str]:
    return [" " if letter.isspace() else normalise(letter) for letter in letters]


def _pieces(parts: list[tuple[list[str], bool]]) -> tuple[Piece, ...]:
    return tuple(Piece("".join(letters), differs) for letters, differs in parts if letters)


def visible(text: str) -> str:
    """The text with a number in the place of each sign that cannot be seen, or that turns others.

    Two names that look the same differ so for the eye, too.
    """
    if text.isprintable():
        return text
    return "".join(
        sign
        if sign.isprintable()
        else f"\N{MATHEMATICAL LEFT ANGLE BRACKET}U+{ord(sign):04X}"
        "\N{MATHEMATICAL RIGHT ANGLE BRACKET}"
        for sign in text
    )
