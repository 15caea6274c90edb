"""Each problem is told once to each address, and once more when it is put right."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from adm_sync.alerts.telling import look_quietly, teller_of
from adm_sync.alerts.words import MOST, Manner, letter_of
from adm_sync.database.alerts import CALM, Message
from adm_sync.database.engine import open_database
from adm_sync.database.states import News, ProblemKind
from adm_sync.desk.serving import looking_out
from adm_sync.desk.shared import open_desk
from adm_sync.errors import DatabaseUnreachable
from adm_sync.settings import Settings
from adm_sync_tests.alerts.receivers import TOKEN, Hook, Mailbox
from adm_sync_tests.cli.workplace import Workplace

pytestmark = pytest.mark.thorough(all_but_each=3)

MINUTE = timedelta(minutes=1)
LASTING = CALM + 3 * MINUTE


def look(after: timedelta = timedelta(), times: int = 1) -> bool:
    """So many looks, the first so long after now."""
    settings, arrived = Settings.load(), True
    with open_database(settings) as database:
        for number in range(times):
            now = datetime.now(UTC) + after + number * MINUTE
            arrived = teller_of(settings, database, dict).look(now)
    return arrived


def refusing(place: Workplace) -> None:
    """Each sync fails by itself, and not by a problem of Administrate as a whole."""
    place.sandbox.faults.add("errors", message="Not today.", times=None)


@pytest.fixture
def told(settled: Workplace, hook: Hook) -> Workplace:
    """A place whose problems a web hook is told of."""
    settled.set(adm_sync_alerts=hook.address)
    return settled


def test_ten_retries_are_one_message_and_their_end_is_another(
    told: Workplace, hook: Hook, capfd: pytest.CaptureFixture[str]
) -> None:
    refusing(told)
    for number in range(10):
        if number % 4 == 0:
            told.sync("locations")
        assert look()
    assert hook.titles == ["adm_sync: failed: The sync of the locations failed"]
    assert "adm-sync sync locations" in hook.received[0]["message"]

    told.sandbox.faults.clear()
    told.sync("locations")
    look(times=2)
    assert len(hook.received) == 1  # it has to last
    look(LASTING, times=2)

    assert len(hook.received) == 2
    assert hook.titles[1].startswith("adm_sync: no longer so: The sync of the locations failed")
    assert TOKEN not in "".join(capfd.readouterr())


@pytest.mark.thorough
def test_it_is_a_problem_again_if_it_comes_back(told: Workplace, hook: Hook) -> None:
    for hours in range(2):
        refusing(told)
        told.sync("locations")
        look(timedelta(hours=hours))
        told.sandbox.faults.clear()
        told.sync("locations")
        for after in (2 * MINUTE, LASTING):
            look(timedelta(hours=hours) + after)

    assert ["no longer so" in title for title in hook.titles] == [False, True, False, True]


def test_what_comes_and_goes_is_one_problem(told: Workplace, hook: Hook) -> None:
    told.sync("locations")
    for minutes in range(0, 30, 5):
        told.execute(
            "update adm_sync.runs set status = :status, message = 'It rained.'"
            " where entity = 'locations'",
            status="failed" if minutes % 10 == 0 else "succeeded",
        )
        look(minutes * MINUTE)
    assert len(hook.titles) == 1


def test_a_hundred_problems_are_one_letter_that_says_what_it_leaves_out() -> None:
    now = datetime.now(UTC)
    kinds = [ProblemKind.PARTIAL, *[ProblemKind.FAILED] * 99]
    messages = [
        Message(n, "", News.OPENED, 1, kind, f"Number {n}.", "Do it.", "", now, None)
        for n, kind in enumerate(kinds)
    ]
    letter = letter_of(messages, Manner("Europe/London"))
    assert (letter.title, letter.tone) == ("adm_sync: failed: Number 1 (and 99 more)", "failure")
    assert letter.text.count("What to do:") == MOST
    rest = "60 more are not in this letter: adm-sync alerts lists all."
    assert letter.text.endswith(rest)
    assert "PARTIAL" not in letter.text  # the gravest first


@pytest.mark.thorough
def test_what_is_put_right_before_anybody_was_told_is_no_news(told: Workplace, hook: Hook) -> None:
    hook.status = 500
    refusing(told)
    told.sync("locations")
    assert not look()
    told.sandbox.faults.clear()
    told.sync("locations")
    hook.status = 200

    assert look(2 * MINUTE, times=3)

    assert hook.received == []


def test_several_problems_are_one_letter_with_links_to_the_desk(
    told: Workplace, hook: Hook
) -> None:
    told.set(adm_sync_desk_url="https://desk.example.com/")
    refusing(told)
    told.sync("locations", "price_levels")

    look(times=2)

    (one,) = hook.received
    assert one["title"].startswith("adm_sync: failed: The sync of the ")
    assert one["title"].endswith(" failed (and 1 more)")
    assert one["message"].count("What to do:") == 2
    assert "https://desk.example.com/\n" in one["message"]


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("obstacle", [500, 404, 302, "hangs", "refuses"])
def test_a_hook_that_does_not_take_it_is_tried_again_with_pauses(
    told: Workplace,
    hook: Hook,
    obstacle: int | str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("adm_sync.alerts.addresses.ANSWER", 0.3)
    if obstacle == "hangs":
        hook.going_on.clear()
    elif obstacle == "refuses":
        told.set(adm_sync_alerts=f"json://127.0.0.1:1/{TOKEN}")
    else:
        hook.status = int(obstacle)
    refusing(told)
    told.sync("locations")
    began = time.monotonic()

    assert not look()
    assert time.monotonic() - began < 6
    assert look(timedelta(seconds=30)), "it is not tried before its time"

    lines = told.run("doctor", status=1).stdout.splitlines()
    (line,) = [line for line in lines if "Alerts" in line]
    assert line.startswith("✗ Alerts: json://127.0.0.1 could not be told of 1 problem: ")
    hook.going_on.set()
    hook.status = 200
    told.set(adm_sync_alerts=hook.address)
    assert look(2 * MINUTE)
    assert hook.titles[-1].startswith("adm_sync: failed")
    assert TOKEN not in caplog.text + "".join(lines)


@pytest.mark.thorough
def test_of_several_addresses_the_one_that_took_it_hears_nothing_again(
    settled: Workplace, hook: Hook, mailbox: Mailbox
) -> None:
    settled.set(adm_sync_alerts=f"{hook.address} {mailbox.address}")
    hook.status = 500
    refusing(settled)
    settled.sync("locations")

    assert not look()
    hook.status = 200
    look(2 * MINUTE, times=3)

    assert (len(hook.received), len(mailbox.letters)) == (1, 1)
    (letter,) = mailbox.letters
    assert mailbox.recipients == ["team@example.com"]
    assert letter["Subject"] == hook.titles[0]


@pytest.mark.thorough
def test_an_address_that_is_not_set_any_more_is_not_waited_for(told: Workplace, hook: Hook) -> None:
    hook.status = 500
    refusing(told)
    told.sync("locations")
    assert not look()
    assert "addresses" in {item["matter"] for item in told.json("today", status=1)["items"]}

    told.set(adm_sync_alerts="jsons://127.0.0.1:9")

    assert "addresses" not in {item["matter"] for item in told.json("today", status=1)["items"]}
    (problem,) = told.json("alerts", status=1)["problems"]
    assert {one["address"] for one in problem["told"]} <= {"jsons://127.0.0.1"}
    assert "Alerts: json://" not in told.run_any("doctor").stdout


def test_two_processes_that_look_at_once_send_it_once(told: Workplace, hook: Hook) -> None:
    refusing(told)
    told.sync("locations", "price_levels")
    hook.going_on.clear()
    lookers = [threading.Thread(target=look) for _ in range(4)]
    for one in lookers:
        one.start()
    time.sleep(0.3)
    hook.going_on.set()
    for one in lookers:
        one.join()

    assert len(hook.received) == 1


@pytest.mark.thorough
def test_what_is_only_partial_is_told_if_that_is_wanted(synced: Workplace, hook: Hook) -> None:
    synced.set(adm_sync_alerts=hook.address, adm_sync_alert_level="error")
    synced.sandbox.options.entity_types_refused = ["Event"]
    assert [one.status for one in synced.sync("custom_fields")] == ["partial"]

    look()
    assert hook.received == []

    synced.set(adm_sync_alert_level="warning")
    look()
    assert hook.titles[0].startswith("adm_sync: partial: The sync of the custom fields was partial")


@pytest.mark.thorough
def test_what_waits_for_its_next_try_is_told_only_once_it_has_waited_long(
    waiting: Workplace, hook: Hook
) -> None:
    waiting.set(adm_sync_alerts=hook.address)
    look()
    assert hook.received == []

    look(16 * MINUTE)

    (title,) = hook.titles
    assert title.startswith("adm_sync: pending: «events.xlsx-")
    assert title.endswith("not all of it done in Administrate")


@pytest.mark.thorough
def test_a_command_tells_when_it_has_ended_and_neither_fails_nor_waits(
    told: Workplace, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(told)
    told.run("sync", "locations", "--no-prompt", status=1)
    assert len(hook.received) == 1
    told.run("imports")
    assert len(hook.received) == 1

    def unreachable(*_: object) -> None:
        raise DatabaseUnreachable("There is no connection.")

    monkeypatch.setattr("adm_sync.database.alerts.queue", unreachable)
    told.sandbox.faults.clear()
    result = told.run("sync", "locations", "--no-prompt")
    assert "Nobody could be told of problems" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.thorough
def test_a_wrong_address_fails_nothing_and_is_shown_to_nobody(settled: Workplace) -> None:
    settled.set(adm_sync_alerts=f"nonsense://{TOKEN}/{TOKEN}")
    refusing(settled)

    result = settled.run("sync", "locations", "--no-prompt", status=1)

    assert TOKEN not in result.stdout + result.stderr
    tested = settled.run("alerts", "--test", status=1)
    assert tested.stdout == "✗ nonsense://…: it is no address that Apprise understands.\n"
    looked = settled.run("doctor", status=1).stdout
    assert "✗ Alerts: nonsense://…: it is no address that Apprise understands\n" in looked
    assert TOKEN not in looked
    settled.set(adm_sync_alerts=f"no address at all {TOKEN}")
    said = settled.run("doctor", status=1)
    assert "ADM_SYNC_ALERTS is wrong" in said.stdout
    assert TOKEN not in said.stdout + said.stderr
    settled.run("sync", "locations", "--no-prompt", status=1)


def test_a_digest_goes_once_to_everybody(told: Workplace, hook: Hook) -> None:
    settings, now = Settings.load(), datetime.now(UTC)
    with open_database(settings) as database:
        for minutes in (0, 1, 2):
            teller = teller_of(settings, database, dict, now - MINUTE)
            teller.look(now + minutes * MINUTE)
        teller_of(settings, database, dict, now - timedelta(hours=3)).look(now)

    assert hook.titles == ["adm_sync: nothing is wrong"]


def test_it_never_fails_whoever_looks(told: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("adm_sync.alerts.telling.stored", breaks)
    settings = Settings.load()
    with open_database(settings) as database:
        look_quietly(settings, database)


def test_a_desk_tells_of_them_while_nobody_is_at_a_page(told: Workplace, hook: Hook) -> None:
    refusing(told)
    told.set(adm_sync_alerts=None)  # else the command itself tells
    told.sync("locations")
    told.set(adm_sync_alerts=hook.address)
    settings = Settings.load()
    with open_database(settings) as database:
        desk = open_desk(settings, database, "127.0.0.1")
        with looking_out(desk, seconds=0.05):
            until = time.monotonic() + 20
            while not hook.received and time.monotonic() < until:
                time.sleep(0.05)
    assert hook.titles[0].startswith("adm_sync: failed: The sync of the locations failed")
