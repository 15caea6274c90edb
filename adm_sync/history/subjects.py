"""Which record or event somebody means.

What belongs here: from a name, a code or an id to records. What does not: what happened to them.
An exact form of an id says whose it is: `tutorial:7`, `administrate:TG9j…`, and `recorded:12` for
the project's own row of an event.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from adm_sync.database import history, history_subjects
from adm_sync.database.encoding import storable
from adm_sync.database.history_subjects import BridgeEnd, ImportedEvent
from adm_sync.database.recorded import as_number
from adm_sync.errors import SettingsError
from adm_sync.names.keys import normalise
from adm_sync.reference.entities import BY_NAME, named
from adm_sync.reference.entity import Entity
from adm_sync.reference.labels import tutorial_labels

EVENT = "event"
TUTORIAL, ADMINISTRATE, RECORDED = "tutorial", "administrate", "recorded"


@dataclass(frozen=True, slots=True)
class HistorySubject:
    """A record of an entity, or an event, on both sides.

    Attributes:
        kind: the entity's name, or `event`.
        id: in its exact form.
        label: what people call it.
        tutorial_id: of the tutorial record or event, if there is one.
        external_ids: of the Administrate records that it is linked with, or is.
        about: what tells it from others of that name.
        rows: of an event, the numbers of the project's own rows.
    """

    kind: str
    id: str
    label: str
    tutorial_id: int | None
    external_ids: tuple[str, ...]
    about: str = ""
    rows: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "kind": self.kind,
            "id": self.id,
            "label": self.label,
            "tutorial_id": self.tutorial_id,
            "external_ids": list(self.external_ids),
            "about": self.about,
        }

    @property
    def ids(self) -> str:
        """Its ids on both sides, for people."""
        here = [f"tutorial id {self.tutorial_id}"] if self.tutorial_id is not None else []
        return ", ".join([*here, *self.external_ids])


def kind_of(name: str) -> str:
    """The kind of that name: an entity's, or `event`.

    Raises:
        SettingsError: there is none.
    """
    if name.lower() in (EVENT, "events"):
        return EVENT
    try:
        return named(name).name
    except SettingsError as error:
        raise SettingsError(f"{error} And there is '{EVENT}'.") from None


def find(connection: sa.Connection, kind: str, text: str) -> list[HistorySubject]:
    """The records that may be meant: one if it is clear which.

    Args:
        connection: only read from.
        kind: an entity's name, or `event`.
        text: a name, a code, an id, or an id in its exact form.
    """
    wanted = storable(connection, text.strip())
    if not wanted:
        return []
    found = _events(connection, wanted) if kind == EVENT else _records(connection, kind, wanted)
    exact = [one for one in found if _is_exactly(one, wanted)]
    return exact or found


def _is_exactly(one: HistorySubject, text: str) -> bool:
    ids = {one.id, *one.external_ids, str(one.tutorial_id)}
    return text in ids or normalise(text) == normalise(one.label)


# ---------------------------------------------------------------------- records of entities


def _records(connection: sa.Connection, kind: str, text: str) -> list[HistorySubject]:
    entity = BY_NAME[kind]
    side, _, given = text.partition(":")
    if side == TUTORIAL and as_number(given) is not None:
        return _tutorial_record(connection, entity, int(given))
    if side == ADMINISTRATE and given:
        return _of_ids(connection, entity, [given])
    here = _labels(connection, entity, text)
    ends = _ends(connection, entity, text=text, tutorial_ids=list(here))
    ids = {one.external_id for one in ends}
    seen = history_subjects.seen_records(connection, kind, text=text)
    unknown = [one.external_id for one in seen if one.external_id not in ids]
    ends += _ends(connection, entity, external_ids=unknown)
    found = _joined(connection, entity, here, ends, {one.external_id: one.label for one in seen})
    if not found and history_subjects.was_changed(connection, kind, text):
        return [_administrate(entity, text, text)]
    return found


def _tutorial_record(
    connection: sa.Connection, entity: Entity, number: int
) -> list[HistorySubject]:
    matched = entity.matched
    if matched is None:
        return []
    rows = history_subjects.tutorial_rows_of(connection, matched.tutorials, [number])
    ends = _ends(connection, entity, tutorial_ids=[number])
    if rows:
        labels = {number: matched.read(rows[0]).label}
        return _joined(connection, entity, labels, ends, {})
    if history.partners(connection, entity.name, matched.link, number):
        label = f"{matched.tutorial_noun} {number}, which is gone"
        return [HistorySubject(entity.name, f"{TUTORIAL}:{number}", label, number, ())]
    return []


def _of_ids(connection: sa.Connection, entity: Entity, ids: Sequence[str]) -> list[HistorySubject]:
    ends = _ends(connection, entity, external_ids=ids)
    seen = history_subjects.seen_records(connection, entity.name, external_ids=ids)
    names = {one.external_id: one.label for one in seen}
    found = _joined(connection, entity, {}, ends, names)
    known = {one for subject in found for one in subject.external_ids}
    gone = [one for one in ids if one not in known]
    return found + [
        _administrate(entity, one, names.get(one, one))
        for one in gone
        if history_subjects.was_changed(connection, entity.name, one)
    ]


def _labels(connection: sa.Connection, entity: Entity, text: str) -> dict[int, str]:
    matched = entity.matched
    if matched is None:
        return {}
    rows = history_subjects.tutorial_rows(connection, matched.tutorials, text)
    found = {one.id: one.label for one in map(matched.read, rows)}
    if found:
        return found
    # A name that is only spelled in another way, as the sync would match it.
    every, wanted = map(matched.read, connection.execute(matched.tutorials)), normalise(text)
    return {one.id: one.label for one in every if wanted and normalise(one.label) == wanted}


def _ends(connection: sa.Connection, entity: Entity, **by: Any) -> list[BridgeEnd]:
    link = entity.matched.link if entity.matched else None
    given = {"names": entity.names, **by}
    return history_subjects.bridge_ends(connection, entity.bridge, entity.identity, link, **given)


def _joined(
    connection: sa.Connection,
    entity: Entity,
    labels: Mapping[int, str],
    ends: Iterable[BridgeEnd],
    names: Mapping[str, str],
) -> list[HistorySubject]:
    """A subject for each tutorial record with what it is linked with, and for each other record."""
    own: dict[int, list[str]] = {number: [] for number in labels}
    others: list[HistorySubject] = []
    for end in ends:
        if end.tutorial_id is not None:
            linked = own.setdefault(end.tutorial_id, [])
            if end.external_id not in linked:
                linked.append(end.external_id)
        else:
            name = end.name or names.get(end.external_id) or end.external_id
            others.append(_administrate(entity, end.external_id, name))
    bridged = {one for linked in own.values() for one in linked}
    bridged |= {one.external_ids[0] for one in others}
    left = [one for one in names if one not in bridged]
    others += [_administrate(entity, one, names[one]) for one in left]
    unnamed = [number for number in own if number not in labels]
    known = {**labels, **tutorial_labels(connection, entity, unnamed)}
    return [
        *(
            HistorySubject(
                entity.name,
                f"{TUTORIAL}:{number}",
                known.get(number) or f"tutorial record {number}",
                number,
                tuple(linked),
            )
            for number, linked in own.items()
        ),
        *others,
    ]


def _administrate(entity: Entity, external_id: str, label: str) -> HistorySubject:
    return HistorySubject(entity.name, f"{ADMINISTRATE}:{external_id}", label, None, (external_id,))


# ---------------------------------------------------------------------- events


def _events(connection: sa.Connection, text: str) -> list[HistorySubject]:
    side, _, given = text.partition(":")
    number = as_number(given)
    if side == RECORDED and number is not None:
        found = history_subjects.known_events(connection, number=number)
    elif side == TUTORIAL and number is not None:
        found = history_subjects.known_events(connection, tutorial_event_ids=[number])
    elif side == ADMINISTRATE and given:
        found = history_subjects.known_events(connection, text=given)
        found = [one for one in found if one.external_id == given]
    else:
        found = history_subjects.known_events(connection, text=text, title=normalise(text))
    # One that was taken back and imported anew has several rows, of one tutorial event.
    numbers = [one.tutorial_event_id for one in found if one.tutorial_event_id is not None]
    more = history_subjects.known_events(connection, tutorial_event_ids=numbers)
    every = {one.id: one for one in (*found, *more)}
    together: dict[tuple[str, int], list[ImportedEvent]] = {}
    for one in sorted(every.values(), key=lambda event: -event.id):
        key = ("own", one.id) if one.tutorial_event_id is None else ("", one.tutorial_event_id)
        together.setdefault(key, []).append(one)
    return [_event(rows) for rows in together.values()]


def _event(rows: Sequence[ImportedEvent]) -> HistorySubject:
    latest = rows[0]
    undone = ", taken back" if latest.undone_at else ""
    code = f"{latest.code}, " if latest.code else ""
    return HistorySubject(
        EVENT,
        f"{RECORDED}:{latest.id}",
        latest.title,
        latest.tutorial_event_id,
        tuple(dict.fromkeys(one.external_id for one in rows if one.external_id)),
        f"{code}{latest.sitting}, {latest.starts_at:%d/%m/%Y %H:%M} UTC{undone}",
        tuple(one.id for one in rows),
    )
