"""One workbook comes to the same rows whichever way it is imported.

The desk (what a browser sends, and the process that it starts), the inbox's sensor, Dagster's job
for a partition, and the command line: each in a database and a tenant of its own.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import pytest
import sqlalchemy as sa

from adm_sync.database.engine import Database, open_database
from adm_sync.database.tables import metadata
from adm_sync.defs.build import build_defs
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.launching import dagster_instance
from adm_sync.imports.opening import open_importer
from adm_sync.settings import Settings
from adm_sync.workbook.sheet import Content
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.sensor import Sensor
from adm_sync_tests.desk.visiting import Browser, local_browser
from adm_sync_tests.imports.imported import content
from adm_sync_tests.workbooks import blended, changed, classroom, session

pytestmark = pytest.mark.thorough

SECONDS = 120
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONDON, BRISTOL = "CB1 London 27A-01", "CB3 Bristol 27A-01"
# How a workbook arrived, and was looked at before, belongs to the way.
OF_THE_WAY = {"adm_sync.inbox_files", "adm_sync.answers", "adm_sync.dry_runs"}
# And what tells one database from another, to itself.
OF_THE_WAY |= {"adm_sync.installation"}
# Nobody is known to have handed in what lay in the inbox.
LASTING = {"seconds", "duration_ms", "sender"}
WHO = {"who", "undone_by", "taken_back_by", "source", "dagster_run_id", "lease_holder"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
MARK = re.compile(r"adm_sync:[0-9a-f]{16}")
Way = Callable[[Workplace, Content], None]


@pytest.fixture(scope="module")
def workbooks() -> tuple[Content, Content]:
    """A workbook with a clean event, one with sessions and one mistake; and its correction."""
    london = blended(title=LONDON, sessions=3)
    bristol = classroom(title=BRISTOL)
    mistaken = classroom(title="CB3 Bristol 27A-02", max_places="many", instructor="Nobody Atall")
    first = content(*london, *bristol, *mistaken)
    corrected = [changed(london[0], max_places=18), *london[1:], session(london[0], 4)]
    return first, content(*corrected, *bristol, *classroom(title="CB3 Bristol 27A-02"))


# ---------------------------------------------------------------------- the ways


def by_the_command_line(place: Workplace, workbook: Content) -> None:
    file = place.home.parent / workbook.name
    file.write_bytes(workbook.data)
    assert place.run_any("import-events", str(file), "--update").exit_code in {0, 3}


def by_the_desk(place: Workplace, workbook: Content) -> None:
    with local_browser() as browser:
        files = {"workbook": (workbook.name, workbook.data, XLSX)}
        token = browser.desk.signer.token(browser.user)
        sent = browser.send("POST", "/upload", data={"csrf": token}, files=files)
        assert sent.status_code == 303, sent.text
        page = _at_its_end(browser, sent.headers["location"])
        here = urlsplit(page).path
        done = browser.press(page, f"{here}/import")
        assert done.status_code == 303, done.text
        _at_its_end(browser, done.headers["location"])


def _at_its_end(browser: Browser, address: str) -> str:
    """Wait as the page does, until it is told to load itself whole."""
    path, _, query = address.partition("?")
    until = time.monotonic() + SECONDS
    while "HX-Refresh" not in browser.get(f"{path}/state?{query}").headers:
        assert time.monotonic() < until
        time.sleep(0.2)
    return address


def by_the_inbox(place: Workplace, workbook: Content) -> None:
    with _instance(place) as instance:
        inbox = Sensor("inbox_sensor", instance, place.home / "inbox")
        inbox.drop(workbook.name, workbook.data)
        assert inbox.partitions() == []
        assert inbox.partitions() == [workbook.partition]
        (request,) = inbox.answer.run_requests or []
        for added in inbox.answer.dynamic_partitions_requests or []:
            instance.add_dynamic_partitions(
                added.partitions_def_name, list(added.partition_keys or [])
            )
        _execute(instance, workbook.partition, request.run_config, dict(request.tags))


def by_dagster(place: Workplace, workbook: Content) -> None:
    with open_database(Settings.load()) as database, _importer(database) as importer:
        importer.keep(workbook, "a test")
    with _instance(place) as instance:
        instance.add_dynamic_partitions(str(WORKBOOKS.name), [workbook.partition])
        config = {"ops": {"workbook__checked": {"config": {"update": True}}}}
        _execute(instance, workbook.partition, config, {})


def _execute(
    instance: dg.DagsterInstance, partition: str, config: Any, tags: dict[str, str]
) -> None:
    job = build_defs().resolve_job_def("import_events")
    job.execute_in_process(
        instance=instance,
        partition_key=partition,
        run_config=config,
        tags=tags,
        raise_on_error=False,
    )


@contextmanager
def _importer(database: Database) -> Iterator[Any]:
    with open_importer(Settings.load(), database, "a test") as importer:
        yield importer


@contextmanager
def _instance(place: Workplace) -> Iterator[dg.DagsterInstance]:
    settings = Settings.load()
    with open_database(settings) as database, dagster_instance(settings, database) as instance:
        yield instance


# ---------------------------------------------------------------------- what came of it


def everything(place: Workplace) -> dict[str, list[dict[str, Any]]]:
    """All rows of this database and all records of the tenant, but for what is of the way."""
    found: dict[str, list[Any]] = {}
    numbers: dict[str, dict[int, int]] = {}
    with place.engine.connect() as connection:
        for table in (one for one in metadata.sorted_tables if one.fullname not in OF_THE_WAY):
            in_order = sa.select(table).order_by(*list(table.primary_key) or list(table.c))
            rows = list(connection.execute(in_order).mappings())
            if "id" in table.c:
                own = {row["id"]: number for number, row in enumerate(rows, 1)}
                numbers[f"{table.fullname}.id"] = own
            found[table.fullname] = [_plain(_numbered(table, dict(row), numbers)) for row in rows]
    for kind in ("Event", "Session", "Staff", "CourseTemplate"):
        found[kind] = [_plain(dict(one)) for one in place.sandbox.store.all(kind)]
    return found


def _numbered(
    table: sa.Table, row: Mapping[str, Any], numbers: Mapping[str, Mapping[int, int]]
) -> dict[str, Any]:
    """A row with the places of rows in their tables instead of ids, which may leave some out."""
    keys = {key.parent.name: key.target_fullname for key in table.foreign_keys}
    keys |= {"id": f"{table.fullname}.id"} if "id" in table.c else {}
    return {
        name: numbers[keys[name]].get(value, value) if keys.get(name) in numbers else value
        for name, value in row.items()
    }


def _plain(value: Any) -> Any:
    """Without what no two imports have in common: moments of these days, marks, and persons."""
    if isinstance(value, dict):
        return {
            name: "…" if name in WHO and one is not None else _plain(one)
            for name, one in value.items()
            if name not in LASTING
        }
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return "now" if _is_now(value) else value
    if isinstance(value, str):
        return MOMENT.sub(lambda one: _told(one[0]), MARK.sub("adm_sync:…", value))
    return value


def _told(moment: str) -> str:
    try:
        return "now" if _is_now(datetime.fromisoformat(moment)) else moment
    except ValueError:
        return moment


def _is_now(moment: datetime) -> bool:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return abs(datetime.now(UTC) - aware) < timedelta(days=2)


def differing(expected: Any, found: Any, where: str = "") -> Iterator[str]:
    """Where two pictures differ, each place in a line."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in {**expected, **found}:
            yield from differing(expected.get(name), found.get(name), f"{where} {name}".strip())
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for number, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differing(one, other, f"{where}[{number}]")
    elif expected != found:
        yield f"{where}: {expected!r:.300} is here {found!r:.300}"


WAYS: dict[str, Way] = {
    "command line": by_the_command_line,
    "desk": by_the_desk,
    "inbox": by_the_inbox,
    "dagster": by_dagster,
}


@pytest.fixture
def open_place(
    _synced_template: str, _opener: Any
) -> Callable[[], AbstractContextManager[Workplace]]:
    """Opens a database that is synced, beside a fresh tenant."""

    def opened() -> AbstractContextManager[Workplace]:
        _opener.sandbox.reset()
        place: AbstractContextManager[Workplace] = _opener.open(_synced_template)
        return place

    return opened


def test_all_ways_come_to_the_same_rows(
    open_place: Callable[[], AbstractContextManager[Workplace]],
    workbooks: tuple[Content, Content],
) -> None:
    pictures: dict[str, list[dict[str, Any]]] = {}
    for name, way in WAYS.items():
        with open_place() as place:
            # What is sent at once arrives in any order, and ids follow it.
            place.set(adm_sync_update="always", adm_sync_concurrent_pushes="1")
            place.home.mkdir(parents=True, exist_ok=True)
            pictures[name] = []
            for workbook in workbooks:
                way(place, workbook)
                pictures[name].append(everything(place))

    first, second = pictures.pop("command line")
    titles = [one["title"] for one in second["adm_sync.events"]]
    assert titles == [LONDON, BRISTOL, "CB3 Bristol 27A-02"]
    assert len(first["adm_sync.events"]) == 2
    assert {one["code"] for one in first["adm_sync.findings"]} >= {"instructor_unknown"}
    assert len(second["adm_sync.updates"]) == 1
    assert {one["state"] for one in second["adm_sync.steps"]} == {"done"}
    told = [
        f"{name}, import {number + 1}: {one}"
        for name, found in pictures.items()
        for number, expected in enumerate((first, second))
        for one in differing(expected, found[number])
    ]
    assert not told, "\n".join(told)
