"""The project's own tables: what ran, what changed, what needs a person, what a person decided.

What belongs here: the tables of schema `adm_sync`. What does not: anything of the tutorial
application. The words that a column may hold are in `states`, and checked by PostgreSQL.
"""

import sqlalchemy as sa

from adm_sync.database.states import DecisionKind, DiscrepancyKind, HeldOutcome, RunStatus
from adm_sync.database.tables import (
    JSON_VALUE,
    identity,
    integer,
    metadata,
    moment,
    text,
    word,
)

SCHEMA = "adm_sync"

# One row: the tenant that this database was first synced with.
instance = sa.Table(
    "instance",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    text("identity"),
    moment("first_seen"),
    sa.CheckConstraint("id = 1"),
    schema=SCHEMA,
)

# One row: until when Administrate asked to be left alone.
holding_back = sa.Table(
    "holding_back",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    moment("until"),
    sa.CheckConstraint("id = 1"),
    schema=SCHEMA,
)

# How many events of one request of a kind Administrate was seen to take, and until when that holds.
request_sizes = sa.Table(
    "request_sizes",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    integer("events"),
    moment("until"),
    schema=SCHEMA,
)

# One row: what tells this database from others (`dagster_database`), wherever it is moved to.
installation = sa.Table(
    "installation",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    text("identity"),
    sa.Column("database_oid", sa.BigInteger, nullable=False),
    text("dagster_database", nullable=True),
    sa.CheckConstraint("id = 1"),
    schema=SCHEMA,
)

# One row for each entity that was synced (or held, or skipped) once.
runs = sa.Table(
    "runs",
    metadata,
    identity(),
    text("dagster_run_id", nullable=True),
    text("entity"),
    word("status", RunStatus),
    text("who"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    integer("created"),
    integer("updated"),
    integer("unchanged"),
    integer("deleted"),
    integer("retained"),
    integer("skipped"),
    integer("errors"),
    integer("requests"),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("own_seconds", sa.Double, nullable=False),
    text("message"),
    sa.Column("details", JSON_VALUE, nullable=False),
    sa.Index("runs_entity_id", "entity", "id"),
    sa.Index("runs_dagster_run_id", "dagster_run_id"),
    schema=SCHEMA,
)


def run_reference(*, nullable: bool, on_delete: str) -> sa.Column[int]:
    """The run that a row came from."""
    key = sa.ForeignKey(runs.c.id, ondelete=on_delete)
    return sa.Column("run_id", sa.BigInteger, key, nullable=nullable)


changes = sa.Table(
    "changes",
    metadata,
    identity(),
    run_reference(nullable=False, on_delete="CASCADE"),
    text("entity"),
    text("external_id"),
    text("action"),
    sa.Column("before", JSON_VALUE, nullable=True),
    sa.Column("after", JSON_VALUE, nullable=True),
    sa.Index("changes_run_id", "run_id"),
    sa.Index("changes_external_id", "external_id"),
    sa.Index(
        "changes_left",
        "entity",
        postgresql_where=sa.text("action in ('unlinked', 'relinked', 'deleted')"),
    ),
    schema=SCHEMA,
)

# `subject` is what makes a discrepancy the same one the next time; one that is gone is closed.
discrepancies = sa.Table(
    "discrepancies",
    metadata,
    identity(),
    text("entity"),
    word("kind", DiscrepancyKind),
    text("subject"),
    sa.Column("tutorial_id", sa.BigInteger, nullable=True),
    text("external_id", nullable=True),
    text("label"),
    text("detail"),
    sa.Column("suggestions", JSON_VALUE, nullable=False),
    moment("first_seen"),
    moment("last_seen"),
    moment("closed_at", nullable=True),
    run_reference(nullable=True, on_delete="SET NULL"),
    sa.Index(
        "discrepancies_open",
        "entity",
        "kind",
        "subject",
        unique=True,
        postgresql_where=sa.text("closed_at is null"),
    ),
    sa.Index("discrepancies_run_id", "run_id"),
    sa.Index(
        "discrepancies_in_order",
        "entity",
        "id",
        postgresql_where=sa.text("closed_at is null"),
    ),
    schema=SCHEMA,
)

decisions = sa.Table(
    "decisions",
    metadata,
    identity(),
    word("kind", DecisionKind),
    text("entity"),
    sa.Column("tutorial_id", sa.BigInteger, nullable=True),
    text("external_id", nullable=True),
    text("who"),
    text("why"),
    moment("decided_at"),
    moment("withdrawn_at", nullable=True),
    text("withdrawn_by", nullable=True),
    schema=SCHEMA,
)

# A plan that a guard stopped; at most one of an entity is held at a time.
held_plans = sa.Table(
    "held_plans",
    metadata,
    identity(),
    text("entity"),
    run_reference(nullable=True, on_delete="SET NULL"),
    text("fingerprint"),
    text("reason"),
    sa.Column("plan", JSON_VALUE, nullable=False),
    moment("held_at"),
    moment("last_seen"),
    word("outcome", HeldOutcome),
    moment("settled_at", nullable=True),
    text("settled_by", nullable=True),
    sa.Index(
        "held_plans_held",
        "entity",
        unique=True,
        postgresql_where=sa.text("outcome = 'held'"),
    ),
    sa.Index("held_plans_run_id", "run_id"),
    schema=SCHEMA,
)

# Every mutation that was sent to Administrate, by whatever command, without secrets.
calls = sa.Table(
    "calls",
    metadata,
    identity(),
    text("who"),
    text("document"),
    text("graphql_query"),
    sa.Column("variables", JSON_VALUE, nullable=False),
    sa.Column("data", JSON_VALUE, nullable=True),
    sa.Column("errors", JSON_VALUE, nullable=False),
    text("failure"),
    moment("started_at"),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Index("calls_started_at", "started_at"),
    # Whatever text a mutation was sent with, and the ids that were answered.
    sa.Index(
        "calls_named",
        sa.text(
            """(jsonb_path_query_array(variables, '$.** ? (@.type() == "string")'))"""
            " jsonb_path_ops"
        ),
        sa.text("(jsonb_path_query_array(data, '$.**.id')) jsonb_path_ops"),
        postgresql_using="gin",
    ),
    schema=SCHEMA,
)
