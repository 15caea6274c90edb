"""What number formats make of numbers and texts: what Excel shows, or that it cannot be told."""

import pytest

from adm_sync.workbook.file.number_formats import displayed, is_date, words_of_text


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("General", "42", "42"),
        ("@", "42", "42"),
        ('"CB1-"@', "42", "42"),
        ('General" places"', "42", "42 places"),
        ('"#"Standard', "42", "#42"),
        ("G/通用格式", "42", "42"),
        ('"n"0;"m"0;@', "0", "n0"),
        ("[>99]0;000", "42", "042"),
        ("[>99]0;000", "142", "142"),
        ('[=1]"Yes";[=0]"No";0', "0", "No"),
        ("0;;", "0", None),
        (";;;", "42", None),
        ("[>99]0;000", "-5", None),
        ("# ?/?", "42", "42"),
        ("# ?/?", "42.5", None),
        ("0 h", "42", "42 h"),
        ("0%", "14", "1400%"),
        ("0,", "14000", "14"),
    ],
)
def test_a_number_is_shown_as_its_format_says(code: str, number: str, shown: str | None) -> None:
    assert displayed(code, number) == shown


@pytest.mark.parametrize("code", ["G/通用格式", "g/標準", "Standard", "Besuch", '"dd"0', "[Red]0"])
def test_letters_alone_make_no_date(code: str) -> None:
    assert not is_date(code)


@pytest.mark.parametrize("code", ["gge.m.d", "[$-F400]h:mm AM/PM", 'yyyy"年"m"月"', "[h]", "d/m;@"])
def test_the_letters_of_dates_and_times_do(code: str) -> None:
    assert is_date(code)


@pytest.mark.parametrize(
    ("code", "around"),
    [
        ("General", ("", "")),
        ("0000", ("", "")),
        ("@", ("", "")),
        ('"CB1_"@', ("CB1_", "")),
        ('0;0;0;"<"@" >"', ("<", " >")),
        (";;;", None),
        ('0;0;0;"x"', None),
        ('0;@"!"', ("", "!")),
    ],
)
def test_a_format_may_put_words_around_a_text(code: str, around: tuple[str, str] | None) -> None:
    assert words_of_text(code) == around
