"""Number formats of Excel: whether one makes a date of a number, and what a number looks like.

What belongs here: format codes (ECMA-376 part 1, section 18.8.31). What does not: which cell has
which (`package`, `sheet_parser`).
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from openpyxl.styles.numbers import builtin_format_code

# Dates that East Asian Excels write by number alone (section 18.8.30).
_EAST_ASIAN_DATES = {*range(27, 37), *range(50, 59)}

_TOKEN = re.compile(r'"[^"]*"?|\\.|[_*].|\[[^\]]*\]|am/pm|a/p|general|.', re.IGNORECASE | re.DOTALL)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_DATE_WORD = re.compile(r"(?:y{1,4}|m{1,5}|d{1,4}|h{1,2}|s{1,2}|e{1,2}|g{1,3}|(?<=d)t(?=h))+")
_WORD = re.compile(r"[a-z]+")
_FRACTION_OF_SECOND = re.compile(r"(?<=s)[.,]0+|(?<=\[s\])[.,]0+")
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)(-?[0-9]+(?:\.[0-9]+)?)\]")
_COMPARED: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "<>": operator.ne,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
# General, also by its name in another language, as some programs write it.
_GENERAL = re.compile(r"[^\W\d_]+|g/[^\W\d_]+")
_CURRENCY = re.compile(r"\[\$([^\]-]*)")
_PLACE = "0#?"
_SCIENTIFIC = re.compile(r"[0#?][eE][+-][0#?]")
# As many as Excel shows of a number in a cell without a format.
_GENERAL_DIGITS = 11


def format_code(number_format: str, code: str | None) -> str:
    """The code of a format that a style refers to by number; `code` is the workbook's own, if any.

    A number that stands for nothing is General.
    """
    if code:
        return code
    if not (number_format.isascii() and number_format.isdigit()):
        return "General"
    number = int(number_format)
    return "yyyy/mm/dd" if number in _EAST_ASIAN_DATES else builtin_format_code(number) or "General"


@lru_cache(maxsize=4096)
def is_date(code: str) -> bool:
    """Whether a format shows a date, a time or a duration: nothing in it but their letters."""
    plain = "".join(_bare(token) for token in _sections(code)[0]).lower()
    elapsed = _ELAPSED.search(plain) is not None
    plain = _FRACTION_OF_SECOND.sub("", plain)
    plain = _ELAPSED.sub("", plain)
    plain = re.sub(r"am/pm|a/p", "", plain)
    if set(plain) & set("0#?@%"):
        return False
    words = _WORD.findall(plain)
    # An era alone is no date: the General of Chinese and Japanese Excels begins with G.
    letters = set("".join(words)) - {"g"}
    return bool(letters or elapsed) and all(_DATE_WORD.fullmatch(word) for word in words)


@lru_cache(maxsize=4096)
def is_duration(code: str) -> bool:
    """Whether a date format counts on beyond a day: `[h]:mm`."""
    return is_date(code) and any(_ELAPSED.fullmatch(token) for token in _sections(code)[0])


def displayed(code: str, text: str) -> str | None:
    """A number as a cell of that format shows it.

    Args:
        code: of a format that is none of a date.
        text: the number, as the file has it.

    Returns:
        None if it cannot be said, or if the format shows nothing.
    """
    number = Decimal(text)
    sections = _of_numbers(_sections(code))
    position = _section_of(number, sections)
    if position is None:
        return None
    tokens = sections[position]
    bare = "".join(map(_bare, tokens)).lower().strip()
    if not bare and not any(token.startswith('"') for token in tokens):
        return None
    sign = "-" if number < 0 and position == 0 else ""
    if _GENERAL.fullmatch(bare):
        return _worded(tokens, sign + general(abs(number)))
    if "/" in bare and set(bare) & set(_PLACE):
        return sign + general(abs(number)) if number == number.to_integral_value() else None
    if "general" in bare or "@" in bare:
        return None
    if _SCIENTIFIC.search(bare):
        shown = _scientific(bare, abs(number))
        return None if shown is None else sign + shown
    if re.search(r"e[+-]", bare) or (re.search(r"[a-z]", bare) and not set(bare) & set(_PLACE)):
        return None
    filled = _filled(tokens, abs(number))
    return None if filled is None else sign + filled


@lru_cache(maxsize=4096)
def words_of_text(code: str) -> tuple[str, str] | None:
    """What a format puts before and after a text: `"CB1-"@`; None if it does not show the text."""
    sections = _sections(code)
    section = sections[3] if len(sections) > 3 else sections[-1]
    if "@" not in section:
        return ("", "") if len(sections) < 4 else None
    at = section.index("@")
    return "".join(map(_literal, section[:at])), "".join(map(_literal, section[at + 1 :]))


def general(number: Decimal) -> str:
    """A number in a cell without a format that is wide enough."""
    if number == number.to_integral_value() and abs(number) < 10**_GENERAL_DIGITS:
        return str(int(number))
    if abs(number) >= 10**_GENERAL_DIGITS or abs(number) < Decimal("1e-9"):
        shown = _scientific("0.#####e+00", abs(number)) or ""
        return f"-{shown}" if number < 0 else shown
    whole = len(str(int(abs(number))))
    shown = f"{number:.{max(0, _GENERAL_DIGITS - 1 - whole)}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def is_scientific(shown: str) -> bool:
    """Whether a number is shown as `1.00E+05`."""
    return re.fullmatch(r"-?[0-9.,]+E[+-][0-9]+", shown) is not None


@lru_cache(maxsize=4096)
def _sections(code: str) -> list[list[str]]:
    sections: list[list[str]] = [[]]
    for part in _TOKEN.findall(code):
        if part == ";":
            sections.append([])
        else:
            sections[-1].append(part)
    return sections


def _bare(part: str) -> str:
    """What of a part has a meaning: no literal text, no colour, no locale, no space."""
    if part.startswith(('"', "\\", "_", "*")):
        return ""
    return part if not part.startswith("[") or _ELAPSED.fullmatch(part) else ""


def _of_numbers(sections: list[list[str]]) -> list[list[str]]:
    """The sections without that of text; a format of text alone shows numbers as General does."""
    if len(sections) > 3:
        return sections[:3]
    return (sections[:-1] or [["General"]]) if "@" in sections[-1] else sections


def _section_of(number: Decimal, sections: list[list[str]]) -> int | None:
    """Which section shows a number; None if that cannot be said."""
    conditions = [next(filter(None, map(_CONDITION.fullmatch, one)), None) for one in sections]
    if any(conditions):
        # What becomes of the sign depends on more than the condition.
        met = [
            at
            for at, found in enumerate(conditions)
            if number >= 0 and (not found or _COMPARED[found[1]](number, Decimal(found[2])))
        ]
        return met[0] if met else None
    if number < 0 and len(sections) > 1:
        return 1
    return 2 if number == 0 and len(sections) > 2 else 0


def _worded(tokens: list[str], shown: str) -> str:
    """What stands in the place of General, with the words around it."""
    named = [at for at, part in enumerate(tokens) if _bare(part).strip()]
    before, after = tokens[: named[0]], tokens[named[-1] + 1 :]
    return "".join((*map(_literal, before), shown, *map(_literal, after))).strip()


def _literal(part: str) -> str:
    if part.startswith('"'):
        return part.strip('"')
    if part.startswith("\\"):
        return part[1:]
    if part.startswith("["):
        currency = _CURRENCY.match(part)
        return currency[1] if currency else ""
    return {"_": " ", "*": ""}.get(part[0], part)


def _scientific(bare: str, number: Decimal) -> str | None:
    found = re.fullmatch(r"([0#?]+)(?:\.([0#?]+))?e([+-])([0#?]+)", bare.strip())
    if not found or len(found[1]) > 1:
        return None
    decimals = found[2] or ""
    exponent = number.adjusted() if number else 0
    mantissa = f"{number.scaleb(-exponent):.{len(decimals)}f}"
    if Decimal(mantissa) >= 10:
        exponent += 1
        mantissa = f"{number.scaleb(-exponent):.{len(decimals)}f}"
    mantissa = _without_optional(mantissa, decimals)
    sign = "-" if exponent < 0 else found[3].replace("-", "")
    return f"{mantissa}E{sign}{abs(exponent):0{len(found[4])}}"


def _without_optional(shown: str, decimals: str) -> str:
    """Decimals without the zeros that `#` does not show."""
    least = len(decimals.rstrip("#?"))
    whole, dot, rest = shown.partition(".")
    while len(rest) > least and rest.endswith("0"):
        rest = rest[:-1]
    return f"{whole}{dot}{rest}" if rest or decimals[:1] == "0" else whole


def _filled(tokens: list[str], number: Decimal) -> str | None:
    """The places of a format filled with digits, from the right; what is literal stays."""
    places = [at for at, part in enumerate(tokens) if part in _PLACE]
    if not places:
        return "".join(map(_literal, tokens)).strip() or None
    number *= 100 ** tokens.count("%")
    point = next((at for at, part in enumerate(tokens) if part == "."), len(tokens))
    before = [at for at in places if at < point]
    decimals = "".join(tokens[at] for at in places if at > point)
    last = max(places)
    scale = len([at for at in range(last + 1, len(tokens)) if tokens[at] == ","])
    commas = any(
        part == "," and before and before[0] < at < before[-1] for at, part in enumerate(tokens)
    )
    rounded = (number / 1000**scale).quantize(
        Decimal(1).scaleb(-len(decimals)), rounding=ROUND_HALF_UP
    )
    whole, _, rest = f"{rounded:f}".partition(".")
    rest = _without_optional(f"0.{rest}", decimals).partition(".")[2] if rest else ""
    digits = [] if whole == "0" else list(whole)
    out = ["" if at in places or part == "," else _literal(part) for at, part in enumerate(tokens)]
    for at in reversed(before):
        if at == before[0]:
            filled = "".join(digits) or {"0": "0", "#": "", "?": " "}[tokens[at]]
            digits = []
        else:
            filled = digits.pop() if digits else {"0": "0", "#": "", "?": " "}[tokens[at]]
        out[at] = filled
    if commas:
        joined = "".join(out[at] for at in before)
        grouped = f"{int(joined):,}" if joined.isdigit() else joined
        for at in before:
            out[at] = ""
        out[before[0]] = grouped
    if point < len(tokens):
        out[point] = "."
        for at, digit in zip((at for at in places if at > point), rest, strict=False):
            out[at] = digit
    return "".join(out).strip() or None
