"""(a) The pattern that adm_sync replaces: a page after another, a transaction for each record.

That is what `update_or_create` in a loop does: look the record up, write it, commit. Tutorial
records are held in a dictionary, as they were.
"""

from collections.abc import Iterator
from itertools import islice

import httpx
import psycopg

from adm_sync.administrate import documents
from benchmarks.job import Job, Work
from benchmarks.lists import LISTS, Node, RemoteList, nodes_of, total_of


def run(job: Job) -> Work:
    """Sync the job's entities, each up to the job's number of records."""
    work = Work(0, 0, 0)
    with psycopg.connect(job.database_url) as connection, httpx.Client() as http:
        http.headers["Authorization"] = f"Bearer {token(job, http)}"
        for wanted in LISTS:
            if wanted.name in job.entities:
                requests, written, records = _sync(job, wanted, connection, http)
                work = Work(
                    work.requests + requests, work.written + written, work.records + records
                )
    return work


def token(job: Job, http: httpx.Client) -> str:
    """A new access token."""
    form = {
        "grant_type": "client_credentials",
        "client_id": job.api_key,
        "client_secret": job.api_secret,
    }
    answer = http.post(f"{job.auth_url}/token", data=form).raise_for_status()
    return str(answer.json()["access_token"])


def _sync(
    job: Job, wanted: RemoteList, connection: psycopg.Connection, http: httpx.Client
) -> tuple[int, int, int]:
    lookups = {name: dict(connection.execute(sql)) for name, sql in wanted.lookups.items()}
    connection.commit()
    columns = (*wanted.columns, *((wanted.link,) if wanted.link else ()))
    same = " and ".join(f"{name} = %s" for name in wanted.identity)
    moved = [name for name in wanted.stamps if name != "created_at"]
    update = ", ".join([*(f"{name} = %s" for name in columns), *(f"{n} = now()" for n in moved)])
    names = ", ".join([*columns, *wanted.stamps])
    values = ", ".join([*("%s" for _ in columns), *("now()" for _ in wanted.stamps)])
    pages, created, records = [0], 0, 0
    for node in islice(_nodes(job, wanted, http, pages), job.most):
        for row in wanted.rows(node, lookups):
            linked = (lookups["tutorials"].get(wanted.key(node, lookups)),) if wanted.key else ()
            identity = row[: len(wanted.identity)]
            found = connection.execute(
                f"select id from {wanted.table} where {same}", identity
            ).fetchone()
            if found:
                connection.execute(
                    f"update {wanted.table} set {update} where id = %s", (*row, *linked, *found)
                )
            else:
                connection.execute(
                    f"insert into {wanted.table} ({names}) values ({values})", (*row, *linked)
                )
                created += 1
            connection.commit()
            records += 1
    return pages[0], created, records


def _nodes(job: Job, wanted: RemoteList, http: httpx.Client, pages: list[int]) -> Iterator[Node]:
    offset, total = 0, 1
    while offset < total:
        body = {
            "query": documents.load(wanted.name).text,
            "variables": {"first": 100, "offset": offset},
        }
        if wanted.name == "custom_fields":
            del body["variables"]
        data = http.post(job.api_url, json=body).raise_for_status().json()["data"]
        pages[0] += 1
        total = total_of(wanted, data)
        for node in nodes_of(wanted, data):
            offset += 1
            yield node
