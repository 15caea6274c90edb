"""Databases that do not let a sync do its work: read-only, not upgraded, locked, full.

Nothing is written, nobody is kept waiting for ever, and what to do is said in a sentence.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from adm_sync.database.engine import Database, create_engine
from adm_sync.errors import (
    DatabaseLayoutError,
    DatabaseRefused,
    DatabaseUnreachable,
    NeedsMissing,
)
from adm_sync.reference.entities import ENTITIES
from adm_sync.reference.syncer import open_syncer
from adm_sync.settings import Settings
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.gates import gate, syncing
from adm_sync_tests.acceptance.stage import Stage

pytestmark = pytest.mark.thorough(all_but_each=3)


def settings_of(stage: Stage, **other: object) -> Settings:
    """The settings that lead to the stage's database and tenant."""
    access = stage.sandbox.access
    return Settings(
        administrate_api_url=access.api_url,
        administrate_auth_url=access.auth_url,
        administrate_instance_url=stage.options.instance,
        administrate_api_key=access.client_id,
        administrate_api_secret=SecretStr(access.client_secret),
        adm_sync_database_url=SecretStr(stage.url),
        **other,
    )


def change_something(stage: Stage) -> None:
    """So that a sync of locations has an insert to do."""
    stage.sandbox.store.add("Location", name="Edinburgh")


@contextmanager
def database_setting(stage: Stage, name: str, value: str) -> Iterator[None]:
    """A setting of the database, for all sessions that begin now."""
    database = sa.make_url(stage.url).database
    with stage.session() as session:
        session.execute(f"alter database {database} set {name} = {value}")  # type: ignore[call-overload]
        stage.engine.dispose()
        try:
            yield
        finally:
            session.execute(f"alter database {database} reset all")  # type: ignore[call-overload]
            stage.engine.dispose()


# ---------------------------------------------------------------------- read-only, full, broken


@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES])
def test_a_read_only_database_is_found_out_before_any_request(stage: Stage, name: str) -> None:
    change_something(stage)
    before = stage.bridges()
    with database_setting(stage, "default_transaction_read_only", "on"):
        result = stage.sync(name)
        assert stage.sandbox.calls.requests == 0
    assert isinstance(result.error, DatabaseRefused)
    assert "read-only" in result.message
    assert stage.bridges() == before


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize(
    ("state", "kind", "tries"),
    [
        ("53100", DatabaseRefused, 1),  # disk full
        ("53200", DatabaseRefused, 1),  # out of memory
        ("P0001", DatabaseRefused, 1),  # a trigger of the tutorial application objects
        ("23514", DatabaseRefused, 1),  # so does a check
        ("40P01", DatabaseUnreachable, 3),  # deadlock
        ("40001", DatabaseUnreachable, 3),  # serialization failure
        ("55P03", DatabaseUnreachable, 3),  # lock not available
        ("57014", DatabaseUnreachable, 3),  # statement timeout
        ("23505", DatabaseRefused, 3),  # unique violation that no second look explains
        ("23503", DatabaseRefused, 3),  # foreign key
    ],
)
@pytest.mark.parametrize("moment", ["statement", "commit"])
def test_a_transaction_that_fails_is_repeated_only_where_that_may_help(
    stage: Stage, state: str, kind: type[Exception], tries: int, moment: str
) -> None:
    """Serialization failure, deadlock: the transaction is repeated, bounded."""
    change_something(stage)
    before = stage.bridges()
    trigger = (
        "create trigger broken before insert on adm.locations for each statement"
        if moment == "statement"
        else "create constraint trigger broken after insert on adm.locations"
        " deferrable initially deferred for each row"
    )
    begin = (
        "create sequence attempts; create function broken() returns trigger language plpgsql as"
        " $$ begin perform nextval('attempts');"
        f" raise exception 'out of order' using errcode = '{state}'; end $$;"
        f" {trigger} execute function broken()"
    )
    end = "drop trigger broken on adm.locations; drop function broken(); drop sequence attempts"
    with stage.schema(begin, end):
        result = stage.sync("locations")
        ((attempts,),) = stage.execute("select last_value from attempts")
    assert type(result.error) is kind
    assert attempts == tries
    assert stage.bridges() == before
    assert stage.sandbox.calls.requests == 2, "the answers are not asked for again"
    assert stage.runs("locations")[-1].status == "failed"
    assert stage.sync_well("locations").created == 1


# ---------------------------------------------------------------------- locks and time limits


@contextmanager
def impatient(stage: Stage, setting: str) -> Iterator[None]:
    """A time limit that the URL asks for; one that the database has does not count."""
    url = sa.make_url(stage.url).update_query_dict({"options": f"-c {setting}=40ms"}, append=True)
    patient = stage.engine
    stage.engine = create_engine(url.render_as_string(hide_password=False))
    try:
        yield
    finally:
        stage.engine.dispose()
        stage.engine = patient


@pytest.mark.parametrize("setting", ["lock_timeout", "statement_timeout"])
def test_a_lock_that_somebody_holds_for_too_long_ends_the_sync_cleanly(
    stage: Stage, setting: str
) -> None:
    """Statement or lock timeout by a long reader: repeated, then it fails cleanly."""
    change_something(stage)
    before = stage.bridges()
    with impatient(stage, setting), stage.session() as reader:
        reader.execute("begin")
        reader.execute("lock table adm.locations in share mode")
        result = stage.sync("locations")
        reader.execute("rollback")
    assert isinstance(result.error, DatabaseUnreachable)
    assert setting in result.message
    assert stage.bridges() == before
    assert stage.sync_well("locations").created == 1


@pytest.mark.parametrize("setting", ["lock_timeout", "statement_timeout"])
def test_a_lock_that_is_given_up_in_time_costs_nothing_but_time(stage: Stage, setting: str) -> None:
    change_something(stage)
    with impatient(stage, setting), stage.session() as reader:
        reader.execute("begin")
        reader.execute("lock table adm.locations in share mode")
        with told_by_the_log("in the way", lambda: reader.execute("rollback")):
            assert stage.sync_well("locations").created == 1


@contextmanager
def told_by_the_log(words: str, then: object) -> Iterator[None]:
    """Do something as soon as the sync says that it looks again."""
    logger = logging.getLogger("adm_sync.reference.sync")

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                then()  # type: ignore[operator]

    handler, level = Listening(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)


def test_a_reader_is_not_in_the_way(stage: Stage) -> None:
    """Somebody who only reads, however long, neither waits nor is waited for."""
    change_something(stage)
    with stage.session() as reader:
        reader.execute("begin isolation level repeatable read")
        before = reader.execute("select count(*) from adm.locations").fetchone()
        assert stage.sync_well("locations").created == 1
        assert reader.execute("select count(*) from adm.locations").fetchone() == before
        reader.execute("rollback")


def test_whoever_reads_meanwhile_sees_the_old_state_or_the_new(stage: Stage) -> None:
    change_something(stage)
    before = stage.bridge("locations")
    with gate(stage, "adm.locations", "commit") as at, syncing(stage, "locations") as under_way:
        at.waiting()
        assert stage.bridge("locations") == before
        at.open()
        assert under_way.result().created == 1
    assert len(stage.bridge("locations")) == len(before) + 1


# ---------------------------------------------------------------------- layout


def refused_at_the_start(stage: Stage, remedy: str) -> str:
    database = Database(stage.engine, stage.url, embedded=False)
    with (
        pytest.raises(DatabaseLayoutError) as caught,
        open_syncer(settings_of(stage), database),
    ):
        pass
    assert stage.sandbox.calls.requests == 0
    assert remedy in str(caught.value)
    return str(caught.value)


def test_a_migration_that_is_missing_is_refused_at_the_start(stage: Stage) -> None:
    """Migration not applied: the startup check refuses with instructions."""
    with stage.schema(
        "alter schema adm_sync rename to away", "alter schema away rename to adm_sync"
    ):
        refused_at_the_start(stage, "adm-sync db upgrade")
        before = stage.bridges()
        result = stage.sync("locations")
        assert stage.bridges() == before
    assert isinstance(result.error, DatabaseLayoutError)
    assert "adm-sync db upgrade" in result.message
    assert stage.sandbox.calls.requests == 0


def test_a_table_in_the_wrong_schema_is_refused_at_the_start(stage: Stage) -> None:
    """Table in the wrong schema: found out even where the search path would hide it."""
    with stage.schema(
        "alter table adm.venues set schema public", "alter table public.venues set schema adm"
    ):
        sentence = refused_at_the_start(stage, "alter table public.venues set schema adm;")
        assert "The table adm.venues is missing. A table of this name is in schema public." in (
            sentence
        )
        result = stage.sync("venues")
    assert isinstance(result.error, DatabaseLayoutError)
    assert "adm.venues" in result.message


def test_a_column_that_is_missing_is_refused_at_the_start(stage: Stage) -> None:
    begin = "alter table adm.instructors rename column last_synced to seen"
    with stage.schema(begin, "alter table adm.instructors rename column seen to last_synced"):
        assert "adm.instructors lacks the column last_synced" in refused_at_the_start(
            stage, "Rename them back"
        )
        assert isinstance(stage.sync("instructors").error, DatabaseLayoutError)


def test_the_layout_that_is_right_lets_everybody_in(stage: Stage) -> None:
    database = Database(stage.engine, stage.url, embedded=False)
    with open_syncer(settings_of(stage), database) as syncer:
        results = [syncer.sync(entity) for entity in ENTITIES]
    assert {result.status for result in results} == {"succeeded"}
    assert syncer.results == results


# ---------------------------------------------------------------------- a role with few rights


@contextmanager
def as_role(stage: Stage, revoked: str = "") -> Iterator[None]:
    """The sync under a role of its own that may do only what it needs."""
    role = f"syncer_{os.getpid()}"  # roles belong to the whole server
    begin = (
        f"create role {role};"
        f"grant usage on schema acted, adm, adm_sync, public to {role};"
        f"grant select on all tables in schema acted, adm, adm_sync, public to {role};"
        f"grant insert, update, delete on all tables in schema adm, adm_sync to {role};"
    )
    if revoked:
        begin += f"revoke {revoked} from {role}"
    url = sa.make_url(stage.url).update_query_dict({"options": f"-c role={role}"}, append=True)
    owner = stage.engine
    with stage.schema(begin, f"drop owned by {role}; drop role {role}"):
        stage.engine = create_engine(url.render_as_string(hide_password=False))
        try:
            yield
        finally:
            stage.engine.dispose()
            stage.engine = owner


def test_a_role_that_may_only_read_the_tutorial_side_is_enough(new_stage: Stage) -> None:
    with as_role(new_stage):
        results = new_stage.sync_all()
    assert all(result.created for result in results.values())


def test_rows_that_row_security_may_hide_are_not_taken_for_missing(stage: Stage) -> None:
    table = "acted.tutorial_venues"
    begin = f"alter table {table} enable row level security"
    end = f"drop policy few on {table}; alter table {table} disable row level security"
    before = stage.bridges()
    with stage.schema(f"{begin}; create policy few on {table} using (id < 2)", end), as_role(stage):
        said = f"Row security is active for the role syncer_{os.getpid()} on {table}"
        refused_at_the_start(stage, said)
    assert stage.bridges() == before


def test_a_right_that_is_missing_is_named(stage: Stage) -> None:
    change_something(stage)
    with as_role(stage, "insert on adm.locations"):
        result = stage.sync("locations")
    assert isinstance(result.error, DatabaseRefused)
    assert "role may not do this" in result.message
    assert "locations" in result.message


def test_a_table_that_may_not_be_looked_into_keeps_what_it_may_refer_to(stage: Stage) -> None:
    stage.sandbox.store.remove(stage.administrate["Manchester"])
    with (
        stage.schema(
            "create schema secret;"
            "create table secret.hotels (id bigint references adm.locations (id))",
            "drop schema secret cascade",
        ),
        as_role(stage),
    ):
        result = stage.sync_well("locations")
    assert (result.deleted, result.retained) == (0, 1)


# ---------------------------------------------------------------------- needs


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("venues", "locations"),
        ("course_templates", "custom_fields"),
        ("course_template_price_levels", "course_templates"),
    ],
)
def test_fr_021_an_entity_says_which_one_to_sync_first(
    new_stage: Stage, name: str, needed: str
) -> None:
    """FR-021"""
    before = new_stage.bridges()
    result = new_stage.sync(name)
    assert isinstance(result.error, NeedsMissing)
    assert f"Run `adm-sync sync {needed}` first." in result.message
    assert new_stage.sandbox.calls.requests == 0
    assert new_stage.bridges() == before
    assert new_stage.runs(name)[-1].status == "failed"


def test_fr_021_prices_need_their_levels_too(new_stage: Stage) -> None:
    """FR-021"""
    stage = new_stage
    for name in ("custom_fields", "course_templates"):
        stage.sync_well(name)
    result = stage.sync("course_template_price_levels")
    assert "need price levels" in result.message
    assert "Run `adm-sync sync price_levels` first." in result.message
    stage.sync_well("price_levels")
    assert stage.sync_well("course_template_price_levels").created == len(company.PRICES)


def test_fr_021_course_templates_need_the_custom_fields_of_events(new_stage: Stage) -> None:
    """FR-021: fields of another entity type are not enough; none at all in Administrate are."""
    stage = new_stage
    for label in ("Event/Sitting", "Event/Web sale"):
        stage.sandbox.store.remove(stage.administrate[label])
    result = stage.sync("course_templates")
    assert "custom fields of entity type Event" in result.message
    stage.sync_well("custom_fields")
    assert stage.sync_well("course_templates").created == 5
