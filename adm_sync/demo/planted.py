"""Where the two sides of the fictional company differ, on purpose.

What belongs here: each planted difference by name, so that texts and tests need not repeat it.
What does not: what a sync makes of it.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["unmatched_tutorial", "unmatched_administrate", "ambiguous"]


@dataclass(frozen=True, slots=True)
class Planted:
    """A discrepancy that a sync of the fictional company must report.

    `label` is the record's name, or its code; `why` completes "It is there because …".
    """

    entity: str
    kind: Kind
    label: str
    why: str


PLANTED = (
    Planted(
        "locations", "unmatched_tutorial", "Edinburgh", "nobody has entered it in Administrate yet"
    ),
    Planted(
        "locations", "unmatched_administrate", "Cardiff", "the tutorial tables do not know the town"
    ),
    Planted(
        "venues",
        "unmatched_tutorial",
        "Guildhall Chambers",
        "Administrate spells it Guild Hall Chambers",
    ),
    Planted(
        "venues",
        "unmatched_administrate",
        "Guild Hall Chambers",
        "the tutorial tables spell it Guildhall Chambers",
    ),
    Planted("venues", "unmatched_administrate", "Taff Room", "its town, Cardiff, is not linked"),
    Planted(
        "instructors",
        "unmatched_tutorial",
        "Katherine Ashdown",
        "Administrate spells it Katharine Ashdown",
    ),
    Planted(
        "instructors",
        "unmatched_administrate",
        "Katharine Ashdown",
        "the tutorial tables spell it Katherine Ashdown",
    ),
    Planted(
        "instructors",
        "unmatched_administrate",
        "Rupert Lindmoor",
        "the tutorial record is inactive, and inactive records take no part",
    ),
    Planted(
        "instructors", "ambiguous", "Imogen Vale", "Administrate has two contacts of that name"
    ),
    Planted(
        "course_templates",
        "unmatched_tutorial",
        "SA1_LO_2",
        "nobody has entered it in Administrate yet",
    ),
    Planted(
        "course_templates", "unmatched_tutorial", "SP9_BR_3", "Administrate has the code SP9_BR3"
    ),
    Planted(
        "course_templates",
        "unmatched_administrate",
        "SP9_BR3",
        "the tutorial tables have the code SP9_BR_3",
    ),
    Planted(
        "course_templates",
        "unmatched_administrate",
        "CB3_CA_1",
        "it is taught in Cardiff, which the tutorial tables do not know",
    ),
)

# Spelt otherwise in Administrate, and the same all the same: a no-break space, a curly apostrophe,
# a zero-width space, an accent as a character of its own, another case.
SPELT_OTHERWISE = {
    "locations": {"Milton Keynes": "Milton\u00a0Keynes"},
    "venues": {"Jewellers' Court": "Jewellers\u2019 Court", "The Ropewalk": "The  Ropewalk "},
    "instructors": {
        "Adewale Brightmore": "Adewale\u200b Brightmore",
        "Zo\u00eb Hartigan": "Zoe\u0308 Hartigan",
    },
    "course_templates": {"CM2_MA_4": "cm2_ma_4"},
}


def only_in_tutorial(entity: str) -> frozenset[str]:
    """The labels of the tutorial records that have no counterpart in Administrate."""
    return frozenset(
        planted.label
        for planted in PLANTED
        if planted.entity == entity and planted.kind == "unmatched_tutorial"
    )


def in_administrate(entity: str, label: str) -> str:
    """How Administrate spells this label."""
    return SPELT_OTHERWISE[entity].get(label, label)
