"""What is said of values that were changed since they were imported."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.imports.known.comparison import (
    EVENT_COLUMNS,
    SESSION_COLUMNS,
    Difference,
    Recorded,
    Values,
    in_words,
    recorded_in_words,
)
from adm_sync.imports.known.comparison import differences as differences_of
from adm_sync.imports.known.here import is_code_of
from adm_sync.push.likeness import is_title
from adm_sync.workbook.columns import Column

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "max_places": st.none() | st.integers(0, 3),
    "title": st.sampled_from(["One", "ONE", "Two"]),
    "url": st.sampled_from(["", "https://a.example", "https://A.example"]),
    "web_sale": st.booleans(),
    "instructors": st.lists(st.sampled_from(["Ada Example", "Bo Example"]), unique=True),
    "venue": st.none() | st.sampled_from(["Quay House", "quay  house", "Mill"]),
}
FULL = st.fixed_dictionaries(VALUES)
PARTIAL = st.fixed_dictionaries({}, optional=VALUES)


def differences(
    base: Recorded, workbook: Recorded, here: Recorded, there: Recorded, columns: dict[str, Column]
) -> list[Difference]:
    return list(differences_of(Values(base, workbook, here, there), columns))


@given(FULL)
def test_nothing_is_said_if_nothing_was_changed(base: Recorded) -> None:
    assert list(differences(base, base, base, base, EVENT_COLUMNS)) == []
    assert list(differences(base, {}, {}, {}, EVENT_COLUMNS)) == []


@given(FULL, PARTIAL)
def test_nothing_is_said_of_what_is_the_same_everywhere_by_now(
    base: Recorded, now: Recorded
) -> None:
    assert list(differences(base, now, now, now, EVENT_COLUMNS)) == []


@given(FULL, FULL, PARTIAL, PARTIAL)
def test_each_value_is_said_once_and_what_it_is_on_each_side(
    base: Recorded, workbook: Recorded, here: Recorded, there: Recorded
) -> None:
    found = list(differences(base, workbook, here, there, EVENT_COLUMNS))
    names = [one.name for one in found]
    assert len(set(names)) == len(names)
    for one in found:
        assert one.column is EVENT_COLUMNS[one.name]
        assert (one.here is None) == (one.name not in here)
        assert (one.there is None) == (one.name not in there)
        shown = {one.imported, one.here, one.there, one.workbook} - {None}
        assert len(shown) > 1
    for name in base.keys() - set(names):
        sides = [side[name] for side in (workbook, here, there) if name in side]
        for side in sides:
            alone = list(differences({name: base[name]}, {}, {name: side}, {}, EVENT_COLUMNS))
            agree = not list(differences({name: side}, {}, {}, {name: sides[0]}, EVENT_COLUMNS))
            assert not alone or agree


@given(FULL, FULL)
def test_a_change_on_one_side_alone_is_said(base: Recorded, now: Recorded) -> None:
    here = list(differences(base, base, now, base, EVENT_COLUMNS))
    there = list(differences(base, base, base, now, EVENT_COLUMNS))
    workbook = list(differences(base, now, base, base, EVENT_COLUMNS))
    names = [[one.name for one in some] for some in (here, there, workbook)]
    assert names[0] == names[1] == names[2]


def test_a_session_that_is_deleted_is_said() -> None:
    base = {"title": "One - Day 1", "state": "planned", "starts": "2027-01-12 09:30"}
    (one,) = differences(base, base, base, {"state": "deleted"}, SESSION_COLUMNS)
    assert (one.column, one.imported, one.there) == (Column.SESSION_TITLE, "planned", "deleted")


# ---------------------------------------------------------------------- titles and codes


@pytest.mark.parametrize(
    ("now", "is_same"),
    [
        ("Q&amp;A - Day 1", True),
        ("q&a \N{EN DASH} day 1", True),
        ("Q&A  - Day 1", True),
        ("Q&A - Day 2", False),
        ("Q&A", False),
        ("", False),
        (None, False),
    ],
)
def test_a_title_as_a_server_may_store_it(now: object, is_same: bool) -> None:
    assert is_title(now, ["Q&A - Day 1"]) is is_same


def test_a_title_that_was_cut_is_the_one_that_was_sent() -> None:
    title = "A title that goes on until a server has cut it off"
    assert is_title(title[:40], [title])
    assert is_title(f"{title} 12/01/2027 09:30", [title, f"{title} 12/01/2027 09:30"])
    assert not is_title(f"{title} (evening)", [title])


@pytest.mark.parametrize(
    ("code", "is_code"),
    [
        ("CB1 London", True),
        ("cb1 london", True),
        ("CB1 London (2)", True),
        ("CB1 London new", False),
        ("CB2 London (2)", False),
    ],
)
def test_the_code_of_a_tutorial_event(code: str, is_code: bool) -> None:
    assert is_code_of(code, "CB1 London") is is_code


def test_a_long_title_is_cut_for_the_code() -> None:
    title = "x" * 120
    assert is_code_of("x" * 100, title)
    assert is_code_of("x" * 96 + " (2)", title)


def test_what_an_update_has_changed_is_told_in_the_order_of_the_sheet() -> None:
    kept = {"url": ["", "https://a.example"], "zone": ["Europe/London", "UTC"], "title": ["A", "B"]}

    told = [one.field for one in in_words(None, kept)]

    assert told == ["Event title", "Time Zone", "Event url"]


def test_what_stood_on_a_side_instead_is_told_only_where_it_is_known() -> None:
    made = {"day": 2, "fields": {"ends": ["2027-01-05 16:00", "2027-01-05 17:00"]}}
    (older,) = recorded_in_words(made)
    assert (older.overwritten, older.back.after) == ("", "05/01/2027 16:00")
    (one,) = recorded_in_words(made | {"overwritten": {"ends": {"there": "2027-01-05 15:00"}}})
    assert (one.field, one.before, one.after) == (
        "Day 2, Classroom end date",
        "05/01/2027 16:00",
        "05/01/2027 17:00",
    )
    assert one.overwritten == "05/01/2027 15:00 in Administrate"
    back = "05/01/2027 16:00, but 05/01/2027 15:00 in Administrate"
    assert (one.back.before, one.back.after) == ("05/01/2027 17:00", back)
