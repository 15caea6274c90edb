from collections.abc import Iterator
from threading import Barrier, Thread

import psycopg
import pytest
import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.engine import create_engine, database_errors
from adm_sync.database.failures import explain, refused_connection
from adm_sync.errors import (
    DatabaseError,
    DatabaseLayoutError,
    DatabaseRefused,
    DatabaseUnreachable,
)

LOCATION = "insert into adm.locations (external_id, created_at, updated_at) values"


def execute(engine: sa.Engine, *statements: str) -> None:
    with database_errors(), engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def refuse(engine: sa.Engine, *statements: str) -> DatabaseError:
    """What becomes of the error that the statements raise in one transaction."""
    with pytest.raises(DatabaseError) as caught:
        execute(engine, *statements)
    assert not any(statement in str(caught.value) for statement in statements)
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("select * from adm.nothing", "adm.nothing"),
        ("select nothing from adm.events", "nothing"),
        ("create table nowhere.t ()", "nowhere"),
    ],
)
def test_what_is_missing_is_a_fault_of_the_layout(
    engine: sa.Engine, statement: str, named: str
) -> None:
    error = refuse(engine, statement)
    assert isinstance(error, DatabaseLayoutError)
    assert named in str(error)
    assert "adm-sync db upgrade" in str(error)


def test_a_key_that_exists_is_refused_and_named(engine: sa.Engine) -> None:
    error = refuse(engine, f"{LOCATION} ('L:1', now(), now()), ('L:1', now(), now())")
    assert isinstance(error, DatabaseRefused)
    assert "(external_id)=(L:1)" in str(error)


def test_a_key_that_is_missing_is_refused_at_commit(engine: sa.Engine) -> None:
    error = refuse(engine, "insert into acted.staff values (1, now(), now(), 404)")
    assert isinstance(error, DatabaseRefused)
    assert "(user_id)=(404)" in str(error)


def test_a_row_that_is_refused_is_not_shown(engine: sa.Engine) -> None:
    error = refuse(
        engine,
        "insert into auth_user (id, first_name, last_name) values (1, 'Ada', 'Example')",
    )
    assert isinstance(error, DatabaseRefused)
    assert "Example" not in str(error)
    assert "auth_user" in str(error)


@pytest.mark.parametrize(
    "statement",
    [
        f"{LOCATION} (repeat('x', 256), now(), now())",
        "select 1 / 0",
        "select 'x'::integer",
        "selekt 1",
    ],
)
def test_what_postgresql_cannot_take_is_refused(engine: sa.Engine, statement: str) -> None:
    assert type(refuse(engine, statement)) is DatabaseRefused


def test_a_value_that_the_driver_cannot_send_is_refused(engine: sa.Engine) -> None:
    with pytest.raises(DatabaseRefused), database_errors(), engine.connect() as connection:
        connection.execute(sa.select(sa.literal(object(), type_=sa.Text)))


def test_a_read_only_database_is_named_as_such(engine: sa.Engine) -> None:
    error = refuse(engine, "set transaction read only", f"{LOCATION} ('L:1', now(), now())")
    assert isinstance(error, DatabaseRefused)
    assert "read-only" in str(error)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (("set local statement_timeout = 1", "select pg_sleep(10)"), "statement_timeout"),
        (("set local lock_timeout = 1", "lock table adm.events"), "lock_timeout"),
    ],
)
def test_what_takes_too_long_may_pass(
    engine: sa.Engine, statements: tuple[str, str], said: str
) -> None:
    with engine.begin() as reader:
        reader.execute(sa.select(adm.events))
        error = refuse(engine, *statements)
    assert isinstance(error, DatabaseUnreachable)
    assert error.transient
    assert said in str(error)
    assert "trying again" in str(error)


def test_a_deadlock_may_pass(engine: sa.Engine) -> None:
    tables = [adm.locations, adm.venues]
    both_hold_one = Barrier(2)
    errors: list[DatabaseError] = []

    def lock(first: sa.Table, second: sa.Table) -> None:
        try:
            with database_errors(), engine.begin() as connection:
                connection.exec_driver_sql("set local deadlock_timeout = '20ms'")
                connection.exec_driver_sql(f"lock table {first.fullname}")
                both_hold_one.wait()
                connection.exec_driver_sql(f"lock table {second.fullname}")
        except DatabaseError as error:
            errors.append(error)

    threads = [Thread(target=lock, args=order) for order in (tables, tables[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(error) for error in errors] == [DatabaseUnreachable]
    assert "deadlock" in str(errors[0])


def test_a_serialization_failure_may_pass(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(f"{LOCATION} ('L:1', now(), now())")
    serial = engine.execution_options(isolation_level="REPEATABLE READ")
    touch = "update adm.locations set updated_at = clock_timestamp()"
    with serial.begin() as slow:
        slow.execute(sa.select(adm.locations))
        execute(engine, touch)
        with pytest.raises(DatabaseUnreachable, match="same rows"), database_errors():
            slow.exec_driver_sql(touch)
        slow.rollback()


def test_a_session_that_was_ended_is_unreachable(engine: sa.Engine) -> None:
    with (
        pytest.raises(DatabaseUnreachable, match="lost"),
        database_errors(),
        engine.connect() as connection,
    ):
        connection.exec_driver_sql("select pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def absent(database_url: str) -> Iterator[sa.Engine]:
    """An engine on a database that does not exist."""
    url = sa.make_url(database_url).set(database="there_is_none")
    engine = create_engine(url.render_as_string(hide_password=False))
    yield engine
    engine.dispose()


def test_a_database_that_does_not_exist_is_no_passing_fault(absent: sa.Engine) -> None:
    error = refuse(absent, "select 1")
    assert isinstance(error, DatabaseRefused)
    assert "there_is_none" in str(error)
    assert "ADM_SYNC_DATABASE_URL" in str(error)


def test_a_part_of_the_url_that_postgresql_does_not_know_is_named() -> None:
    engine = create_engine("postgresql://ada:top-secret@127.0.0.1:1/acted?colour=red")
    error = refuse(engine, "select 1")
    assert isinstance(error, DatabaseRefused)
    assert "colour" in str(error)
    assert "top-secret" not in str(error)


def test_a_right_that_is_missing_is_named(engine: sa.Engine) -> None:
    error = refuse(engine, "set local role pg_monitor", "select * from acted.staff")
    assert isinstance(error, DatabaseRefused)
    assert "acted" in str(error)
    assert "right" in str(error)


def test_raw_driver_errors_are_turned_too(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with pytest.raises(DatabaseLayoutError), database_errors():
            driver.execute("select * from adm.nothing")


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (psycopg.errors.DiskFull("no space"), DatabaseRefused, "disk"),
        (psycopg.errors.OutOfMemory("no memory"), DatabaseRefused, "memory"),
        (psycopg.errors.CannotConnectNow("secret"), DatabaseUnreachable, "lost"),
        (psycopg.errors.TooManyConnections("secret"), DatabaseUnreachable, "lost"),
        (psycopg.OperationalError("secret"), DatabaseUnreachable, "lost"),
        (psycopg.InterfaceError("secret"), DatabaseUnreachable, "lost"),
        (psycopg.DataError("secret"), DatabaseRefused, "DataError"),
        (ValueError("secret"), DatabaseRefused, "ValueError"),
    ],
)
def test_what_a_test_cannot_bring_about_is_explained(
    raised: Exception, kind: type[DatabaseError], said: str
) -> None:
    error = explain(raised)
    assert type(error) is kind
    assert said in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        ("FATAL: password authentication failed for user", DatabaseRefused, "not accepted"),
        ('FATAL:  role "hidden" does not exist', DatabaseRefused, "not accepted"),
        ('FATAL:  database "hidden" does not exist', DatabaseRefused, "no such database"),
        ('could not translate host name "hidden"', DatabaseUnreachable, "nobody knows"),
        ("connection timeout expired", DatabaseUnreachable, "no answer came"),
        ("FATAL:  sorry, too many clients already", DatabaseUnreachable, "in use"),
        ("FATAL: the database system is starting up", DatabaseUnreachable, "starting"),
        ("SSL error: hidden", DatabaseRefused, "encrypted"),
        ("hidden", DatabaseUnreachable, "failed"),
    ],
)
def test_a_connection_that_cannot_be_made_is_told_in_our_words(
    raised: str, kind: type[DatabaseError], said: str
) -> None:
    url = sa.make_url("postgresql://ada:hidden@db.example:6432/acted")
    error = refused_connection(psycopg.OperationalError(raised), url)
    assert type(error) is kind
    assert said in str(error)
    assert "acted at db.example, port 6432" in str(error)
    assert "hidden" not in str(error)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("bogus=1", "does not understand: bogus. Check"),
        ("password=hid&den=1", "does not understand. Check"),  # a part of the password
    ],
)
def test_an_option_that_there_is_not_is_named_unless_it_may_be_secret(
    query: str, said: str
) -> None:
    url = sa.make_url(f"postgresql://someone@db.example/acted?{query}")
    error = refused_connection(psycopg.ProgrammingError("invalid URI query parameter"), url)
    assert said in str(error)
    assert "den" not in str(error)


def test_a_pool_that_is_exhausted_may_pass(engine: sa.Engine) -> None:
    small = sa.create_engine(engine.url, pool_size=1, max_overflow=0, pool_timeout=0)
    with small.connect(), pytest.raises(DatabaseUnreachable, match="in use"):  # noqa: SIM117
        with database_errors(), small.connect():
            pass
    small.dispose()


def test_other_errors_pass_through() -> None:
    with pytest.raises(KeyError), database_errors():
        raise KeyError(acted.SCHEMA)
