"""What is open of an entity, some at a time, with both sides of each next to each other.

What belongs here: pages of discrepancies, with candidates, where their names differ, and what a
person has decided. What does not: storing a decision (`choosing`), and how a page looks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import open_records, overview
from adm_sync.database.journal import Decision, OpenDiscrepancy
from adm_sync.database.open_records import Sought
from adm_sync.database.overview import LatestRun
from adm_sync.database.states import DecisionKind, DiscrepancyKind
from adm_sync.names.differing import Piece, differing, visible
from adm_sync.reference.decisions import UNMATCHED, with_takable
from adm_sync.reference.entity import Entity
from adm_sync.reference.labels import tutorial_labels

RECORDS = 50
# Of a name that is longer nobody reads more at a glance.
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Near:
    """A record of the other side, or a member of an ambiguity.

    Attributes:
        tutorial_id: None for a record of Administrate.
        external_id: None for a tutorial record.
        label: its name.
        detail: what else is known of it.
        apart: what tells it from others of its name, for who decides.
        score: how near it is, of 100; None for a member of an ambiguity.
        pieces: its name, with where it differs.
        own: the name of the record that it is compared with, with where that differs.
    """

    tutorial_id: int | None
    external_id: str | None
    label: str
    detail: str
    score: int | None
    pieces: tuple[Piece, ...] = ()
    own: tuple[Piece, ...] = ()
    apart: str = ""


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """An open discrepancy, its name and detail as they are shown, its candidates best first, and
    what people have said of its record; `apart` as of a `Near`.

    Candidates are those that can be taken now; `were_near` says that there were others.
    """

    found: OpenDiscrepancy
    label: str
    detail: str
    candidates: tuple[Near, ...]
    decided: tuple[Decision, ...]
    were_near: bool
    apart: str

    @property
    def is_settled(self) -> bool:
        """Whether the next sync needs no more of a person: who it is not leaves open who it is."""
        is_one = self.found.kind in UNMATCHED
        return is_one and any(one.kind != DecisionKind.NEVER for one in self.decided)


@dataclass(frozen=True, slots=True)
class OpenPage:
    """Some of what is open; `following` is the number after which the rest comes, if any does."""

    records: tuple[OpenRecord, ...]
    following: int | None


def page(
    connection: sa.Connection,
    entity: Entity,
    *,
    kind: DiscrepancyKind | None = None,
    search: str = "",
    after: int = 0,
    limit: int = RECORDS,
) -> OpenPage:
    """Some of what is open of an entity, oldest first.

    Args:
        connection: only read from.
        entity: whose.
        kind: only of this kind.
        search: only what has this in its name or about it, or as an id.
        after: `following` of the page before.
        limit: how many at most.
    """
    # One more, to know whether there are more.
    rows = open_records.read(connection, Sought(entity.name, kind, search), after, limit + 1)
    shown = rows[:limit]
    return OpenPage(
        tuple(_records(connection, entity, shown)), shown[-1].id if len(rows) > limit else None
    )


def _records(
    connection: sa.Connection, entity: Entity, rows: Sequence[OpenDiscrepancy]
) -> list[OpenRecord]:
    decided = _decided(connection, entity, rows)
    # What is gone from Administrate has no name there any more, but it has one here.
    gone = [one.tutorial_id for one in rows if one.label == one.external_id and one.tutorial_id]
    names = tutorial_labels(connection, entity, gone)
    named = [
        replace(one, label=names.get(one.tutorial_id or 0, one.label))
        if one.label == one.external_id
        else one
        for one in rows
    ]
    takable = with_takable(connection, named)
    return [
        _record(one, decided, were_near=len(one.suggestions) < len(before.suggestions))
        for one, before in zip(takable, named, strict=True)
    ]


def _decided(
    connection: sa.Connection, entity: Entity, rows: Sequence[OpenDiscrepancy]
) -> list[Decision]:
    ends = [one for row in rows for one in _ends(row)]
    here = {number for number, _ in ends if number is not None}
    there = {external_id for _, external_id in ends if external_id}
    return open_records.decisions_about(connection, entity.name, sorted(here), sorted(there))


def _ends(row: OpenDiscrepancy) -> Iterator[tuple[int | None, str | None]]:
    yield row.tutorial_id, row.external_id
    for one in row.suggestions:
        yield one["tutorial_id"], one["external_id"]


def _record(row: OpenDiscrepancy, decided: Sequence[Decision], *, were_near: bool) -> OpenRecord:
    candidates = tuple(_near(row, one) for one in row.suggestions)
    own = tuple(one for one in decided if _names(one, row))
    return OpenRecord(
        row, shown(row.label), shown(row.detail), candidates, own, were_near, shown(row.apart or "")
    )


def _near(row: OpenDiscrepancy, suggestion: Mapping[str, Any]) -> Near:
    label = shown(suggestion["label"])
    near = Near(
        suggestion["tutorial_id"],
        suggestion["external_id"],
        label,
        shown(suggestion.get("detail") or ""),
        suggestion.get("score"),
        (Piece(label, differs=False),),
        apart=shown(suggestion.get("apart") or ""),
    )
    if row.kind not in UNMATCHED:
        return near
    own, other = differing(shown(row.label), label)
    return replace(near, pieces=other, own=own)


def shown(name: str) -> str:
    """A name as it is shown: with what cannot be seen as numbers, and not longer than is read."""
    cut = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    return visible(cut)


def _names(decision: Decision, row: OpenDiscrepancy) -> bool:
    """Whether a decision is about the record itself, and not only about a candidate.

    What is ambiguous is several records, each of them meant.
    """
    own = (
        [(row.tutorial_id, row.external_id)]
        if row.kind != DiscrepancyKind.AMBIGUOUS
        else _ends(row)
    )
    return any(
        (here is not None and decision.tutorial_id == here)
        or (bool(there) and decision.external_id == there)
        for here, there in own
    )


@dataclass(frozen=True, slots=True)
class Overview:
    """How much is open of an entity, by kind, and what its syncs say of that.

    Attributes:
        entity: it.
        counts: of what is open.
        as_of: when the sync began that found that; None if none was ever accepted.
        latest: the latest sync; None if there was none.
    """

    entity: Entity
    counts: Mapping[DiscrepancyKind, int]
    as_of: datetime | None
    latest: LatestRun | None

    @property
    def total(self) -> int:
        """How much is open in all."""
        return sum(self.counts.values())


def overviews(connection: sa.Connection, entities: Sequence[Entity]) -> list[Overview]:
    """How much is open of each of these entities."""
    counts, runs = open_records.counts(connection), overview.latest_runs(connection)
    accepted = overview.last_accepted(connection)
    return [
        Overview(one, counts.get(one.name, {}), accepted.get(one.name), runs.get(one.name))
        for one in entities
    ]


def records_numbered(
    connection: sa.Connection, entity: Entity, numbers: Sequence[int]
) -> list[OpenRecord]:
    """Those of these discrepancies that are still open of an entity, in their order."""
    found = open_records.still_open(connection, numbers)
    rows = [one for _, one in sorted(found.items()) if one.entity == entity.name]
    return _records(connection, entity, rows)


def waiting(connection: sa.Connection, entities: Sequence[Entity]) -> list[tuple[Entity, int]]:
    """The entities about which something was decided since, with how many decisions that are."""
    accepted = overview.last_accepted(connection)
    since = [(one, accepted.get(one.name)) for one in entities]
    found = [(one, open_records.count_decided(connection, one.name, at)) for one, at in since]
    return [(one, count) for one, count in found if count]
