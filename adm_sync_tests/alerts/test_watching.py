"""The dead man's switch: what should have run and did not, seen from outside of Dagster."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from adm_sync.alerts.telling import OLD_DIGEST
from adm_sync.alerts.watching import Expected, watched
from adm_sync.database import dagster_signs
from adm_sync.database.engine import create_engine, open_database
from adm_sync.defs.expecting import expected, latest_tick
from adm_sync.defs.launching import dagster_instance
from adm_sync.settings import Settings
from adm_sync_tests.alerts.receivers import Hook
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.desk.visiting import local_browser

pytestmark = pytest.mark.thorough(all_but_each=3)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def dagster(settled: Workplace, dagster_database_url: str) -> Iterator[sa.Connection]:
    """Dagster's own database, whose daemon said something just before `NOW`."""
    settings = Settings.load()
    with open_database(settings) as database, dagster_instance(settings, database):
        pass  # makes its tables
    engine = create_engine(dagster_database_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        forget(connection)
        beat(connection, NOW - MINUTE)
        yield connection
        forget(connection)
    engine.dispose()


def forget(connection: sa.Connection) -> None:
    for table in ("daemon_heartbeats", "instigators", "job_ticks"):
        connection.execute(sa.text(f"delete from public.{table}"))


def beat(connection: sa.Connection, when: datetime) -> None:
    connection.execute(
        sa.text(
            "insert into public.daemon_heartbeats (daemon_type, timestamp) values ('SENSOR', :at)"
            " on conflict (daemon_type) do update set timestamp = excluded.timestamp"
        ),
        {"at": when.replace(tzinfo=None)},
    )


def ticking(
    connection: sa.Connection,
    name: str,
    *ticks: tuple[datetime, str],
    kind: str = "SENSOR",
    status: str = "DECLARED_IN_CODE",
) -> None:
    body = json.dumps({"origin": {"job_name": name}})
    since = (NOW - 30 * 24 * HOUR).replace(tzinfo=None)
    connection.execute(
        sa.text(
            "insert into public.instigators (selector_id, status, instigator_type,"
            " instigator_body, create_timestamp) values (:name, :status, :kind, :body, :since)"
        ),
        {"name": name, "status": status, "kind": kind, "body": body, "since": since},
    )
    for when, how in ticks:
        connection.execute(
            sa.text(
                "insert into public.job_ticks (job_origin_id, selector_id, status, type, timestamp,"
                " tick_body) values (:name, :name, :how, :kind, :at, '')"
            ),
            {"name": name, "how": how, "kind": kind, "at": when.replace(tzinfo=None)},
        )


def late(due: datetime | None = None) -> dict[str, str]:
    wanted = {"sync_all_schedule": Expected("sync_all", due)} if due else {}
    with open_database(Settings.load()) as database:
        found = watched(database, lambda: wanted, NOW)
    return {one.subject: one.sentence for one in found.items}


def test_a_daemon_that_lives_is_no_problem(dagster: sa.Connection) -> None:
    assert late() == {}


def test_a_daemon_that_says_nothing_for_two_minutes_is_one(dagster: sa.Connection) -> None:
    beat(dagster, NOW - timedelta(seconds=119))
    assert late() == {}
    beat(dagster, NOW - timedelta(seconds=121))
    assert list(late()) == ["dagster-daemon"]


def test_where_no_daemon_is_expected_none_is_missed(dagster: sa.Connection) -> None:
    dagster_signs.forget_heartbeats(dagster)
    ticking(dagster, "inbox_sensor")
    assert late(NOW - HOUR) == {}


def test_a_sensor_that_does_not_look_or_always_fails_is_one(dagster: sa.Connection) -> None:
    ticking(dagster, "well", (NOW - MINUTE, "SKIPPED"), (NOW - 2 * MINUTE, "FAILURE"))
    ticking(dagster, "silent", (NOW - 20 * MINUTE, "SKIPPED"))
    ticking(dagster, "stopped", (NOW - 20 * HOUR, "SKIPPED"), status="STOPPED")
    ticking(dagster, "failing", *((NOW - n * MINUTE, "FAILURE") for n in range(1, 7)))

    assert late() == {
        "silent": "The sensor silent has not looked since then, though the daemon lives.",
        "failing": "The sensor failing fails each time that it looks.",
    }


@pytest.mark.thorough(all_but_each=7)
@pytest.mark.parametrize(
    ("ticks", "due", "is_late"),
    [
        ([], NOW - HOUR, True),
        ([(NOW - HOUR, "FAILURE")], NOW - HOUR, True),
        ([(NOW - 25 * HOUR, "SUCCESS")], NOW - HOUR, True),
        ([(NOW - HOUR, "SUCCESS")], NOW - HOUR, False),
        ([(NOW - HOUR, "SKIPPED")], NOW - HOUR, False),
        ([], NOW - 10 * MINUTE, False),
        ([], NOW - 40 * 24 * HOUR, False),
    ],
)
def test_a_schedule_that_did_not_start_what_it_should_have_is_one(
    dagster: sa.Connection, ticks: list[tuple[datetime, str]], due: datetime, is_late: bool
) -> None:
    ticking(dagster, "sync_all_schedule", *ticks, kind="SCHEDULE")
    assert bool(late(due)) is is_late


@pytest.mark.thorough
def test_what_a_command_did_instead_counts(dagster: sa.Connection, settled: Workplace) -> None:
    ticking(dagster, "sync_all_schedule", kind="SCHEDULE")
    settled.run("sync-all", "--no-prompt")
    now = datetime.now(UTC)
    beat(dagster, now)
    with open_database(Settings.load()) as database:
        wanted = {"sync_all_schedule": Expected("sync_all", now - MINUTE)}
        assert watched(database, lambda: wanted, now + 16 * MINUTE - LIVELY).items == []


LIVELY = timedelta(minutes=15)


def test_the_last_time_that_a_schedule_means_is_known() -> None:
    at = latest_tick("0 5 * * *", "Europe/London", datetime(2027, 7, 1, 12, tzinfo=UTC))
    assert at == datetime(2027, 7, 1, 4, tzinfo=UTC)
    at = latest_tick("0 5 * * *", "Europe/London", datetime(2027, 7, 1, 3, tzinfo=UTC))
    assert at == datetime(2027, 6, 30, 4, tzinfo=UTC)
    at = latest_tick("0 5 1 1 *", "UTC", datetime(2027, 7, 1, tzinfo=UTC))
    assert at == datetime(2027, 1, 1, 5, tzinfo=UTC)
    assert latest_tick("0 5 31 2 *", "UTC", NOW) is None
    assert set(expected(Settings(), NOW)) == {"sync_all_schedule", "reconcile_schedule"}


@pytest.mark.thorough
def test_a_check_tells_of_a_dead_daemon_and_doctor_says_it(
    dagster: sa.Connection, settled: Workplace, hook: Hook
) -> None:
    settled.set(adm_sync_alerts=hook.address)
    beat(dagster, datetime.now(UTC) - HOUR)
    for _ in range(3):
        settled.run("alerts", "--check")
    assert [title.split(",")[0] for title in hook.titles] == [
        "adm_sync: did not run as it should: Dagster's daemon gives no sign of life"
    ]
    assert "✗ Daemon: Dagster's daemon gives no" in settled.run("doctor", status=1).stdout
    (problem,) = settled.json("alerts", status=1)["problems"]
    assert problem["what"] == "dagster-daemon"
    item = settled.json("today", status=1)["items"][0]
    assert (item["kind"], item["sentence"]) == ("not_run", problem["sentence"])
    with local_browser() as browser:
        page = browser.get("/").text
    assert "See to it:" in page
    assert "daemon gives no sign of life" in page
    beat(dagster, datetime.now(UTC))
    settled.run("alerts", "--check")
    assert settled.json("alerts")["problems"] == []
    beat(dagster, datetime.now(UTC) - HOUR)
    assert settled.json("alerts", "--forget-daemon") == {"status": "succeeded"}
    assert settled.json("alerts")["problems"] == []


def test_the_remedy_for_a_daemon_that_is_to_be_none_any_more_works_as_it_is_told(
    dagster: sa.Connection, settled: Workplace
) -> None:
    beat(dagster, datetime.now(UTC) - HOUR)
    (problem,) = settled.json("alerts", status=1)["problems"]
    *_, command = problem["remedy"].partition(" any more: adm-sync ")
    settled.run(*command.rstrip(".").split())
    assert settled.json("alerts")["problems"] == []


@pytest.mark.thorough
def test_a_comparison_that_failed_is_told_until_one_succeeds(
    done: Workplace, dagster_database_url: str
) -> None:
    done.sandbox.faults.add("status", match="events", code=403, times=None)
    done.run("reconcile", status=1)
    told = [one["sentence"] for one in done.json("today", status=1)["items"] if one["kind"]]
    assert told == [
        "The latest comparison with Administrate failed, so what differs now is not known."
    ]
    assert [one["sentence"] for one in done.json("alerts", status=1)["problems"]] == told

    done.sandbox.faults.clear()
    secret = done.environment["ADMINISTRATE_API_SECRET"]
    done.set(administrate_api_secret="no-longer-good")
    done.run("reconcile", status=1)

    (one,) = done.json("alerts", status=1)["problems"]
    assert one["what"] == "credentials"
    assert "By that failed, and was not done again since: the comparison of both" in one["sentence"]

    done.set(administrate_api_secret=secret)
    done.run("reconcile")

    assert done.json("alerts")["problems"] == []


@pytest.mark.thorough
def test_what_another_test_left_in_dagster_is_told_to_nobody(
    done: Workplace, visit_settled: Visit
) -> None:
    done.sandbox.faults.add("status", match="events", code=403, times=None)
    done.run("reconcile", status=1)
    assert "dagster" in {item["matter"] for item in done.json("today", status=1)["items"]}
    with visit_settled() as place:
        assert "dagster" not in {item["matter"] for item in place.json("today")["items"]}


@pytest.mark.thorough
def test_what_cannot_be_judged_is_not_called_put_right(
    dagster: sa.Connection, settled: Workplace, hook: Hook
) -> None:
    settled.set(adm_sync_alerts=hook.address)
    now = datetime.now(UTC)
    ticking(dagster, "inbox_sensor", (now - 20 * MINUTE, "SKIPPED"))
    beat(dagster, now)
    settled.run("alerts", "--check")
    beat(dagster, now - HOUR)  # now nobody knows of the sensor
    settled.run("alerts", "--check")
    assert len(hook.titles) == 2
    assert not [title for title in hook.titles if "no longer so" in title]


@pytest.mark.parametrize("cron", ["30 1 * * *", "30 2 * * *", "0 8 * * *"])
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/London", date(2027, 3, 28)),  # 01:00 to 02:00 does not exist
        ("Europe/London", date(2026, 10, 25)),  # and comes twice
        ("America/New_York", date(2027, 3, 14)),
        ("America/New_York", date(2026, 11, 1)),
    ],
)
def test_a_digest_is_due_once_on_a_day_on_which_the_clocks_change(
    zone: str, day: date, cron: str
) -> None:
    now = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    sent = set()
    while now.astimezone(ZoneInfo(zone)).date() == day:
        due = latest_tick(cron, zone, now)
        assert due is not None
        assert due <= now
        if now - due <= OLD_DIGEST:  # whoever looks then claims it, by the time that it was due
            sent.add(due)
        now += timedelta(minutes=10)
    assert len(sent) == 1
