"""What is missing in Administrate and could be created there, as a person is shown it first.

What belongs here: finding it, with what is like it there already. What does not: creating it
(`creating`), and asking.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adm_sync.database import journal
from adm_sync.database.engine import database_errors
from adm_sync.database.states import DiscrepancyKind
from adm_sync.reference.creating import can_create, missing, why_not
from adm_sync.reference.decisions import with_takable
from adm_sync.reference.entity import Entity, TutorialRecord
from adm_sync.reference.syncer import Syncer

# So much alike, of 100, that two records may well be one.
DOUBTFUL = 90


@dataclass(frozen=True, slots=True)
class ToCreate:
    """What a person could have created.

    Attributes:
        tutorials: the records.
        near: by the id of one, what is like it in Administrate and could be linked with it.
        only: the ids that were asked for; all if there are none.
        why_not: why they cannot be created, in a sentence; empty if they can.
    """

    tutorials: Sequence[TutorialRecord]
    near: Mapping[int, Sequence[Mapping[str, Any]]]
    only: frozenset[int]
    why_not: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether there is something that can be created."""
        return bool(self.tutorials) and not self.why_not

    @property
    def unknown(self) -> frozenset[int]:
        """The ids that were asked for, of records that are not missing."""
        return self.only - {one.id for one in self.tutorials}

    @property
    def doubtful(self) -> list[TutorialRecord]:
        """Those that may be in Administrate already, and were not asked for by their ids."""
        return [one for one in self.tutorials if self.is_doubtful(one)]

    @property
    def certain(self) -> list[TutorialRecord]:
        """All others."""
        return [one for one in self.tutorials if not self.is_doubtful(one)]

    def is_doubtful(self, tutorial: TutorialRecord) -> bool:
        """Whether it is one of the former."""
        near = self.near.get(tutorial.id, ())
        return tutorial.id not in self.only and any(one["score"] >= DOUBTFUL for one in near)

    def to_know(self, tutorial: TutorialRecord) -> str:
        """What is like it in Administrate, in a sentence; empty if nothing is."""
        near = self.near.get(tutorial.id, ())
        named = [f"{one['label']} ({one['external_id']}, {one['score']} % alike)" for one in near]
        return f"Administrate has {', '.join(named)}" if named else ""


def to_create(syncer: Syncer, entity: Entity, only: Collection[int] = ()) -> ToCreate:
    """What is missing, or these of it. Writes nothing."""
    with database_errors(), syncer.database.engine.connect() as connection:
        found = missing(connection, entity)
        ids = {one.id for one in found if not only or one.id in only}
        rows = journal.open_discrepancies(connection, entity.name)
        rows = with_takable(connection, [one for one in rows if one.tutorial_id in ids])
    tutorials = [one for one in found if one.id in ids]
    near = {
        one.tutorial_id: one.suggestions
        for one in rows
        if one.tutorial_id is not None and one.kind == DiscrepancyKind.UNMATCHED_TUTORIAL
    }
    reason = ""
    if tutorials and not can_create(entity, syncer.client):
        reason = why_not(entity, syncer.client)
    return ToCreate(tutorials, near, frozenset(only), reason)


def left_out(count: int) -> str:
    """That so many records were not created, because they may be there already, in a sentence."""
    records = "1 record was" if count == 1 else f"{count} records were"
    return (
        f"{records} not created: Administrate has something very like it. Link what is the same; "
        "what is not is created once it is named by its id."
    )


def not_missing(ids: Collection[int]) -> str:
    """That these tutorial records are not to be created, in a sentence."""
    return f"Nothing is to be created about {', '.join(map(str, sorted(ids)))} any more."
