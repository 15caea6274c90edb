"""Event administrators: staff of the tutorial tables first, then contacts of Administrate."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from adm_sync.workbook.events import Administrator
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.references import Bridge, Person, References
from adm_sync_tests.workbook.referring import (
    KNOWN,
    accepted,
    codes,
    event,
    found,
    person,
    resolved,
)

DORIS = Person(41, "Doris", "Amberly")
CONTACTS = {"doris amberly": ("C1",), "carla contact": ("C2",), "tw in": ("C3", "C4")}


def _known(*people: Person, contacts: Mapping[str, tuple[str, ...]] | None = None) -> References:
    return replace(KNOWN, people=(*people, person(31, "Agnes", "Tolliver")), contacts=contacts)


def _taken(cell: str, known: References) -> tuple[Administrator, ...]:
    return accepted(event(administrators=cell), known=known).administrators


def _refused(cell: str, known: References) -> Finding:
    finding = found(event(administrators=cell), known=known)
    assert finding.is_error
    assert (finding.header, finding.value) == ("Event administrator", cell)
    assert "administrator" in finding.message
    return finding


def test_a_member_of_staff_is_left_to_the_push_if_administrate_could_not_be_asked() -> None:
    assert _taken("doris amberly", _known(DORIS)) == (Administrator("Doris Amberly", None),)


def test_a_member_of_staff_has_the_contact_of_that_name() -> None:
    known = _known(DORIS, contacts=CONTACTS)
    assert _taken("Mrs Doris Amberly", known) == (Administrator("Doris Amberly", "C1"),)


@pytest.mark.parametrize("contacts", [None, CONTACTS, {"agnes tolliver": ("C8", "C9")}])
def test_an_instructor_has_the_contact_that_he_or_she_is_linked_with(
    contacts: Mapping[str, tuple[str, ...]] | None,
) -> None:
    known = _known(contacts=contacts)
    assert _taken("Agnes Tolliver", known) == (Administrator("Agnes Tolliver", "X31"),)


def test_an_instructor_who_is_not_linked_is_looked_for_among_contacts() -> None:
    agnes = person(31, "Agnes", "Tolliver")
    assert agnes.instructor
    for bridges in ((), (Bridge(1, "X1"), Bridge(2, "X2"))):
        unlinked = replace(agnes, instructor=replace(agnes.instructor, bridges=bridges))
        known = replace(KNOWN, people=(unlinked,), contacts={"agnes tolliver": ("C5",)})
        result = resolved(
            event(administrators="Agnes Tolliver", instructors="", sessions=()), known=known
        )
        assert result.events[0].administrators == (Administrator("Agnes Tolliver", "C5"),)


def test_a_contact_of_administrate_alone_is_accepted() -> None:
    known = _known(contacts=CONTACTS)
    assert _taken("Carla  Contact", known) == (Administrator("Carla Contact", "C2"),)
    assert _taken("Contact, Carla", known) == (Administrator("Carla Contact", "C2"),)


def test_several_in_one_cell_are_taken_apart_and_each_counts_once() -> None:
    known = _known(DORIS, contacts=CONTACTS)
    assert _taken("Doris Amberly, Carla Contact / DORIS AMBERLY", known) == (
        Administrator("Doris Amberly", "C1"),
        Administrator("Carla Contact", "C2"),
    )


@pytest.mark.parametrize("cell", ["", "TBC", "none"])
def test_nobody_is_nobody(cell: str) -> None:
    assert _taken(cell, _known(DORIS)) == ()


def test_who_is_known_nowhere_is_an_error_that_says_administrator() -> None:
    finding = _refused("Dorris Amberley", _known(DORIS, contacts=CONTACTS))
    assert finding.code == "administrator_unknown"
    assert "Administrate has no administrator of that name" in finding.message
    assert "'Doris Amberly'" in (finding.suggestion or "")


@pytest.mark.parametrize("is_active", [None, False])
def test_who_may_be_known_to_administrate_alone_waits_until_it_can_be_asked(
    is_active: bool | None,
) -> None:
    people = () if is_active is None else (replace(DORIS, is_active=is_active),)
    result = resolved(event(administrators="Dr  Doris Amberly "), known=_known(*people))
    (finding,) = result.findings
    assert (finding.code, finding.severity) == ("administrator_not_asked", "warning")
    assert result.events[0].administrators == (Administrator("Dr Doris Amberly", None),)


def test_staff_that_administrate_does_not_have_are_not_linked() -> None:
    finding = _refused("Doris Amberly", _known(DORIS, contacts={}))
    assert finding.code == "administrator_not_linked"
    assert "adm-sync sync instructors" in (finding.suggestion or "")


def test_several_contacts_of_a_name_are_ambiguous_and_named() -> None:
    finding = _refused("Tw In", _known(contacts=CONTACTS))
    assert finding.code == "administrator_ambiguous"
    assert "C3, C4" in finding.message
    known = _known(DORIS, contacts={"doris amberly": ("C6", "C7")})
    finding = _refused("Doris Amberly", known)
    assert finding.code == "administrator_ambiguous"
    assert "C6, C7" in finding.message


def test_several_members_of_staff_of_a_name_are_ambiguous_and_named() -> None:
    twin = replace(DORIS, staff_id=42)
    finding = _refused("Doris Amberly", _known(DORIS, twin, contacts=CONTACTS))
    assert finding.code == "administrator_ambiguous"
    assert "staff 41" in finding.message
    assert "staff 42" in finding.message


def test_of_several_the_one_who_is_a_linked_instructor_is_meant() -> None:
    twin = person(7, "Doris", "Amberly")
    known = _known(DORIS, twin)
    assert _taken("Doris Amberly", known) == (Administrator("Doris Amberly", "X7"),)


def test_inactive_staff_do_not_count() -> None:
    gone = replace(DORIS, is_active=False)
    finding = _refused("Doris Amberly", _known(gone, contacts={}))
    assert finding.code == "administrator_unknown"
    assert "inactive" in finding.message
    assert _taken("Doris Amberly", _known(gone, replace(DORIS, staff_id=42))) == (
        Administrator("Doris Amberly", None),
    )
    known = _known(gone, contacts=CONTACTS)
    assert _taken("Doris Amberly", known) == (Administrator("Doris Amberly", "C1"),)


def test_a_name_that_fits_in_part_is_taken_with_a_warning() -> None:
    result = resolved(event(administrators="Doris May Amberly"), known=_known(DORIS))
    assert codes(result) == ["name_matched_in_part"]
    assert result.events[0].administrators == (Administrator("Doris Amberly", None),)


def test_a_cell_that_can_be_read_both_ways_is_ambiguous() -> None:
    contacts = {"lee anne": ("C1",), "james martin": ("C2",), "james martin lee anne": ("C3",)}
    cell = "Lee Anne, James Martin"
    finding = found(event(administrators=cell), known=_known(contacts=contacts))
    assert finding.header == "Event administrator"
    assert finding.code == "administrator_ambiguous"
