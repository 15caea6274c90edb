"""Today, Held and Decisions: what they say, and what their buttons do."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from adm_sync.acting import user_name
from adm_sync.desk import actions
from adm_sync.desk.wording import noteworthy, title_of
from adm_sync.reference.labels import tutorial_labels
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.desk.visiting import Browser, local_browser

pytestmark = pytest.mark.thorough(all_but_each=3)

MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">\'"{{ 7*7 }}'


@pytest.fixture
def held(settled: Workplace) -> Workplace:
    """A plan that would take away all locations but one is held."""
    settled.sync("locations")
    for location in settled.sandbox.store.all("Location")[1:]:
        settled.sandbox.store.remove(str(location["id"]))
    assert [result.status for result in settled.sync("locations")] == ["held"]
    return settled


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was started, instead of starting it."""
    told: list[tuple[str, ...]] = []

    def start(settings: Any, who: str, arguments: Any, file: Any = None) -> Any:
        told.append((who, *arguments))
        return actions.Work("20270101-000000-00000000", (), who, None, True, None, ())  # type: ignore[arg-type]

    monkeypatch.setattr(actions, "start", start)
    return told


@pytest.fixture
def browser(settled: Workplace) -> Iterator[Browser]:
    with local_browser() as browser:
        yield browser


def test_today_says_what_the_exit_statuses_say(held: Workplace, browser: Browser) -> None:
    held.sync("price_levels")
    told = held.json("today", status=1)
    text = browser.get("/").text

    assert told["status"] == "failed"
    assert [item["matter"] for item in told["items"]] == ["held", "sync", "unmatched"]
    for item in told["items"]:
        assert item["sentence"].split("»")[-1] in text
    assert 'href="/held/locations"' in text
    assert "Never synced: the custom fields, venues, instructors" in text
    assert ">succeeded<" in text
    assert ">held<" in text


def test_today_of_a_company_where_all_is_well_waits_for_nobody(synced: Workplace) -> None:
    synced.execute("update adm_sync.discrepancies set closed_at = now()")
    told = synced.json("today")
    assert (told["status"], told["items"], len(told["runs"])) == ("succeeded", [], 7)
    with local_browser() as browser:
        assert "Nothing waits for anybody." in browser.get("/").text


@pytest.mark.parametrize(
    ("status", "exit_status", "says"),
    [
        ("failed", 1, "The sync of the locations failed: It rained."),
        ("partial", 3, "The sync of the locations was partial: It rained."),
        ("running", 1, "The sync of the locations ended in the middle. Run it again."),
    ],
)
def test_today_tells_of_each_way_in_which_a_sync_can_end(
    synced: Workplace, status: str, exit_status: int, says: str
) -> None:
    synced.execute(
        "update adm_sync.runs set status = :status, message = 'It rained.'"
        " where entity = 'locations'",
        status=status,
    )
    assert says in synced.run("today", status=exit_status).stdout
    with local_browser() as browser:
        assert says in browser.get("/").text


def test_buttons_of_today_start_what_the_command_line_does(
    held: Workplace, browser: Browser, started: list[tuple[str, ...]]
) -> None:
    for fields in ({"command": "sync-all"}, {"command": "push"}):
        assert browser.post("/today/run", **fields).status_code == 303
    answer = browser.post("/today/run", command="sync", entity="locations")
    assert answer.headers["location"] == "/commands/20270101-000000-00000000"
    for fields in ({}, {"command": "undo"}, {"command": "sync", "entity": "--help"}):
        assert browser.post("/today/run", **fields).status_code == 400
    me = user_name()
    assert started == [
        (me, "sync-all", "--no-prompt", "--skip-errors"),
        (me, "push"),
        (me, "sync", "locations", "--no-prompt"),
    ]


def test_what_was_started_here_is_said_in_words_and_what_was_only_looked_at_is_not() -> None:
    def work(*arguments: str, status: str | None = None) -> actions.Work:
        document = {"status": status} if status else None
        return actions.Work("x", arguments, "anna", None, status is None, document, ())  # type: ignore[arg-type]

    looked = work("undo", "--", "a.xlsx-1", status="failed")
    done = work("undo", "--yes", "--", "a.xlsx-1", status="succeeded")
    failed = work("import-events", "--kept", "--plan=1", "--", "a.xlsx-1", status="failed")
    syncing = work("sync", "venues", "--no-prompt")
    assert noteworthy([looked, done, failed, syncing]) == [failed, syncing]
    again = work("import-events", "--kept", "--plan=2", "--", "a.xlsx-1", status="partial")
    released = work("release", "venues", status="succeeded")
    held = work("sync", "venues", "--no-prompt", status="held")
    busy = replace(failed, document={"status": "failed", "message": "Busy: anna."})
    assert noteworthy([busy]) == []
    assert noteworthy([released, again, failed, held]) == []
    assert noteworthy([held, failed, released, again]) == [held, failed]
    assert [title_of(one) for one in (looked, done, failed, syncing, work("push"))] == [
        "Look at what would be done: Taking back: a.xlsx-1",
        "Taking back: a.xlsx-1",
        "Import: a.xlsx-1",
        "Sync: venues",
        "Push of what is due",
    ]


# ---------------------------------------------------------------------- held


def test_a_held_plan_is_shown_with_what_it_would_take_away(
    held: Workplace, browser: Browser
) -> None:
    text = browser.get("/held/locations").text

    assert "would create 0, update 0 and delete 9." in text
    assert "What it would take away: 9" in text
    names = [row.name for row in held.execute("select name from acted.tutorial_locations")]
    assert sum(f"<bdi>{name}</bdi>" in text for name in names) == 8
    assert text.count(">not linked</td>") == 1
    assert "No plan of the venues is held." in browser.get("/held/venues").text


def test_a_long_plan_has_several_pages(
    held: Workplace, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adm_sync.desk.pages.held.ON_A_PAGE", 4)
    asked: list[int] = []

    def labels(connection: Any, entity: Any, numbers: Any) -> dict[int, str]:
        asked.append(len(numbers))
        return tutorial_labels(connection, entity, numbers)

    monkeypatch.setattr("adm_sync.reference.held.tutorial_labels", labels)
    pages = [browser.get(f"/held/locations?from={first}").text for first in (0, 4, 8)]
    assert [page.count("<td>deleted</td>") for page in pages] == [4, 4, 1]
    assert max(asked) <= 4  # of a company with 100,000 records, only what is shown is read
    assert 'href="/held/locations?from=4" rel="next"' in pages[0]
    assert 'rel="prev"' not in pages[0]
    assert 'href="/held/locations?from=4" rel="prev"' in pages[2]
    assert 'rel="next"' not in pages[2]


def test_a_price_that_would_go_is_called_by_what_it_is_of(synced: Workplace) -> None:
    store = synced.sandbox.store
    for price in store.all("CoursePrice")[:60]:
        store.remove(str(price["id"]))
    assert [one.status for one in synced.sync("course_template_price_levels")] == ["held"]
    with local_browser() as browser:
        text = browser.get("/held/course_template_price_levels").text
    names = re.findall(r'<th scope="row"><bdi>([^<]+)</bdi>', text)
    assert len(names) == 60
    assert all(re.fullmatch(r"\w+ · [^·(]+ · \d+\.\d\d", name) for name in names), names


def test_released_is_the_plan_that_was_shown_and_no_other(
    held: Workplace, browser: Browser, started: list[tuple[str, ...]]
) -> None:
    [(number,)] = held.execute("select id from adm_sync.held_plans")

    browser.press("/held/locations", "/held/locations/release")

    assert started == [(user_name(), "release", "locations", "--yes", "--plan", str(number))]
    refused = held.run("release", "locations", "--yes", "--plan", str(number + 1), status=1)
    assert f"Another plan of locations is held by now ({number})." in refused.stderr
    assert browser.post("/held/locations/release", plan="1; x").status_code == 400


@pytest.mark.thorough
def test_a_release_at_the_desk_is_done_as_a_run_of_its_own_for_the_user(
    held: Workplace, browser: Browser
) -> None:
    held.set(adm_sync_desk_auth="header", adm_sync_desk_proxies="127.0.0.1")
    held.set(adm_sync_desk_roles="decide=carla@example.com")
    with local_browser() as carla:
        carla.user, carla.headers = "carla@example.com", {"X-Forwarded-Email": "carla@example.com"}
        answer = carla.press("/held/locations", "/held/locations/release")
        address = answer.headers["location"]
        running = carla.get(f"{address}/state").text
        assert 'hx-trigger="every 2s"' in running
        ends = time.monotonic() + 60
        while "every 2s" in (shown := carla.get(f"{address}/state").text):
            assert time.monotonic() < ends
            time.sleep(0.2)
        listed = carla.get("/commands").text
        assert "Release of a held plan" not in carla.get("/").text  # it ended well

    assert ">succeeded<" in shown
    assert 'data-label="Deleted">9</td>' in shown
    assert ">Release of a held plan: locations</a>" in listed
    assert "adm-sync release locations --yes --plan" in shown
    settled_by = held.execute("select outcome, settled_by from adm_sync.held_plans")
    assert settled_by == [("released", "carla@example.com")]
    [(who,)] = held.execute("select who from adm_sync.runs order by id desc limit 1")
    assert who == "carla@example.com"
    assert held.latest_run().job_name == "sync_locations"


# ---------------------------------------------------------------------- decisions


def test_a_decision_is_listed_and_withdrawn(settled: Workplace, browser: Browser) -> None:
    settled.run("ignore", "locations", "--tutorial", "1", "--why", "closed")
    [(number, name)] = settled.execute(
        "select d.id, l.name from adm_sync.decisions d"
        " join acted.tutorial_locations l on l.id = d.tutorial_id"
    )
    text = browser.get("/decisions").text
    assert f"<bdi>{name}</bdi>" in text
    assert "<bdi>closed</bdi>" in text

    answer = browser.press("/decisions", f"/decisions/{number}/withdraw")

    text = browser.get(answer.headers["location"]).text
    assert f"Decision {number} is withdrawn (ignore locations: tutorial record 1)." in text
    assert "No decisions are in force." in text
    assert settled.execute("select withdrawn_by from adm_sync.decisions") == [(user_name(),)]
    again = browser.post(f"/decisions/{number}/withdraw")
    assert again.status_code == 409
    assert f"Decision {number} is not in force." in again.text


def test_many_decisions_have_several_pages(
    settled: Workplace, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adm_sync.desk.pages.decisions.ON_A_PAGE", 2)
    for tutorial in (1, 2, 3):
        settled.run("ignore", "locations", "--tutorial", str(tutorial))
    first = browser.get("/decisions").text
    assert first.count("Withdraw ") == 2
    assert 'href="/decisions?before=2" rel="next"' in first
    second = browser.get("/decisions?before=2").text
    assert second.count("Withdraw ") == 1
    assert 'rel="next"' not in second


def test_the_command_line_withdraws_by_number_too(settled: Workplace) -> None:
    settled.run("ignore", "locations", "--tutorial", "1")
    [(number,)] = settled.execute("select id from adm_sync.decisions")
    assert settled.json("decisions", "--withdraw", str(number))["withdrawn"] == number
    assert settled.json("decisions") == []
    assert "is not in force" in settled.run("decisions", "--withdraw", "7", status=1).stderr


# ---------------------------------------------------------------------- names from outside


def test_markup_in_names_of_both_sides_is_text_on_every_page(settled: Workplace) -> None:
    settled.execute("update acted.tutorial_locations set name = name || :markup", markup=MARKUP)
    store = settled.sandbox.store
    for location in store.all("Location"):
        store.update(str(location["id"]), name=location["name"] + MARKUP)
    settled.sync("locations")
    settled.run("ignore", "venues", "--tutorial", "1", "--why", MARKUP, "--who", MARKUP)
    for location in store.all("Location")[1:]:
        store.remove(str(location["id"]))
    settled.sync("locations")
    settled.execute("update adm_sync.runs set who = :markup, message = :markup", markup=MARKUP)
    settled.execute("update adm_sync.held_plans set reason = :markup", markup=MARKUP)
    with local_browser() as browser:
        folder = actions._works(browser.desk.settings) / "20270101-000000-00000000"
        folder.mkdir(parents=True)
        told = {"arguments": [MARKUP], "who": MARKUP, "started_at": "2027-01-01T00:00:00+00:00"}
        (folder / actions.COMMAND).write_text(json.dumps(told))
        names = ("entity", "status", "created", "updated", "deleted", "message")
        entity = dict.fromkeys(names, MARKUP)
        document = {"status": MARKUP, "message": MARKUP, "entities": [entity]}
        (folder / actions.ANSWER).write_text(json.dumps(document))
        (folder / actions.SAID).write_text(MARKUP)
        (folder / actions.AT_WORK).touch()
        for path in ("/", "/held", "/held/locations", "/decisions", f"/commands/{folder.name}"):
            text = browser.get(path).text
            assert "<img" not in text, path
            assert "alert(1)</script>" not in text, path
            assert "&lt;script&gt;alert(1)" in text, path
        held = browser.get("/held/locations").text
        # Of each linked pair the tutorial name, of the one that is not linked the other.
        assert held.count("&lt;script&gt;alert(1)") == 10
