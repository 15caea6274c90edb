"""The benchmark compares like with like: all contenders leave the same bridge tables."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
import sqlalchemy as sa

from adm_sync.sandbox import SandboxServer, Store
from adm_sync.sandbox.bulk import fill
from benchmarks import adm_sync_itself, floor, replaced_pattern
from benchmarks.job import Job, Work
from benchmarks.lists import LISTS, RemoteList
from benchmarks.measuring import DatabaseMeter
from benchmarks.stage import fill_tutorial_rows

pytestmark = pytest.mark.thorough

COUNT = 120  # more than a page
RECORDS = COUNT * len(LISTS)


@pytest.fixture(scope="module")
def bulk_sandbox() -> Iterator[SandboxServer]:
    store = Store()
    fill(store, COUNT)
    with SandboxServer(store) as sandbox:
        yield sandbox


@pytest.fixture
def job(engine: sa.Engine, bulk_sandbox: SandboxServer) -> Job:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        fill_tutorial_rows(connection, COUNT)
    access = bulk_sandbox.access
    return Job(
        contender="",
        database_url=url,
        api_url=access.api_url,
        auth_url=access.auth_url,
        api_key=access.client_id,
        api_secret=access.client_secret,
        entities=tuple(each.name for each in LISTS),
    )


def by_adm_sync(job: Job) -> Work:
    return adm_sync_itself.run(job, DatabaseMeter())


CONTENDERS = {"replaced": replaced_pattern.run, "adm_sync": by_adm_sync, "floor": floor.run}


def comparable(wanted: RemoteList) -> tuple[str, ...]:
    """All columns but those that hold numbers which the database gave."""
    given = {"course_template_id", "price_level_id"}
    return tuple(column for column in wanted.columns if column not in given)


def bridge_rows(job: Job, wanted: RemoteList, columns: tuple[str, ...]) -> list[tuple[object, ...]]:
    named = ", ".join(columns)
    with psycopg.connect(job.database_url) as connection:
        found = connection.execute(f"select {named} from {wanted.table} order by {named}")
        return found.fetchall()


@pytest.mark.thorough
@pytest.mark.parametrize("run", CONTENDERS.values(), ids=CONTENDERS)
def test_a_contender_writes_every_record_once(run: Callable[[Job], Work], job: Job) -> None:
    first, again = run(job), run(job)
    assert (first.records, first.written) == (RECORDS, RECORDS)
    assert (again.records, again.written) == (RECORDS, 0)
    # Prices come with their course templates where nothing has to be judged by itself.
    lists = 5 if run is floor.run else 6
    assert first.requests == again.requests == 1 + lists * 2


@pytest.mark.thorough
def test_the_three_leave_the_same_rows(job: Job) -> None:
    left = {}
    for name, run in CONTENDERS.items():
        with psycopg.connect(job.database_url) as connection:
            tables = ", ".join({each.table for each in LISTS})
            connection.execute(f"truncate {tables} restart identity cascade")
        run(job)
        left[name] = {each.name: bridge_rows(job, each, comparable(each)) for each in LISTS}
    assert left["adm_sync"] == left["replaced"] == left["floor"]


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("name", ["replaced", "adm_sync"])
def test_every_record_is_linked_to_the_tutorial_record_of_its_number(name: str, job: Job) -> None:
    CONTENDERS[name](job)
    for wanted in LISTS:
        if wanted.link:
            links = bridge_rows(job, wanted, (wanted.link,))
            assert links == [(number,) for number in range(1, COUNT + 1)], wanted.name
