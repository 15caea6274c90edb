"""The report on a tenant, which a person can send to whoever maintains the project.

What belongs here: what it says, as text and as JSON, and its status. What does not: what was found
(`declared`, `trial`). There is no name of the tenant in it, and nothing of its records.
"""

import platform
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adm_sync import __version__
from adm_sync.assumptions.assumption import Assessed, Ruling

SIGNS = {
    Ruling.HELD: "✓",
    Ruling.NOT_HELD: "✗",
    Ruling.UNDECIDED: "?",
    Ruling.UNASKED: "!",
}
WORDS = {
    Ruling.HELD: "held",
    Ruling.NOT_HELD: "not held",
    Ruling.UNDECIDED: "not decidable by reading",
    Ruling.UNASKED: "could not be asked",
}


def status_of(found: Sequence[Assessed]) -> str:
    """Failed if something does not hold without which the project cannot work; partial if
    something could not be asked; else succeeded, since something else is done where it matters."""
    if any(o.found.ruling == Ruling.NOT_HELD and o.assumption.is_needed for o in found):
        return "failed"
    is_partial = any(one.found.ruling == Ruling.UNASKED for one in found)
    return "partial" if is_partial else "succeeded"


def as_json(found: Sequence[Assessed], now: datetime) -> dict[str, Any]:
    """The report as the document of `--json`."""
    return {
        "status": status_of(found),
        "adm_sync": __version__,
        "python": platform.python_version(),
        "asked": now.isoformat(timespec="seconds"),
        "assumptions": [
            {
                "name": one.assumption.name,
                "assumed": one.assumption.assumed,
                "verdict": str(one.found.ruling),
                "found": one.found.said,
                "otherwise": one.assumption.otherwise,
                "needed": one.assumption.is_needed,
            }
            for one in found
        ],
    }


def as_text(found: Sequence[Assessed], now: datetime) -> str:
    """The same for people, in Markdown."""
    head = (
        "# What this tenant is like, to adm_sync\n\n"
        f"adm_sync {__version__}, Python {platform.python_version()}, asked {now:%Y-%m-%d %H:%M} "
        "UTC. No name of the tenant, no secret and nothing of its records is in here.\n\n"
        f"{counted(found)}\n"
    )
    return head + "".join(_row(one) for one in found)


def counted(found: Sequence[Assessed]) -> str:
    """How many of each verdict, in a sentence."""
    counts = Counter(one.found.ruling for one in found)
    said = ", ".join(f"{counts[one]} {WORDS[one]}" for one in Ruling if counts[one])
    return f"Of {len(found)} assumptions: {said}."


def line_of(one: Assessed) -> str:
    """One assumption on a line."""
    found = one.found
    return f"{SIGNS[found.ruling]} {one.assumption.assumed} ({WORDS[found.ruling]}: {found.said})"


def _row(one: Assessed) -> str:
    text = f"\n## {SIGNS[one.found.ruling]} {one.assumption.name}\n\n{one.assumption.assumed}\n"
    text += f"**{WORDS[one.found.ruling]}**: {one.found.said}.\n"
    if one.found.ruling != Ruling.HELD:
        needed = " adm_sync needs it." if one.assumption.is_needed else ""
        text += f"Otherwise: {one.assumption.otherwise}{needed}\n"
    return text
