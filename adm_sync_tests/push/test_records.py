"""Values of events and sessions, as sentences about them have them."""

from typing import Any

import pytest

from adm_sync.push.records import CUSTOM, in_words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("title", "CB1 THE TITLE 2027-01-12", "CB1 THE TITLE 2027-01-12"),
        ("start", "2027-01-12T09:30:00", "12/01/2027 09:30"),
        ("lmsEndDateTime", "2027-05-14T00:00:00", "14/05/2027 00:00"),
        (f"{CUSTOM}Def:1", "2026-12-29", "29/12/2026"),
        (f"{CUSTOM}Def:1", "2026-12-29 and more", "2026-12-29 and more"),
        ("start", "no moment", "no moment"),
        ("maxPlaces", 0, "0"),
        ("maxPlaces", None, "empty"),
        ("title", "", "empty"),
    ],
)
def test_values_read_as_planners_write_them(name: str, value: Any, words: str) -> None:
    assert in_words(name, value) == words
