"""What can go wrong with PostgreSQL while a sync is at work, at every kind of moment.

The table is in its old state or in its new one, the sync says what happened, and the next one
puts everything right.
"""

from typing import Any

import psycopg
import pytest

from adm_sync.database.session import StoppableConnection
from adm_sync.errors import DatabaseUnreachable
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.gates import gate, syncing
from adm_sync_tests.acceptance.stage import Stage

MOMENTS = [
    ("adm.course_templates", "delete"),
    ("adm.course_templates", "update"),
    ("adm.course_templates", "insert"),
    ("adm.course_templates", "commit"),
    ("adm_sync.changes", "insert"),
    ("adm_sync.discrepancies", "update"),
    ("adm_sync.discrepancies", "insert"),
]
every_moment = pytest.mark.parametrize(("table", "moment"), MOMENTS)


def change_templates(stage: Stage) -> None:
    """One template goes, one comes, one changes, one is replaced, so that every statement runs."""
    store, ids = stage.sandbox.store, stage.administrate
    store.remove(ids["CB3"])
    store.update(ids["CB1"], eventLearningMode="lms")
    store.add("CourseTemplate", code="CS9", title="New")
    store.update(ids["CP1"], code="CP1_OLD")


def is_right(stage: Stage) -> None:
    """The rows are what Administrate holds."""
    result = stage.sync_well("course_templates")
    assert (result.created, result.updated, result.deleted) in {(1, 1, 1), (0, 0, 0)}
    held = {record["id"]: record for record in stage.sandbox.store.all("CourseTemplate")}
    rows = {row["external_id"]: row for row in stage.rows("course_templates")}
    assert rows.keys() == held.keys()
    assert {key: row["event_learning_mode"] for key, row in rows.items()} == {
        key: record.get("eventLearningMode") for key, record in held.items()
    }
    for code in company.TEMPLATES:
        assert stage.linked("course_templates", code) == stage.tutorial[code]
    assert stage.sync_well("course_templates").unchanged == len(held)


def closed_as_failed(stage: Stage, message: str) -> None:
    run = stage.runs("course_templates")[-1]
    assert (run.status, run.message) == ("failed", message)
    assert run.finished_at is not None


# ---------------------------------------------------------------------- lost connections


@pytest.mark.thorough(all_but_each=4)
@every_moment
def test_a_connection_that_is_lost_before_the_commit_leaves_the_old_state(
    stage: Stage, table: str, moment: str
) -> None:
    change_templates(stage)
    before = stage.bridges()
    with gate(stage, table, moment) as at, syncing(stage, "course_templates") as under_way:
        at.end(at.waiting())
        result = under_way.result()
        assert isinstance(result.error, DatabaseUnreachable), result.message
        assert stage.bridges() == before
        closed_as_failed(stage, result.message)
        at.open()
    is_right(stage)


def test_a_commit_whose_answer_is_lost_is_looked_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At commit, outcome unknown: read again before anything else."""
    change_templates(stage)
    commits = []
    dialect = stage.engine.dialect
    commit = dialect.do_commit

    def lose_the_answer(connection: Any) -> None:
        commit(connection)
        commits.append(connection)
        if len(commits) == 3:  # the run, a look that finds something gone, and then the rows
            connection.driver_connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(dialect, "do_commit", lose_the_answer)
    result = stage.sync_well("course_templates")
    assert (result.created, result.updated, result.deleted) == (1, 1, 1)
    assert stage.runs("course_templates")[-1].status == "succeeded"
    monkeypatch.undo()
    is_right(stage)


def test_a_database_that_goes_away_altogether_is_said_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the work nor its end can be noted; nothing is worse than that."""
    change_templates(stage)
    before = stage.bridges()
    with (
        gate(stage, "adm.course_templates", "update") as at,
        syncing(stage, "course_templates") as under_way,
    ):
        pid = at.waiting()

        def refuse(*_: object, **__: object) -> None:
            raise psycopg.OperationalError("connection refused")

        monkeypatch.setattr(stage.engine.dialect, "do_ping", lambda _: False)
        monkeypatch.setattr(StoppableConnection, "connect", refuse)
        at.end(pid)
        result = under_way.result()
        monkeypatch.undo()
        at.open()
    assert isinstance(result.error, DatabaseUnreachable)
    assert stage.bridges() == before
    assert stage.runs("course_templates")[-1].status == "running"
    is_right(stage)
    assert "ended in the middle" in stage.runs("course_templates")[-3].message


def test_a_sync_that_lost_its_lock_writes_nothing(stage: Stage) -> None:
    """Another process may be at work by then."""
    change_templates(stage)
    before = stage.bridges()
    with (
        gate(stage, "adm.course_templates", "insert") as at,
        syncing(stage, "course_templates") as under_way,
    ):
        at.waiting()
        holder = at.session.execute(
            "select pid from pg_stat_activity where datname = current_database()"
            " and application_name like 'adm_sync reference sync%'"
        ).fetchone()
        assert holder
        at.end(holder[0])
        at.open()
        result = under_way.result()
    assert isinstance(result.error, DatabaseUnreachable)
    assert "was lost" in result.message
    assert stage.bridges() == before
    is_right(stage)


# ---------------------------------------------------------------------- other writers


def test_a_row_that_another_writer_inserted_first_is_taken_as_it_is(stage: Stage) -> None:
    """Unique violation: the other one won, look again."""
    change_templates(stage)
    new = stage.sandbox.store.all("CourseTemplate")[-1]["id"]
    with (
        gate(stage, "adm.course_templates", "insert") as at,
        syncing(stage, "course_templates") as under_way,
    ):
        at.waiting()
        at.session.execute(
            "insert into adm.course_templates (external_id, custom_fields, created_at, updated_at)"
            " values (%s, '{}', now(), now())",
            [new],
        )
        at.open()
        result = under_way.result()
    assert result.status == "succeeded", result.message
    assert result.created == 0
    is_right(stage)


def test_a_row_that_another_writer_changed_at_the_same_time_is_planned_again(stage: Stage) -> None:
    """Serialization failure: the transaction is repeated."""
    change_templates(stage)
    with (
        gate(stage, "adm.course_templates", "update") as at,
        syncing(stage, "course_templates") as under_way,
    ):
        at.waiting()
        at.session.execute(
            "update adm.course_templates set event_learning_mode = 'classroom'"
            " where external_id = %s",
            [stage.administrate["CB1"]],
        )
        at.open()
        result = under_way.result()
    assert result.status == "succeeded", result.message
    (change,) = [one for one in stage.changes(result).values() if one.action == "updated"]
    assert change.before == {"event_learning_mode": "classroom"}
    is_right(stage)


def test_a_row_that_is_referred_to_in_the_last_moment_is_retained(stage: Stage) -> None:
    """A foreign key is checked at commit: whoever refers to the row meanwhile keeps it."""
    stage.sandbox.store.remove(stage.administrate["CB3"])
    row = stage.row("course_templates", "CB3")
    reference = "references adm.course_templates (id) deferrable initially deferred"
    with (
        stage.schema(f"create table public.wishes (id bigint {reference})", "drop table wishes"),
        gate(stage, "adm.course_templates", "delete") as at,
        syncing(stage, "course_templates") as under_way,
    ):
        at.waiting()
        at.session.execute("insert into public.wishes values (%s)", [row["id"]])
        at.open()
        result = under_way.result()
    assert (result.status, result.deleted, result.retained) == ("succeeded", 0, 1)
    assert row in stage.rows("course_templates")
