"""The statements of a sync: a handful for an entity, however many rows it has.

What belongs here: SQL that reads and writes bridge tables set by set. What does not: what to read
or write (the reference entities say), and the project's own tables (`journal`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.types.json import Json, Jsonb
from sqlalchemy.dialects import postgresql

from adm_sync.database.recorded import among

# Every foreign key that points at a table: who has it, its columns and those they point at.
_REFERRING = sa.text("""
    select n.nspname, r.relname,
        has_schema_privilege(n.oid, 'usage') and has_table_privilege(r.oid, 'select'),
        array_agg(referring.attname::text order by place),
        array_agg(target.attname::text order by place)
    from pg_constraint c
    join pg_class r on r.oid = c.conrelid
    join pg_namespace n on n.oid = r.relnamespace
    cross join unnest(c.conkey, c.confkey) with ordinality as pair (here, there, place)
    join pg_attribute referring on referring.attrelid = c.conrelid and referring.attnum = here
    join pg_attribute target on target.attrelid = c.confrelid and target.attnum = there
    where c.contype = 'f' and c.confrelid = to_regclass(:target)
    group by c.oid, n.oid, n.nspname, r.oid, r.relname
""")


def read_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
) -> Iterator[Sequence[Any]]:
    """These columns of every row, oldest first; rows become Python values as they are asked for."""
    selected = [table.c[name] for name in columns]
    found = connection.execute(sa.select(*selected).order_by(table.c.id))
    for some in found.partitions(1000):
        yield from some


def read_lookup(connection: sa.Connection, pairs: sa.Select[Any]) -> dict[str, Any]:
    """A mapping from the pairs that the statement selects."""
    return {row[0]: row[1] for row in connection.execute(pairs).all()}


def any_row(connection: sa.Connection, rows: sa.Select[Any]) -> bool:
    """Whether the statement selects anything."""
    return connection.execute(rows.limit(1)).first() is not None


def referenced_rows(
    connection: sa.Connection, table: sa.Table, row_ids: Sequence[int]
) -> frozenset[int]:
    """Those of the rows that any table of the database refers to by a foreign key.

    The catalogue is asked, because the tutorial application may have tables that we do not know.
    Where we may not look into one, every row counts as referred to.
    """
    if not row_ids:
        return frozenset()
    found: set[int] = set()
    target = f'"{table.schema}"."{table.name}"'
    for schema, name, readable, columns, points_at in connection.execute(
        _REFERRING, {"target": target}
    ):
        if not readable:
            return frozenset(row_ids)
        referring = sa.table(name, *map(sa.column, columns), schema=schema)
        same = [
            referring.c[here] == table.c[there]
            for here, there in zip(columns, points_at, strict=True)
        ]
        found.update(
            connection.scalars(
                sa.select(table.c.id).where(among(table.c.id, row_ids), sa.exists().where(*same))
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


def add_rows(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]], *key: str
) -> dict[Any, int]:
    """Insert rows of the same columns with one statement; gives their ids by their `key`.

    A key of several columns is a tuple.
    """
    if not rows:
        return {}
    with _cursor(connection) as cursor:
        cursor.execute(_adding(table, tuple(rows[0]), key), [Json(rows, _as_json)])
        return {own[0] if len(key) == 1 else tuple(own): id_ for *own, id_ in cursor.fetchall()}


_as_json = partial(json.dumps, ensure_ascii=False, default=str)


@cache
def _adding(table: sa.Table, columns: Sequence[str], key: Sequence[str]) -> bytes:
    """The statement is the same for any number of rows, so that it is planned once."""
    statement = sql.SQL(
        "insert into {table} ({columns})"
        " select {columns} from json_populate_recordset(null::{table}, %s) returning {key}, id"
    ).format(
        table=_qualified(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
    )
    return statement.as_bytes()


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
        connection.execute(sa.delete(table).where(among(table.c.id, row_ids)))


def park_rows(
    connection: sa.Connection, table: sa.Table, column: str, row_ids: Sequence[int]
) -> None:
    """Give rows a number in `column` that no other row has, until they get the right one.

    A unique constraint is checked row by row, so that rows could not change places within it. The
    foreign key of the column is only checked at commit.
    """
    if row_ids:
        connection.execute(
            sa.update(table).where(among(table.c.id, row_ids)).values({column: -table.c.id})
        )


@contextmanager
def _cursor(connection: sa.Connection) -> Iterator[psycopg.Cursor[Any]]:
    """psycopg's own cursor in the same transaction, for what SQLAlchemy has no words for.

    Raises:
        sqlalchemy.exc.DBAPIError: as SQLAlchemy's own statements do.
    """
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        with driver.cursor() as cursor:
            yield cursor
    except psycopg.Error as error:
        if driver.broken:
            connection.invalidate(error)
        lost = driver.broken
        raise sa.exc.DBAPIError.instance(
            None, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=lost
        ) from error


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
