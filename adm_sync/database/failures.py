"""What PostgreSQL says when something goes wrong, turned into the project's own errors.

What belongs here: which of the project's errors each failure is, and its sentence. What does not:
trying again. The sentences are for readers: no SQL, no values of rows but keys, no password.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from adm_sync.errors import (
    DatabaseError,
    DatabaseLayoutError,
    DatabaseRefused,
    DatabaseUnreachable,
    ValueRefused,
)

UPGRADE = "Run adm-sync db upgrade, and adm-sync doctor if that does not mend it."
AGAIN = "Nothing of it was written, and trying again may help."

LOST = {"57P01", "57P02", "57P03", "57P05", "25P03", "53300"}
LAYOUT = {"42P01", "42703", "3F000"}
PASSING = {
    "40001": "Another process changed the same rows at the same time",
    "40P01": "This process and another one waited for each other (a deadlock)",
    "55P03": "Another process held a lock for too long (lock_timeout)",
    "57014": "A statement took too long, or somebody cancelled it (statement_timeout)",
}
REFUSED = {
    "25006": "The database is read-only: it is a standby, or its role may only read",
    "53100": "The disk of the database server is full",
    "53200": "The database server is out of memory",
}
ENCODING = {"22P05", "22021"}
POOLER = (
    "A pooler in between gives each transaction or statement to another session of the server "
    "(transaction or statement pooling), so the locks that keep two processes apart do not hold. "
    "Nothing was written. Let the pooler work by session (pool_mode = session), or connect to "
    "PostgreSQL itself."
)
NO_ROOM = "The database's encoding has no room for it; adm-sync doctor says what to do."
# Of these the detail names a key; of the others it holds a whole row, people's data included.
KEY_IN_DETAIL = {"23503", "23505"}
# A connection that is refused has no SQLSTATE, and the driver's own words may hold a part of the
# URL: so it is told by its words what it is, and the sentence is ours. (words, for good, sentence)
CONNECTION: tuple[tuple[tuple[str, ...], bool, str], ...] = (
    (
        ("authentication failed", "no password supplied", "not permitted to log in", 'role "'),
        True,
        "the user name or the password is not accepted",
    ),
    (("pg_hba.conf",), True, "this user is not let in from this machine (pg_hba.conf)"),
    (("permission denied for database",), True, "this user may not enter the database"),
    (("does not exist",), True, "there is no such database"),
    (("startup parameter",), True, "a pooler in between refuses the options of the URL"),
    (("ssl", "certificate"), True, "the encrypted connection fails (see sslmode, sslrootcert)"),
    (("invalid port", "invalid integer"), True, "its port is no number up to 65535"),
    (("translate host name", "name resolution", "not known"), False, "nobody knows that host"),
    (
        ("timeout", "timed out"),
        False,
        "no answer came in time; if a pooler is in between, all its sessions may be in use",
    ),
    (("too many", "connection slots"), False, "all its connections are in use"),
    (("starting up", "shutting down", "recovery"), False, "it is starting or ending"),
    (("refused", "no such file", "not exist on"), False, "nothing answers there"),
)


class NoConnection(psycopg.OperationalError):
    """A connection that could not be made, as the driver would raise it, in our own words."""

    def __init__(self, told: DatabaseError) -> None:
        super().__init__(str(told))
        self.told = told


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what SQLAlchemy and psycopg raise into `adm_sync.errors.Database…`.

    Raises:
        DatabaseUnreachable: no connection, or it was lost; also what passes by itself: a lock or
            statement that timed out, a deadlock, a serialization failure. Transient.
        DatabaseLayoutError: a table or column is missing.
        DatabaseRefused: anything else that PostgreSQL refuses.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        lost = error.connection_invalidated
        raise explain(error.orig, lost=lost) from None
    except psycopg.Error as error:
        raise explain(error) from None
    except UnicodeError:
        raise ValueRefused(f"A text cannot be read or written here. {NO_ROOM}") from None
    except sa.exc.TimeoutError:
        raise DatabaseUnreachable(
            "All connections of this process to the database are in use."
        ) from None


def explain(error: BaseException | None, *, lost: bool = False) -> DatabaseError:
    """The project's error for what the driver raised.

    Args:
        error: What psycopg raised.
        lost: Whether the connection is known to be gone.
    """
    if isinstance(error, NoConnection):
        return error.told
    if not isinstance(error, psycopg.Error):
        return DatabaseRefused(f"The database driver failed: {type(error).__name__}.")
    state = error.sqlstate or ""
    said = _said(error)
    if "statement pooling mode" in said:  # what pgbouncer says to whoever begins a transaction
        return DatabaseRefused(POOLER)
    if state in PASSING:
        return DatabaseUnreachable(f"{PASSING[state]}. {AGAIN}")
    if state in LAYOUT:
        return DatabaseLayoutError(f"The database lacks something: {said}. {UPGRADE}")
    if state == "2BP01":
        return DatabaseLayoutError(f"Something stands in the way: {said}.")
    if state == "42501":
        return DatabaseRefused(
            f"The database role may not do this: {said}. Give it the right, or use the role that "
            "owns the tables."
        )
    if state in ENCODING:
        return ValueRefused(f"A text holds a character that cannot be stored. {NO_ROOM}")
    if state in REFUSED:
        return DatabaseRefused(f"{REFUSED[state]} ({said}).")
    if lost or state in LOST or state.startswith("08") or not state:
        return _no_connection(error)
    return DatabaseRefused(f"PostgreSQL refused it: {said}.")


def refused_connection(error: psycopg.Error, url: sa.URL) -> DatabaseError:
    """The project's error for a connection that could not be made, without the driver's words.

    Args:
        error: What psycopg raised.
        url: What was connected to; its password is not shown.
    """
    if isinstance(error, psycopg.ProgrammingError):
        known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
        # Beside a password, what looks like the name of an option may be a part of it.
        named = "" if "password" in url.query else ", ".join(sorted(url.query.keys() - known))
        return DatabaseRefused(
            "The database URL has an option that PostgreSQL does not understand"
            f"{f': {named}' if named else ''}. Check ADM_SYNC_DATABASE_URL."
        )
    said = str(error).lower()
    for_good, reason = next(
        (told for words, *told in CONNECTION if any(word in said for word in words)),
        (False, "the connection failed"),
    )
    place = f"{url.database or 'its database'} at {_host(url)}"
    if for_good:
        return DatabaseRefused(
            f"The database refused the connection to {place}: {reason}. "
            "Check ADM_SYNC_DATABASE_URL."
        )
    return DatabaseUnreachable(f"There is no connection to the database {place}: {reason}.")


def _host(url: sa.URL) -> str:
    given = url.query.get("host", url.host or "this machine")
    host = given if isinstance(given, str) else ", ".join(given)
    return f"{host}, port {url.port}" if url.port else host


def _no_connection(error: psycopg.Error) -> DatabaseError:
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return DatabaseUnreachable("The connection to the database was lost.")
    return DatabaseRefused(
        f"The database driver cannot send or read a value ({type(error).__name__})."
    )


def _said(error: psycopg.Error) -> str:
    diagnosis = error.diag
    if diagnosis.message_primary is None:
        return type(error).__name__  # the driver's own words are not for readers
    parts = [diagnosis.message_primary]
    if diagnosis.message_detail and error.sqlstate in {*KEY_IN_DETAIL, "2BP01"}:
        parts.append(" ".join(diagnosis.message_detail.split()))
    place = [diagnosis.schema_name, diagnosis.table_name]
    if all(place) and not any(str(diagnosis.table_name) in part for part in parts):
        parts.append(f"table {'.'.join(str(name) for name in place)}")
    return "; ".join(part.rstrip(".") for part in parts)
