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
# Of these the detail names a key; of the others it holds a whole row, people's data included.
KEY_IN_DETAIL = {"23503", "23505"}
# A connection that is refused has no SQLSTATE; these are for good, unlike a server that is away.
REFUSED_CONNECTION = (
    "authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied for database",
    "is not permitted to log in",
)


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
    if not isinstance(error, psycopg.Error):
        return DatabaseRefused(f"The database driver failed: {type(error).__name__}.")
    state = error.sqlstate or ""
    said = _said(error)
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
    if state in REFUSED:
        return DatabaseRefused(f"{REFUSED[state]} ({said}).")
    if lost or state in LOST or state.startswith("08") or not state:
        return _no_connection(error, said)
    return DatabaseRefused(f"PostgreSQL refused it: {said}.")


def _no_connection(error: psycopg.Error, said: str) -> DatabaseError:
    if isinstance(error, psycopg.ProgrammingError):
        return DatabaseRefused(
            f"The database URL has a part that PostgreSQL does not understand: {said}. "
            "Check ADM_SYNC_DATABASE_URL."
        )
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        if any(words in said for words in REFUSED_CONNECTION):
            return DatabaseRefused(
                f"The database refused the connection: {said}. Check ADM_SYNC_DATABASE_URL."
            )
        return DatabaseUnreachable(
            f"There is no connection to the database, or it was lost: {said}."
        )
    return DatabaseRefused(f"The database driver refused it: {said}.")


def _said(error: psycopg.Error) -> str:
    diagnosis = error.diag
    if diagnosis.message_primary is None:
        return " ".join(str(error).split()).rstrip(".")
    parts = [diagnosis.message_primary]
    if diagnosis.message_detail and error.sqlstate in {*KEY_IN_DETAIL, "2BP01"}:
        parts.append(" ".join(diagnosis.message_detail.split()))
    place = [diagnosis.schema_name, diagnosis.table_name]
    if all(place) and not any(str(diagnosis.table_name) in part for part in parts):
        parts.append(f"table {'.'.join(str(name) for name in place)}")
    return "; ".join(part.rstrip(".") for part in parts)
