"""(b) The floor: the same pages by bare concurrent requests, written by COPY and one merge.

No retries, no checks, no matching with tutorial records, no journal: no sync can be much faster.
It leaves the bridge tables as the contract wants them, but for the links.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import psycopg

from adm_sync.administrate import documents
from benchmarks.job import Job, Work
from benchmarks.lists import LISTS, RemoteList, nodes_of, total_of
from benchmarks.replaced_pattern import token

THREADS = 8
PAGE = 100


def run(job: Job) -> Work:
    """Fetch and merge the job's entities."""
    requests = written = records = 0
    with (
        psycopg.connect(job.database_url) as connection,
        httpx.Client(limits=httpx.Limits(max_connections=THREADS)) as http,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        http.headers["Authorization"] = f"Bearer {token(job, http)}"
        for wanted in LISTS:
            if wanted.name in job.entities:
                pages = _fetch(job, wanted, http, threads)
                rows, changed = _merge(wanted, pages, connection)
                requests, written, records = (
                    requests + len(pages),
                    written + changed,
                    records + rows,
                )
    return Work(requests, written, records)


def _fetch(
    job: Job, wanted: RemoteList, http: httpx.Client, threads: ThreadPoolExecutor
) -> list[Mapping[str, Any]]:
    text = documents.load(wanted.name).text

    def page(offset: int) -> Mapping[str, Any]:
        variables = {"first": PAGE, "offset": offset} if wanted.name != "custom_fields" else {}
        body = {"query": text, "variables": variables}
        return http.post(job.api_url, json=body, timeout=60).raise_for_status().json()["data"]

    first = page(0)
    if wanted.name == "custom_fields":
        return [first]
    return [first, *threads.map(page, range(PAGE, total_of(wanted, first), PAGE))]


def _merge(
    wanted: RemoteList, pages: list[Mapping[str, Any]], connection: psycopg.Connection
) -> tuple[int, int]:
    """Returns how many rows came and how many were written."""
    lookups = {
        name: dict(connection.execute(sql))
        for name, sql in wanted.lookups.items()
        if name != "tutorials"
    }
    columns = ", ".join(wanted.columns)
    connection.execute(
        f"create temporary table stage on commit drop as"
        f" select {columns} from {wanted.table} with no data"
    )
    rows = 0
    with connection.cursor().copy(f"copy stage ({columns}) from stdin") as copy:
        for data in pages:
            for node in nodes_of(wanted, data):
                for row in wanted.rows(node, lookups):
                    copy.write_row(row)
                    rows += 1
    connection.execute("analyze stage")
    # A bridge table that was empty a moment ago looks small enough for a nested loop.
    connection.execute("set local enable_nestloop = off")
    written = sum(connection.execute(sql).rowcount for sql in _merging(wanted))
    if "last_synced" in wanted.stamps:
        connection.execute(f"update {wanted.table} set last_synced = now()")
    connection.commit()
    return rows, written


def _merging(wanted: RemoteList) -> tuple[str, str]:
    own = [name for name in wanted.columns if name not in wanted.identity]
    same = " and ".join(f"t.{name} = s.{name}" for name in wanted.identity)
    old = ", ".join(f"t.{name}" for name in own)
    new = ", ".join(f"s.{name}" for name in own)
    sets = [f"{name} = s.{name}" for name in own]
    if "updated_at" in wanted.stamps:
        sets.append("updated_at = now()")
    update = (
        f"update {wanted.table} t set {', '.join(sets)} from stage s"
        f" where {same} and ({old}) is distinct from ({new})"
    )
    insert = (
        f"insert into {wanted.table} ({', '.join([*wanted.columns, *wanted.stamps])})"
        f" select {', '.join(['s.' + name for name in wanted.columns])}"
        f"{', now()' * len(wanted.stamps)} from stage s"
        f" where not exists (select from {wanted.table} t where {same})"
    )
    return update, insert
