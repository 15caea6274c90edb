"""What a planner can do about a finding, and what only a data administrator can.

What belongs here: parting the two. What does not: what is to be done, which stands with each code.
"""

import re

from adm_sync.workbook.catalogue import catalogue
from adm_sync.workbook.findings import Finding

# Of a suggestion with a command, what goes before it: a question, or another way.
_PLANNERS = re.compile(r"(?:(?!adm-sync)[^?;])*(?:\?(?= If not, )|(?=; or\b))|")
ASK = "Ask your data administrator"


def advice(finding: Finding) -> str:
    """What a planner does: no commands; '' if nothing is known."""
    suggestion = finding.suggestion or ""
    is_for_both = bool(command(finding))
    found = _PLANNERS.match(suggestion)
    own = found[0] if found and is_for_both else suggestion
    code = catalogue().get(finding.code)
    if code is not None and code.ask:
        question = own if own.endswith("?") or not is_for_both else ""
        return f"{question} {ASK} to {code.ask.format(value=_value(finding))}.".strip()
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
