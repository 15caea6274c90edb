"""What is shown first at the desk and done on a word: doubles, links, what is missing, lists."""

import io
import re
from base64 import b64encode
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from adm_sync.acting import user_name
from adm_sync.desk import actions
from adm_sync.desk.actions import Work
from adm_sync.desk.offers import MOST, offer_of
from adm_sync.desk.pages.reconcile import _event_page
from adm_sync.desk.wording import noteworthy
from adm_sync.settings import Settings
from adm_sync_tests.cli.test_doubles import delete
from adm_sync_tests.cli.test_pushing import twin
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.desk.visiting import Browser, left_command, local_browser, text_of
from adm_sync_tests.imports.imported import BLENDED, CLASSROOM, ONLINE, remote

pytestmark = pytest.mark.thorough(all_but_each=4)

SITTING = "/reconcile/2027A"
MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">'
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DECIDED = "select kind, who, why from adm_sync.decisions where withdrawn_at is null"


@pytest.fixture
def browser(done: Workplace, here: None) -> Iterator[Browser]:
    """In the office with an import that is done."""
    with local_browser() as browser:
        yield browser


@pytest.fixture
def office(synced: Workplace, here: None) -> Iterator[Browser]:
    with local_browser() as browser:
        yield browser


def led_to(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def shown_by(browser: Browser, page: str, action: str) -> str:
    """Press the button that shows first; gives the address of what it shows."""
    return led_to(browser.press(page, action))


def do(browser: Browser, address: str, *chosen: str) -> str:
    """Do what is ticked there, or these; gives the address of what came of it."""
    found = re.findall(r'name="chosen" value="([^"]*)" checked', browser.get(address).text)
    token = browser.desk.signer.token(browser.user)
    ticked = [*chosen] or [unescape(one) for one in found]
    data = {"csrf": token, "chosen": ticked}
    return led_to(browser.send("POST", f"{address}/do", data=data))


# ---------------------------------------------------------------------- reconcile


@pytest.mark.thorough
def test_doubles_are_shown_and_then_removed_at_the_desk(done: Workplace, browser: Browser) -> None:
    linked, other = str(remote(done, ONLINE)["id"]), twin(done, ONLINE)
    done.json("reconcile", status=1)
    page = text_of(browser, SITTING)
    assert "See which of them may be removed" in page
    assert "Administrate has 1 event of this sitting more than once" in page

    address = shown_by(browser, SITTING, f"{SITTING}/doubles")

    assert done.sandbox.calls.mutations == 0
    shown = text_of(browser, address)
    assert f"{ONLINE} would be removed; {linked} stays {other}" in shown
    assert "Remove from Administrate" in shown
    assert "Add --yes" not in shown

    after = do(browser, address)

    assert f"{ONLINE} removed; {linked} stays {other}" in text_of(browser, after)
    assert [one["id"] for one in done.sandbox.store.all("Event") if one["title"] == ONLINE] == [
        linked
    ]
    # The same once more does nothing, and says so.
    again = text_of(browser, do(browser, address))
    assert f"Nothing is proposed about {other} any more." in again
    # Compared anew, nothing is there more than once.
    browser.press(after, f"{SITTING}/compare")
    assert "more than once" not in text_of(browser, SITTING)
    assert f"{SITTING}/doubles" not in browser.get(SITTING).text


def test_only_what_is_chosen_is_removed_of_what_was_shown(
    done: Workplace, browser: Browser
) -> None:
    one, other = twin(done, ONLINE), twin(done, CLASSROOM)
    booked = twin(done, BLENDED, lifecycleState="published")
    done.json("reconcile", status=1)
    address = shown_by(browser, SITTING, f"{SITTING}/doubles")
    offered = set(re.findall(r'name="chosen" value="([^"]*)"', browser.get(address).text))
    assert one in offered
    assert booked not in offered

    refused = browser.post(f"{address}/do", chosen=booked)

    assert refused.status_code == 400
    assert "Nothing is chosen" in refused.text
    for wrong in ("\0", "x" * 3000):
        assert browser.post(f"{address}/do", chosen=wrong).status_code == 400
    after = text_of(browser, do(browser, address, one))
    assert f"removed; {remote(done, ONLINE)['id']} stays" in after
    assert "it was not chosen" in after
    there = {event["id"] for event in done.sandbox.store.all("Event")}
    assert one not in there
    assert {other, booked} <= there


def test_what_is_left_is_linked_at_the_desk(done: Workplace, browser: Browser) -> None:
    linked, other = remote(done, ONLINE)["id"], twin(done, ONLINE)
    delete(done, linked)
    done.json("reconcile")

    page = text_of(browser, SITTING)
    assert "Of 1 event the linked one is gone or cancelled in Administrate" in page
    address = shown_by(browser, SITTING, f"{SITTING}/relink")
    assert f"{ONLINE} would be linked instead of {linked} {other}" in text_of(browser, address)
    after = do(browser, address)

    assert f"{ONLINE} linked instead of {linked} {other}" in text_of(browser, after)
    events = "select external_id from adm_sync.events where title = :title"
    assert done.execute(events, title=ONLINE) == [(other,)]
    pushed = shown_by(browser, after, "/today/run")
    assert "succeeded" in text_of(browser, pushed)


def test_each_kind_of_difference_has_a_way_at_the_desk(done: Workplace, browser: Browser) -> None:
    there = str(remote(done, ONLINE)["id"])
    kinds = {
        "only_here": "Push it",
        "deleted_in_administrate": f'name="only" value="{there}"',
        "only_in_administrate": 'href="/upload"',
        "doubled_in_administrate": "may be removed",
        "tutorial_event_deleted": f'name="only" value="{there}"',
        "differs": 'href="/upload"',
    }
    (event,) = done.execute(
        "select tutorial_event_id from adm_sync.events where title = :title", title=ONLINE
    )
    done.json("reconcile")
    done.execute("update adm_sync.comparisons set compared_at = now()")
    for kind, way in kinds.items():
        done.execute("delete from adm_sync.differences")
        done.execute(
            "insert into adm_sync.differences"
            " (sitting, kind, title, external_id, tutorial_event_id, detail)"
            " values ('2027A', :kind, 'One', :there, :event, 'So it is.')",
            kind=kind,
            there=there,
            event=event[0],
        )
        assert way in browser.get(SITTING).text, kind


def test_no_link_leads_to_an_event_that_is_gone(settled: Workplace) -> None:
    settings = Settings.load(administrate_instance_url="https://larkfield.example")
    one = {"external_id": b64encode(b"Course:7").decode()}
    for kind, is_there in (("differs", True), ("deleted_in_administrate", False)):
        found: Any = SimpleNamespace(difference=SimpleNamespace(kind=kind, **one))
        assert bool(_event_page(settings, found)) is is_there


def test_one_event_that_is_gone_is_taken_back_and_nothing_else_of_its_import(
    done: Workplace, browser: Browser
) -> None:
    gone = remote(done, ONLINE)["id"]
    delete(done, gone)
    done.json("reconcile")
    assert "Take this one event back" in text_of(browser, SITTING)
    (undo,) = re.findall(r'action="(/imports/[^"]*/undo)"', browser.get(SITTING).text)

    address = led_to(browser.press(SITTING, undo))

    shown = text_of(browser, address)
    assert "This is about one event of the import alone." in shown
    assert "it is gone from Administrate already" in shown
    assert BLENDED not in shown
    after = led_to(browser.press(address, undo))
    assert "Unlinked here" in text_of(browser, after)
    assert BLENDED not in text_of(browser, after)
    undone = "select title from adm_sync.events where undone_at is not null"
    assert done.execute(undone) == [(ONLINE,)]
    assert [one["title"] for one in done.sandbox.store.all("Event")] == [BLENDED, CLASSROOM]


# ---------------------------------------------------------------------- what is missing


def test_what_is_missing_is_shown_and_created_at_the_desk(
    synced: Workplace, office: Browser
) -> None:
    for definition in synced.sandbox.store.all("CustomFieldDefinition"):
        synced.sandbox.store.update(str(definition["id"]), isRequired=False)
    page = "/unmatched/course_templates"

    address = shown_by(office, page, f"{page}/missing")

    shown = text_of(office, address)
    assert "SA1_LO_2 would be created" in shown
    assert "SP9_BR_3 would be created" in shown
    assert synced.sandbox.calls.mutations == 0
    assert "Administrate has SP9_BR3" in shown
    keys = re.findall(r'name="chosen" value="(\d+)" checked', office.get(address).text)
    assert len(keys) == 1
    after = do(office, address, keys[0])
    assert text_of(office, after).count(" created ") == 1
    assert synced.sandbox.calls.mutations == 1
    assert "Nothing is to be created about" in text_of(office, do(office, address, keys[0]))
    assert synced.sandbox.calls.mutations == 1


def test_what_cannot_be_created_is_said_field_by_field(office: Browser) -> None:
    address = shown_by(office, "/unmatched/locations", "/unmatched/locations/missing")

    text = text_of(office, address)
    assert "Administrate's API cannot create locations." in text
    assert "Edinburgh to be entered by hand Control panel > Locations > Add; Name: Edi" in text
    assert 'class="grave"' not in office.get(address).text
    assert office.post(f"{address}/do").status_code == 400


# ---------------------------------------------------------------------- decisions in a list


def list_of(browser: Browser, path: str, **decided: str) -> bytes:
    """The list of a page, with decisions filled in by the label of their records."""
    answer = browser.get(path)
    assert answer.headers["content-type"] == XLSX
    book = load_workbook(io.BytesIO(answer.content))
    (sheet,) = (one for one in book.worksheets if one.sheet_state == "visible")
    headings = [cell.value for cell in sheet[1]]
    for row in range(2, sheet.max_row + 1):
        said = decided.get(str(sheet.cell(row, headings.index("Record") + 1).value))
        if said:
            sheet.cell(row, headings.index("Decision") + 1).value = said
            sheet.cell(row, headings.index("Reason") + 1).value = MARKUP
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def bring(browser: Browser, name: str, data: bytes) -> httpx.Response:
    token = browser.desk.signer.token(browser.user)
    files = {"list": (name, data, XLSX)}
    return browser.send("POST", "/decisions/file", data={"csrf": token}, files=files)


def test_decisions_go_out_in_a_list_and_come_back_in_it(synced: Workplace, office: Browser) -> None:
    data = list_of(office, "/decisions/to_decide.xlsx?entity=locations", Edinburgh="ignore")

    address = led_to(bring(office, "open list.xlsx", data))

    shown = text_of(office, address)
    assert "1 would be decided, 0 were decided so already." in shown
    assert "Edinburgh ignore locations: tutorial record" in shown
    assert "The next sync no longer lists it." in shown
    assert "<script>alert" not in office.get(address).text
    assert synced.execute(DECIDED) == []

    after = do(office, address)

    assert "1 are decided" in text_of(office, after)
    assert synced.execute(DECIDED) == [("ignore", user_name(), MARKUP)]
    page = text_of(office, "/decisions")
    assert "The next sync no longer lists it." in page
    assert "1 decision about the locations was made or withdrawn" in page
    shown_by(office, after, "/unmatched/locations/sync")
    page = text_of(office, "/decisions")
    assert "Nothing new: a sync has gone by it." in page
    assert "was made or withdrawn" not in page


def test_what_is_wrong_in_a_list_is_said_and_nothing_is_decided(
    synced: Workplace, office: Browser
) -> None:
    data = list_of(office, "/decisions/to_decide.xlsx", Edinburgh="perhaps " + MARKUP)

    address = led_to(bring(office, "open.xlsx", data))

    text = text_of(office, address)
    assert "Nothing is decided: correct these, and upload the list again." in text
    assert "which is none of the choices for this record" in text
    assert office.post(f"{address}/do").status_code == 400
    assert "<script>alert" not in office.get(address).text
    for name, wrong in (("a.xlsx", b"no workbook"), ("b.csv", b"a,b\n1,2\n")):
        assert "Nothing is decided" in text_of(office, led_to(bring(office, name, wrong)))
    for name in ("a.exe", "..", "a.xlsx.lnk", "x" * 300):
        assert bring(office, name, data).status_code == 400
    assert synced.execute(DECIDED) == []


def test_a_list_that_is_not_kept_any_more_is_sent_again(synced: Workplace, office: Browser) -> None:
    data = list_of(office, "/decisions/to_decide.xlsx", Edinburgh="ignore")
    address = led_to(bring(office, "../../" + "x" * 300 + ".xlsx", data))
    folder = actions._works(office.desk.settings) / address.rpartition("/")[2] / actions.FILES
    (kept,) = folder.iterdir()
    assert len(kept.name) < 200
    kept.unlink()

    gone = office.post(f"{address}/do")

    assert gone.status_code == 404
    assert "is not kept any more. Send it again." in gone.text
    assert synced.execute(DECIDED) == []


def test_decisions_are_filtered_and_exported(synced: Workplace, office: Browser) -> None:
    for entity, record in (("locations", "LOC/1"), ("venues", "VEN/1")):
        synced.run("ignore", entity, "--administrate", record, "--why", MARKUP)
    assert text_of(office, "/decisions").count("Withdraw ") == 2
    assert text_of(office, "/decisions?entity=venues").count("Withdraw ") == 1
    assert "No such decisions are in force." in text_of(office, "/decisions?kind=link")
    for wrong in ("entity=rooms", "kind=maybe"):
        assert office.get(f"/decisions?{wrong}").status_code == 400
    for path, rows in (("in_force.xlsx", 2), ("in_force.xlsx?entity=venues", 1)):
        answer = office.get(f"/decisions/{path}")
        assert answer.headers["content-disposition"].startswith("attachment; ")
        sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
        assert sheet.max_row == rows + 1


# ---------------------------------------------------------------------- what is shown of a document

_EVENT = {"title": MARKUP, "external_id": MARKUP, "reason": "", "outcome": "planned"}
_KEPT = {**_EVENT, "reason": MARKUP, "outcome": "kept"}
_RECORD = {"label": MARKUP, "tutorial_id": 7, "by_hand": [MARKUP], "fields": {"code": MARKUP}}
_RECORD |= {"near": MARKUP, "doubtful": False}
_ABOUT = {"entity": "venues", "kind": "link", "tutorial_id": 7, "external_id": MARKUP}
_DECISION = {"row": 5, "label": MARKUP, "why": MARKUP, "effect": MARKUP, "is_new": True, **_ABOUT}
_FINDING = {"row": 5, "column": "A", "message": MARKUP, "suggestion": MARKUP}
# What commands offer, with markup in everything from outside: name, arguments, document.
OFFERED = (
    (
        "20270101-000000-00000001",
        ("reconcile", "--sitting", "2027A", "--remove-doubles", "--dry-run"),
        {"status": "failed", "doubles": [{**one, "stays": [MARKUP]} for one in (_EVENT, _KEPT)]},
    ),
    (
        "20270101-000000-00000002",
        ("reconcile", "--relink", "--dry-run"),
        {
            "status": "failed",
            "relinked": [{**one, "instead_of": MARKUP} for one in (_EVENT, _KEPT)],
        },
    ),
    (
        "20270101-000000-00000003",
        ("create-missing", "venues", "--dry-run"),
        {"status": "succeeded", "entity": "venues", "possible": True, "missing": [_RECORD]},
    ),
    (
        "20270101-000000-00000004",
        ("decide", "--dry-run"),
        {"status": "succeeded", "file": MARKUP, "decisions": [_DECISION], "findings": []},
    ),
    (
        "20270101-000000-00000005",
        ("decide", "--dry-run"),
        {"status": "failed", "file": MARKUP, "decisions": [], "findings": [_FINDING]},
    ),
)


def test_markup_in_what_is_offered_is_text(settled: Workplace) -> None:
    with local_browser() as browser:
        for name, arguments, document in OFFERED:
            page = left_command(settled.home, name, arguments, document, MARKUP, MARKUP)
            text = browser.get(page).text
            assert "<img" not in text, page
            assert "alert(1)</script>" not in text, page
            assert text.count("&lt;script&gt;alert(1)") > 3, page


def work(*arguments: str, document: Any) -> Work:
    return Work("20270101-000000-00000000", arguments, "ada", None, False, document, ())  # type: ignore[arg-type]


def test_a_comparison_that_found_something_has_not_failed(settled: Workplace) -> None:
    doubled = {"kind": "doubled_in_administrate", "sitting": "2027A", "title": "A"}
    found = {"sittings": ["2027A"], "compared": 43, "requests": 2, "differences": [doubled]}
    page = left_command(
        settled.home, "20270101-000000-00000011", ("reconcile",), {"status": "failed", **found}
    )
    broken = {"status": "failed", "message": "Administrate is away.", **found}
    failed = left_command(settled.home, "20270101-000000-00000012", ("reconcile",), broken)

    with local_browser() as browser:
        text = text_of(browser, page)
        assert "Compared 43 events: 1 difference, 1 event more than once in Administrate." in text
        assert "failed" not in text
        assert f'href="{SITTING}"' in browser.get(page).text
        assert "failed" in text_of(browser, failed)
    shown = [work("reconcile", document=one) for one in ({"status": "failed", **found}, broken)]
    assert [noteworthy([one]) for one in shown] == [[], shown[1:]]


def test_what_was_not_shown_first_offers_nothing() -> None:
    double = {"title": "A", "external_id": "E1", "stays": ["E2"], "reason": ""}
    planned = {"status": "failed", "doubles": [{**double, "outcome": "planned"}]}
    removed = {"status": "succeeded", "doubles": [{**double, "outcome": "removed"}]}
    shown = offer_of(work("reconcile", "--remove-doubles", "--dry-run", document=planned))
    done = offer_of(work("reconcile", "--remove-doubles", "--yes", document=removed))
    assert shown is not None
    assert done is not None
    assert (shown.is_open, done.is_open) == (True, False)
    assert shown.command == ("reconcile", "--remove-doubles", "--yes")
    assert shown.options({"E1", "E2", "--yes"}) == ["--only=E1"]
    for arguments, document in (
        (("reconcile",), {"status": "succeeded", "differences": []}),
        (("reconcile", "--relink", "--dry-run"), {"status": "failed", "message": "Away."}),
        (("create-missing", "venues", "--dry-run"), {"entity": None, "missing": [], "done": []}),
        (("decide", "--dry-run"), {"file": None, "decisions": [], "findings": []}),
        (("push",), {"status": "succeeded"}),
        (("sync",), None),
        ((), {}),
    ):
        assert offer_of(work(*arguments, document=document)) is None


def test_so_many_are_done_at_once_as_are_shown() -> None:
    found = [
        {"title": "A", "external_id": f"E{n}", "stays": [], "reason": "", "outcome": "planned"}
        for n in range(MOST + 5)
    ]
    offer = offer_of(work("reconcile", "--dry-run", document={"doubles": found}))
    assert offer is not None
    every = {one["external_id"] for one in found}
    assert (len(offer.shown), len(offer.options(every))) == (MOST, MOST)
