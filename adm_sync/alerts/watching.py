"""What should have run and did not: a look at Dagster from outside of it.

What belongs here: judging the signs of life of its daemon, schedules and sensors, and runs of which
our own tables know nothing. What does not: reading them (`database.dagster_signs`). Whoever watches
is another process than the one that is watched; a daemon that is dead tells nobody.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from adm_sync.alerts.items import Item, Matter
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
# Of what other jobs could not do our own tables tell.
COMPARISON = "reconcile"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a schedule is to start, and when it last was to."""

    job: str
    due_at: datetime


# Gives that by the names of schedules, and is asked only if there are any; None if whoever looks
# cannot say.
Schedules = Callable[[], Mapping[str, Expected] | None]


def unknown() -> None:
    """The `Schedules` of whoever cannot say."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What did not run as it should; `is_whole` says whether everything could be judged."""

    items: Sequence[Item] = ()
    is_whole: bool = True


def watched(database: Database, schedules: Schedules, now: datetime) -> Watched:
    """What did not run as it should, as Dagster's database shows it.

    Args:
        database: the open database of ours.
        schedules: what each schedule should have started.
        now: the time.

    Raises:
        DatabaseError: our own cannot be read.
    """
    with database_errors():
        url = known_url(database)
    if url is None:
        return Watched()
    engine = create_engine(url)
    try:
        with database_errors(), engine.connect() as connection:
            if not dagster_signs.has_tables(connection):
                return Watched()
            return _judged(connection, schedules, now)
    except DatabaseError as error:
        said = f"Dagster's database cannot be read, so nothing runs by itself: {error}"
        return Watched([_item(UNREADABLE, said, "adm-sync doctor says what is wrong.")], False)
    finally:
        with suppress(sa.exc.SQLAlchemyError):
            engine.dispose()


def forget_daemon(database: Database) -> None:
    """A person has ended the daemon, so that it is missed by nobody until one is at work again.

    Raises:
        DatabaseError: Dagster's database, or ours, cannot be used.
    """
    with database_errors():
        url = known_url(database)
    if url is None:
        return
    engine = create_engine(url)
    try:
        with database_errors(), engine.begin() as connection:
            dagster_signs.forget_heartbeats(connection)
    finally:
        engine.dispose()


def _judged(connection: sa.Connection, schedules: Schedules, now: datetime) -> Watched:
    items = list(_comparison(connection))
    alive = dagster_signs.heartbeat(connection)
    if alive is None:
        return Watched(items)  # nobody expects a daemon here
    if now - alive > LONGEST_SILENCE:
        return Watched([_dead(alive), *items], False)
    ticking = dagster_signs.ticking(connection)
    items += filter(None, (_sensor(one, now) for one in ticking if one.is_sensor))
    scheduled = [one for one in ticking if not one.is_sensor]
    expected = schedules() if scheduled else {}
    if expected is None:
        return Watched(items, False)
    for one in scheduled:
        items += filter(None, [_schedule(one, expected.get(one.name), connection, now)])
    return Watched(items)


def _comparison(connection: sa.Connection) -> Iterator[Item]:
    run = dagster_signs.latest_ended(connection, COMPARISON)
    if run is not None and run.status == "FAILURE":
        yield _item(
            COMPARISON,
            "The latest comparison with Administrate failed, so what differs now is not known.",
            f"Its run in Dagster says why: {run.run_id}. adm-sync reconcile does it again.",
            run.created_at,
            run.cause,
        )


def _dead(alive: datetime) -> Item:
    return _item(
        DAEMON,
        "Dagster's daemon gives no sign of life, so no schedule and no sensor runs.",
        "Start again what runs it: end adm-sync dev if that is still there, and start it anew, or "
        "restart the service that runs dagster-daemon. If there is to be none any more: adm-sync "
        "alerts --forget-daemon.",
        alive,
    )


def _sensor(one: Ticking, now: datetime) -> Item | None:
    latest = one.latest or one.known_since
    if now - latest > LATE:
        return _late(one, "has not looked since then, though the daemon lives", latest)
    if len(one.statuses) == dagster_signs.TICKS_LOOKED_AT and set(one.statuses) == {"FAILURE"}:
        return _late(one, "fails each time that it looks", latest)
    return None


def _schedule(
    one: Ticking, due: Expected | None, connection: sa.Connection, now: datetime
) -> Item | None:
    if due is None or due.due_at < one.known_since or now - due.due_at < LATE:
        return None
    ticked = one.latest is not None and one.latest >= due.due_at
    if ticked and one.statuses[0] != "FAILURE":
        return None
    if dagster_signs.has_run_since(connection, due.job, due.due_at):
        return None
    return _late(one, "did not start what it should have then", due.due_at)


def _late(one: Ticking, what: str, since: datetime) -> Item:
    kind = "sensor" if one.is_sensor else "schedule"
    remedy = f"Look at its ticks in Dagster (Automation, {one.name})."
    return _item(one.name, f"The {kind} {one.name} {what}.", remedy, since)


def _item(
    subject: str, sentence: str, remedy: str, since: datetime | None = None, cause: str = ""
) -> Item:
    kind = ProblemKind.NOT_RUN
    return Item(Matter.DAGSTER, kind, sentence, remedy, subject=subject, since=since, cause=cause)
