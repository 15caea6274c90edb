"""Match keys: when two spellings name the same thing.

What belongs here: folding text for comparison. What does not: deciding what a match means.
The rules: NFKC, casefold, white space collapsed and trimmed, zero-width
characters removed, dashes and apostrophes unified.
"""

import unicodedata
from functools import lru_cache

LONGEST_REMEMBERED = 200

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, as far as it is assigned.
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,  # soft hyphen
        0x034F,  # combining grapheme joiner
        0x061C,  # Arabic letter mark
        *(0x115F, 0x1160, 0x3164, 0xFFA0),  # Hangul fillers
        *(0x17B4, 0x17B5),  # Khmer inherent vowels
        *range(0x180B, 0x1810),  # Mongolian variation selectors and vowel separator
        *range(0x200B, 0x2010),  # zero-width spaces and joiners, direction marks
        *range(0x202A, 0x202F),  # direction embeddings
        *range(0x2060, 0x2070),  # word joiner, invisible operators, direction isolates
        *range(0xFE00, 0xFE10),  # variation selectors
        0xFEFF,  # byte-order mark
        *range(0x1BCA0, 0x1BCA4),  # shorthand format controls
        *range(0x1D173, 0x1D17B),  # musical format controls
        *(0xE0001, *range(0xE0020, 0xE0080)),  # tags
        *range(0xE0100, 0xE01F0),  # variation selectors supplement
    ]
)
_DASHES = dict.fromkeys([*range(0x2010, 0x2016), 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D], "-")
# Accents that stand alone (0x60, 0xB4 and their Greek doubles) are typed as apostrophes.
_APOSTROPHES = dict.fromkeys(
    [0x60, 0xB4, 0x1FEF, 0x1FFD, 0x2018, 0x2019, 0x201B, 0x02BB, 0x02BC, 0x2032, 0xFF07, 0xFF40],
    "'",
)
_UNIFIED = _INVISIBLE | _DASHES | _APOSTROPHES


def normalise(text: str) -> str:
    """Fold `text` so that spellings of the same name become equal; '' if nothing visible is left.

    Idempotent. Look-alike letters of other alphabets stay different on purpose.
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _fold(text)


def as_matched(text: str) -> str:
    """A title as it is sent: spelled as it is, its white space collapsed and trimmed."""
    return " ".join(text.split())


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFD", text.translate(_UNIFIED))
    # Twice: folding a decomposed letter can leave one that folds again (Unicode 3.13, D145).
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return " ".join(folded.translate(_UNIFIED).split())


# A workbook holds the same few names thousands of times.
_remembered = lru_cache(maxsize=20_000)(_fold)
