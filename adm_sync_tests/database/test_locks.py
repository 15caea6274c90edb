import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from adm_sync.database.locks import exclusive
from adm_sync.errors import DatabaseUnreachable, SyncBusy

HOLDER = Path(__file__).with_name("lock_holder.py")


@contextmanager
def another_process(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, str(HOLDER), url, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def never(sentence: str) -> None:
    raise AssertionError(sentence)


def end_sessions(engine: sa.Engine, application: str) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
                " where application_name like :name and datname = current_database()"
            ),
            {"name": f"%{application}%"},
        )


def test_a_lock_that_is_free_is_taken_at_once(engine: sa.Engine) -> None:
    with exclusive(engine, "sync", 0, never) as lock:
        lock.verify()
    with exclusive(engine, "sync", 0, never) as lock:
        lock.verify()


def test_two_names_are_two_locks(engine: sa.Engine) -> None:
    with exclusive(engine, "sync locations", 0, never), exclusive(engine, "sync venues", 0, never):
        pass


def test_whoever_does_not_wait_is_told_who_holds_it(engine: sa.Engine, database_url: str) -> None:
    with another_process(database_url, "sync locations") as other:
        with pytest.raises(SyncBusy) as caught, exclusive(engine, "sync locations", 0, never):
            pass
        other.communicate("")
    assert f"adm_sync sync locations pid {other.pid} on {socket.gethostname()[:10]}" in str(
        caught.value
    )
    assert "connected since 20" in str(caught.value)
    assert "server process" in str(caught.value)


def test_whoever_waits_is_told_once_and_then_gets_it(engine: sa.Engine, database_url: str) -> None:
    told: list[str] = []
    with another_process(database_url, "sync") as other:

        def let_go(sentence: str) -> None:
            told.append(sentence)
            other.communicate("")

        with exclusive(engine, "sync", 30, let_go) as lock:
            lock.verify()
    assert len(told) == 1
    assert f"pid {other.pid}" in told[0]
    assert "Waiting up to 30 s" in told[0]


def test_waiting_ends(engine: sa.Engine) -> None:
    told: list[str] = []
    with (
        exclusive(engine, "sync", 0, never),
        pytest.raises(SyncBusy, match="Busy"),
        exclusive(engine, "sync", 0.01, told.append),
    ):
        pass
    assert len(told) == 1


def test_those_who_wait_are_served_in_turn(engine: sa.Engine) -> None:
    order: list[int] = []
    waiting = {1: Event(), 2: Event()}

    def wait(number: int) -> None:
        with exclusive(engine, "sync", 30, lambda sentence: waiting[number].set()):
            order.append(number)

    threads = [Thread(target=wait, args=(number,)) for number in (1, 2)]
    with exclusive(engine, "sync", 0, never):
        for number, thread in enumerate(threads, start=1):
            thread.start()
            waiting[number].wait()
            wait_until_queued(engine, number)
    for thread in threads:
        thread.join()
    assert order == [1, 2]


def wait_until_queued(engine: sa.Engine, number: int) -> None:
    queued = sa.text(
        "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    with engine.connect() as connection:
        while connection.execute(queued).scalar() != number:
            pass


def test_a_killed_process_lets_go(engine: sa.Engine, database_url: str) -> None:
    with another_process(database_url, "sync") as other:
        other.kill()
        other.wait()
        with exclusive(engine, "sync", 30, lambda sentence: None) as lock:
            lock.verify()


def test_a_lost_lock_is_noticed(engine: sa.Engine) -> None:
    with exclusive(engine, "sync", 0, never) as lock:
        end_sessions(engine, f"pid {os.getpid()}")
        with pytest.raises(DatabaseUnreachable, match="«sync» was lost"):
            lock.verify()
        with exclusive(engine, "sync", 0, never) as other:
            other.verify()
            with pytest.raises(DatabaseUnreachable):
                lock.verify()


def test_a_lock_that_was_let_go_is_noticed(engine: sa.Engine) -> None:
    with exclusive(engine, "sync", 0, never) as lock:
        lock._session.execute("select pg_advisory_unlock_all()")
        with pytest.raises(DatabaseUnreachable):
            lock.verify()


def test_work_that_fails_lets_go(engine: sa.Engine) -> None:
    with pytest.raises(KeyError), exclusive(engine, "sync", 0, never):
        raise KeyError
    with exclusive(engine, "sync", 0, never):
        pass


def test_a_holder_that_is_no_sync_is_named_as_well_as_can_be(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exclusive(engine, "sync", 0, never) as lock:
        lock._session.execute("set application_name = ''")
        with pytest.raises(SyncBusy, match="another program"), exclusive(engine, "sync", 0, never):
            pass
        # The holder can be gone by the time that somebody looks.
        monkeypatch.setattr("adm_sync.database.locks._holders", lambda session, key: [])
        with pytest.raises(SyncBusy, match="another process"), exclusive(engine, "sync", 0, never):
            pass


def test_timeouts_of_the_database_do_not_end_a_lock(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        name = connection.exec_driver_sql("select current_database()").scalar()
        connection.exec_driver_sql(f"alter database {name} set statement_timeout = 1234")
        connection.exec_driver_sql(f"alter database {name} set lock_timeout = 1234")
        connection.commit()
    engine.dispose()
    with exclusive(engine, "sync", 0, never) as lock:
        for setting in ("statement_timeout", "lock_timeout"):
            assert lock._session.execute(f"show {setting}".encode()).fetchone() == ("0",)


def test_a_long_name_fits_what_others_see(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "höst" * 20)
    with exclusive(engine, "sync " + "é" * 100, 0, never) as lock:
        shown = lock._session.execute("show application_name").fetchone()
    assert shown is not None
    assert len(shown[0].encode()) == 63
    assert f"pid {os.getpid()} on h?st" in shown[0]


def test_a_lock_takes_no_connection_of_the_pool(engine: sa.Engine) -> None:
    with exclusive(engine, "sync", 0, never):
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_session_needs_the_driver_of_the_project(database_url: str) -> None:
    other = sa.create_engine(sa.make_url(database_url).set(drivername="postgresql+psycopg2"))
    with pytest.raises(TypeError, match="psycopg 3"), exclusive(other, "sync", 0, never):
        pass
    other.dispose()


def test_a_database_that_is_away_is_unreachable() -> None:
    away = sa.create_engine("postgresql+psycopg://127.0.0.1:1/acted")
    with pytest.raises(DatabaseUnreachable), exclusive(away, "sync", 0, never):
        pass
