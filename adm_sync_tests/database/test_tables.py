from collections.abc import Iterator
from enum import StrEnum

import pytest
import sqlalchemy as sa

from adm_sync.database import acted, adm, migrating, operations, states
from adm_sync.database.engine import create_engine
from adm_sync.database.placement import TABLES
from adm_sync.reference.entities import ENTITIES
from adm_sync_tests.database.layouts import found_lines, read_layouts, table_places
from adm_sync_tests.database_fixtures import fresh_database

LAYOUTS = read_layouts()

# What the project adds: an event without an instructor, and a session's Administrate id.
MENDED = {
    "adm.events": (
        {"primary_instructor_id bigint"},
        {"primary_instructor_id bigint null"},
    ),
    "adm.sessions": (
        {"session_instructor_id bigint"},
        {
            "session_instructor_id bigint null",
            "external_id varchar(50) null",
            "unique (external_id)",
            "tutorial_session_id bigint null",
            "foreign key (tutorial_session_id) references acted.tutorial_sessions(id)",
        },
    ),
}

_OF_A_WORKBOOK = (
    "foreign key (workbook_id) references adm_sync.workbooks(id) ON DELETE CASCADE (not deferred)"
)
_OF_AN_EVENT = (
    "foreign key (event_id) references adm_sync.events(id) ON DELETE CASCADE (not deferred)"
)


def _forgets(column: str, target: str) -> str:
    return f"foreign key ({column}) references {target}(id) on delete set null (not deferred)"


OPERATIONS = {
    "adm_sync.instance": {"primary key (id)", "check (id = 1)"},
    "adm_sync.holding_back": {"primary key (id)", "check (id = 1)"},
    "adm_sync.request_sizes": {"primary key (kind)"},
    "adm_sync.installation": {"primary key (id)", "check (id = 1)"},
    "adm_sync.runs": {"primary key (id)"},
    "adm_sync.calls": {"primary key (id)"},
    "adm_sync.inbox_files": {"primary key (folder, name)"},
    "adm_sync.changes": {
        "primary key (id)",
        "foreign key (run_id) references adm_sync.runs(id) ON DELETE CASCADE (not deferred)",
    },
    "adm_sync.discrepancies": {
        "primary key (id)",
        "foreign key (run_id) references adm_sync.runs(id) on delete set null (not deferred)",
    },
    "adm_sync.decisions": {"primary key (id)"},
    "adm_sync.comparisons": {"primary key (sitting)"},
    "adm_sync.differences": {
        "primary key (id)",
        "foreign key (sitting) references adm_sync.comparisons(sitting) ON DELETE CASCADE"
        " (not deferred)",
    },
    "adm_sync.workbooks": {"primary key (id)", "unique (partition)"},
    "adm_sync.imports": {"primary key (id)", _OF_A_WORKBOOK},
    "adm_sync.findings": {"primary key (id)", _OF_A_WORKBOOK},
    "adm_sync.events": {
        "primary key (id)",
        _OF_A_WORKBOOK,
        _forgets("tutorial_event_id", "acted.tutorial_events"),
        _forgets("adm_event_id", "adm.events"),
    },
    "adm_sync.event_sessions": {
        "primary key (id)",
        _OF_AN_EVENT,
        _forgets("tutorial_session_id", "acted.tutorial_sessions"),
        _forgets("adm_session_id", "adm.sessions"),
    },
    "adm_sync.event_groups": {
        "primary key (id)",
        _OF_A_WORKBOOK,
        _forgets("event_id", "adm_sync.events"),
    },
    "adm_sync.steps": {
        "primary key (id)",
        'unique (event_id, "position")',
        _OF_AN_EVENT,
        "foreign key (event_session_id) references adm_sync.event_sessions(id)"
        " ON DELETE CASCADE (not deferred)",
        _forgets("update_id", "adm_sync.updates"),
    },
    "adm_sync.api_faults": {"primary key (kind, subject)"},
    "adm_sync.alerts": {"primary key (id)"},
    "adm_sync.alert_messages": {
        "primary key (id)",
        "unique (alert_id, address, news)",
        "foreign key (alert_id) references adm_sync.alerts(id) ON DELETE CASCADE (not deferred)",
    },
    "adm_sync.answers": {"primary key (id)", "unique (folder, name)", _OF_A_WORKBOOK},
    "adm_sync.upload_answers": {
        "primary key (id)",
        "unique (workbook_id, address)",
        _OF_A_WORKBOOK,
    },
    "adm_sync.digests": {"primary key (due_at)"},
    "adm_sync.updates": {"primary key (id)", _OF_AN_EVENT, _OF_A_WORKBOOK},
    "adm_sync.held_plans": {
        "primary key (id)",
        "foreign key (run_id) references adm_sync.runs(id) on delete set null (not deferred)",
    },
}


@pytest.fixture(scope="module")
def upgraded(database_server: sa.URL) -> Iterator[sa.Engine]:
    """A database that was empty and then upgraded, for tests that only look at it."""
    with fresh_database(database_server) as url:
        engine = create_engine(url)
        migrating.upgrade(engine)
        yield engine
        engine.dispose()


@pytest.mark.parametrize("table", sorted(LAYOUTS))
def test_an_upgraded_empty_database_has_the_layout_of_the_contract(
    upgraded: sa.Engine, table: str
) -> None:
    removed, added = MENDED.get(table, (set(), set()))
    with upgraded.connect() as connection:
        assert found_lines(connection, table) == LAYOUTS[table].lines() - removed | added


def test_the_contract_has_every_table_of_acted_and_adm() -> None:
    ours = {table.fullname for table in TABLES if table.schema != operations.SCHEMA}
    bridges = {entity.bridge.fullname for entity in ENTITIES}
    # The bridge table of an entity may be the project's own.
    assert ours - bridges <= set(LAYOUTS) <= ours


def test_every_table_is_in_its_schema_and_no_other_table_is_made(upgraded: sa.Engine) -> None:
    with upgraded.connect() as connection:
        assert table_places(connection) == {
            *(table.fullname for table in TABLES),
            "adm_sync.schema_version",
        }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.fullname)
def test_a_table_definition_says_what_the_migrations_make(
    upgraded: sa.Engine, table: sa.Table
) -> None:
    found = sa.inspect(upgraded).get_columns(table.name, schema=table.schema)
    dialect = upgraded.dialect
    assert [column["name"] for column in found] == list(table.columns.keys())
    for column in found:
        defined = table.columns[column["name"]]
        assert column["type"].compile(dialect) == defined.type.compile(dialect)
        assert column["nullable"] == defined.nullable
        assert column["default"] is None
        assert bool(column.get("identity")) == bool(defined.identity)


@pytest.mark.parametrize("table", sorted(OPERATIONS))
def test_the_projects_own_tables_have_their_constraints(upgraded: sa.Engine, table: str) -> None:
    with upgraded.connect() as connection:
        constraints = {
            line
            for line in found_lines(connection, table)
            if line.startswith(("primary key", "foreign key", "unique")) or line == "check (id = 1)"
        }
    assert constraints == OPERATIONS[table]


def test_unique_indexes_of_the_projects_own_tables_are_partial(upgraded: sa.Engine) -> None:
    with upgraded.connect() as connection:
        indexes = connection.exec_driver_sql(
            "select indexdef from pg_indexes where schemaname = 'adm_sync'"
            " and indexdef like '%% UNIQUE %%' and indexdef like '%% WHERE %%' order by indexname"
        ).scalars()
        assert [index.partition(" USING ")[2] for index in indexes] == [
            "btree (kind, subject) WHERE (recovered_at IS NULL)",
            "btree (entity, kind, subject) WHERE (closed_at IS NULL)",
            "btree (event_id, day) WHERE (removed_at IS NULL)",
            "btree (tutorial_course_template_id, title_key, starts_at) WHERE (undone_at IS NULL)",
            "btree (entity) WHERE (outcome = 'held'::text)",
        ]


def run_row(**values: object) -> dict[str, object]:
    counts = (
        "created",
        "updated",
        "unchanged",
        "deleted",
        "retained",
        "skipped",
        "errors",
        "requests",
    )
    return {
        "entity": "locations",
        "status": "running",
        "who": "scheduler",
        "started_at": sa.func.now(),
        "seconds": 0.5,
        "own_seconds": 0.25,
        "message": "",
        "details": {},
        **dict.fromkeys(counts, 0),
        **values,
    }


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        (operations.runs, "status", states.RunStatus),
        (operations.discrepancies, "kind", states.DiscrepancyKind),
        (operations.decisions, "kind", states.DecisionKind),
        (operations.held_plans, "outcome", states.HeldOutcome),
    ],
    ids=["runs", "discrepancies", "decisions", "held_plans"],
)
def test_a_column_of_words_accepts_its_words_and_no_other(
    engine: sa.Engine, table: sa.Table, column: str, words: type[StrEnum]
) -> None:
    shared = {
        **run_row(),
        "subject": "Location:1",
        "label": "Leeds",
        "detail": "",
        "suggestions": [],
        "first_seen": sa.func.now(),
        "last_seen": sa.func.now(),
        "why": "asked",
        "decided_at": sa.func.now(),
        "fingerprint": "f",
        "reason": "r",
        "plan": {},
        "held_at": sa.func.now(),
        "kind": "link",
        "outcome": "held",
    }
    values = {name: value for name, value in shared.items() if name in table.columns}
    with engine.begin() as connection:
        for word in words:
            connection.execute(sa.insert(table).values({**values, column: word}))
    with pytest.raises(sa.exc.IntegrityError, match="check constraint"), engine.begin() as wrong:
        wrong.execute(sa.insert(table).values({**values, column: "perhaps"}))


def test_the_changes_of_a_run_go_with_it(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        insert = sa.insert(operations.runs).values(run_row()).returning(operations.runs.c.id)
        run = connection.execute(insert).scalar_one()
        connection.execute(
            sa.insert(operations.changes).values(
                run_id=run, entity="locations", external_id="Location:1", action="created"
            )
        )
        connection.execute(sa.delete(operations.runs))
        assert connection.execute(sa.select(operations.changes)).all() == []


def test_none_in_a_json_column_is_null_and_not_the_json_word(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.insert(adm.custom_fields).values(
                external_id="Definition:1",
                label="Sitting",
                field_type="text",
                is_required=False,
                roles=None,
                entity_type="Event",
                last_synced=sa.func.now(),
            )
        )
        missing = sa.select(sa.func.count()).where(adm.custom_fields.c.roles.is_(None))
        assert connection.execute(missing).scalar() == 1


def test_a_wrong_key_fails_at_commit(engine: sa.Engine) -> None:
    connection = engine.connect()
    transaction = connection.begin()
    connection.execute(
        sa.insert(acted.staff).values(
            user_id=404, created_at=sa.func.now(), updated_at=sa.func.now()
        )
    )
    with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
        transaction.commit()
    connection.close()
