"""Custom fields by label; and the catalogue of what resolving finds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from adm_sync.workbook.columns import Column
from adm_sync.workbook.references import Definition
from adm_sync.workbook.resolving import resolve
from adm_sync.workbook.sheet import Raw
from adm_sync_tests.workbook.referring import (
    KNOWN,
    accepted,
    codes,
    event,
    group,
    resolved,
    session,
    table,
)

FULL = event(
    url="https://example.org/e",
    finalisation_date=date(2026, 3, 1),
    web_sale=False,
    moodle_code="007",
    sessions=(session(url="https://example.org/s"), session(5, 2)),
)


def test_values_are_texts_under_the_keys_of_their_labels() -> None:
    result = accepted(FULL)
    assert dict(result.custom_fields) == {
        "e1": "2026A",
        "e2": "2026-03-01",
        "e3": "https://example.org/e",
        "e4": "false",
        "e5": "007",
    }
    assert tuple(one.custom_fields for one in result.sessions) == (
        (("s1", "1"), ("s2", "https://example.org/s")),
        (("s1", "2"),),
    )


def test_blank_values_are_not_sent() -> None:
    assert dict(accepted(event()).custom_fields) == {"e1": "2026A", "e4": "true"}


def test_a_field_that_administrate_lacks_is_one_error_and_nothing_is_imported() -> None:
    lacking = tuple(one for one in KNOWN.definitions if one.key not in {"e1", "s1"})
    result = resolved(
        FULL, replace(FULL, row=9, title="other"), known=replace(KNOWN, definitions=lacking)
    )
    missing = [one for one in result.findings if one.is_error]
    assert {(one.row, one.header, one.code) for one in missing} == {
        (1, "Sitting", "custom_field_missing"),
        (1, "Day", "custom_field_missing"),
    }
    assert len(missing) == 2
    assert all("adm-sync sync custom_fields" in (one.suggestion or "") for one in missing)
    assert result.events == ()
    ((verdict, reason),) = {(one.verdict, one.reason) for one in result.groups}
    assert verdict == "rejected"
    assert "'Sitting' for events" in reason


def test_a_field_whose_column_is_blank_in_all_rows_is_only_a_warning() -> None:
    lacking = tuple(one for one in KNOWN.definitions if one.key != "e4")
    known = replace(KNOWN, definitions=lacking)
    sheet = table([event()])
    place = sheet.positions[Column.WEB_SALE]
    blank = replace(
        sheet, rows=tuple(replace(row, cells=_without(row.cells, place)) for row in sheet.rows)
    )
    result = resolve([group(event(web_sale=False))], blank, known)
    assert [(one.code, one.severity) for one in result.findings] == [
        ("custom_field_missing", "warning")
    ]
    assert len(result.events) == 1


def _without(cells: Sequence[Raw], place: int) -> tuple[Raw, ...]:
    return tuple(None if n == place else cell for n, cell in enumerate(cells))


def test_without_any_definition_one_error_says_which_sync_to_run() -> None:
    result = resolved(FULL, event(9), known=replace(KNOWN, definitions=()))
    (finding,) = [one for one in result.findings if one.is_error]
    assert finding.code == "custom_fields_unknown"
    assert "adm-sync sync custom_fields" in (finding.suggestion or "")
    assert result.events == ()


def test_two_fields_of_one_label_are_not_guessed_between() -> None:
    twin = Definition("e9", "Event", "SITTING")
    result = resolved(FULL, known=replace(KNOWN, definitions=(*KNOWN.definitions, twin)))
    assert codes(result) == ["custom_field_ambiguous"]
    assert "e1, e9" in result.findings[0].message
    assert result.events == ()


def test_the_same_label_of_another_type_and_the_same_key_twice_are_no_matter() -> None:
    others = (Definition("x", "Course", "Sitting"), Definition("e1", "Event", "Sitting"))
    accepted(FULL, known=replace(KNOWN, definitions=(*KNOWN.definitions, *others)))


def test_events_that_are_rejected_ask_for_no_field() -> None:
    result = resolved(event(location="Nowhere"), known=replace(KNOWN, definitions=()))
    assert "custom_field_missing" not in codes(result)
