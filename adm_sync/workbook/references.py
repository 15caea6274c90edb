"""What both sides know that a workbook may refer to: the values that resolving works with.

What belongs here: frozen values. What does not: reading them from the database
(`database.referable`, put together by `imports.referable`), and looking anything up in them
(`resolving`).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge row that is linked with a tutorial record.

    Attributes:
        learning_mode: a template's, as Administrate has it.
        location: a venue's location, by its id in Administrate.
    """

    id: int
    external_id: str
    learning_mode: str | None = None
    location: str | None = None


@dataclass(frozen=True, slots=True)
class LinkedRecord:
    """A tutorial record with the bridge rows that are linked with it.

    Attributes:
        name: what a workbook calls it: a template's code, a place's name, a person's full name.
        is_active: False for what is no longer used; a venue is always active.
        location_id: of a venue, the tutorial location it belongs to.
    """

    id: int
    name: str
    is_active: bool = True
    bridges: tuple[Bridge, ...] = ()
    location_id: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff; `instructor` is the tutorial instructor that he or she is, if any.

    `is_active` is that of the account; the instructor has one of its own.
    """

    staff_id: int
    first_name: str
    last_name: str
    is_active: bool = True
    instructor: LinkedRecord | None = None

    @property
    def name(self) -> str:
        """First and last name, as a workbook has them."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of the catalogue."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class ExamSession:
    """An exam session of the catalogue; the code is the year and month (`2026-04`)."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A subject in an exam session."""

    id: int
    exam_session_id: int
    subject_id: int
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Product:
    """A product of an offer whose variation is of type Tutorial."""

    id: int
    code: str
    offer_id: int
    variation_code: str | None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is sold, as far as tutorials go."""

    subjects: tuple[Subject, ...] = ()
    exam_sessions: tuple[ExamSession, ...] = ()
    offers: tuple[Offer, ...] = ()
    products: tuple[Product, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """A custom field of Administrate; `entity_type` is `Event`, `Session` …"""

    key: str
    entity_type: str
    label: str


@dataclass(frozen=True, slots=True)
class Member:
    """One record that a discrepancy names; one of the ids is None, as it is of one side."""

    tutorial_id: int | None
    external_id: str | None
    label: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What the last sync left open. `members` are suggestions, or those that are ambiguous."""

    entity: str
    kind: str
    label: str
    detail: str = ""
    tutorial_id: int | None = None
    external_id: str | None = None
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class References:
    """Everything that a workbook may refer to, as it stood at one moment.

    Attributes:
        templates: course templates; `name` is the code.
        people: all staff with an account, instructors and others.
        ignored: (entity, tutorial id) of records that a person decided to have no counterpart.
        contacts: Administrate's staff and administrators, folded name -> contact ids; None if
            Administrate could not be asked.
    """

    templates: tuple[LinkedRecord, ...] = ()
    locations: tuple[LinkedRecord, ...] = ()
    venues: tuple[LinkedRecord, ...] = ()
    people: tuple[Person, ...] = ()
    catalogue: Catalogue = Catalogue()
    definitions: tuple[Definition, ...] = ()
    discrepancies: tuple[OpenQuestion, ...] = ()
    ignored: frozenset[tuple[str, int]] = frozenset()
    contacts: Mapping[str, tuple[str, ...]] | None = None
