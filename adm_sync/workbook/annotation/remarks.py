"""What the copy says about a row or a cell, and in which color.

What belongs here: what became of a row, what a planner and a data administrator can do about a
finding, and keeping text from becoming a formula or breaking the file. What does not: what is to
be done, which stands with each code; and where it is shown.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from xml.sax.saxutils import escape

from adm_sync.formulas import printable
from adm_sync.workbook.annotation.formats import Color
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.lookup import custom_values, registers, staff
from adm_sync.workbook.lookup.registers import IS_IT, asked_first

# Of a suggestion with a command, what goes before it: another way.
_PLANNERS = re.compile(r"(?:(?!adm-sync|--)[^;])*(?=; or\b)|")
# A command, or an option of one.
_COMMAND = re.compile(r"adm-sync |(?<!\S)--[a-z]")
# What is asked of a data administrator, by code.
_ASKED: Mapping[str, str] = MappingProxyType(
    {
        code.name: code.ask
        for code in (
            *registers.CODES,
            *(staff.ADMINISTRATOR_UNKNOWN, staff.ADMINISTRATOR_NOT_LINKED),
            custom_values.CUSTOM_FIELD_MISSING,
            custom_values.CUSTOM_FIELD_AMBIGUOUS,
            custom_values.CUSTOM_FIELDS_UNKNOWN,
        )
    }
)
ASK = "Ask your data administrator"
ASK_TO_RUN = f"{ASK}: what to run is on the list of findings."
OR_ASK_TO_RUN = f" Or a{ASK_TO_RUN[1:]}"
BAD = frozenset({"rejected", "failed"})
CAREFUL = frozenset({"skipped", "pending", "unknown", "retry", "different"})
MOST_IN_A_COMMENT = 10
HEADING = "adm_sync:"
_ERROR, _WARNING, _SUGGESTION, _MORE = "Error: ", "Warning: ", "Suggestion: ", "More: "
COLOR_BEFORE = "Color before: "
PREFIXES = (_ERROR, _WARNING, _SUGGESTION, _MORE, COLOR_BEFORE)
_OF_ROW = re.compile(r"(row \d+): ")
# What Excel would take for a character by its number.
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


class Tone(StrEnum):
    """How good or bad it is; the value is the colour, one that nobody else is likely to use."""

    BAD = "FFF8C8C3"
    CAREFUL = "FFFDEBB5"
    GOOD = "FFD2ECD5"

    @property
    def color(self) -> Color:
        """As a fill of a cell."""
        return f"rgb {self.value} 0.0"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: `created`, `rejected`, … and what there is to say about it."""

    status: str
    detail: str = ""

    @property
    def text(self) -> str:
        """For the column of the status; what was found has one of its own."""
        is_told = self.status == "rejected" or not self.detail
        return self.status if is_told else f"{self.status}: {self.detail}"

    def first(self, findings: Iterable[Finding]) -> str:
        """The worst that was found in the row; of a rejected row without, where to look."""
        found = sorted(findings, key=lambda one: not one.is_error)
        if not found:
            elsewhere = _OF_ROW.match(self.detail)
            told = f"See {elsewhere[1]}." if elsewhere else self.detail
            return told if self.status == "rejected" else ""
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return " ".join(filter(None, (found[0].message, sentence(found[0])))) + more

    def tone(self, findings: Sequence[Finding]) -> Tone:
        """How bad it is all in all."""
        if self.status in BAD or any(one.is_error for one in findings):
            return Tone.BAD
        return Tone.CAREFUL if self.status in CAREFUL or findings else Tone.GOOD


def tone(findings: Iterable[Finding]) -> Tone:
    """How bad it is what was found in a cell."""
    return Tone.BAD if any(one.is_error for one in findings) else Tone.CAREFUL


def sentence(finding: Finding) -> str:
    """What a planner does, as a sentence: what to put instead may be all that is suggested."""
    found = advice(finding)
    return f"{IS_IT}{found}?" if found and found[-1] not in ".?" else found


def advice(finding: Finding) -> str:
    """What a planner does: no commands; '' if nothing is known."""
    suggestion, is_for_both = finding.suggestion or "", bool(command(finding))
    question, rest = asked_first(suggestion)
    asked = _ASKED.get(finding.code)
    if asked:
        value = f"'{finding.value}'" if finding.value else "it"
        asking = f"{ASK} to {asked.format(value=value)}."
        if question:
            return f"{question} If not, a{asking[1:]}"
        return asking if is_for_both else f"{rest} {asking}".strip()
    if not is_for_both:
        return suggestion
    found = _planners(suggestion)
    return f"{found.rstrip(',.')}.{OR_ASK_TO_RUN}" if found else ASK_TO_RUN


def command(finding: Finding) -> str:
    """What a data administrator does, with its command; '' if it is no matter of theirs."""
    if not _COMMAND.search(suggestion := finding.suggestion or ""):
        return ""
    suggestion = asked_first(suggestion)[1]
    if not (found := _planners(suggestion)):
        return suggestion
    theirs = suggestion[len(found) :].removeprefix("; or").lstrip(", ")
    return theirs[0].upper() + theirs[1:]


def _planners(suggestion: str) -> str:
    """Of a suggestion with a command, what a planner does without it."""
    found = _PLANNERS.match(suggestion)
    return found[0] if found else ""


def comment(findings: Sequence[Finding], own_color: Color) -> str:
    """The comment of a cell; the color that it had is named, to be given back later.

    It goes wherever people move the cell, and every program keeps it.
    """
    lines = [HEADING, *_lines(findings)]
    return "\n".join([*lines, COLOR_BEFORE + own_color] if own_color else lines)


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:MOST_IN_A_COMMENT]:
        yield (_ERROR if finding.is_error else _WARNING) + _one_line(finding.message)
        told = advice(finding)
        if told:
            yield _SUGGESTION + _one_line(told)
    if len(findings) > MOST_IN_A_COMMENT:
        yield f"{_MORE}{len(findings) - MOST_IN_A_COMMENT} further findings in this cell."


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


# ------------------------------------------------------------------ text that stays text


def cell_xml(place: str, style: str, text: str | int | None, prefix: str = "") -> str:
    """A cell in the XML of a sheet. A text is of the type "string", so it is never evaluated.

    Args:
        place: such as `B4`.
        style: the number of its format.
        text: '' for an empty cell.
        prefix: of the names, as the sheet has it.
    """
    start = f'<{prefix}c r="{place}" s="{style}"'
    if isinstance(text, int):
        return f"{start}><{prefix}v>{text}</{prefix}v></{prefix}c>"
    if not text:
        return f"{start}/>"
    told = escape(_ESCAPE.sub("_x005F_", printable(text)), {"\r": "&#13;"})
    return (
        f'{start} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{told}</{prefix}t>'
        f"</{prefix}is></{prefix}c>"
    )
