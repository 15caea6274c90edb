"""Many imported workbooks: the looks of the daemon, the page of partitions, `adm-sync imports`.

`python -m benchmarks.aims.partitions COUNT` fills Dagster's database, in the surroundings that the
environment names, asks as daemon and UI do, and prints what came of it as JSON.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import dagster as dg  # noqa: TID251 - only Dagster can evaluate a sensor
import httpx
import sqlalchemy as sa

from adm_sync.database.engine import open_database
from adm_sync.database.import_tables import workbooks
from adm_sync.defs.build import build_defs
from adm_sync.defs.event_import import EVENTS, REPORT
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.launching import dagster_instance
from adm_sync.settings import Settings
from benchmarks import stage
from benchmarks.aims.row import Row
from benchmarks.aims.workplace import Environment, workplace

TIMES = 3
SECONDS = 120
# What the page of a partitioned asset asks for.
PAGE = """
    { assetNodeOrError(assetKey: { path: ["workbook", "report"] }) { ... on AssetNode {
        partitionKeysByDimension { name partitionKeys }
        partitionStats { numMaterialized numPartitions numFailed }
        assetPartitionStatuses { ... on DefaultPartitionStatuses {
            materializedPartitions failedPartitions } } } } }
"""


def rows(server: sa.URL, template: str, count: int) -> list[Row]:
    """What each takes with so many partitions, on a copy of a database with as many imports."""
    nowhere = dict.fromkeys(("api_url", "auth_url"), "http://localhost:9") | dict.fromkeys(
        ("client_id", "client_secret"), "nobody"
    )
    with (
        stage.copied_database(server, template) as url,
        workplace(server, url, nowhere) as environment,
    ):
        given = ["-m", "benchmarks.aims.partitions", str(count)]
        found = stage.in_child(given, "", "many partitions", environment)
        listed = median(_listed(environment) for _ in range(TIMES))
    work = f"{count:,} workbooks in five years"
    return [
        Row(work, "ms a tick of the inbox", found["inbox_sensor"] * 1000),
        Row(work, "ms a tick of what is due", found["due_steps_sensor"] * 1000),
        Row(work, "ms a tick for dead runs", found["dead_runs_sensor"] * 1000),
        Row(work, "s until the UI has the partitions of an asset", found["page"]),
        Row(work, "s of adm-sync imports, whole process", listed),
    ]


def _listed(environment: Environment) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "adm_sync.cli", "imports"],
        cwd=stage.ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


def measured(count: int) -> dict[str, float]:
    """Fill Dagster's database, and ask."""
    settings = Settings.load()
    with (
        open_database(settings) as database,
        dagster_instance(settings, database) as instance,
    ):
        with database.engine.connect() as connection:
            keys = list(connection.scalars(sa.select(workbooks.c.partition).limit(count)))
        if len(keys) != count:
            raise SystemExit(f"There are {len(keys)} workbooks: the figures would mean nothing.")
        instance.add_dynamic_partitions(str(WORKBOOKS.name), keys)
        for key in keys:
            for asset in (EVENTS, REPORT):
                instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=key))
        figures = dict(_ticks(instance))
        with _webserver() as ask:
            answers = [ask(count) for _ in range(TIMES)]
    return figures | {"page": median(answers)}


def _ticks(instance: dg.DagsterInstance) -> Iterator[tuple[str, float]]:
    definitions = build_defs()
    for name in ("inbox_sensor", "due_steps_sensor", "dead_runs_sensor"):
        sensor, taken = definitions.resolve_sensor_def(name), []
        for _ in range(TIMES):
            began = time.perf_counter()
            with dg.build_sensor_context(
                instance_ref=instance.get_ref(), definitions=definitions
            ) as context:
                sensor.evaluate_tick(context)
            taken.append(time.perf_counter() - began)
        yield name, median(taken)


@contextmanager
def _webserver() -> Iterator[Any]:
    """Dagster's webserver; yields what asks it for the page and gives the seconds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["dagster_webserver", "-m", "adm_sync.definitions", "-p", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/graphql"

    def ask(count: int) -> float:
        began = time.perf_counter()
        answer = httpx.post(url, json={"query": PAGE}, timeout=SECONDS).json()
        seconds = time.perf_counter() - began
        found = answer["data"]["assetNodeOrError"]["partitionStats"]
        if found != {"numMaterialized": count, "numPartitions": count, "numFailed": 0}:
            raise SystemExit(f"{found}: the figures would mean nothing.")
        return seconds

    try:
        _wait(url)
        yield ask
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        try:
            if httpx.post(url, json={"query": "{ version }"}, timeout=SECONDS).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("Dagster's webserver did not start.")


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))))
