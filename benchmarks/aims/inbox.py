"""An inbox that is full of workbooks that were imported long ago.

`python -m benchmarks.aims.inbox COUNT` evaluates its sensor as Dagster's daemon does, in the
surroundings that the environment names, and prints what came of it as JSON.
"""

import json
import sys
import time
from datetime import UTC, datetime

import dagster as dg  # noqa: TID251 - only Dagster can evaluate a sensor
import sqlalchemy as sa

from adm_sync.database.engine import open_database
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
    nowhere = dict.fromkeys(("api_url", "auth_url"), "http://localhost:9") | dict.fromkeys(
        ("client_id", "client_secret"), "nobody"
    )
    with stage.copied_database(server) as url, workplace(server, url, nowhere) as environment:
        given = ["-m", "benchmarks.aims.inbox", str(count)]
        ticked = stage.in_child(given, "", "the sensor", environment)
    work = f"Inbox of {count:,} known files"
    return [
        Row(work, "bytes of cursor a tick", ticked["cursor"], most=999),
        Row(work, "ms a tick", ticked["seconds"] * 1000),
    ]


def evaluate(count: int) -> dict[str, float]:
    """Tick some times with an inbox of so many files that are known."""
    settings = Settings.load()
    definitions = build_defs()
    sensor = definitions.resolve_sensor_def("inbox_sensor")
    cursor = None
    with open_database(settings) as database:
        _fill(settings, database.engine, count)
        with dagster_instance(settings, database) as instance:
            for _ in range(TICKS):
                began = time.perf_counter()
                with dg.build_sensor_context(
                    instance=instance, definitions=definitions, cursor=cursor
                ) as context:
                    answer = sensor.evaluate_tick(context)
                seconds = time.perf_counter() - began
                cursor = answer.cursor
    if f"Known already: {count}." not in str(answer.skip_message):
        raise SystemExit(f"{answer}: the figures would mean nothing.")
    return {"cursor": len(cursor or ""), "seconds": seconds}


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
    print(json.dumps(evaluate(int(sys.argv[1]))))
