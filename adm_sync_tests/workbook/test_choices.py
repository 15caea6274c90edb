import pytest

from adm_sync.workbook.events import Mode, Sitting
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.rules.readers import (
    Count,
    is_to_be_confirmed,
    names_lms_only,
    read_count,
    read_flag,
    read_mode,
    read_places,
    read_sitting,
    read_url,
    read_zone,
    seems_lms_only,
)
from adm_sync.workbook.sheet import Raw


def refusal(read: object) -> Finding:
    assert isinstance(read, Finding), read
    return read


@pytest.mark.parametrize("raw", ["Y", "y", " yes ", "TRUE", True, 1, 1.0, "1", "\uff39"])
def test_yes_has_many_spellings(raw: Raw) -> None:
    assert read_flag(raw) is True


@pytest.mark.parametrize("raw", ["N", "no", "False", False, 0, 0.0, "0"])
def test_no_has_many_spellings(raw: Raw) -> None:
    assert read_flag(raw) is False


@pytest.mark.parametrize("raw", ["maybe", "yn", 2, "NA", "-"])
def test_anything_else_is_neither_yes_nor_no(raw: Raw) -> None:
    assert refusal(read_flag(raw)).code == "not_yes_or_no"


@pytest.mark.parametrize(
    ("raw", "mode"),
    [
        ("Blended", Mode.BLENDED),
        ("blended ", Mode.BLENDED),
        ("BLENDED", Mode.BLENDED),
        ("classroom", Mode.CLASSROOM),
        ("Self Paced (LMS)", Mode.LMS),
        ("self-paced(lms)", Mode.LMS),
        ("Self  Paced", Mode.LMS),
        ("LMS", Mode.LMS),
    ],
)
def test_a_learning_mode_is_known_by_its_word(raw: str, mode: Mode) -> None:
    assert read_mode(raw) is mode


def test_another_word_is_no_learning_mode() -> None:
    assert refusal(read_mode("Webinar")).code == "mode_unknown"


@pytest.mark.parametrize("raw", ["2026A", "26A", "2026 a", "26a", " 2026A\u00a0"])
def test_a_spring_sitting_is_that_of_april(raw: str) -> None:
    assert read_sitting(raw) == Sitting("2026A", "2026-04")


def test_an_autumn_sitting_is_that_of_september() -> None:
    assert read_sitting("2026S") == read_sitting("26s") == Sitting("2026S", "2026-09")


@pytest.mark.parametrize("raw", ["2026X", "A2026", "2026", 2026, "1926A", "2026AS", "TBC"])
def test_anything_else_is_no_sitting(raw: Raw) -> None:
    assert refusal(read_sitting(raw)).code == "sitting_unknown"


def test_a_year_suggests_its_two_sittings() -> None:
    assert refusal(read_sitting("April 2026")).suggestion == "2026A or 2026S"
    assert refusal(read_sitting("2026X")).suggestion == "2026A or 2026S"
    assert refusal(read_sitting("spring")).suggestion is None


@pytest.mark.parametrize(
    ("raw", "zone"),
    [
        ("Europe - London", "Europe/London"),
        ("europe -  london", "Europe/London"),
        ("Europe/London", "Europe/London"),
        ("Europe \u2013 Dublin", "Europe/Dublin"),
        ("America - New York", "America/New_York"),
        ("America - Argentina - Buenos Aires", "America/Argentina/Buenos_Aires"),
    ],
)
def test_a_zone_is_an_area_and_a_city(raw: str, zone: str) -> None:
    assert read_zone(raw) == zone


@pytest.mark.parametrize(
    ("raw", "suggestion"),
    [
        ("London", "Europe - London"),
        ("Europe - Londn", "Europe - London"),
        ("qqqq", None),
        (
            "(UTC+00:00) Dublin, Edinburgh, Lisbon, London",
            "Europe - Dublin or Europe - Lisbon or Europe - London",
        ),
        ("(UTC+09:00) Nowhere", None),
        ("GB", "Europe - London"),
        ("Eire", "Europe - Dublin"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_one(raw: str, suggestion: str | None) -> None:
    found = refusal(read_zone(raw))
    assert (found.code, found.suggestion) == ("zone_unknown", suggestion)


@pytest.mark.parametrize("raw", ["GMT", "BST", "UTC", "EST", "Etc/GMT+1", 0])
def test_an_abbreviation_is_no_zone(raw: Raw) -> None:
    assert refusal(read_zone(raw)).code == "zone_unknown"


@pytest.mark.parametrize("text", ["TBC", "tbd", "To be  confirmed", "T.B.C.", " tbc "])
def test_some_words_mean_that_a_name_is_still_to_come(text: str) -> None:
    assert is_to_be_confirmed(text)


@pytest.mark.parametrize("text", ["", "NA", "None", "TBC House", "-"])
def test_other_words_are_names(text: str) -> None:
    assert not is_to_be_confirmed(text)


@pytest.mark.parametrize("code", ["OC_CB1", "CB1-OC", "oc_cb1", "CB1_WAITLIST_6", "CB1_OC-6"])
def test_a_part_of_the_code_names_an_event_in_the_lms_only(code: str) -> None:
    assert names_lms_only(code)
    assert not seems_lms_only(code)


@pytest.mark.parametrize("code", ["SOC1_LO", "WAITLISTED_CB1", "BLOCK-1"])
def test_a_mere_substring_of_the_code_only_seems_to(code: str) -> None:
    assert not names_lms_only(code)
    assert seems_lms_only(code)


def test_other_codes_neither_name_it_nor_seem_to() -> None:
    assert not names_lms_only("CB1_LO_6")
    assert not seems_lms_only("CB1_LO_6")


@pytest.mark.parametrize(
    ("raw", "is_text"), [(14, False), (14.0, False), ("14 ", True), ("14.0", True)]
)
def test_a_whole_number_is_a_number_or_digits(raw: Raw, is_text: bool) -> None:
    assert read_count(raw) == Count(14, is_text)


@pytest.mark.parametrize("raw", [14.5, "14.5", "fourteen", True, "1e3", float("inf"), "", "1" * 40])
def test_anything_else_is_no_whole_number(raw: Raw) -> None:
    assert refusal(read_count(raw)).code == "not_a_whole_number"


@pytest.mark.parametrize("raw", [-1, 1e9, 100_001, "-3"])
def test_places_are_from_none_to_a_hundred_thousand(raw: Raw) -> None:
    assert refusal(read_places(raw)).code == "places_out_of_range"
    assert read_places(0) == Count(0)
    assert read_places(100_000) == Count(100_000)


@pytest.mark.parametrize(
    "raw",
    [
        "https://example.org/a?b=c#d",
        " http://example.org ",
        "HTTPS://EXAMPLE.ORG",
        "https://example.org/?next=https://example.net/",
        "https://münchen.example/ü",
    ],
)
def test_an_address_is_http_or_https(raw: str) -> None:
    assert read_url(raw) == raw.strip()


@pytest.mark.parametrize(
    ("raw", "suggestion"),
    [
        ("www.example.org/a", "https://www.example.org/a"),
        ("example.org:8080/a", "https://example.org:8080/a"),
        ("//example.org", "https://example.org"),
        ("room 4.2", None),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https:// example.org /a b?c d", "https://example.org/a%20b?c%20d"),
        ("https://example.org room 4", None),
        ("https:// /a", None),
        ("www.exa<mple>.org", None),
        ("https://example.org https://example.net", "Keep one of them."),
        ("https://example.org;https://example.net", "Keep one of them."),
        ("javascript:alert(1)", None),
        ("ftp://example.org/a", None),
        ("mailto:a@example.org", None),
        ("https://", None),
        ("https://[::1", None),
        ("TBC", None),
        (12, None),
    ],
)
def test_anything_else_is_no_address(raw: Raw, suggestion: str | None) -> None:
    found = refusal(read_url(raw))
    assert found.code == "url_unreadable"
    assert found.suggestion == suggestion
