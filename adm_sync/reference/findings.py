"""What a person should look at after a sync.

What belongs here: turning a matching and a plan into discrepancies, with suggestions. What does
not: storing or printing them.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from adm_sync.database.journal import Discrepancy
from adm_sync.database.states import DiscrepancyKind
from adm_sync.reference.entity import BridgeRow, Entity, RemoteRecord, TutorialRecord
from adm_sync.reference.matching import Ambiguity, Conflict, Drift, Matching
from adm_sync.reference.planning import Plan
from adm_sync.reference.suggestions import Candidates, member

# A row of an index holds less than 2,704 bytes, and a character up to 4.
LONGEST_SUBJECT = 500


def discrepancies(entity: Entity, matching: Matching, plan: Plan) -> list[Discrepancy]:
    """Everything that needs a person, of all six kinds."""
    retained = {row.tutorial_id for row in plan.retained}
    tutorials, records = matching.unmatched_tutorial, matching.unmatched_administrate
    never = matching.never
    unclear = matching.ambiguous
    # Who can be linked by a decision: whoever has no link, and can be written.
    loose_tutorials = [
        one for each in unclear for one in each.tutorials if one.id not in matching.linked
    ]
    loose_records = [
        one for each in unclear for one in each.records if one.identity not in matching.links
    ]
    if entity.matched:
        some_tutorials = Candidates([*tutorials, *loose_tutorials], never)
        writable = [one for one in records if not one.obstacle]
        some_records = Candidates([*writable, *loose_records], never)
    else:
        some_tutorials = some_records = Candidates([])
    return [
        *(_unmatched_tutorial(one, some_records) for one in tutorials if one.id not in retained),
        *_unmatched_records(records, some_tutorials),
        *(_ambiguous(one) for one in unclear),
        *(_drifted(one) for one in matching.drifted),
        *(_retained(row) for row in plan.retained),
        *(_conflicting(one) for one in matching.conflicts),
    ]


def _subject(*parts: str | int) -> str:
    """Parts that tell a discrepancy from others of its kind, as one text that fits an index.

    No part of a key holds a line break, so that no two keys become one subject.
    """
    joined = "\n".join(map(str, parts))
    if len(joined) <= LONGEST_SUBJECT:
        return joined
    return f"{joined[:LONGEST_SUBJECT]} {hashlib.sha256(joined.encode()).hexdigest()}"


def _unmatched_tutorial(one: TutorialRecord, candidates: Candidates) -> Discrepancy:
    return Discrepancy(
        DiscrepancyKind.UNMATCHED_TUTORIAL,
        f"tutorial {one.id}",
        one.label,
        tutorial_id=one.id,
        detail=one.about,
        apart=one.apart,
        suggestions=candidates.nearest(one),
    )


def _unmatched_records(
    records: Sequence[RemoteRecord], candidates: Candidates
) -> Iterator[Discrepancy]:
    """Records without an id are told apart by their labels, and equal ones are numbered."""
    nameless: Counter[str] = Counter()
    for one in records:
        parts: tuple[str | int, ...] = one.identity
        if not one.external_id:
            nameless[one.label] += 1
            parts = (*parts, "without an id", one.label, nameless[one.label])
        yield Discrepancy(
            DiscrepancyKind.UNMATCHED_ADMINISTRATE,
            _subject(*parts),
            one.label,
            external_id=one.external_id,
            detail=one.obstacle or one.about,
            apart=one.apart,
            suggestions=[] if one.obstacle else candidates.nearest(one),
        )


def _ambiguous(found: Ambiguity) -> Discrepancy:
    members: list[TutorialRecord | RemoteRecord] = [*found.tutorials, *found.records]
    here = ", ".join(str(one.id) for one in found.tutorials) or "none"
    there = ", ".join(one.external_id for one in found.records) or "none"
    return Discrepancy(
        DiscrepancyKind.AMBIGUOUS,
        _subject(*found.key),
        members[0].label,
        detail=f"tutorial records: {here}; Administrate records: {there}",
        suggestions=[member(one) for one in members],
    )


def _drifted(drift: Drift) -> Discrepancy:
    return Discrepancy(
        DiscrepancyKind.DRIFTED,
        drift.record.external_id,
        drift.tutorial.label,
        tutorial_id=drift.tutorial.id,
        external_id=drift.record.external_id,
        detail=drift.reason,
    )


def _retained(row: BridgeRow) -> Discrepancy:
    return Discrepancy(
        DiscrepancyKind.RETAINED,
        f"row {row.id}",
        row.external_id,
        tutorial_id=row.tutorial_id,
        external_id=row.external_id,
        detail="its record is gone from Administrate, but other rows still refer to it here",
    )


def _conflicting(conflict: Conflict) -> Discrepancy:
    return Discrepancy(
        DiscrepancyKind.CONFLICTING_LINK,
        conflict.subject,
        conflict.subject,
        tutorial_id=conflict.tutorial_id,
        external_id=conflict.external_id,
        detail=conflict.reason,
    )
