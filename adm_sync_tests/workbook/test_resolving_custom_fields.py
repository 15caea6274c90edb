"""Custom fields by label; and the catalogue of what resolving finds."""

import re
from dataclasses import replace
from datetime import date
from inspect import getsource

import pytest

from adm_sync.workbook import resolving
from adm_sync.workbook.lookup import (
    administrators,
    bookings,
    custom_values,
    instructors,
    people,
    products,
    registers,
    venues,
    zones,
)
from adm_sync.workbook.lookup.codes_resolving import CODES
from adm_sync.workbook.references import Definition
from adm_sync_tests.workbook.referring import KNOWN, accepted, codes, event, resolved, session

FULL = event(
    url="https://example.org/e",
    finalisation_date=date(2026, 3, 1),
    web_sale=False,
    moodle_code="007",
    sessions=(session(url="https://example.org/s"), session(5, 2)),
)


def test_values_are_texts_under_the_keys_of_their_labels() -> None:
    result = accepted(FULL)
    assert result.custom_fields == (
        ("e1", "2026A"),
        ("e2", "2026-03-01"),
        ("e3", "https://example.org/e"),
        ("e4", "false"),
        ("e5", "007"),
    )
    assert result.session_fields == (
        (("s1", "1"), ("s2", "https://example.org/s")),
        (("s1", "2"),),
    )


def test_blank_values_are_not_sent() -> None:
    assert accepted(event()).custom_fields == (("e1", "2026A"), ("e4", "true"))


def test_a_field_that_administrate_lacks_is_one_warning_at_its_header() -> None:
    lacking = tuple(one for one in KNOWN.definitions if one.key not in {"e5", "s1"})
    result = resolved(
        FULL, replace(FULL, row=9, title="other"), known=replace(KNOWN, definitions=lacking)
    )
    missing = [one for one in result.findings if one.code == "custom_field_missing"]
    assert [(one.row, one.column, one.header, one.severity) for one in missing] == [
        (1, "U", "Day", "warning"),
        (1, "AA", "OCR moodle code", "warning"),
    ]
    assert "'OCR Moodle Code' for events" in missing[1].message
    assert all("adm-sync sync custom_fields" in (one.suggestion or "") for one in missing)
    assert "e5" not in dict(result.events[0].custom_fields)
    assert result.events[0].session_fields == ((("s2", "https://example.org/s"),), ())


def test_without_any_definition_each_field_that_has_a_value_is_told_about() -> None:
    assert (
        codes(resolved(FULL, known=replace(KNOWN, definitions=()))) == ["custom_field_missing"] * 7
    )
    assert (
        codes(resolved(event(), known=replace(KNOWN, definitions=())))
        == ["custom_field_missing"] * 3
    )


def test_two_fields_of_one_label_are_not_guessed_between() -> None:
    twin = Definition("e9", "Event", "SITTING")
    result = resolved(FULL, known=replace(KNOWN, definitions=(*KNOWN.definitions, twin)))
    assert codes(result) == ["custom_field_ambiguous"]
    assert "e1, e9" in result.findings[0].message
    assert "e1" not in dict(result.events[0].custom_fields)


def test_the_same_label_of_another_type_and_the_same_key_twice_are_no_matter() -> None:
    others = (Definition("x", "Course", "Sitting"), Definition("e1", "Event", "Sitting"))
    accepted(FULL, known=replace(KNOWN, definitions=(*KNOWN.definitions, *others)))


def test_events_that_are_rejected_ask_for_no_field() -> None:
    result = resolved(event(location="Nowhere"), known=replace(KNOWN, definitions=()))
    assert "custom_field_missing" not in codes(result)


# ---------------------------------------------------------------------- the catalogue


def test_every_code_that_resolving_uses_is_in_the_catalogue_and_no_other() -> None:
    modules = (
        *(administrators, bookings, custom_values, instructors, people),
        *(products, registers, resolving, venues, zones),
    )
    source = "".join(getsource(module) for module in modules)
    used = set(re.findall(r'(?:Problem|warning)\(\s*"([a-z_]+)"', source)) | {
        administrators.AMBIGUOUS
    }
    kinds = (registers.TEMPLATE, registers.LOCATION, registers.VENUE, registers.INSTRUCTOR)
    endings = set(re.findall(r'self\._problem\(\s*"([a-z_]+)"', source))
    used |= {f"{kind.name}_{ending}" for kind in kinds for ending in endings}
    used -= {"venue_inactive"}
    assert used == {code.name for code in CODES}


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_every_entry_of_the_catalogue_says_what_to_do(code: object) -> None:
    for part in ("meaning", "example", "remedy"):
        assert getattr(code, part)
