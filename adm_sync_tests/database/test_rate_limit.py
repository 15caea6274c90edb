import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from adm_sync.database.engine import create_engine
from adm_sync.database.rate_limit import LOCK_KEY, SharedLimiter
from adm_sync.errors import DatabaseUnreachable

TAKER = Path(__file__).with_name("permit_taker.py")


@contextmanager
def another_process(url: str, rate: float, permits: int) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(TAKER), url, str(rate), str(permits)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def server_clock(engine: sa.Engine) -> float:
    with engine.connect() as connection:
        now = connection.exec_driver_sql("select extract(epoch from clock_timestamp())::float8")
        return float(now.scalar_one())


@pytest.mark.thorough
def test_permits_of_several_processes_are_spaced(engine: sa.Engine, database_url: str) -> None:
    rate, permits = 20.0, 8
    with (
        another_process(database_url, rate, permits) as a,
        another_process(database_url, rate, permits) as b,
        another_process(database_url, rate, permits) as c,
    ):
        for process in (a, b, c):
            assert process.stdin is not None
            process.stdin.close()
        taken = sorted(float(line) for process in (a, b, c) for line in process.stdout or ())
    assert len(taken) == 3 * permits
    assert taken[-1] - taken[0] >= (len(taken) - 1) / rate * 0.95


def test_permits_of_several_threads_are_spaced(engine: sa.Engine) -> None:
    with closing(SharedLimiter(engine, 50)) as limiter:

        def take(_: int) -> float:
            limiter.acquire()
            return server_clock(engine)

        with ThreadPoolExecutor(4) as pool:
            taken = sorted(pool.map(take, range(12)))
    assert taken[-1] - taken[0] >= 11 / 50 * 0.9
    assert all(later > earlier for earlier, later in pairwise(taken))


def test_a_permit_comes_before_the_time_that_the_next_one_waits(engine: sa.Engine) -> None:
    with closing(SharedLimiter(engine, 1)) as limiter:
        limiter.acquire()
        assert is_held(engine)


def test_no_limit_asks_nobody() -> None:
    away = create_engine("postgresql://127.0.0.1:1/acted")
    with closing(SharedLimiter(away, 0)) as limiter:
        for _ in range(1000):
            limiter.acquire()


def test_a_pause_holds_up_everybody(engine: sa.Engine) -> None:
    with (
        closing(SharedLimiter(engine, 1000)) as mine,
        closing(SharedLimiter(engine, 1000)) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        mine.acquire()
        wait_until(engine, held=False)
        began = server_clock(engine)
        paused = pool.submit(mine.pause, 0.3)
        wait_until(engine, held=True)
        other.acquire()
        assert server_clock(engine) - began >= 0.3
        paused.result()


def test_nothing_is_saved_up_while_nobody_asks_or_everybody_waits(engine: sa.Engine) -> None:
    rate, threads = 50.0, 6
    with (
        closing(SharedLimiter(engine, rate)) as mine,
        closing(SharedLimiter(engine, rate)) as other,
        ThreadPoolExecutor(threads + 1) as pool,
    ):
        mine.acquire()
        other.acquire()
        time.sleep(0.2)  # for ten permits
        paused = pool.submit(mine.pause, 0.2)
        wait_until(engine, held=True)

        def take(number: int) -> float:
            (mine, other)[number % 2].acquire()
            return server_clock(engine)

        taken = sorted(pool.map(take, range(2 * threads)))
        paused.result()
    assert taken[-1] - taken[0] >= (len(taken) - 1) / rate * 0.9


def test_everybody_is_held_back_after_whoever_was_asked_has_gone(engine: sa.Engine) -> None:
    with closing(SharedLimiter(engine, 1000)) as mine:
        assert mine.acquire() == 0.0
        mine.hold_back(1.0)
        mine.hold_back(0.5)
    with closing(SharedLimiter(engine, 1000)) as other:
        rest = other.acquire()
        assert 0.5 < rest <= 1.0
        time.sleep(rest)
        assert other.acquire() == 0.0


def is_held(engine: sa.Engine) -> bool:
    held = sa.text(
        "select count(*) from pg_locks where locktype = 'advisory' and granted and objid = :key"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    with engine.connect() as connection:
        return connection.execute(held, {"key": LOCK_KEY}).scalar() == 1


def wait_until(engine: sa.Engine, *, held: bool) -> None:
    while is_held(engine) != held:
        pass


def test_pauses_at_the_same_time_do_not_add_up(engine: sa.Engine) -> None:
    with (
        closing(SharedLimiter(engine, 1000)) as mine,
        closing(SharedLimiter(engine, 1000)) as other,
        ThreadPoolExecutor(8) as pool,
    ):
        mine.acquire()
        other.acquire()
        began = server_clock(engine)
        for done in [pool.submit(one.pause, 0.5) for one in [mine, other] * 4]:
            done.result()
        took = server_clock(engine) - began
    assert 0.5 <= took < 8 * 0.5


def test_a_killed_process_holds_up_nobody(engine: sa.Engine, database_url: str) -> None:
    with another_process(database_url, 5, 1) as stuck:
        assert stuck.stdin is not None
        stuck.stdin.write("\n")
        stuck.stdin.flush()
        wait_until(engine, held=True)
        stuck.kill()
        stuck.wait()
    with closing(SharedLimiter(engine, 1000)) as limiter:
        limiter.acquire()


def end_sessions(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = 'adm_sync rate limit' and datname = current_database()"
        )


def test_nothing_is_written(engine: sa.Engine) -> None:
    with closing(SharedLimiter(engine, 1000)) as limiter:
        limiter.acquire()
        limiter.pause(0.001)
    with engine.connect() as connection:
        assert (
            connection.exec_driver_sql("select pg_current_xact_id_if_assigned()").scalar() is None
        )
        tables = connection.exec_driver_sql(
            "select count(*) from pg_stat_user_tables where n_tup_ins > 0"
            " and relname <> 'schema_version'"
        )
        assert tables.scalar() == 0


def test_a_connection_that_was_lost_is_opened_again(engine: sa.Engine) -> None:
    with closing(SharedLimiter(engine, 1000)) as limiter:
        limiter.acquire()
        end_sessions(engine)
        limiter.acquire()


def test_nobody_keeps_a_permit_whose_end_was_cancelled(engine: sa.Engine) -> None:
    cancel = (
        "select pg_cancel_backend(pid) from pg_stat_activity"
        " where application_name = 'adm_sync rate limit' and datname = current_database()"
    )
    with closing(SharedLimiter(engine, 5)) as limiter:
        limiter.acquire()
        with engine.begin() as connection:
            assert connection.exec_driver_sql(cancel).scalar()
        limiter.acquire()
        time.sleep(0.5)  # longer than a permit lasts
        assert not is_held(engine)


def test_a_limiter_that_was_closed_opens_again(engine: sa.Engine) -> None:
    limiter = SharedLimiter(engine, 1000)
    limiter.close()
    limiter.acquire()
    limiter.close()
    limiter.acquire()
    limiter.close()


def test_statement_timeouts_of_the_database_do_not_cut_a_pause(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        name = connection.exec_driver_sql("select current_database()").scalar()
        connection.exec_driver_sql(f"alter database {name} set statement_timeout = 50")
        connection.commit()
    engine.dispose()
    with closing(SharedLimiter(engine, 1000)) as limiter:
        limiter.pause(0.1)


def test_a_database_that_is_away_is_unreachable() -> None:
    limiter = SharedLimiter(create_engine("postgresql://127.0.0.1:1/acted"), 10)
    with pytest.raises(DatabaseUnreachable):
        limiter.acquire()
    with pytest.raises(DatabaseUnreachable):
        limiter.pause(1)
