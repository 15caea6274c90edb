"""A database that fails while events are pushed: nothing is sent that cannot be noted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from adm_sync.database import open_steps, steps
from adm_sync.errors import DatabaseError, DatabaseRefused, DatabaseUnreachable, WrongInstance
from adm_sync_tests.acceptance.pushing import (
    BLENDED,
    ONLINE,
    SURVEY,
    TITLES,
    Outbox,
    assert_both_sides_agree,
)

pytestmark = pytest.mark.thorough(all_but_each=3)

FULL = """
    create function disk_full() returns trigger language plpgsql as
    $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
    create trigger disk_full before update on {} for each statement execute function disk_full()
"""
AS_BEFORE = "drop trigger if exists disk_full on {}; drop function if exists disk_full()"
OTHER_SESSIONS = """
    select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
        and (application_name = 'adm_sync') = :ordinary
"""


@contextmanager
def disk_full(outbox: Outbox, table: str) -> Iterator[None]:
    outbox.execute(FULL.format(table))
    try:
        yield
    finally:
        outbox.execute(AS_BEFORE.format(table))


@contextmanager
def read_only(outbox: Outbox) -> Iterator[None]:
    name = outbox.engine.url.database
    outbox.execute(f'alter database "{name}" set default_transaction_read_only = on')
    outbox.engine.dispose()
    try:
        yield
    finally:
        reset = f'set transaction read write; alter database "{name}" reset all'
        outbox.execute(reset)
        outbox.engine.dispose()


def once(point: str, action: Callable[[], object]) -> Callable[[str], None]:
    """A listener that acts when the point is reached for the first time."""
    waiting = [point]

    def reached(name: str) -> None:
        if name in waiting:
            waiting.remove(name)
            action()

    return reached


# ---------------------------------------------------------------------- before anything is sent


def test_with_a_read_only_database_administrate_is_not_even_asked(outbox: Outbox) -> None:
    with read_only(outbox), pytest.raises(DatabaseRefused, match="read-only"):
        outbox.push()
    assert outbox.sandbox.calls.requests == 0
    outbox.settle()
    assert_both_sides_agree(outbox)


@pytest.mark.parametrize("table", ["adm_sync.events", "adm_sync.steps"])
def test_with_a_full_disk_nothing_is_sent(outbox: Outbox, table: str) -> None:
    with disk_full(outbox, table), pytest.raises(DatabaseRefused, match=r"disk .* is full"):
        outbox.push()
    assert outbox.sandbox.calls.mutations == 0
    assert outbox.sandbox.calls.requests == (1 + SURVEY if table == "adm_sync.steps" else 0)
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_a_database_of_another_tenant_is_refused(outbox: Outbox) -> None:
    with pytest.raises(WrongInstance, match="Nothing was read or sent"):
        outbox.push(instance="https://another.example")
    assert outbox.sandbox.calls.requests == 0


# ---------------------------------------------------------------------- after it was sent


def test_a_disk_that_fills_up_after_a_creation_leaves_it_to_be_adopted(outbox: Outbox) -> None:
    fill_up = once("creation answered", lambda: outbox.execute(FULL.format("adm.events")))
    with pytest.raises(DatabaseRefused, match=r"disk .* is full"):
        outbox.push(fill_up)
    outbox.execute(AS_BEFORE.format("adm.events"))
    assert len(outbox.remotes()) == 1
    assert outbox.creation().state == "sending"
    pushed = outbox.settle()
    assert (len(pushed.created), len(pushed.adopted)) == (2, 1)
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    "point", ["claimed", "creation answered", "event id stored", "changes answered"]
)
def test_connections_that_are_lost_are_opened_anew(outbox: Outbox, point: str) -> None:
    """Before the commit: what was to be noted is noted in the next try."""
    pushed = outbox.push(once(point, lambda: outbox.execute(OTHER_SESSIONS, ordinary=True)))
    assert len(pushed.created) == len(TITLES)
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("went_through", [True, False])
@pytest.mark.parametrize("point", ["creation answered", "changes answered", "claimed"])
def test_a_commit_whose_answer_is_lost_is_repeated(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, point: str, went_through: bool
) -> None:
    lose = [False]
    commit = psycopg.Connection.commit

    def lost(connection: psycopg.Connection[object]) -> None:
        if went_through or not lose[0]:
            commit(connection)
        if lose[0]:
            lose[0] = False
            connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(psycopg.Connection, "commit", lost)
    pushed = outbox.push(once(point, lambda: lose.__setitem__(0, True)))
    assert len(pushed.created) == len(TITLES)
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("point", ["claimed", "event id stored", "let go"])
def test_without_the_connection_that_proves_who_it_is_a_push_sends_nothing_more(
    outbox: Outbox, point: str
) -> None:
    def lose() -> None:
        outbox.execute(OTHER_SESSIONS, ordinary=False)
        outbox.sandbox.calls.clear()

    with pytest.raises(DatabaseUnreachable, match="was lost"):
        outbox.push(once(point, lose))
    assert outbox.sandbox.calls.mutations == 0
    assert {step.attempts for step in outbox.steps() if step.state != "done"} == {0}
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_a_lease_that_another_process_took_over_is_respected(outbox: Outbox) -> None:
    """The event is left alone, and the others are pushed."""
    steal = "update adm_sync.events set lease_holder = '-1' where title = :title"
    pushed = outbox.push(
        once("creation noted as sending", lambda: outbox.execute(steal, title=BLENDED))
    )
    assert len(pushed.created) == 2
    assert not outbox.remotes(BLENDED)
    # That other process is none that lives, so that its lease is void.
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_an_event_is_taken_once_in_a_push_whatever_becomes_of_it(outbox: Outbox) -> None:
    """Even if nothing that happens to it moves it on."""
    expire = "update adm_sync.events set lease_until = now() where title = :title"
    taken: list[str] = []

    def reached(point: str) -> None:
        taken.append(point)
        if point.endswith("noted as sending"):
            outbox.execute(expire, title=ONLINE)

    outbox.push(reached, wait_for_look_ups=False)
    assert taken.count("claimed") == len(TITLES)
    assert not outbox.remotes(ONLINE)
    assert outbox.creation(ONLINE).state == "sending"
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_a_database_that_stays_away_ends_the_push(outbox: Outbox) -> None:
    def away() -> None:
        outbox.execute("alter table adm_sync.steps rename to steps_away")

    with pytest.raises(DatabaseError):
        outbox.push(once("creation answered", away))
    outbox.execute("alter table adm_sync.steps_away rename to steps")
    assert len(outbox.remotes()) == 1
    outbox.settle()
    assert_both_sides_agree(outbox)


MANY_EVENTS = """
insert into adm_sync.events (workbook_id, tutorial_course_template_id, template_external_id, title,
    title_key, starts_at, learning_mode, sitting, external_id, made_tutorial_event, adopted,
    recorded, recorded_at, doubled, asked_about)
select workbook_id, tutorial_course_template_id, template_external_id, title || n, title_key || n,
    starts_at, learning_mode, sitting, external_id || n, made_tutorial_event, adopted,
    recorded, recorded_at, doubled, asked_about
from adm_sync.events, generate_series(1, 1500) n
"""
MANY_STEPS = """
insert into adm_sync.steps (event_id, position, kind, input, state, attempts, look_ups, due_at,
    message)
select id, position, 'create_event', '{}', 'done', 1, 0, now(), ''
from adm_sync.events e, generate_series(0, 2) position
where not exists (select from adm_sync.steps s where s.event_id = e.id)
"""


def test_what_is_due_is_found_without_reading_what_is_done(outbox: Outbox) -> None:
    outbox.push()
    for statement in (MANY_EVENTS, MANY_STEPS, "analyze adm_sync.events", "analyze adm_sync.steps"):
        outbox.execute(statement)
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with outbox.engine.begin() as connection:
        sa.event.listen(connection, "before_cursor_execute", note)
        assert open_steps.count_due(connection, None) == 0
        assert not steps.claim_events(connection, 1, 30, None)
        sa.event.remove(connection, "before_cursor_execute", note)
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"explain {statement}", parameters).scalars().all()
            assert not [line for line in plan if "Seq Scan on events" in line], plan
            assert not [line for line in plan if "Seq Scan on steps" in line], plan


def test_a_process_that_was_frozen_while_it_asked_whether_it_may_send_asks_again(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []

    def holds(*asked: Any) -> bool:
        answers.append(steps_hold(*asked))
        if len(answers) == 1:
            time.sleep(0.6)
        return answers[-1]

    steps_hold = steps.holds
    monkeypatch.setattr(steps, "holds", holds)
    outbox.push(lease=0.5, workers=1)
    assert answers[:2] == [True, False]
    assert outbox.sandbox.calls.mutations == 2 * (len(TITLES) - 1)
    outbox.wait_is_over()
    outbox.settle()
    assert_both_sides_agree(outbox)
