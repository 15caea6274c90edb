"""Move tables that are literally named "adm.events" or "adm.sessions" to where they belong.

Some installations have them in schema public, made by a mistake in quoting.
"""

import sqlalchemy as sa
from alembic import op

from adm_sync.errors import DatabaseLayoutError

# Sessions first: when both are dropped, they refer to events.
NAMES = ("sessions", "events")


def upgrade() -> None:
    """Move them, with their rows and the keys that refer to them.

    Raises:
        DatabaseLayoutError: both the wrong and the right table have rows.
    """
    if _scalar("select to_regnamespace('adm')") is None:
        op.execute("create schema adm")
    for name in NAMES:
        _mend(name)


def _mend(name: str) -> None:
    wrong, right = f'public."adm.{name}"', f"adm.{name}"
    if not _is_table(wrong):
        return
    op.execute(f"lock table {wrong} in access exclusive mode")
    if _is_table(right):
        op.execute(f"lock table {right} in access exclusive mode")
        if _has_rows(right) and _has_rows(wrong):
            raise DatabaseLayoutError(
                f"Both {right} and {wrong} (a table whose name holds a dot, made by a mistake in "
                "quoting) have rows, so adm-sync cannot know which are true. Compare them, move "
                f"what is missing into {right}, empty {wrong}, and run adm-sync db upgrade again."
            )
        if _has_rows(right):
            _replace(wrong, right)
            return
        _replace(right, wrong)
    op.execute(f"alter table {wrong} set schema adm")
    op.execute(f'alter table adm."adm.{name}" rename to {name}')


def _replace(empty: str, kept: str) -> None:
    """Let every foreign key that refers to the empty table refer to the kept one, and drop it."""
    keys = op.get_bind().execute(
        sa.text(
            "select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
            " from pg_constraint where contype = 'f' and confrelid = to_regclass(:empty)"
            " and conrelid <> confrelid and conparentid = 0"
        ),
        {"empty": empty},
    )
    for table, name, definition in keys.all():
        moved = definition.replace(f" REFERENCES {empty}(", f" REFERENCES {kept}(")
        op.execute(f"alter table {table} drop constraint {name}")
        op.get_bind().exec_driver_sql(f"alter table {table} add constraint {name} {moved}")
    op.execute(f"drop table {empty}")


def _is_table(name: str) -> bool:
    return (
        _scalar(
            "select 1 from pg_class where oid = to_regclass(:name) and relkind in ('r', 'p')",
            name=name,
        )
        is not None
    )


def _has_rows(table: str) -> bool:
    return bool(_scalar(f"select exists (select from {table})"))  # noqa: S608 - constants above


def _scalar(statement: str, **values: str) -> object:
    return op.get_bind().execute(sa.text(statement), values).scalar()
