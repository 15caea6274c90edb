"""What a reference entity is, and the three kinds of record that a sync compares.

What belongs here: types. The entities themselves stand in `entities`, reading the cells of
an answer in `nodes`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import Node

Key = tuple[str | int, ...]
Identity = tuple[str, ...]
# A row of `Matched.tutorials`, with the columns that the entity selects there.
Selected = sa.Row[Any]
IdsByName = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class RemoteRecord:
    """A record of Administrate, as far as the bridge table is concerned.

    `identity` are the values of the entity's identity columns, `values` those of its own columns,
    in the entity's order. `key` is what it is recognised by; None never matches. A record with an
    `obstacle` cannot be written; `refused` says that its id is good, and that it is the rest of it
    that cannot be stored. `left_out` is what of it could not be read, while the rest could.
    `place` is the tutorial location that it is at, if records of two are never the same. `apart`
    tells it from others of its name, for a person who decides.
    """

    identity: Identity
    label: str
    key: Key | None = None
    values: tuple[Any, ...] = ()
    about: str = ""
    obstacle: str | None = None
    refused: bool = False
    left_out: str = ""
    place: int | None = None
    apart: str = ""

    @property
    def external_id(self) -> str:
        """The id in Administrate."""
        return self.identity[-1]


@dataclass(frozen=True, slots=True)
class TutorialRecord:
    """A tutorial record, as far as matching is concerned.

    `place` and `apart` are those of a `RemoteRecord`.
    """

    id: int
    label: str
    key: Key | None
    is_active: bool = True
    about: str = ""
    place: int | None = None
    apart: str = ""


@dataclass(frozen=True, slots=True)
class BridgeRow:
    """A row of a bridge table; `tutorial_id` is None when it is unlinked."""

    id: int
    identity: Identity
    tutorial_id: int | None = None
    values: tuple[Any, ...] = ()

    @property
    def external_id(self) -> str:
        """The id in Administrate."""
        return self.identity[-1]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that Administrate holds of one entity, complete.

    `unanswered` holds the first parts of identities about which Administrate gave no answer, each
    with its reason: rows that carry one are left as they are. `nameless` counts records without a
    usable id: any row may be theirs.
    """

    records: list[RemoteRecord]
    unanswered: Mapping[str, str] = field(default_factory=dict)
    nameless: int = 0

    def leaves_open(self, identity: Identity) -> bool:
        """Whether a record may be there all the same, though it is not among these."""
        return bool(self.nameless) or identity[0] in self.unanswered


@dataclass(frozen=True, slots=True)
class Matched:
    """How the tutorial side of an entity is found.

    `link` is the bridge column that points at the tutorial record; `tutorials` selects `id`,
    `is_active` and whatever `read` needs to make a `TutorialRecord`; the nouns are the model names
    that people know the two sides by.
    """

    link: str
    tutorials: sa.Select[Any]
    read: Callable[[Selected], TutorialRecord]
    tutorial_noun: str
    administrate_noun: str


@dataclass(frozen=True, slots=True)
class CreateMutation:
    """How a record is created in Administrate, where its API can do that.

    `group` and `field` name the mutation; `document` is the GraphQL document that calls it and
    `find` the one that looks a record up by `$code`, so that nothing is created twice. `fields`
    turns a tutorial record's label and description into what is sent.
    """

    group: str
    field: str
    document: str
    find: str
    connection: str
    fields: Callable[[TutorialRecord], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Need:
    """Another entity that must have been synced before; `rows` selects its rows.

    `part`, where not every row counts, is the first part of the identities of those that do, and
    `what` says so to the reader.
    """

    entity: str
    rows: sa.Select[Any]
    part: str = ""
    what: str = ""


@dataclass(frozen=True)
class Entity:
    """One reference entity: everything the engine knows about it.

    `document` is the GraphQL document that lists it and `connection` the root field it reads.
    `columns` are the bridge columns that Administrate owns, `identity` those that tell rows apart.
    `lookups` select pairs (text, value) that `read` needs, by name. `read` turns one node into
    records. `needs` are entities that must have been synced before. `known_by` says, to complete
    "matched by", what two records that are the same have in common. `group` is that of the
    mutations that would create a record, where nothing here does. `names` selects `id` and `name`
    of rows that are known by what they are made of, and have no name in the table. `apart` is the
    way to `RemoteRecord.apart`, for records whose name others bear too.
    """

    name: str
    one: str
    many: str
    bridge: sa.Table
    document: str
    connection: str
    read: Callable[[Node, IdsByName], list[RemoteRecord]]
    columns: tuple[str, ...]
    identity: tuple[str, ...] = ("external_id",)
    matched: Matched | None = None
    needs: tuple[Need, ...] = ()
    lookups: Mapping[str, sa.Select[Any]] = field(default_factory=dict)
    fetch: "Callable[[Source], Evidence] | None" = None
    creation: CreateMutation | None = None
    by_hand: Sequence[str] = ()
    known_by: str = "nothing: Administrate owns them"
    group: str = ""
    names: sa.Select[Any] | None = None
    apart: "Apart | None" = None

    def instructions(self, label: str, about: str) -> list[str]:
        """What a person enters in Administrate for a tutorial record, field by field."""
        return [line.format(label=label, about=about) for line in self.by_hand]

    @property
    def title(self) -> str:
        """The plural with a capital, as a heading."""
        return self.many[0].upper() + self.many[1:]


@dataclass(frozen=True, slots=True)
class Apart:
    """How records of one name are told apart where `document` may be refused.

    `read` makes a text of a node.
    """

    document: str
    read: Callable[[Node], str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the records of one fetch come from, and within which limits.

    `progress` is called with the pages done and the pages there are.
    """

    client: AdministrateClient
    entity: Entity
    lookups: IdsByName
    page_size: int = 100
    max_records: int = 1_000_000
    progress: Callable[[int, int], None] | None = None
