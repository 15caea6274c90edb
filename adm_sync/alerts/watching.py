"""What should have run and did not: a look at Dagster from outside of it.

What belongs here: judging the signs of life of its daemon, schedules and sensors. What does not:
reading them (`database.dagster_signs`). Whoever watches is another process than the one that is
watched; a daemon that is dead tells nobody.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from adm_sync.alerts.problems import Problem
from adm_sync.database import dagster_signs
from adm_sync.database.dagster_database import known_url
from adm_sync.database.dagster_signs import Ticking
from adm_sync.database.engine import Database, create_engine, database_errors
from adm_sync.database.states import ProblemKind
from adm_sync.errors import DatabaseError

# A daemon says every half minute that it lives.
LONGEST_SILENCE = timedelta(seconds=120)
# A sensor looks every minute at least, and a schedule's run is made within one.
LATE = timedelta(minutes=15)
DAEMON = "dagster-daemon"
UNREADABLE = "Dagster's database"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a schedule is to start, and when it last was to."""

    job: str
    due_at: datetime


def not_run(database: Database, expected: Mapping[str, Expected], now: datetime) -> list[Problem]:
    """What should have run and did not, as Dagster's database shows it.

    Args:
        database: the open database of ours.
        expected: by the names of schedules.
        now: the time.
    """
    with database_errors():
        url = known_url(database)
    if url is None:
        return []
    engine = create_engine(url)
    try:
        with database_errors(), engine.connect() as connection:
            if not dagster_signs.has_tables(connection):
                return []
            return list(_judged(connection, expected, now))
    except DatabaseError as error:
        return [
            Problem(
                ProblemKind.NOT_RUN,
                UNREADABLE,
                f"Dagster's database cannot be read, so nothing runs by itself: {error}",
                "adm-sync doctor says what is wrong.",
                "",
                now,
            )
        ]
    finally:
        with suppress(sa.exc.SQLAlchemyError):
            engine.dispose()


def _judged(
    connection: sa.Connection, expected: Mapping[str, Expected], now: datetime
) -> Iterator[Problem]:
    alive = dagster_signs.heartbeat(connection)
    if alive is None:
        return  # nobody expects a daemon here
    if now - alive > LONGEST_SILENCE:
        yield Problem(
            ProblemKind.NOT_RUN,
            DAEMON,
            "Dagster's daemon gives no sign of life, so no schedule and no sensor runs.",
            "Start it again: adm-sync dev, or the service that runs dagster-daemon. If there is to "
            "be none any more: dagster-daemon wipe.",
            "",
            alive,
        )
        return
    for one in dagster_signs.ticking(connection):
        late = _sensor(one, now) if one.is_sensor else _schedule(one, expected, connection, now)
        if late is not None:
            yield late


def _sensor(one: Ticking, now: datetime) -> Problem | None:
    latest = one.latest or one.known_since
    if now - latest > LATE:
        return _late(one, "has not looked since then, though the daemon lives", latest)
    if len(one.statuses) == dagster_signs.TICKS_LOOKED_AT and set(one.statuses) == {"FAILURE"}:
        return _late(one, "fails each time that it looks", latest)
    return None


def _schedule(
    one: Ticking, expected: Mapping[str, Expected], connection: sa.Connection, now: datetime
) -> Problem | None:
    due = expected.get(one.name)
    if due is None or due.due_at < one.known_since or now - due.due_at < LATE:
        return None
    ticked = one.latest is not None and one.latest >= due.due_at
    if ticked and one.statuses[0] != "FAILURE":
        return None
    if dagster_signs.has_run_since(connection, due.job, due.due_at):
        return None
    return _late(one, "did not start what it should have then", due.due_at)


def _late(one: Ticking, what: str, since: datetime) -> Problem:
    kind = "sensor" if one.is_sensor else "schedule"
    return Problem(
        ProblemKind.NOT_RUN,
        one.name,
        f"The {kind} {one.name} {what}.",
        f"Look at its ticks in Dagster (Automation, {one.name}).",
        "",
        since,
    )
