import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from adm_sync.database import migrating
from adm_sync.database.dagster_database import dagster_url
from adm_sync.database.engine import Database, create_engine, open_database, parse_url
from adm_sync.database.session import open_session
from adm_sync.errors import DatabaseUnreachable, SettingsError
from adm_sync.settings import Settings


def settings(home: Path, **given: str | None) -> Settings:
    values = {"adm_sync_database_url": None, "adm_sync_dagster_database_url": None, **given}
    return Settings(_env_file=None, adm_sync_home=home, **values)  # type: ignore[call-arg]


def scalar(engine: sa.Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(statement).scalar()


@pytest.mark.parametrize(
    ("given", "rendered"),
    [
        ("postgres://ada@db/acted", "postgresql+psycopg://ada@db/acted"),
        ("postgresql://ada@db:6432/acted", "postgresql+psycopg://ada@db:6432/acted"),
        ("postgresql+psycopg2://ada@db/acted", "postgresql+psycopg://ada@db/acted"),
        ("postgresql+asyncpg://ada:p%40ss@db/a", "postgresql+psycopg://ada:p%40ss@db/a"),
        (
            "postgresql://ada@db/acted?sslmode=require&connect_timeout=3",
            "postgresql+psycopg://ada@db/acted?connect_timeout=3&sslmode=require",
        ),
        (
            "postgresql:///acted?host=/var/run/postgresql",
            "postgresql+psycopg:///acted?host=%2Fvar%2Frun%2Fpostgresql",
        ),
        (
            "postgresql://ada@%2Fvar%2Frun%2Fpostgresql/acted",
            "postgresql+psycopg://ada@/acted?host=%2Fvar%2Frun%2Fpostgresql",
        ),
    ],
)
def test_any_postgresql_url_gets_the_driver_of_the_project(given: str, rendered: str) -> None:
    assert parse_url(given) == sa.make_url(rendered)


@pytest.mark.parametrize(
    "given",
    [
        "nonsense",
        "postgresql://ada:secret@db:port/acted",
        "mysql://ada:secret@db/acted",
        "postgresql://ada:start@secret@db/acted",
        "postgresql://ada:start@%73ecret%40db/acted",
        "postgresql://ada@/acted?host=secret%40db",
    ],
)
def test_a_url_that_cannot_be_read_is_named_but_not_shown(given: str) -> None:
    with pytest.raises(SettingsError, match="ADM_SYNC_DATABASE_URL") as caught:
        parse_url(given)
    assert "secret" not in str(caught.value)
    assert "nonsense" not in str(caught.value)


def test_sessions_live_in_utc_and_say_who_they_are(engine: sa.Engine) -> None:
    assert scalar(engine, "show timezone") == "UTC"
    assert scalar(engine, "show application_name") == "adm_sync"


def test_what_the_url_says_is_kept(database_url: str) -> None:
    options = quote("-c statement_timeout=1234 -c timezone=Asia/Tokyo")
    mine = f"&application_name=nightly&options={options}"
    engine = create_engine(database_url + ("" if "?" in database_url else "?") + mine)
    try:
        assert scalar(engine, "show statement_timeout") == "1234ms"
        assert scalar(engine, "show application_name") == "nightly"
        assert scalar(engine, "show timezone") == "UTC"
    finally:
        engine.dispose()


def test_what_a_dba_has_set_for_the_role_or_the_database_does_not_count(
    database_url: str, engine: sa.Engine
) -> None:
    for setting in (
        "datestyle = 'German, DMY'",
        "timezone = 'Asia/Tokyo'",
        "client_encoding = 'LATIN1'",
        "intervalstyle = 'sql_standard'",
        "statement_timeout = '1s'",
        "lock_timeout = '1s'",
        "idle_in_transaction_session_timeout = '1s'",
    ):
        with engine.begin() as connection:
            connection.exec_driver_sql(f'alter database "{engine.url.database}" set {setting}')
    fresh = create_engine(database_url)
    try:
        with fresh.begin() as connection:
            moment = connection.exec_driver_sql("select timestamptz '2027-01-12 09:00+00'").scalar()
            assert str(moment) == "2027-01-12 09:00:00+00:00"
            assert connection.exec_driver_sql("select 'Zoë 東'").scalar() == "Zoë 東"
            connection.exec_driver_sql("select pg_sleep(1.2)")
        with fresh.begin() as connection:
            for name, ours in (("statement_timeout", "0"), ("lock_timeout", "2min")):
                assert connection.exec_driver_sql(f"show {name}").scalar() == ours
            connection.rollback()
        assert scalar(fresh, "show datestyle") == "ISO, YMD"
    finally:
        fresh.dispose()


@pytest.mark.thorough
def test_a_statement_ends_when_its_process_is_gone(engine: sa.Engine) -> None:
    session = open_session(engine, "one that is killed")
    pid = session.info.backend_pid
    with socket.socket(fileno=os.dup(session.fileno())) as line:
        session.pgconn.send_query(b"select pg_sleep(300)")
        line.shutdown(socket.SHUT_RDWR)
    session.close()

    ends = time.monotonic() + 30
    while scalar(engine, f"select count(*) from pg_stat_activity where pid = {pid}"):
        assert time.monotonic() < ends
        time.sleep(0.2)


class _StoppedError(BaseException):
    """As Dagster's, which is no KeyboardInterrupt."""


def test_a_statement_that_is_stopped_ends_on_the_server_too(engine: sa.Engine) -> None:
    def stop(_number: int, _frame: object) -> None:
        raise _StoppedError

    before = signal.signal(signal.SIGALRM, stop)
    try:
        with engine.connect() as connection:
            pid = connection.scalar(sa.text("select pg_backend_pid()"))
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(_StoppedError):
                connection.execute(sa.text("select pg_sleep(300)"))
            running = (
                f"select count(*) from pg_stat_activity where pid = {pid} and state = 'active'"
            )
            assert scalar(engine, running) == 0
    finally:
        signal.signal(signal.SIGALRM, before)


def test_a_connection_that_was_ended_is_replaced(engine: sa.Engine) -> None:
    first = scalar(engine, "select pg_backend_pid()")
    other = create_engine(engine.url.render_as_string(hide_password=False))
    scalar(other, f"select pg_terminate_backend({first}, 5000)")
    other.dispose()
    assert scalar(engine, "select pg_backend_pid()") != first


def test_a_given_database_is_opened_and_left_as_it_is(
    empty_database_url: str, tmp_path: Path
) -> None:
    plain = empty_database_url.replace("postgresql+psycopg://", "postgres://")
    with open_database(settings(tmp_path, adm_sync_database_url=plain)) as database:
        assert not database.embedded
        assert database.url.startswith("postgresql+psycopg://")
        assert not migrating.is_current(database.engine)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.thorough
def test_the_embedded_database_is_brought_up_to_date(tmp_path: Path) -> None:
    with open_database(settings(tmp_path)) as database:
        assert database.embedded
        assert migrating.is_current(database.engine)
        assert scalar(database.engine, "show fsync") == "on"
        assert dagster_url(database).startswith("postgresql+psycopg2://")
    with open_database(settings(tmp_path)) as database:
        assert migrating.is_current(database.engine)


def test_a_server_that_is_away_is_unreachable_and_its_password_stays_secret(
    tmp_path: Path,
) -> None:
    url = "postgresql://ada:top-secret@127.0.0.1:1/acted"
    with (
        pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1") as caught,
        open_database(settings(tmp_path, adm_sync_database_url=url)),
    ):
        pass
    assert caught.value.transient
    engine = create_engine(url)
    assert "top-secret" not in str(caught.value) + repr(engine) + repr(
        Database(engine, url, embedded=False)
    )
