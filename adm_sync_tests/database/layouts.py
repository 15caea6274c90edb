"""The existing database, made from `layout.txt`: whole, filled, mis-quoted or thin."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

THIN = {
    "adm.events": ["id", "external_id", "tutorial_event_id", "created_at", "updated_at"],
    "adm.sessions": ["id", "external_id", "tutorial_session_id", "created_at", "updated_at"],
}


@dataclass
class Layout:
    """One table as layout.txt has it."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    constraints: list[str] = field(default_factory=list)

    @property
    def keys(self) -> dict[str, tuple[str, str]]:
        """Column -> (table, column) of each foreign key."""
        pattern = r"foreign key \((\w+)\) references ([\w.]+)\((\w+)\)"
        found = re.findall(pattern, "\n".join(self.constraints))
        return {column: (table, target) for column, table, target in found}

    def lines(self) -> set[str]:
        """What a comparison compares."""
        return {f"{name} {kind}" for name, kind in self.columns.items()} | set(self.constraints)


def read_layouts() -> dict[str, Layout]:
    """Every table of layout.txt, by its name."""
    layouts: dict[str, Layout] = {}
    for line in Path(__file__).with_name("layout.txt").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if not line.startswith(" "):
            last = layouts[line] = Layout(line)
        elif re.match(r" +(primary key|unique|check|foreign key) ", line):
            last.constraints.append(line.strip())
        else:
            name, _, kind = line.strip().partition(" ")
            last.columns[name] = kind
    return layouts


def create_tables(connection: sa.Connection, layouts: dict[str, Layout]) -> None:
    """The tables as the tutorial application makes them, names with dots included."""
    for schema in ("acted", "adm"):
        connection.exec_driver_sql(f"create schema if not exists {schema}")
    for layout in layouts.values():
        connection.exec_driver_sql(_create(layout))
    for layout in layouts.values():
        for constraint in layout.constraints:
            if constraint.startswith("foreign key"):
                connection.exec_driver_sql(
                    f"alter table {layout.name} add {constraint} deferrable initially deferred"
                )


def fill(connection: sa.Connection, layouts: dict[str, Layout], rows: int = 2) -> None:
    """So many rows into each table, every foreign key set."""
    for layout in _by_need(layouts):
        columns = [name for name in layout.columns if name != "id"]
        for row in range(1, rows + 1):
            values = {name: _value(layout, name, row) for name in columns}
            connection.execute(
                sa.text(
                    f"insert into {layout.name} ({', '.join(columns)})"
                    f" values ({', '.join(f':{name}' for name in columns)})"
                ),
                values,
            )


def contents(connection: sa.Connection, layouts: dict[str, Layout]) -> dict[str, list[str]]:
    """Every row of every table as text, of the columns that the layout has."""
    found = {}
    for layout in layouts.values():
        columns = ", ".join(f"{name}::text" for name in layout.columns)
        rows = connection.exec_driver_sql(f"select {columns} from {layout.name} order by id")
        found[layout.name] = [repr(tuple(row)) for row in rows]
    return found


def misquote(connection: sa.Connection, name: str) -> None:
    """Turn adm.<name> into the table literally named "adm.<name>" in public."""
    connection.exec_driver_sql(f"alter table adm.{name} set schema public")
    connection.exec_driver_sql(f'alter table public.{name} rename to "adm.{name}"')


def make_thin(connection: sa.Connection) -> None:
    """What later versions of the tutorial application make of the two tables."""
    connection.exec_driver_sql(
        "alter table adm.sessions add external_id varchar(50) unique,"
        " add tutorial_session_id bigint references acted.tutorial_sessions"
        " deferrable initially deferred"
    )
    for table, kept in THIN.items():
        present = connection.execute(
            sa.text(
                "select column_name from information_schema.columns"
                " where table_schema || '.' || table_name = :table"
            ),
            {"table": table},
        )
        for name in set(present.scalars()) - set(kept):
            connection.exec_driver_sql(f"alter table {table} drop column {name}")


def found_lines(connection: sa.Connection, table: str) -> set[str]:
    """What is in the database, in the form of layout.txt, from information_schema."""
    return {*_found_columns(connection, table), *_found_constraints(connection, table)}


def table_places(connection: sa.Connection) -> set[str]:
    """Every table of the database as schema.name, from information_schema.tables."""
    return set(
        connection.exec_driver_sql(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema not in ('pg_catalog', 'information_schema')"
        ).scalars()
    )


def _found_columns(connection: sa.Connection, table: str) -> Iterator[str]:
    short = {
        "character varying": "varchar",
        "timestamp with time zone": "timestamptz",
    }
    rows = connection.execute(
        sa.text(
            "select column_name, data_type, character_maximum_length, numeric_precision,"
            " numeric_scale, is_nullable, column_default, is_identity, identity_generation"
            " from information_schema.columns"
            " where table_schema || '.' || table_name = :table"
        ),
        {"table": table},
    )
    for row in rows:
        kind = short.get(row.data_type, row.data_type)
        if row.character_maximum_length:
            kind += f"({row.character_maximum_length})"
        if kind == "numeric":
            kind += f"({row.numeric_precision},{row.numeric_scale})"
        if row.is_identity == "YES":
            kind += " identity" if row.identity_generation == "BY DEFAULT" else " always"
        if row.column_default is not None:
            kind += f" default {row.column_default}"
        yield f"{row.column_name} {kind}" + (" null" if row.is_nullable == "YES" else "")


def _found_constraints(connection: sa.Connection, table: str) -> Iterator[str]:
    connection.exec_driver_sql("set local search_path = ''")
    rows = connection.execute(
        sa.text(
            "select contype::text, pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid = to_regclass(:table) and contype in ('p', 'u', 'f', 'c')"
        ),
        {"table": table},
    )
    words = ("PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "REFERENCES", "ON DELETE SET NULL", "CHECK")
    for kind, definition in rows:
        for word in words:
            definition = definition.replace(word, word.lower())  # noqa: PLW2901
        if kind == "f":
            head, late, rest = definition.partition(" DEFERRABLE INITIALLY DEFERRED")
            definition = head + ("" if late else " (not deferred)") + rest  # noqa: PLW2901
        if kind == "c":
            definition = definition.replace("((", "(").replace("))", ")")  # noqa: PLW2901
        yield definition


def _create(layout: Layout) -> str:
    lines = []
    for name, kind in layout.columns.items():
        required = "" if kind.endswith(" null") else " not null"
        sql = kind.removesuffix(" null").replace("identity", "generated by default as identity")
        lines.append(f"{name} {sql}{required}")
    for number, constraint in enumerate(layout.constraints):
        if not constraint.startswith("foreign key"):
            named = f'constraint "{layout.name}_{number}" ' if "adm." in layout.name else ""
            lines.append(named + constraint)
    return f"create table {layout.name} ({', '.join(lines)})"


def _by_need(layouts: dict[str, Layout]) -> list[Layout]:
    done: list[Layout] = []
    while len(done) < len(layouts):
        names = {layout.name for layout in done}
        done += [
            layout
            for layout in layouts.values()
            if layout.name not in names and all(table in names for table, _ in layout.keys.values())
        ]
    return done


def _value(layout: Layout, name: str, row: int) -> object:
    kind = layout.columns[name]
    if name in layout.keys and not kind.startswith("varchar"):
        return row
    if kind.startswith(("varchar", "text")):
        length = int((re.search(r"\d+", kind) or ["20"])[0])
        # A foreign key of text refers to an external id.
        return f"{'é' if name == 'name' else ''}{row}-id"[: min(length, 20)]
    values = {
        "integer": row,
        "bigint": row,
        "boolean": row == 1,
        "timestamptz": f"2026-0{row}-01 09:30:00.123456+00",
        "date": f"2026-0{row}-01",
        "time": "09:30",
        "jsonb": '{"b": 1, "a": [null, "é"]}',
        "numeric": "395.00",
    }
    return next(value for start, value in values.items() if kind.startswith(start))
