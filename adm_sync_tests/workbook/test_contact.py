"""Whom a workbook says to answer: one plain address, or nobody."""

import pytest

from adm_sync.workbook.contact import contact_of
from adm_sync.workbook.sheet import Book, Row, Sheet


def book(given: object, label: str = "Contact") -> Book:
    rows = (Row(1, ("How to fill this in",)), Row(3, (label, given)))  # type: ignore[arg-type]
    return Book("plan.xlsx", (Sheet("How to fill this in", "visible", rows),))


@pytest.mark.parametrize("label", ["Contact", " contact: ", "CONTACT"])
def test_the_cell_beside_it_is_taken(label: str) -> None:
    assert contact_of(book(" planner@example.com ", label)) == "planner@example.com"


@pytest.mark.parametrize(
    "hostile",
    [
        "a@example.com, b@example.com",
        "a@example.com b@example.com",
        "a@example.com\nBcc: all@example.com",
        "a@example.com\r\nSubject: x",
        "Planner <a@example.com>",
        "a@example.com?cc=b@example.com",
        '"a b"@example.com',
        "a@[127.0.0.1]",
        "a@localhost",
        "@example.com",
        "a@example.com;b@example.com",
        "a\N{FULLWIDTH COMMERCIAL AT}example.com",
        "mailto:a@example.com",
        42,
        None,
    ],
)
def test_what_is_no_plain_address_is_nobody(hostile: object) -> None:
    assert contact_of(book(hostile)) == ""


def test_a_workbook_without_the_cell_names_nobody() -> None:
    assert contact_of(Book("plan.xlsx", ())) == ""
