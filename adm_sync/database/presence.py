"""That somebody is at work on something: a lock that their processes hold, wherever they run.

What belongs here: holding it from the first moment to the last, through cut connections too, and
asking whether anybody does. What does not: what becomes of work that nobody does any more.

A number of a process proves nothing: it is given again, and is another one in each container. The
server frees the lock when the process ends; when its machine vanishes, within a minute. A cut
connection frees it as well, until the process has made another: whoever concludes something from
a free lock looks again after longer than that takes (`SECONDS_TO_RETURN`).
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import psycopg
import sqlalchemy as sa

from adm_sync.database.engine import create_engine
from adm_sync.database.failures import database_errors
from adm_sync.database.locks import application_name_of, key_of
from adm_sync.database.session import Connection, open_session
from adm_sync.errors import DatabaseError

SECONDS_BETWEEN_SIGNS = 2.0
SECONDS_TO_RETURN = 10.0  # from a connection that was cut to the next one; with room to spare
SECONDS_TO_LEAVE = 5.0

# Else a network that swallows everything is noticed only after a quarter of an hour.
UNANSWERED_MILLISECONDS = "5000"


@contextmanager
def present(url: str, name: str) -> Iterator[None]:
    """Be at work on what has this name; several processes may be at the same time.

    Args:
        url: the database that whoever asks looks into.
        name: of the work.

    Raises:
        DatabaseUnreachable: there is no connection to begin with.
    """
    engine = create_engine(url)
    engine = create_engine(
        engine.url.update_query_dict(
            {"tcp_user_timeout": UNANSWERED_MILLISECONDS}
        ).render_as_string(hide_password=False)
    )
    leaving = Event()
    try:
        session = _held(engine, name)
        stay = Thread(target=_stay, args=(engine, name, session, leaving), daemon=True)
        stay.start()
        try:
            yield
        finally:
            leaving.set()
            stay.join(SECONDS_TO_LEAVE)
    finally:
        engine.dispose()


@contextmanager
def nobody(engine: sa.Engine, name: str) -> Iterator[bool]:
    """Whether nobody is at work on it; if so, nobody can begin to before this leaves.

    Raises:
        DatabaseUnreachable: there is no connection.
    """
    with database_errors(), engine.begin() as connection:
        free = sa.text("select pg_try_advisory_xact_lock(:key)")
        yield bool(connection.scalar(free, {"key": key_of(name)}))


def _held(engine: sa.Engine, name: str) -> Connection:
    session = open_session(engine, application_name_of(name))
    try:
        with database_errors():
            session.execute("select pg_advisory_lock_shared(%s)", [key_of(name)])
    except BaseException:
        session.close()
        raise
    return session


def _stay(engine: sa.Engine, name: str, session: Connection | None, leaving: Event) -> None:
    """Hold the lock until it is time to leave, and take it again whenever it was lost."""
    while not leaving.wait(SECONDS_BETWEEN_SIGNS):
        if session is not None:
            try:
                session.execute("select 1")
            except psycopg.Error:
                session.close()
                session = None
        if session is None:
            with suppress(DatabaseError):
                session = _held(engine, name)
    if session is not None:
        session.close()
