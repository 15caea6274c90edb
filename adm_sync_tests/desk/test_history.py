"""`/history` and `/reconcile`: what happened, and what differed last."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from urllib.parse import quote

import pytest

from adm_sync.imports import comparisons
from adm_sync.imports.reconciling import Mismatch, Reconciliation
from adm_sync.reference.decisions import Statement, decide
from adm_sync.reference.entities import BY_NAME
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.desk.visiting import Browser, local_browser

FORMULA = '=HYPERLINK("http://evil.example")'
HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture(scope="module")
def place(visit_synced: Visit) -> Iterator[Workplace]:
    with visit_synced() as place:
        yield place


@pytest.fixture(scope="module")
def browser(place: Workplace) -> Iterator[Browser]:
    with local_browser() as browser:
        browser.desk.rates.at_once = 100_000
        yield browser


def test_a_name_leads_to_its_history(place: Workplace, browser: Browser) -> None:
    (venue,) = place.execute("select id, name from acted.tutorial_venues order by id limit 1")
    found = browser.get(f"/history?kind=venues&record={quote(venue.name)}")
    if found.status_code == 200:  # several venues have that name
        assert f"/history/venues/tutorial:{venue.id}" in found.text
    path = f"/history/venues/tutorial:{venue.id}"
    html = browser.get(path).text
    assert "taken over from Administrate by a sync" in html
    assert f"({venue.name})" in unescape(html)


def test_several_are_listed_and_nobody_is_a_sentence(browser: Browser) -> None:
    several = browser.get("/history?kind=locations&record=o").text
    assert several.count("/history/locations/tutorial:") > 1
    nobody = browser.get("/history?kind=locations&record=%3Cb%3E")
    assert "No location «<bdi>&lt;b&gt;</bdi>» is known here." in nobody.text
    assert browser.get("/history/locations/tutorial:987654321").status_code == 404
    assert browser.get("/history/rooms/1").status_code == 404
    assert browser.get("/history/locations/%00").status_code == 404
    assert browser.get(f"/history/locations/{'x' * 400}").status_code == 400
    assert browser.get("/history").status_code == 200


def test_what_no_database_can_hold_names_nobody(browser: Browser) -> None:
    for path in ("/history/venues/administrate:%00", "/history/event/administrate:%00"):
        assert browser.get(path).status_code == 404
    assert browser.get("/history.csv?kind=venues&record=administrate:%00").status_code == 404
    assert browser.get("/history?kind=venues&record=tutorial:%00").status_code == 200


def test_a_history_goes_on_and_is_a_file(place: Workplace, browser: Browser) -> None:
    (number,) = place.execute("select id from acted.tutorial_locations order by id limit 1")
    with place.engine.begin() as connection:
        for external_id, said in (("X/1+2=", FORMULA), ("X/2", HOSTILE)):
            never = Statement("never", BY_NAME["locations"], number.id, external_id)  # type: ignore[arg-type]
            decide(connection, never, said, said)
    path = f"/history/locations/tutorial:{number.id}"
    html = browser.get(path).text
    assert "<script>alert" not in html
    assert "X/1+2=" in unescape(html)
    wrong = browser.get(f"{path}?before=x")
    assert (wrong.status_code, "no place in a history" in wrong.text) == (400, True)
    answer = browser.get(f"/history.csv?kind=locations&record=tutorial:{number.id}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    text = answer.content.decode("utf-8-sig")
    # The file of the command line, to the byte.
    file = place.home / "history.csv"
    place.run("history", "locations", f"tutorial:{number.id}", "--csv", str(file))
    assert answer.content == file.read_bytes()
    assert f'"\'{FORMULA.replace(chr(34), chr(34) * 2)}"' in text
    assert browser.get("/history.csv?kind=locations&record=nobody").status_code == 404


# ---------------------------------------------------------------------- reconcile


def test_a_sitting_says_what_differed_and_what_can_be_done(
    place: Workplace, browser: Browser
) -> None:
    assert "there is nothing to compare" in browser.get("/reconcile").text
    assert browser.get("/reconcile/2027A").status_code == 404
    found = [
        Mismatch("only_in_administrate", f"{HOSTILE}{n}", f"E{n}", None, HOSTILE, "2027A")
        for n in range(60)
    ]
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    kept = Reconciliation(("2027A", "2026S"), 5, tuple(found), 1, (), {"2027A": 5}, {"E0": moment})
    comparisons.keep(place.engine, kept, "ada", "run-1")

    listed = unescape(browser.get("/reconcile").text)
    assert re.search(r'2027A</bdi></a></th><td class="number">5</td><td class="number">60<', listed)
    html = browser.get("/reconcile/2027A").text
    assert "<script>alert" not in html
    assert "Changed in Administrate 2026-07-01 01:00 BST." in html
    assert "import it: an event of that title and start is adopted" in html
    following = re.search(r'href="([^"]+)" rel="next"', html)
    assert following
    rest = browser.get(unescape(following[1])).text
    assert (html.count('class="waits"'), rest.count('class="waits"')) == (50, 10)
    assert "Nothing differed then." in browser.get("/reconcile/2026S").text
