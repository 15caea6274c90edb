"""What each kind of discrepancy is called, what it means, and what a person can do about it.

What belongs here: the words. What does not: finding discrepancies (`findings`), and what can be
decided about one (`choices`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from adm_sync.database.states import DecisionKind, DiscrepancyKind


@dataclass(frozen=True, slots=True)
class KindWords:
    """Of a kind: a short title, and two sentences."""

    title: str
    meaning: str
    remedy: str


KINDS: Mapping[DiscrepancyKind, KindWords] = MappingProxyType(
    {
        DiscrepancyKind.UNMATCHED_TUTORIAL: KindWords(
            "Only here",
            "An active tutorial record has no counterpart in Administrate.",
            "Enter it there, mend the name on one side, link it with the record that it is, or "
            "ignore it if it is to have none.",
        ),
        DiscrepancyKind.UNMATCHED_ADMINISTRATE: KindWords(
            "Only in Administrate",
            "A record of Administrate has no counterpart in the tutorial tables.",
            "Mend the name on one side, link it with the record that it is, or ignore it if it is "
            "to have none.",
        ),
        DiscrepancyKind.AMBIGUOUS: KindWords(
            "Name used twice",
            "A name or code occurs twice on a side, so nothing was linked by it.",
            "Make the names differ, link the right pair, or ignore the one that is too many.",
        ),
        DiscrepancyKind.DRIFTED: KindWords(
            "Names differ",
            "A linked pair no longer carries the same name, or its tutorial record is inactive. "
            "The link stays.",
            "Mend the name; or say link to keep them together, never if they are not the same.",
        ),
        DiscrepancyKind.RETAINED: KindWords(
            "Gone there",
            "The record is gone from Administrate, but other rows refer to its row here, which was "
            "kept.",
            "Find out who deleted it. Once nothing refers to it, the next sync removes the row.",
        ),
        DiscrepancyKind.CONFLICTING_LINK: KindWords(
            "Contradiction",
            "A decision contradicts another or names a record that is gone, or one tutorial record "
            "is linked twice.",
            "Withdraw the decision that is wrong, or link the right pair.",
        ),
    }
)
DECISIONS: Mapping[DecisionKind, str] = MappingProxyType(
    {
        DecisionKind.LINK: "The two are the same from the next sync on, whatever their names say.",
        DecisionKind.NEVER: "The two are not the same: they are suggested to each other no more, "
        "and no sync links them.",
        DecisionKind.IGNORE: "The record is to have no counterpart, and is no longer listed.",
    }
)
