"""The statements of a sync: a handful for an entity, however many rows it has.

What belongs here: SQL that reads and writes bridge tables set by set. What does not: what to read
or write (the reference entities say), and the project's own tables (`journal`).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql

_REFERRING = sa.text("""
    select kcu.table_schema, kcu.table_name, kcu.column_name, target.attname
    from pg_constraint c
    join pg_attribute referring
      on referring.attrelid = c.conrelid and referring.attnum = c.conkey[1]
    join pg_attribute target
      on target.attrelid = c.confrelid and target.attnum = c.confkey[1]
    join lateral (
      select n.nspname as table_schema, r.relname as table_name, referring.attname as column_name
      from pg_class r join pg_namespace n on n.oid = r.relnamespace where r.oid = c.conrelid
    ) kcu on true
    where c.contype = 'f' and c.confrelid = to_regclass(:target)
    order by 1, 2, 3
""")


def read_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
) -> Sequence[sa.Row[Any]]:
    """These columns of every row, oldest first."""
    selected = [table.c[name] for name in columns]
    return connection.execute(sa.select(*selected).order_by(table.c.id)).all()


def read_lookup(connection: sa.Connection, pairs: sa.Select[Any]) -> dict[str, Any]:
    """A mapping from the pairs that the statement selects."""
    return {row[0]: row[1] for row in connection.execute(pairs)}


def any_row(connection: sa.Connection, rows: sa.Select[Any]) -> bool:
    """Whether the statement selects anything."""
    return connection.execute(rows.limit(1)).first() is not None


def referenced_rows(
    connection: sa.Connection, table: sa.Table, row_ids: Sequence[int]
) -> frozenset[int]:
    """Those of the rows that any table of the database refers to by a foreign key.

    The catalogue is asked, because the tutorial application may have tables that we do not know.
    """
    if not row_ids:
        return frozenset()
    found: set[int] = set()
    target = f'"{table.schema}"."{table.name}"'
    for schema, name, column, points_at in connection.execute(_REFERRING, {"target": target}):
        referring = sa.table(name, sa.column(column), schema=schema)
        found.update(
            connection.scalars(
                sa.select(table.c.id).where(
                    table.c.id == sa.any_(sa.bindparam("ids", row_ids, sa.ARRAY(sa.BigInteger))),
                    sa.exists().where(referring.c[column] == table.c[points_at]),
                )
            )
        )
    return frozenset(found)


def insert_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert rows with one COPY; `columns` must name every column that may not be null."""
    statement = sql.SQL("copy {} ({}) from stdin").format(
        _qualified(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    json_at = _json_positions(table, columns)
    with _cursor(connection) as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(_with_json(row, json_at))


def update_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """Set `columns` of rows to new values, with one statement.

    Args:
        connection: in a transaction.
        table: a table with a column `id`.
        columns: their names.
        rows: (id, value, value …) in the order of the columns.
    """
    if not rows:
        return
    names = ("id", *columns)
    statement = sql.SQL(
        "update {table} as t set {sets} from unnest({arrays}) as n ({names}) where t.id = n.id"
    ).format(
        table=_qualified(table),
        sets=sql.SQL(", ").join(
            sql.SQL("{0} = n.{0}").format(sql.Identifier(name)) for name in columns
        ),
        arrays=sql.SQL(", ").join(
            sql.SQL("%s::{}[]").format(sql.SQL(_element(table.c[name]))) for name in names
        ),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
    )
    json_at = _json_positions(table, names)
    cells = zip(*(_with_json(row, json_at) for row in rows), strict=True)
    with _cursor(connection) as cursor:
        cursor.execute(statement, [list(values) for values in cells])


def touch_rows(
    connection: sa.Connection, table: sa.Table, except_ids: Sequence[int], now: datetime
) -> None:
    """Move `last_synced` of every row that the sync saw, where the table has that column."""
    if "last_synced" not in table.c:
        return
    unseen = sa.bindparam("unseen", list(except_ids), sa.ARRAY(sa.BigInteger))
    connection.execute(
        sa.update(table).where(table.c.id != sa.all_(unseen)).values(last_synced=now)
    )


def delete_rows(connection: sa.Connection, table: sa.Table, row_ids: Sequence[int]) -> None:
    """Delete rows by id, with one statement."""
    if row_ids:
        ids = sa.bindparam("ids", list(row_ids), sa.ARRAY(sa.BigInteger))
        connection.execute(sa.delete(table).where(table.c.id == sa.any_(ids)))


def replace_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
) -> None:
    """As `update_rows`, by taking the rows out and putting them back under their ids.

    For rows that change places within a unique constraint, which is checked row by row.
    """
    if not rows:
        return
    ids = sa.bindparam("ids", [row[0] for row in rows], sa.ARRAY(sa.BigInteger))
    taken = sa.delete(table).where(table.c.id == sa.any_(ids)).returning(*table.c)
    old = {row.id: row._mapping for row in connection.execute(taken)}
    names = [column.name for column in table.c]
    new = [{**old[row[0]], **dict(zip(columns, row[1:], strict=True))} for row in rows]
    insert_rows(connection, table, names, ([row[name] for name in names] for row in new))


def _cursor(connection: sa.Connection) -> psycopg.Cursor[Any]:
    """psycopg's own cursor in the same transaction, for what SQLAlchemy has no words for."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return driver.cursor()


def _qualified(table: sa.Table) -> sql.Composable:
    return sql.Identifier(str(table.schema), table.name)


def _json_positions(table: sa.Table, columns: Sequence[str]) -> list[int]:
    return [i for i, name in enumerate(columns) if isinstance(table.c[name].type, sa.JSON)]


def _with_json(row: Sequence[Any], json_at: list[int]) -> Sequence[Any]:
    if not json_at:
        return row
    cells = list(row)
    for position in json_at:
        cells[position] = None if cells[position] is None else Jsonb(cells[position])
    return cells


def _element(column: "sa.Column[Any]") -> str:
    """The element type of an array of this column's values.

    Text has no length here: a cast to varchar(n) would cut a value in silence.
    """
    if isinstance(column.type, sa.String):
        return "text"
    return column.type.compile(postgresql.dialect())  # type: ignore[no-untyped-call]
