"""The project's own tables: what ran, what changed, what needs a person, what a person decided.

What belongs here: the tables of schema `adm_sync`. What does not: anything of the tutorial
application. The words that a column may hold are in `states`, and checked by PostgreSQL.
"""

from functools import partial

import sqlalchemy as sa

from adm_sync.database.states import DecisionKind, DiscrepancyKind, HeldOutcome, RunStatus
from adm_sync.database.tables import (
    JSON_VALUE,
    belongs_to,
    integer,
    moment,
    partial_index,
    table,
    text,
    word,
)

SCHEMA = "adm_sync"
own_table = partial(table, schema=SCHEMA)


def _the_only_one() -> sa.Column[int]:
    """The key of a table of one row."""
    only = sa.CheckConstraint("id = 1")
    return sa.Column("id", sa.SmallInteger, only, primary_key=True, autoincrement=False)


# One row: the tenant that this database was first synced with.
instance = own_table("instance", _the_only_one(), text("identity"), moment("first_seen"))

# One row: until when Administrate asked to be left alone.
holding_back = own_table("holding_back", _the_only_one(), moment("until"))

# How many events of one request of a kind Administrate was seen to take, and until when that holds.
request_sizes = own_table(
    "request_sizes",
    sa.Column("kind", sa.Text, primary_key=True),
    integer("events"),
    moment("until"),
)

# One row: what tells this database from others (`dagster_database`), wherever it is moved to.
installation = own_table(
    "installation",
    _the_only_one(),
    text("identity"),
    sa.Column("database_oid", sa.BigInteger, nullable=False),
    text("dagster_database", nullable=True),
)

# One row for each entity that was synced (or held, or skipped) once.
runs = own_table(
    "runs",
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
    # What the problem is known by that it failed by, if that is one of Administrate as a whole.
    text("cause", nullable=True),
    sa.Index("runs_entity_id", "entity", "id"),
    sa.Index("runs_dagster_run_id", "dagster_run_id"),
)


changes = own_table(
    "changes",
    belongs_to("run_id", runs.c.id),
    text("entity"),
    text("external_id"),
    text("action"),
    sa.Column("before", JSON_VALUE, nullable=True),
    sa.Column("after", JSON_VALUE, nullable=True),
    sa.Index("changes_run_id", "run_id"),
    sa.Index("changes_external_id", "external_id"),
    partial_index("changes_left", "entity", where="action in ('unlinked', 'relinked', 'deleted')"),
)

# `subject` is what makes a discrepancy the same one the next time; one that is gone is closed.
discrepancies = own_table(
    "discrepancies",
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
    belongs_to("run_id", runs.c.id, nullable=True, on_delete="SET NULL"),
    text("apart", nullable=True),
    partial_index(
        "discrepancies_open", "entity", "kind", "subject", unique=True, where="closed_at is null"
    ),
    sa.Index("discrepancies_run_id", "run_id"),
    partial_index("discrepancies_in_order", "entity", "id", where="closed_at is null"),
)

decisions = own_table(
    "decisions",
    word("kind", DecisionKind),
    text("entity"),
    sa.Column("tutorial_id", sa.BigInteger, nullable=True),
    text("external_id", nullable=True),
    text("who"),
    text("why"),
    moment("decided_at"),
    moment("withdrawn_at", nullable=True),
    text("withdrawn_by", nullable=True),
)

# A plan that a guard stopped; at most one of an entity is held at a time.
held_plans = own_table(
    "held_plans",
    text("entity"),
    belongs_to("run_id", runs.c.id, nullable=True, on_delete="SET NULL"),
    text("fingerprint"),
    text("reason"),
    sa.Column("plan", JSON_VALUE, nullable=False),
    moment("held_at"),
    moment("last_seen"),
    word("outcome", HeldOutcome),
    moment("settled_at", nullable=True),
    text("settled_by", nullable=True),
    partial_index("held_plans_held", "entity", unique=True, where="outcome = 'held'"),
    sa.Index("held_plans_run_id", "run_id"),
)

# Every mutation that was sent to Administrate, by whatever command, without secrets.
calls = own_table(
    "calls",
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
)
