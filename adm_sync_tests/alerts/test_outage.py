"""That the database is away is told once, without it, and that it is back, too."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from adm_sync.alerts import outage, telling
from adm_sync.alerts.outage import end_outage, tell_of_outage
from adm_sync.database import migrating
from adm_sync.database.engine import open_database
from adm_sync.desk.serving import looking_out
from adm_sync.desk.shared import open_desk
from adm_sync.errors import DatabaseUnreachable
from adm_sync.settings import Settings
from adm_sync_tests.alerts.receivers import TOKEN, Hook
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.database_fixtures import stopped_server, throwaway_server

WHY = DatabaseUnreachable("There is no connection: nothing answers there.")
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def settings(tmp_path: Path, hook: Hook) -> Settings:
    return Settings(adm_sync_home=tmp_path, adm_sync_alerts=hook.address)


def test_it_is_told_once_and_its_end_once_it_has_lasted(settings: Settings, hook: Hook) -> None:
    for minutes in range(5):
        assert tell_of_outage(settings, WHY, NOW + minutes * MINUTE)
    assert hook.titles == ["adm_sync: failed: The database is away"]
    assert "nothing answers there" in hook.received[0]["message"]
    assert hook.received[0]["type"] == "failure"

    end_outage(settings, NOW + 5 * MINUTE)
    assert tell_of_outage(settings, WHY, NOW + 6 * MINUTE)  # it was not back for long
    for minutes in (7, 16, 18, 19):
        end_outage(settings, NOW + minutes * MINUTE)
    assert hook.titles[1:] == ["adm_sync: no longer so: The database is away"]
    assert list(settings.home.glob("database_away.json")) == []
    assert TOKEN not in "".join(file.read_text() for file in settings.home.iterdir())


def test_an_address_that_does_not_take_it_is_tried_again_with_pauses(
    settings: Settings, hook: Hook
) -> None:
    hook.status = 500
    assert not tell_of_outage(settings, WHY, NOW)
    hook.status = 200
    assert not tell_of_outage(settings, WHY, NOW + MINUTE / 2)
    assert tell_of_outage(settings, WHY, NOW + 2 * MINUTE)
    assert len(hook.titles) == 1


def test_what_nobody_heard_of_is_over_without_a_word(settings: Settings, hook: Hook) -> None:
    hook.status = 500
    tell_of_outage(settings, WHY, NOW)
    hook.status = 200
    for minutes in (1, 20):
        end_outage(settings, NOW + minutes * MINUTE)
    assert hook.titles == []
    assert not (settings.home / outage.FILE).exists()


def test_of_several_processes_one_tells(settings: Settings, hook: Hook) -> None:
    hook.going_on.clear()
    looking = [threading.Thread(target=tell_of_outage, args=(settings, WHY, NOW)) for _ in range(4)]
    for one in looking:
        one.start()
    time.sleep(0.3)
    hook.going_on.set()
    for one in looking:
        one.join()
    assert len(hook.titles) == 1


@pytest.mark.parametrize("spoiled", ["", "[]", "{", '{"since": 1}', '{"opened": {"a": 1}}'])
def test_a_spoiled_memory_is_begun_anew(settings: Settings, hook: Hook, spoiled: str) -> None:
    (settings.home / outage.FILE).write_text(spoiled)
    assert tell_of_outage(settings, WHY, NOW)
    assert len(hook.titles) == 1


def test_a_home_that_cannot_be_written_tells_nobody_and_fails_nothing(
    settings: Settings, hook: Hook
) -> None:
    (settings.home / outage.LOCK_FILE).mkdir()
    assert not tell_of_outage(settings, WHY, NOW)
    assert hook.titles == []


@pytest.mark.thorough
def test_whoever_looks_or_works_unattended_tells_of_a_server_that_does_not_answer(
    settled: Workplace, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = settled.environment["ADM_SYNC_DATABASE_URL"]
    settled.set(adm_sync_alerts=hook.address)
    settled.set(adm_sync_database_url="postgresql://someone:5ecret-pa55@127.0.0.1:1/acted")
    said = "".join(settled.run("alerts", "--check", status=1).stderr for _ in range(2))
    said += settled.run("today", status=1).stderr
    said += settled.run("sync", "locations", "--no-prompt", status=1).stderr
    assert hook.titles == ["adm_sync: failed: The database is away"]
    assert "5ecret-pa55" not in said + hook.received[0]["message"]
    assert TOKEN not in said

    settled.set(adm_sync_database_url=url)
    monkeypatch.setattr(outage, "CALM", timedelta(0))
    settled.run("alerts", "--check")
    assert hook.titles[1:] == ["adm_sync: no longer so: The database is away"]


@pytest.mark.thorough
def test_a_desk_tells_of_a_server_that_is_stopped_while_it_runs(
    tmp_path: Path, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "CALM", timedelta(0))
    warning = Mock()
    monkeypatch.setattr(telling.log, "warning", warning)
    with throwaway_server() as url:
        settings = Settings(
            adm_sync_home=tmp_path,
            adm_sync_alerts=hook.address,
            adm_sync_database_url=url.render_as_string(hide_password=False),
        )
        with open_database(settings) as database:
            migrating.upgrade(database.engine)
            desk = open_desk(settings, database, "127.0.0.1")
            with looking_out(desk, seconds=0.05):
                with stopped_server(Path(str(url.query["host"]))):
                    until(lambda: bool(hook.titles))
                    warning.reset_mock()
                    time.sleep(0.5)
                    warning.assert_not_called()
                until(lambda: len(hook.titles) > 1)
    assert hook.titles == [
        "adm_sync: failed: The database is away",
        "adm_sync: no longer so: The database is away",
    ]


def until(happened: Callable[[], bool]) -> None:
    ends = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < ends
        time.sleep(0.05)
