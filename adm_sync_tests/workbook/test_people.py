"""Cells that name people, taken apart; names found among names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.workbook.lookup.people import Roll, read_people, same_spelling
from adm_sync.workbook.lookup.registers import INSTRUCTOR
from adm_sync_tests.workbook.effort import calls
from adm_sync_tests.workbook.tables import checked, event

STAFF = (
    ("Agnes", "Tolliver"),
    ("Benedict", "Oakhurst"),
    ("Farida", "Khan-Moss"),
    ("Ursula", "van der Heyde"),
    ("John Peter", "Smith"),
    ("Zo\u00eb", "Hartigan"),
    ("Mairead", "O'Tarrant"),
    ("Dr Anne-Marie", "Vale"),
)
ROLL = Roll(STAFF)


def _names(cell: str, roll: Roll = ROLL) -> tuple[str, ...]:
    return read_people(cell, roll.find, INSTRUCTOR.ambiguous).values


def _codes(cell: str, roll: Roll = ROLL) -> list[str]:
    return [problem.code for problem in read_people(cell, roll.find, INSTRUCTOR.ambiguous).findings]


def _who(name: str, roll: Roll = ROLL) -> list[tuple[str, str]]:
    match = roll.find(name)
    return [STAFF[position] for position in match.positions] if match else []


@pytest.mark.parametrize(
    "cell",
    [
        "Agnes Tolliver/Benedict Oakhurst",
        "Agnes Tolliver / Benedict Oakhurst",
        "Agnes Tolliver; Benedict Oakhurst;",
        "Agnes Tolliver, Benedict Oakhurst",
        "Agnes Tolliver\nBenedict Oakhurst",
        "Agnes Tolliver\uff0fBenedict Oakhurst",
        "/ Agnes Tolliver //, Benedict Oakhurst ,",
        "Tolliver, Agnes; Oakhurst, Benedict",
        "Tolliver, Agnes, Oakhurst, Benedict",
        "Tolliver, Agnes, Benedict Oakhurst",
        "Agnes Tolliver, TBC, Benedict Oakhurst",
    ],
)
def test_people_are_separated_by_slash_semicolon_and_comma(cell: str) -> None:
    assert _names(cell) == ("Agnes Tolliver", "Benedict Oakhurst")
    assert _codes(cell) == []


@pytest.mark.parametrize("cell", ["N/A", "n/a", " N/A "])
def test_a_cell_that_names_nobody_is_not_taken_apart(cell: str) -> None:
    assert (_names(cell), _codes(cell)) == ((), [])


def test_each_line_is_a_person_unless_a_name_goes_on_in_the_next() -> None:
    assert _names("Agnes\nTolliver / Benedict Oakhurst") == ("Agnes Tolliver", "Benedict Oakhurst")
    assert _names("Agnes Tolliver\nAgnes Tolliver") == ("Agnes Tolliver", "Agnes Tolliver")
    assert _names("Agnes\nTolliver") == _names("Tolliver,\nAgnes") == ("Agnes Tolliver",)
    found = checked(event(instructor="Agnes Tolliver\nBenedict Oakhurst")).groups[0].event
    assert found is not None
    assert _names(found.instructors) == ("Agnes Tolliver", "Benedict Oakhurst")


@pytest.mark.parametrize("separator", [" and ", " & ", "&", " AND ", " \uff06 "])
def test_people_separated_by_and_are_taken_apart_with_a_warning(separator: str) -> None:
    cell = f"Agnes Tolliver{separator}Benedict Oakhurst"
    assert _names(cell) == ("Agnes Tolliver", "Benedict Oakhurst")
    assert _codes(cell) == ["people_separator"]


def test_all_separators_can_occur_in_one_cell() -> None:
    cell = "Agnes Tolliver / Benedict Oakhurst; Khan-Moss, Farida, Zo\u00eb Hartigan"
    expected = ("Agnes Tolliver", "Benedict Oakhurst", "Farida Khan-Moss", "Zo\u00eb Hartigan")
    assert _names(cell) == expected


def test_a_name_that_holds_a_separator_and_is_known_stays_whole() -> None:
    roll = Roll([("Anders and", "Sons"), ("King,", "Jr")])
    assert _names("Anders and Sons", roll) == ("Anders and Sons",)
    assert _names("King, Jr", roll) == ("King, Jr",)
    assert _codes("Anders and Sons", roll) == []


def test_and_within_a_name_is_no_separator() -> None:
    assert _names("Fernanda Sandover") == ("Fernanda Sandover",)


@pytest.mark.parametrize(
    "cell", ["", " ", "TBC", "tbd", "To be confirmed", "T.B.C.", "none", "TBA", ";", "TBC / TBC"]
)
def test_nobody_is_nobody(cell: str) -> None:
    assert _names(cell) == ()
    assert _codes(cell) == []


def test_a_comma_cell_with_nobody_known_is_surname_and_first_name_if_one_piece_is_one_word() -> (
    None
):
    assert _names("Brightmore, Adewale") == ("Adewale Brightmore",)
    assert _names("Adewale Brightmore, Cedric Mawson") == ("Adewale Brightmore", "Cedric Mawson")
    assert _names("Tolliver, Agnes, Nobody Here") == ("Tolliver", "Agnes", "Nobody Here")


def test_a_comma_cell_that_can_be_read_both_ways_is_ambiguous() -> None:
    roll = Roll([("Lee", "Anne"), ("James", "Martin"), ("James Martin", "Lee Anne")])
    reading = read_people("Lee Anne, James Martin", roll.find, INSTRUCTOR.ambiguous)
    assert reading.values == ()
    (problem,) = reading.findings
    assert problem.code == "instructor_ambiguous"
    assert problem.is_error
    assert "'Lee Anne' and 'James Martin', or 'James Martin Lee Anne'" in problem.message


def test_full_names_outweigh_a_reading_that_fits_in_part_only() -> None:
    roll = Roll([("Ann", "Lee"), ("Bob", "Ray"), ("Bob", "Lee")])
    assert _names("Ann Lee, Bob Ray", roll) == ("Ann Lee", "Bob Ray")
    assert _codes("Ann Lee, Bob Ray", roll) == []


def test_two_people_are_never_taken_for_one_of_the_first_s_name_and_the_last_s_surname() -> None:
    roll = Roll([("Ann", "Lee"), ("Bob", "Ray"), ("Ann", "Ray")])
    for cell in ("Ann Lee and Bob Ray", "Ann Lee, Bob Ray", "Ann Lee / Bob Ray"):
        assert _names(cell, roll) == ("Ann Lee", "Bob Ray")


@pytest.mark.parametrize(
    ("written", "surname"),
    [
        ("agnes  TOLLIVER", "Tolliver"),
        ("Dr Agnes Tolliver", "Tolliver"),
        ("Prof. Dr. Agnes Tolliver", "Tolliver"),
        ("Mrs Agnes Tolliver", "Tolliver"),
        ("Agnes\u200b Tolliver", "Tolliver"),
        ("Mairead O\u2019Tarrant", "O'Tarrant"),
        ("Zoe\u0308 Hartigan", "Hartigan"),
        ("Ursula van der Heyde", "van der Heyde"),
        ("Anne-Marie Vale", "Vale"),
        ("Ms Anne\u2010Marie Vale", "Vale"),
    ],
)
def test_a_full_name_matches_exactly(written: str, surname: str) -> None:
    match = ROLL.find(written)
    assert match
    assert match.is_exact
    assert [last for _, last in _who(written)] == [surname]


@pytest.mark.parametrize(
    ("written", "surname"),
    [
        ("Agnes Mary Tolliver", "Tolliver"),
        ("Agnes M. Tolliver", "Tolliver"),
        ("John Smith", "Smith"),
        ("John P Smith", "Smith"),
        ("John P. Smith", "Smith"),
        ("John Peter Paul Smith", "Smith"),
        ("Farida Khan Moss", "Khan-Moss"),
        ("Farida Jane Khan-Moss", "Khan-Moss"),
        ("Ursula Maria van der Heyde", "van der Heyde"),
        ("Anne Marie Vale", "Vale"),
    ],
)
def test_a_name_matches_in_part_by_first_word_and_whole_surname(written: str, surname: str) -> None:
    match = ROLL.find(written)
    assert match
    assert not match.is_exact
    assert [last for _, last in _who(written)] == [surname]


@pytest.mark.parametrize(
    "written",
    [
        "A Tolliver",
        "A. Tolliver",
        "Tolliver",
        "Agnes",
        "Dr",
        "",
        "Farida Moss",
        "Ursula Heyde",
        "John Paul Smith",
        "Smith John",
        "Agnes Tolliver-Moss",
        "\u0410gnes Tolliver",
        "Agn%",
        "x" * 10_000,
        "a " * 5_000,
    ],
)
def test_initials_single_names_and_look_alikes_never_match(written: str) -> None:
    assert ROLL.find(written) is None


def test_a_name_that_fits_several_people_gives_all_of_them() -> None:
    roll = Roll([("John", "Smith"), ("John", "SMITH"), ("Jo Ann", "Ray"), ("Jo Eve", "Ray")])
    match = roll.find("john smith")
    assert match
    assert match.positions == (0, 1)
    match = roll.find("Jo Ray")
    assert match
    assert (match.positions, match.is_exact) == ((2, 3), False)


def test_accounts_without_a_name_or_with_one_name_only_match_nobody_else() -> None:
    roll = Roll([("", ""), ("", "Tolliver"), ("Agnes", ""), ("Dr", "")])
    assert roll.find("") is None
    assert roll.find("Agnes Tolliver") is None
    match = roll.find("Tolliver")
    assert match
    assert match.positions == (1,)


def test_near_names_are_suggested_without_titles() -> None:
    assert ROLL.near("Dr A Tolliver") == ["Agnes Tolliver"]
    assert ROLL.near("Tolliver")[:1] == ["Agnes Tolliver"]
    assert ROLL.near("qqqq") == []


def test_spelling_is_the_same_but_for_case_spaces_and_titles() -> None:
    assert same_spelling("dr  agnes tolliver", "Agnes Tolliver")
    assert same_spelling("Zoe\u0308 Hartigan", "Zo\u00eb Hartigan")
    assert not same_spelling("Mairead O\u2019Tarrant", "Mairead O'Tarrant")


@pytest.mark.parametrize("name", ["Agnes Tolliver", "a"])
def test_a_cell_of_twice_as_many_names_takes_twice_as_long(name: str) -> None:
    few, effort = calls(_names, ", ".join([name] * 350))
    many, more = calls(_names, ", ".join([name] * 700))
    assert (len(few), len(many)) == (350, 700)
    assert more < 3 * effort


@given(
    st.lists(st.sampled_from(STAFF), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.sampled_from(["/", " ; ", ", ", "\n"]),
)
def test_whoever_is_put_together_is_taken_apart_again(
    people: list[tuple[str, str]], swapped: list[bool], separator: str
) -> None:
    cell = separator.join(
        f"{last}, {first}" if swap else f"{first} {last}"
        for (first, last), swap in zip(people, swapped, strict=False)
    )
    assert _names(cell) == tuple(f"{first} {last}" for first, last in people)


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_error(cell: str) -> None:
    for name in read_people(cell, ROLL.find, INSTRUCTOR.ambiguous).values:
        ROLL.find(name)
        ROLL.near(name)
