"""What a person has decided about is in the workbook, or it is said what is."""

from dataclasses import replace

import pytest

from adm_sync.errors import DecisionError
from adm_sync.imports.updates.decided import understood
from adm_sync.imports.updates.options import Take, UpdateOptions, read_takes
from adm_sync.workbook.mapping.words import Words
from adm_sync.workbook.table import Table
from adm_sync_tests.workbook.tables import event, session, table

TITLES = ("CB1 London", "CB1: evening", "CB1", "Ω-Kurs  7")


def sheet(*titles: str) -> Table:
    return table(*(row for title in titles for row in (event(title), session(2, title))))


def taken(text: str, of: Table) -> Take:
    (take,) = understood(UpdateOptions(read_takes([text])), of).take
    return take


@pytest.mark.parametrize(
    ("text", "take"),
    [
        ("here", Take("here")),
        ("cb1 LONDON=here", Take("here", "CB1 London")),
        ("ω-kurs 7=here", Take("here", "Ω-Kurs 7")),
        ("CB1: evening=here", Take("here", "CB1: evening")),
        ("CB1: Max-places=here", Take("here", "CB1", "Max places")),
        (
            "CB1: evening: classroom START date=here",
            Take("here", "CB1: evening", "Classroom start date"),
        ),
    ],
)
def test_an_event_and_a_column_are_known_however_they_are_spelled(text: str, take: Take) -> None:
    assert taken(text, sheet(*TITLES)) == take


@pytest.mark.parametrize(
    ("text", "names", "offers"),
    [
        ("CB1 Londn=here", "«CB1 Londn»", "Did you mean «CB1 London»"),
        ("Zzz=workbook", "«Zzz»", "It has «CB1 London», «CB1: evening», «CB1» and «Ω-Kurs 7»."),
        ("Zzz: Venue=here", "an event «Zzz»,", "It has «CB1 London»"),
        ("CB1: Max palces=here", "Max palces", "Did you mean «Max places»"),
        ("CB1: Zzz=here", "Zzz", "There are «Event title», «Session title»"),
        # What nobody can decide about: which event it is, and what goes with a date.
        ("CB1: Course template code=here", "Course template code", "«"),
        ("CB1: Classroom start time=here", "Classroom start time", "«Classroom start date»"),
        ("CB1: Cancelled=here", "Cancelled", "«"),
    ],
)
def test_what_there_is_not_is_named_with_what_there_is(text: str, names: str, offers: str) -> None:
    with pytest.raises(DecisionError) as caught:
        taken(text, sheet(*TITLES))
    assert text in str(caught.value)
    assert names in str(caught.value)
    assert offers in str(caught.value)


def test_one_that_could_be_two_things_is_none() -> None:
    two = "could decide about the event «CB1: Venue» or about Venue of «CB1»"
    with pytest.raises(DecisionError, match=two):
        taken("CB1: Venue=here", sheet("CB1", "CB1: Venue"))


def test_of_many_events_only_some_are_named() -> None:
    many = sheet(*(f"Kurs {number}" for number in range(2000)))
    with pytest.raises(DecisionError) as caught:
        taken("Zzz=here", many)
    assert "and 1,995 more." in str(caught.value)
    with pytest.raises(DecisionError, match="It has none"):
        taken("Zzz=here", table())


def test_columns_have_the_headers_of_the_sheet() -> None:
    mapped = replace(sheet("CB1"), words=Words("columns.toml", {"Max places": "Seats: most"}))
    for said in ("seats: MOST", "max places"):
        assert taken(f"CB1: {said}=here", mapped) == Take("here", "CB1", "Max places")
    with pytest.raises(DecisionError, match="«Seats: most»"):
        taken("CB1: Saets: most=here", mapped)


def test_a_header_means_what_it_means_in_the_sheet() -> None:
    """Which is not what it means to us, where somebody's headers are ours the other way round."""
    words = Words(
        "columns.toml", {"Instructor": "Session instructor", "Session instructor": "Instructor"}
    )
    mapped = replace(sheet("CB1"), words=words)
    assert taken("CB1: Instructor=here", mapped) == Take("here", "CB1", "Session instructor")
