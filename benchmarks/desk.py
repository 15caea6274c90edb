"""How long the pages of the desk take, with very much that is open and very many imports.

Everything is asked for in this process, without a server in between: what is measured is what the
desk and its database do for a page.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import psycopg
import sqlalchemy as sa
from starlette.types import ASGIApp

from adm_sync.database import migrating
from adm_sync.database.engine import create_engine, open_database
from adm_sync.desk.app import make_app
from adm_sync.desk.shared import open_desk
from adm_sync.settings import Settings
from benchmarks import stage
from benchmarks.aims.row import Row, table
from benchmarks.imports.reading_plan import LARGE, PLANNERS, book

HOST = "127.0.0.1"
TIMES = 5
MOST_MS = 200


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything."""

    discrepancies: int
    imports: int
    rows: int


FULL, QUICK = Sizes(100_000, 5_000, LARGE), Sizes(500, 50, PLANNERS)

OPEN = (
    "insert into acted.tutorial_locations (id, name, code, is_active, created_at, updated_at)"
    " select i, 'Location ' || i, 'L' || i, true, now(), now()"
    " from generate_series(1, {discrepancies}) i",
    "insert into adm_sync.runs (entity, status, who, started_at, finished_at, created, updated,"
    " unchanged, deleted, retained, skipped, errors, requests, seconds, own_seconds, message,"
    " details) values ('locations', 'succeeded', 'benchmark', now(), now(), 0, 0, 0, 0, 0, 0, 0, 0,"
    " 0, 0, '', '{{}}')",
    "insert into adm_sync.discrepancies (entity, kind, subject, tutorial_id, label, detail,"
    " suggestions, first_seen, last_seen)"
    " select 'locations', 'unmatched_tutorial', 'tutorial ' || i, i, 'Location ' || i, '',"
    " jsonb_build_array(jsonb_build_object('tutorial_id', null, 'external_id', 'L' || i, 'label',"
    " 'Lokation ' || i, 'detail', '', 'score', 94)), now(), now()"
    " from generate_series(1, {discrepancies}) i",
    "insert into adm_sync.changes (run_id, entity, external_id, action, before, after)"
    " select (select max(id) from adm_sync.runs), 'locations', 'L' || i, 'created', null,"
    " jsonb_build_object('legacy_id', i::text, 'tutorial_location_id', null)"
    " from generate_series(1, {discrepancies}) i",
)
IMPORTED = (
    "insert into adm_sync.workbooks (id, partition, file_name, sha256, content, source,"
    " received_at, shown) select i, 'events ' || i || '.xlsx-' || i, 'events ' || i || '.xlsx',"
    " md5(i::text),"
    " '', 'benchmark', now() - i * interval '1 minute', 'complete'"
    " from generate_series(1, {imports}) i",
    "insert into adm_sync.imports (workbook_id, who, status, started_at, finished_at, summary,"
    " message, checked_at) select i, 'benchmark', 'succeeded', now() - i * interval '1 minute',"
    " now() - i * interval '1 minute', '{{}}', '', now() from generate_series(1, {imports}) i",
    "insert into adm_sync.events (id, workbook_id, tutorial_course_template_id,"
    " template_external_id, title, title_key, starts_at, learning_mode, sitting, external_id,"
    " made_tutorial_event, adopted, recorded, recorded_at, doubled, asked_about, who)"
    " select i * 10 + n, i, 1, 'T1', 'Event ' || i || '-' || n, 'event ' || i || '-' || n,"
    " now() + i * interval '1 hour', 'Classroom', '2027A', 'E' || i || '-' || n, true, false,"
    " '{{}}', now(), '{{}}', '{{}}', 'benchmark'"
    " from generate_series(1, {imports}) i cross join generate_series(1, 3) n",
    "insert into adm_sync.event_groups (workbook_id, rows, title, sessions, has_event, outcome,"
    " reason, event_id, sessions_updated, conflicts, sessions_conflicts)"
    " select workbook_id, array[(id % 10)::int + 3], title, 4, true, 'created', '', id, 0, 0, 0"
    " from adm_sync.events",
    "insert into adm_sync.steps (event_id, position, kind, input, state, attempts, look_ups,"
    " due_at, sent_at, done_at, message)"
    " select id, n, case n when 0 then 'create_event' else 'add_event_staff' end, '{{}}', 'done',"
    " 1,"
    " 0, now(), now(), now(), '' from adm_sync.events cross join generate_series(0, 3) n",
    "insert into adm_sync.calls (who, document, graphql_query, variables, data, errors, failure,"
    " started_at, seconds)"
    " select 'benchmark', 'create_classroom_event', '', '{{}}',"
    " jsonb_build_object('event', jsonb_build_object('id', external_id)), '[]', '', now(), 0.1"
    " from adm_sync.events",
)
# A mistake in every row of a workbook that nobody has looked at.
MISTAKES = (
    "update adm_sync.workbooks set content = %s where id = 2",
    'insert into adm_sync.findings (workbook_id, severity, code, message, sheet, row, "column",'
    " header, value) select 2, 'error', 'bad_date', 'This day does not exist: ' || i, 'Import',"
    " i + 1, 'E', 'Start date', '31/04/2027' from generate_series(1, %s) i",
)
# The last of 100,000 is as near as the first.
PAGES = {
    "Today": "/",
    "Imports": "/imports",
    "Imports, by name": "/imports?name=events+{imports}",
    "Imports, by sitting": "/imports?sitting=2027A",
    "Imports, by state": "/imports?state=complete",
    "One import": "/imports/events%201.xlsx-1",
    "One import of {rows} rows, all wrong, first look": "/imports/events%202.xlsx-2",
    "Unmatched, all entities": "/unmatched",
    "Unmatched, first page": "/unmatched/locations",
    "Unmatched, last page": "/unmatched/locations?after={last}",
    "Unmatched, search": "/unmatched/locations?search=Location+{discrepancies}",
    "Unmatched, one kind": "/unmatched/locations?kind=unmatched_tutorial",
    "History of a record": "/history/locations/administrate:L7",
    "History of an event": "/history/event/administrate:E7-1",
    "History, search": "/history?kind=locations&record=Location+77",
    "Reconcile": "/reconcile",
    "Decisions": "/decisions",
}


def measure_all(quick: bool) -> list[Row]:
    """The time of each page, in milliseconds: the median of some."""
    sizes = QUICK if quick else FULL
    with stage.database_server() as server, _filled(server, sizes) as url, _desk(url) as app:
        last = sizes.discrepancies - 50
        return [
            Row(
                title.format(**_numbers(sizes)),
                "ms",
                _milliseconds(app, path.format(last=last, **_numbers(sizes))),
                most=MOST_MS,
            )
            for title, path in PAGES.items()
        ]


def _numbers(sizes: Sizes) -> Mapping[str, int]:
    """The sizes by name, for statements and paths."""
    return asdict(sizes)


def section(rows: list[Row], quick: bool) -> str:
    """The section of docs/benchmarks.md."""
    sizes = QUICK if quick else FULL
    told = f"{sizes.discrepancies:,} discrepancies of one entity and {sizes.imports:,} imports"
    return (
        f"What the desk and its database take for a page, with {told}; the median of {TIMES}.\n\n"
        f"{table(rows)}"
    )


@contextmanager
def _filled(server: sa.URL, sizes: Sizes) -> Iterator[str]:
    with stage.database(server, "benchmark_desk") as url:
        engine = create_engine(url)
        migrating.upgrade(engine)
        engine.dispose()
        with psycopg.connect(url) as connection:
            # What is referred to is there; looking it up one by one would take minutes.
            connection.execute("set local session_replication_role = replica")
            for statement in (*OPEN, *IMPORTED):
                connection.execute(statement.format(**_numbers(sizes)))
            with tempfile.TemporaryDirectory() as folder:
                workbook = book(Path(folder), sizes.rows, "in every row").path.read_bytes()
            for statement, given in zip(MISTAKES, (workbook, sizes.rows), strict=True):
                connection.execute(statement, (given,))
        stage.settle(url)
        yield url


@contextmanager
def _desk(url: str) -> Iterator[ASGIApp]:
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(ADM_SYNC_DATABASE_URL=url, ADM_SYNC_HOME=home)
        settings = Settings.load()
        with open_database(settings) as database:
            desk = open_desk(settings, database, HOST)
            desk.rates.at_once = 100_000
            yield make_app(desk)


def _milliseconds(app: ASGIApp, path: str) -> float:
    """The median after one that is not counted, as templates and statements are prepared by it."""

    async def ask() -> list[float]:
        transport = httpx.ASGITransport(app=app, client=(HOST, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}:3001") as client:
            took = []
            for _ in range(TIMES + 1):
                begun = time.perf_counter()
                answer = await client.get(path)
                took.append((time.perf_counter() - begun) * 1000)
                if answer.status_code not in (200, 303):
                    raise SystemExit(f"{path}: {answer.status_code} {answer.text[:500]}")
        return took[1:]

    return statistics.median(asyncio.run(ask()))
