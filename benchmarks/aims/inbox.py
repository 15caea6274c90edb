"""An inbox that is full: of workbooks that were imported long ago, or of new ones in S3.

`python -m benchmarks.aims.inbox known COUNT` (or `in_s3`) evaluates its sensor as Dagster's daemon
does, in the surroundings that the environment names, and prints what came of it as JSON.
"""

import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import dagster as dg  # noqa: TID251 - only Dagster can evaluate a sensor
import sqlalchemy as sa

from adm_sync.database.engine import Database, open_database
from adm_sync.database.import_tables import imports, workbooks
from adm_sync.database.states import ImportStatus
from adm_sync.defs.build import build_defs
from adm_sync.defs.launching import dagster_instance
from adm_sync.imports.arrivals import Look
from adm_sync.imports.inbox import LocalInbox
from adm_sync.imports.opening import limits
from adm_sync.settings import Settings
from benchmarks import stage
from benchmarks.aims.row import Row
from benchmarks.aims.workplace import workplace

LOOKS = 2  # a file is taken in once it was the same at two
TICKS = 3


def rows(server: sa.URL, count: int) -> list[Row]:
    """What a tick leaves for the next, and how long it takes."""
    ticked = _in_child(server, "known", count, {})
    work = f"Inbox of {count:,} known files"
    return [
        Row(work, "bytes of cursor a tick", ticked["cursor"], most=999),
        Row(work, "ms a tick", ticked["seconds"] * 1000),
    ]


def in_s3(server: sa.URL, count: int) -> list[Row]:
    """How long a tick takes when so many workbooks are dropped into a bucket at once."""
    with _store(count) as (environment, requests):
        ticked = _in_child(server, "in_s3", count, environment)
    lists = sum("list-type=2" in one for one in requests)
    work = f"Inbox of {count:,} new files in S3"
    return [
        Row(work, "lists of two ticks", lists, most=2 * math.ceil(count / 1000)),
        Row(work, "s of the first tick", ticked["first"]),
        Row(work, "own CPU s of the first tick", ticked["first_own"], most=5),
        Row(work, f"s of the next, which takes in {ticked['taken']:g}", ticked["second"]),
        Row(work, "own CPU s of the next", ticked["second_own"], most=5),
    ]


def _in_child(
    server: sa.URL, what: str, count: int, surroundings: Mapping[str, str]
) -> Mapping[str, float]:
    nowhere = dict.fromkeys(("api_url", "auth_url"), "http://localhost:9") | dict.fromkeys(
        ("client_id", "client_secret"), "nobody"
    )
    with stage.copied_database(server) as url, workplace(server, url, nowhere) as environment:
        given = ["-m", "benchmarks.aims.inbox", what, str(count)]
        return stage.in_child(given, "", "the sensor", {**environment, **surroundings})


@contextmanager
def _store(count: int) -> Iterator[tuple[Mapping[str, str], list[str]]]:
    """A bucket with so many workbooks: the environment that leads there, and what is asked for."""
    from moto.s3.models import s3_backends
    from moto.server import ThreadedMotoServer
    from werkzeug.serving import WSGIRequestHandler

    requests: list[str] = []
    WSGIRequestHandler.log_request = lambda self, *_: requests.append(self.path)
    store = s3_backends["123456789012"]["aws"]
    store.create_bucket("office", "us-east-1")
    for number in range(count):
        package = f"PK\x03\x04 [Content_Types].xml {number}".encode()
        store.put_object("office", f"inbox/New {number}.xlsx", package)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield (
        {
            "ADM_SYNC_INBOX": "s3://office/inbox",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nobody",
        },
        requests,
    )
    server.stop()


def known(count: int) -> dict[str, float]:
    """Tick some times with an inbox of so many files that are known."""
    settings = Settings.load()
    with open_database(settings) as database:
        _fill(settings, database.engine, count)
        *_, (seconds, _, answer) = _ticks(settings, database, TICKS)
    if f"Known already: {count}." not in str(answer.skip_message):
        raise SystemExit(f"{answer}: the figures would mean nothing.")
    return {"cursor": len(answer.cursor or ""), "seconds": seconds}


def new(count: int) -> dict[str, float]:
    """Tick twice with an inbox of so many files that nobody knows."""
    settings = Settings.load()
    with open_database(settings) as database:
        (first, first_own, found), (second, second_own, taken) = _ticks(settings, database, LOOKS)
    if f"{count} files have landed" not in str(found.skip_message) or not taken.run_requests:
        raise SystemExit(f"{found}, {taken}: the figures would mean nothing.")
    return {
        "first": first,
        "first_own": first_own,
        "second": second,
        "second_own": second_own,
        "taken": len(taken.run_requests),
    }


def _ticks(settings: Settings, database: Database, count: int) -> list[tuple[float, float, Any]]:
    """How long each took, by the clock and of this process, and what came of it."""
    definitions = build_defs()
    sensor = definitions.resolve_sensor_def("inbox_sensor")
    found, cursor = [], None
    with dagster_instance(settings, database) as instance:
        for _ in range(count):
            began, own = time.perf_counter(), time.process_time()
            with dg.build_sensor_context(
                instance_ref=instance.get_ref(), definitions=definitions, cursor=cursor
            ) as context:
                answer = sensor.evaluate_tick(context)
            seconds = time.perf_counter() - began
            found.append((seconds, time.process_time() - own, answer))
            cursor = answer.cursor
    return found


def _fill(settings: Settings, engine: sa.Engine, count: int) -> None:
    folder = settings.home / "inbox"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        package = f"PK\x03\x04 [Content_Types].xml {number}"
        (folder / f"Old {number}.xlsx").write_text(package)
    for _ in range(LOOKS):
        Look(engine, LocalInbox(folder), limits(settings), count, seconds=3600).take_in()
    now = datetime.now(UTC)
    over = {
        "who": "the benchmark",
        "status": ImportStatus.SUCCEEDED,
        "started_at": now,
        "finished_at": now,
        "summary": {},
        "message": "",
    }
    values = [sa.literal(value, imports.c[name].type) for name, value in over.items()]
    with engine.begin() as connection:
        connection.execute(
            sa.insert(imports).from_select(
                ["workbook_id", *over], sa.select(workbooks.c.id, *values)
            )
        )


if __name__ == "__main__":
    evaluate = {"known": known, "in_s3": new}[sys.argv[1]]
    print(json.dumps(evaluate(int(sys.argv[2]))))
