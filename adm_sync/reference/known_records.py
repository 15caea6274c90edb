"""What is known of records of both sides, read at once for as many as somebody decides about.

What belongs here: whether they are there, and what they are linked with. What does not: what may be
decided about them (`decisions`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from adm_sync.database import open_records
from adm_sync.database.history_subjects import tutorial_rows_of
from adm_sync.database.recorded import LARGEST, among
from adm_sync.reference.entity import Entity
from adm_sync.reference.labels import tutorial_labels

Named = tuple[Entity, int | None, str | None]
Link = tuple[int, str]


class KnownRecords:
    """Some records, as they are when they are asked about first: those of an entity together.

    Args:
        connection: only read from.
        named: each a tutorial record, a record of Administrate, or one of each.
    """

    def __init__(self, connection: sa.Connection, named: Iterable[Named]) -> None:
        self._connection = connection
        self._numbers: dict[str, set[int]] = defaultdict(set)
        self._external_ids: dict[str, set[str]] = defaultdict(set)
        for entity, here, there in named:
            self._numbers[entity.name] |= {here} if here is not None and here <= LARGEST else set()
            self._external_ids[entity.name] |= {there} if there else set()
        self._links: dict[str, _Links] = {}
        self._here: dict[str, set[int]] = {}
        self._there: dict[str, set[str]] = {}

    def links(self, named: Named) -> list[Link]:
        """The links that stand with either of two records: tutorial id and external id of each."""
        entity, *ends = named
        by_end = self._links_of(entity).by_end
        return [*dict.fromkeys(one for end in ends if end is not None for one in by_end[end])]

    def standing(self, named: Named) -> list[Link]:
        """The same, but for links with what is gone from Administrate, which a decision moves."""
        gone = self._links_of(named[0]).gone
        return [one for one in self.links(named) if one[1] not in gone]

    def every(self, entity: Entity) -> set[Link]:
        """All links that stand with any of the records of an entity."""
        return {one for links in self._links_of(entity).by_end.values() for one in links}

    def called(self, entity: Entity, tutorial_id: int) -> str:
        """A tutorial record that is linked, with its name if it has one."""
        label = self._links_of(entity).labels.get(tutorial_id, "")
        return f"Tutorial record {tutorial_id}" + (f" ({label})" if label else "")

    def has_tutorial(self, entity: Entity, tutorial_id: int) -> bool:
        """Whether there is such a tutorial record."""
        if entity.name not in self._here and entity.matched is not None:
            wanted = sorted(self._numbers[entity.name])
            rows = tutorial_rows_of(self._connection, entity.matched.tutorials, wanted)
            self._here[entity.name] = {row.id for row in rows}
        return tutorial_id in self._here[entity.name]

    def has_external(self, entity: Entity, external_id: str) -> bool:
        """Whether the last sync has seen this record of Administrate, as far as it was kept."""
        if entity.name not in self._there:
            wanted, own = sorted(self._external_ids[entity.name]), entity.bridge.c.external_id
            known = sa.select(own).where(among(own, wanted))
            self._there[entity.name] = {
                *self._connection.scalars(known),
                *open_records.labels_of(self._connection, entity.name, wanted),
            }
        return external_id in self._there[entity.name]

    def _links_of(self, entity: Entity) -> "_Links":
        if entity.name not in self._links:
            here, there = self._numbers[entity.name], self._external_ids[entity.name]
            self._links[entity.name] = _read_links(
                self._connection, entity, sorted(here), sorted(there)
            )
        return self._links[entity.name]


@dataclass(frozen=True, slots=True)
class _Links:
    """Links by each of their ends, what is gone of Administrate, and names of tutorial records."""

    by_end: Mapping[int | str, list[Link]]
    gone: set[str]
    labels: Mapping[int, str]


def _read_links(
    connection: sa.Connection, entity: Entity, here: list[int], there: list[str]
) -> _Links:
    matched, bridge = entity.matched, entity.bridge
    assert matched is not None
    link, external_id = bridge.c[matched.link], bridge.c.external_id
    linked = sa.select(link, external_id).where(link.is_not(None))
    own = linked.where(sa.or_(among(link, here), among(external_id, there)))
    by_end = defaultdict[int | str, list[Link]](list)
    for mine, its in connection.execute(own):
        by_end[mine].append((mine, its))
        by_end[its].append((mine, its))
    if not by_end:
        return _Links(by_end, set(), {})
    numbers = [end for end in by_end if isinstance(end, int)]
    labels = tutorial_labels(connection, entity, numbers)
    return _Links(by_end, open_records.retained(connection, entity.name), labels)
