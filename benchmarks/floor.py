"""(b) The floor: the same pages by bare concurrent requests, written by COPY and one merge.

Several pages travel in a request, prices come with their course templates, and one list is merged
while the others are still on their way. No retries, no checks, no matching with tutorial records,
no journal: no sync can be much faster. It leaves the bridge tables as the contract wants them, but
for the links.
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import httpx
import psycopg

from adm_sync.administrate import documents
from benchmarks.job import Job, Work
from benchmarks.lists import LISTS, RemoteList, nodes_of, total_of
from benchmarks.replaced_pattern import token

IN_FLIGHT = 8
PAGE = 100
TOGETHER = 5
TEMPLATES, PRICES = "course_templates", "course_template_price_levels"

Data = Mapping[str, Any]


def run(job: Job) -> Work:
    """Fetch and merge the job's entities."""
    return asyncio.run(_run(job))


async def _run(job: Job) -> Work:
    wanted = [one for one in LISTS if one.name in job.entities]
    written = records = 0
    async with httpx.AsyncClient(timeout=60) as http:
        with httpx.Client() as first:
            http.headers["Authorization"] = f"Bearer {token(job, first)}"
        fetch = _Fetch(job, http)
        sources = [one for one in wanted if one.name == _source(one.name, job)]
        fetched = {one.name: asyncio.create_task(fetch.all(one)) for one in sources}
        with psycopg.connect(job.database_url) as connection:
            for one in wanted:
                pages = await fetched[_source(one.name, job)]
                rows, changed = await asyncio.to_thread(_merge, one, pages, connection)
                written, records = written + changed, records + rows
    return Work(fetch.requests, written, records)


def _source(name: str, job: Job) -> str:
    """The list that an entity comes with."""
    return PRICES if name == TEMPLATES and PRICES in job.entities else name


@cache
def _text(name: str, pages: int) -> str:
    """The document of a list; that of prices has all of the course templates too."""
    text = documents.joined((name,) * pages).text if pages else documents.load(name).text
    more = "eventLearningMode customFieldValues { definitionKey value }"
    return text.replace(" code\n", f" code {more}\n") if name == PRICES else text


class _Fetch:
    """Fetches lists, so many requests at a time, and counts them."""

    def __init__(self, job: Job, http: httpx.AsyncClient) -> None:
        self.requests = 0
        self._url = job.api_url
        self._http = http
        self._turn = asyncio.Semaphore(IN_FLIGHT)

    async def all(self, wanted: RemoteList) -> list[Data]:
        """The data of all pages, each as if it had come alone."""
        if wanted.name == "custom_fields":
            return [await self._send(_text(wanted.name, 0), {})]
        (first,) = await self._pages(wanted, [0])
        offsets = range(PAGE, total_of(wanted, first), PAGE)
        some = [offsets[at : at + TOGETHER] for at in range(0, len(offsets), TOGETHER)]
        others = await asyncio.gather(*(self._pages(wanted, one) for one in some))
        return [first, *(page for pages in others for page in pages)]

    async def _pages(self, wanted: RemoteList, offsets: Sequence[int]) -> list[Data]:
        asked = [{"first": PAGE, "offset": offset} for offset in offsets]
        text = _text(wanted.name, len(offsets))
        data = await self._send(text, documents.joined_variables(asked))
        return [{wanted.connection: page} for page in data.values()]

    async def _send(self, text: str, variables: Data) -> Data:
        async with self._turn:
            self.requests += 1
            answer = await self._http.post(self._url, json={"query": text, "variables": variables})
        return answer.raise_for_status().json()["data"]


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
