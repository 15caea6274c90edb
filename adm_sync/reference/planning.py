"""What a sync would do to one bridge table, and whether a guard stops it.

What belongs here: turning evidence, rows and a matching into a plan, and judging the plan. What
does not: reading or writing anything.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from adm_sync.reference.entity import BridgeRow, Entity, Evidence, Identity, RemoteRecord
from adm_sync.reference.matching import Matching

ChangeAction = Literal["created", "updated", "deleted", "linked", "unlinked", "relinked"]


@dataclass(frozen=True, slots=True)
class Change:
    """One row that is to be written.

    `values` are the entity's own columns and `tutorial_id` the link, as they will be; `before` and
    `after` hold the fields that differ, by column name.
    """

    action: ChangeAction
    identity: Identity
    row_id: int | None = None
    tutorial_id: int | None = None
    values: tuple[Any, ...] = ()
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    decided: bool = False

    @property
    def external_id(self) -> str:
        """The id in Administrate."""
        return self.identity[-1]

    @property
    def removes(self) -> bool:
        """It deletes a row or takes its link away, and no person asked for that."""
        return self.action in {"deleted", "unlinked", "relinked"} and not self.decided


@dataclass(slots=True)
class Plan:
    """Everything one sync would do to one table.

    `retained` are rows whose record is gone while something still refers to them; `unanswered`
    rows are kept because Administrate said nothing about them. `freed` are retained rows that lose
    their link. `refused` are records that hold what cannot be stored. `seen` counts the records
    fetched; `linked` those of them whose row was linked before, not counting a person's decisions,
    and `agreeing` those whose link stays and whose two ends carry the same key.
    """

    entity: Entity
    rows: int
    seen: int
    creates: list[Change] = field(default_factory=list)
    updates: list[Change] = field(default_factory=list)
    deletes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    skipped: int = 0
    retained: list[BridgeRow] = field(default_factory=list)
    unanswered: int = 0
    unseen_row_ids: list[int] = field(default_factory=list)
    refused: list[RemoteRecord] = field(default_factory=list)
    freed: list[Change] = field(default_factory=list)
    linked: int = 0
    agreeing: int = 0

    @property
    def changes(self) -> list[Change]:
        """All that would be written, deletions first."""
        return self.deletes + self.freed + self.updates + self.creates

    @property
    def removals(self) -> list[Change]:
        """What the guard counts."""
        return [change for change in self.changes if change.removes]

    @property
    def strange(self) -> bool:
        """Not one of the linked records carries its name any more: another tenant's data?"""
        return self.linked >= 5 and not self.agreeing

    @property
    def moved(self) -> int:
        """Rows whose link went over to another record, on either side."""
        if self.entity.matched is None:
            return 0
        link = self.entity.matched.link
        newly = {c.tutorial_id for c in self.creates + self.updates if link in c.after}
        left = [c for c in self.freed + self.updates if c.before.get(link) is not None]
        return sum(c.after[link] is not None or c.before[link] in newly for c in left)

    def fingerprint(self) -> str:
        """A digest of what the guard judges, so that a person releases exactly that."""
        judged = sorted(
            (change.action, *change.identity, str(change.tutorial_id)) for change in self.removals
        )
        judgement = [self.seen == 0, self.strange, judged]
        return hashlib.sha256(json.dumps(judgement).encode()).hexdigest()


def plan_sync(
    entity: Entity,
    evidence: Evidence,
    rows: Sequence[BridgeRow],
    matching: Matching,
    referenced: Collection[int],
) -> Plan:
    """Compare what should be with what is.

    Args:
        entity: the entity that is synced.
        evidence: the complete fetch.
        rows: the bridge table as it stands.
        matching: the links that should be.
        referenced: ids of those gone rows to which something still refers.
    """
    plan = Plan(entity, rows=len(rows), seen=len(evidence.records))
    first = {row.identity: row for row in reversed(rows)}
    seen: set[Identity] = set()
    for record in evidence.records:
        if record.identity in seen and not record.obstacle:
            plan.skipped += 1
            continue
        seen.add(record.identity)
        _plan_record(plan, record, first.get(record.identity), matching)
    gone = [row for row in rows if row.identity not in seen or first[row.identity] is not row]
    if gone:
        _plan_gone(plan, gone, evidence, matching, referenced)
    return plan


def _plan_record(
    plan: Plan, record: RemoteRecord, row: BridgeRow | None, matching: Matching
) -> None:
    if record.obstacle:
        plan.skipped += 1
        if record.refused:
            plan.refused.append(record)
        return
    if record.identity in matching.skipped and (row is None or not plan.entity.matched):
        plan.skipped += 1
        return
    wanted = matching.links.get(record.identity)
    if row is None:
        plan.creates.append(_creation(plan.entity, record, wanted))
        return
    skipped = record.identity in matching.skipped
    if row.tutorial_id is not None and record.identity not in matching.decided:
        plan.linked += 1
        plan.agreeing += row.tutorial_id == wanted and record.identity not in matching.renamed
    if row.values == record.values and row.tutorial_id == wanted:
        plan.skipped += skipped
        plan.unchanged += not skipped
        return
    plan.updates.append(_update(plan.entity, record, row, wanted, matching.decided))


def _creation(entity: Entity, record: RemoteRecord, tutorial_id: int | None) -> Change:
    after = _all_fields(entity, record.values, tutorial_id)
    return Change(
        "created", record.identity, tutorial_id=tutorial_id, values=record.values, after=after
    )


def _update(
    entity: Entity,
    record: RemoteRecord,
    row: BridgeRow,
    wanted: int | None,
    decided: Collection[Identity],
) -> Change:
    before, after = {}, {}
    for name, old, new in zip(entity.columns, row.values, record.values, strict=True):
        if old != new:
            before[name], after[name] = old, new
    action: ChangeAction = "updated"
    if entity.matched and row.tutorial_id != wanted:
        before[entity.matched.link], after[entity.matched.link] = row.tutorial_id, wanted
        action = _link_action(row.tutorial_id, wanted)
    return Change(
        action,
        record.identity,
        row_id=row.id,
        tutorial_id=wanted,
        values=record.values,
        before=before,
        after=after,
        decided=record.identity in decided,
    )


def _link_action(before: int | None, after: int | None) -> ChangeAction:
    if before is None:
        return "linked"
    return "unlinked" if after is None else "relinked"


def _plan_gone(
    plan: Plan,
    gone: Sequence[BridgeRow],
    evidence: Evidence,
    matching: Matching,
    referenced: Collection[int],
) -> None:
    """Rows whose record is gone, or that stand twice."""
    plan.unseen_row_ids += [row.id for row in gone]
    links = {tutorial_id: identity for identity, tutorial_id in matching.links.items()}
    for row in gone:
        if evidence.leaves_open(row.identity):
            plan.unanswered += 1
        elif row.id not in referenced:
            plan.deletes.append(_deletion(plan.entity, row))
        else:
            plan.retained.append(row)
            if row.tutorial_id in links:
                decided = links[row.tutorial_id] in matching.decided
                plan.freed.append(_release(plan.entity, row, decided))


def _deletion(entity: Entity, row: BridgeRow) -> Change:
    before = _all_fields(entity, row.values, row.tutorial_id)
    return Change("deleted", row.identity, row_id=row.id, before=before)


def _all_fields(entity: Entity, values: tuple[Any, ...], tutorial_id: int | None) -> dict[str, Any]:
    link = {entity.matched.link: tutorial_id} if entity.matched else {}
    return {**dict(zip(entity.columns, values, strict=True)), **link}


def _release(entity: Entity, row: BridgeRow, decided: bool) -> Change:
    """The tutorial record has found another partner: only the link moves, the row stays."""
    assert entity.matched is not None
    link = entity.matched.link
    return Change(
        "unlinked",
        row.identity,
        row_id=row.id,
        values=row.values,
        before={link: row.tutorial_id},
        after={link: None},
        decided=decided,
    )


@dataclass(frozen=True, slots=True)
class GuardLimits:
    """How much a plan may take away: `rows`, or `percent` of the table's rows if that is more."""

    rows: int = 5
    percent: float = 10.0


def hold_reason(plan: Plan, limits: GuardLimits) -> str | None:
    """Why the guard holds this plan; None if it may be applied."""
    many = plan.entity.many
    if plan.seen == 0 and plan.rows:
        return f"Administrate returned no {many} at all, while {plan.rows} are known here"
    if plan.strange:
        return (
            f"none of the {plan.linked} linked {many} carries the name it is known by; this looks "
            "like another tenant's data"
        )
    removed, allowed = len(plan.removals), max(limits.rows, plan.rows * limits.percent / 100)
    if removed > allowed:
        return (
            f"the plan would remove, unlink or relink {removed} of {plan.rows} {many}; "
            f"the guard lets {int(allowed)} pass"
        )
    return None
