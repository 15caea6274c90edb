"""What a planner can do about a finding, and what only a data administrator can.

What belongs here: parting the two. What does not: what is to be done, which stands with each code.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from adm_sync.workbook.findings import Finding
from adm_sync.workbook.lookup import administrators, custom_values, registers

# Of a suggestion with a command, what goes before it: a question, or another way.
_PLANNERS = re.compile(r"(?:(?!adm-sync)[^?;])*(?:\?(?= If not, )|(?=; or\b))|")
# What is asked of a data administrator, by code.
_ASKED: Mapping[str, str] = MappingProxyType(
    {
        code.name: code.ask
        for code in (
            *registers.CODES,
            *(administrators.UNKNOWN, administrators.NOT_LINKED),
            custom_values.CUSTOM_FIELD_MISSING,
            custom_values.CUSTOM_FIELD_AMBIGUOUS,
            custom_values.CUSTOM_FIELDS_UNKNOWN,
        )
    }
)
ASK = "Ask your data administrator"


def advice(finding: Finding) -> str:
    """What a planner does: no commands; '' if nothing is known."""
    suggestion = finding.suggestion or ""
    is_for_both = bool(command(finding))
    found = _PLANNERS.match(suggestion)
    own = found[0] if found and is_for_both else suggestion
    asked = _ASKED.get(finding.code)
    if asked:
        question = own if own.endswith("?") or not is_for_both else ""
        return f"{question} {ASK} to {asked.format(value=_value(finding))}.".strip()
    if not is_for_both:
        return own
    asking = f"{ASK}: what to run is on the list of findings."
    return f"{own.rstrip(';,.')}. Or a{asking[1:]}" if own and not own.endswith("?") else asking


def command(finding: Finding) -> str:
    """What a data administrator does, with its command; '' if it is no matter of theirs."""
    suggestion = finding.suggestion or ""
    return suggestion if "adm-sync " in suggestion else ""


def _value(finding: Finding) -> str:
    return f"'{finding.value}'" if finding.value else "it"
