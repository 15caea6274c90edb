import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.names.keys import normalise

NO_BREAK, NARROW_NO_BREAK, FIGURE, IDEOGRAPHIC = "\u00a0", "\u202f", "\u2007", "\u3000"
ZERO_WIDTH = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u200e", "\u202e"]
VARIATION = ["\ufe0f", "\U000e0101", "\u180b"]
FILLERS = ["\u3164", "\u115f", "\uffa0", "\U000e0061"]
WHITE_SPACE = [
    *" \t\n\r\v\f\x1f\x85",
    *(NO_BREAK, NARROW_NO_BREAK, FIGURE, IDEOGRAPHIC),
    *"\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u205f",
]
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u2043"
APOSTROPHES = "\u2018\u2019\u201b\u02bc\u02bb\u2032\uff07\u00b4\u1ffd`\u1fef\uff40"


def shown(text: str) -> str:
    return "+".join(f"{ord(character):04X}" for character in text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("LEEDS", "leeds"),
        ("\uff2c\uff45\uff45\uff44\uff53", "Leeds"),
        ("Room \u2160", "Room I"),
        ("Room ①", "Room 1"),
        ("oﬃce", "office"),
        ("m²", "m2"),
        ("Zu\u0308rich", "Z\u00fcrich"),
        ("STRASSE", "Straße"),
        ("STRAẞE", "Straße"),
        ("ΟΔΟΣ", "οδος"),
        ("ǅ", "dž"),
        ("  Leeds \t City\r\n", "Leeds City"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("space", WHITE_SPACE, ids=shown)
def test_every_kind_of_white_space_counts_as_one_space(space: str) -> None:
    assert normalise(f"{space}Leeds{space}{space}City{space}") == "leeds city"


@pytest.mark.parametrize("invisible", [*ZERO_WIDTH, *VARIATION, *FILLERS], ids=shown)
def test_what_cannot_be_seen_does_not_count(invisible: str) -> None:
    assert normalise(f"{invisible}Le{invisible}eds{invisible}") == "leeds"
    assert normalise(invisible) == ""


@pytest.mark.parametrize("dash", DASHES, ids=shown)
def test_every_dash_is_a_hyphen(dash: str) -> None:
    assert normalise(f"Stoke{dash}on{dash}Trent") == "stoke-on-trent"


@pytest.mark.parametrize("apostrophe", APOSTROPHES, ids=shown)
def test_every_apostrophe_is_the_same(apostrophe: str) -> None:
    assert normalise(f"O{apostrophe}Brien") == "o'brien"


def test_a_dash_without_the_spaces_around_it_is_another_name() -> None:
    assert normalise("Leeds \u2013 City") == normalise("Leeds - City") != normalise("Leeds-City")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0421M1", "CM1"),  # a Cyrillic letter
        ("CO1", "C01"),
        ("Hall l", "Hall 1"),
        ("\u0391BC", "ABC"),  # a Greek letter
        ("Zürich", "Zurich"),
        ("Zürich", "Zuerich"),
        ("Łódź", "Lodz"),
        ("Leeds", "Leeds."),
    ],
)
def test_look_alikes_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_a_turkish_i_with_its_dot_is_the_same_composed_or_not_and_is_not_an_i() -> None:
    assert normalise("İstanbul") == normalise("I\u0307stanbul") == normalise("i\u0307stanbul")
    assert normalise("İstanbul") != normalise("Istanbul")


def test_a_turkish_i_without_a_dot_is_not_an_i() -> None:
    assert normalise("Isparta") == normalise("isparta") != normalise("\u0131sparta")


@pytest.mark.parametrize("text", ["", " ", "\t\n", NO_BREAK, "\ufeff", " \u200b \u2060 "])
def test_nothing_visible_is_an_empty_key(text: str) -> None:
    assert normalise(text) == ""


any_text = st.text(st.characters() | st.sampled_from([*ZERO_WIDTH, *WHITE_SPACE, "\u0345"]))


@given(any_text)
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(any_text, st.sampled_from(["NFC", "NFD"]))
def test_composed_and_decomposed_text_are_the_same(text: str, form: str) -> None:
    assert normalise(unicodedata.normalize(form, text)) == normalise(text)


@given(st.text(), st.data())
def test_zero_width_characters_make_no_difference_anywhere(text: str, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=4))
    hidden = text
    for place in sorted(places, reverse=True):
        hidden = hidden[:place] + data.draw(st.sampled_from(ZERO_WIDTH)) + hidden[place:]
    assert normalise(hidden) == normalise(text)


@given(any_text, st.text(st.sampled_from(WHITE_SPACE)), st.text(st.sampled_from(WHITE_SPACE)))
def test_white_space_at_the_ends_makes_no_difference(text: str, before: str, after: str) -> None:
    assert normalise(f"{before}{text}{after}") == normalise(text)


@given(any_text)
def test_a_key_has_single_spaces_and_no_line_break(text: str) -> None:
    key = normalise(text)
    assert key == " ".join(key.split())
