"""What the contenders meet: a sandbox full of records, and a database full of matching ones."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from adm_sync.database import migrating
from adm_sync.database.embedded import embedded_server
from adm_sync.database.engine import create_engine
from benchmarks.job import Job, Measured

ROOT = Path(__file__).parent.parent
TEMPLATE = "benchmark_template"

# Row i matches the sandbox's bulk record i; explicit ids, so that references need no look-up.
TUTORIAL_ROWS = (
    "insert into acted.tutorial_locations (id, name, code, is_active, created_at, updated_at)"
    " select i, 'Location ' || digits, 'L' || digits, true, now(), now() from numbers",
    "insert into acted.tutorial_venues"
    " (id, name, description, created_at, updated_at, location_id)"
    " select i, 'Venue ' || digits, '', now(), now(), i from numbers",
    "insert into auth_user (id, password, is_superuser, username, first_name, last_name, email,"
    " is_staff, is_active, date_joined)"
    " select i, '!', false, digits, 'First' || digits, 'Last' || digits, '', true, true, now()"
    " from numbers",
    "insert into acted.staff (id, created_at, updated_at, user_id)"
    " select i, now(), now(), i from numbers",
    "insert into acted.tutorial_instructors (id, is_active, created_at, updated_at, staff_id)"
    " select i, true, now(), now(), i from numbers",
    "insert into acted.tutorial_course_templates"
    " (id, code, title, description, is_active, created_at, updated_at)"
    " select i, 'CT' || digits, 'Course ' || digits, '', true, now(), now() from numbers",
)
# Course templates are not synced before there are custom fields of events.
ONE_CUSTOM_FIELD = (
    "insert into adm.custom_fields"
    " (external_id, label, field_type, is_required, entity_type, last_synced)"
    " values ('none', 'None', 'text', false, 'Event', now())"
)


@contextmanager
def database_server() -> Iterator[sa.URL]:
    """An embedded PostgreSQL with the ordinary, durable settings; gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="adm_sync-benchmark-") as home,
        embedded_server(Path(home)) as url,
    ):
        yield sa.make_url(url)


@contextmanager
def template_database(server: sa.URL, count: int, *, one_entity: bool) -> Iterator[None]:
    """A database to copy: all tables, and `count` tutorial rows of each kind."""
    with database(server, TEMPLATE) as url:
        engine = create_engine(url)
        migrating.upgrade(engine)
        engine.dispose()
        with psycopg.connect(url) as connection:
            fill_tutorial_rows(connection, count)
            if one_entity:
                connection.execute(ONE_CUSTOM_FIELD)
        settle(url)
        yield


def fill_tutorial_rows(connection: psycopg.Connection, count: int) -> None:
    """The rows that match the sandbox's bulk records 1 to `count`."""
    connection.execute(
        "create temporary view numbers as select i, lpad(i::text, 6, '0') as digits"
        f" from generate_series(1, {count}) i"
    )
    for statement in TUTORIAL_ROWS:
        connection.execute(statement)


@contextmanager
def copied_database(server: sa.URL, template: str = TEMPLATE) -> Iterator[str]:
    """A copy of a template database for one contender; yields its URL."""
    with database(server, "benchmark", template) as url:
        yield url


def settle(url: str) -> None:
    """Bring the planner's statistics up to date, as a night between two syncs does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


@contextmanager
def sandbox(count: int, latency: float, only: str | None) -> Iterator[dict[str, str]]:
    """A sandbox process with `count` records of each type; yields its addresses."""
    command = [sys.executable, "-m", "adm_sync.sandbox", "--bulk", str(count)]
    command += ["--latency", str(latency), "--port", "0", *(["--only", only] if only else [])]
    with process(command) as access:
        yield access


@contextmanager
def process(command: list[str]) -> Iterator[dict[str, str]]:
    """A process of a sandbox; yields the addresses that it prints once it is ready."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            ready = running.stdout.readline()
            if not ready:
                raise SystemExit("The sandbox did not start.")
            yield json.loads(ready)
        finally:
            running.terminate()


def run(job: Job) -> Measured:
    """Do the job in a process of its own."""
    return Measured(**in_child(["-m", "benchmarks.child"], json.dumps(asdict(job)), job.contender))


def in_child(
    arguments: list[str], given: str, what: str, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The figures that a Python process prints as JSON, which is given this on standard input."""
    finished = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        input=given,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if finished.returncode:
        raise SystemExit(f"The run of {what} failed; its own words stand above.")
    return json.loads(finished.stdout)


@contextmanager
def database(server: sa.URL, name: str, template: str = "template0") -> Iterator[str]:
    """A database of this name, which is gone afterwards; yields its URL."""
    _administer(server, "create database {} template {} strategy file_copy", name, template)
    try:
        url: Any = server.set(drivername="postgresql", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        _administer(server, "drop database {} with (force)", name)


def _administer(server: sa.URL, statement: str, *names: str) -> None:
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
