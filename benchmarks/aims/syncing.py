# ruff: noqa: RUF001 - the multiplication sign is meant
"""A full sync beside the floor, at the permitted rate, and with much that nobody has looked at."""

import time
from collections.abc import Sequence
from typing import Any

import psycopg
import sqlalchemy as sa

from adm_sync.names.nearest import Nearest
from benchmarks import stage
from benchmarks.aims.row import Row, exponent
from benchmarks.job import Job, Measured
from benchmarks.plan import DEFAULT_RATE, ONE_ENTITY, Figures, Scene, measure_all

# Nobody would link these by themselves, and whoever looks sees what is meant.
RENAMED = (
    "update acted.tutorial_locations set name = replace(name, 'Location', 'Lokation'),"
    " code = 'K' || code"
)
WRITTEN = (
    "select n_tup_ins + n_tup_upd + n_tup_del from pg_stat_user_tables"
    " where schemaname = 'adm_sync' and relname = 'discrepancies'"
)


def full(count: int) -> list[Row]:
    """An unchanged sync of all seven entities, as fast as it comes and at the permitted rate."""
    scenes = (
        Scene(count, 0.0, contenders=("adm_sync", "floor")),
        Scene(count, 0.0, contenders=("adm_sync",), rate=DEFAULT_RATE, times=1),
    )
    found = {(row.contender, row.scene.rate): row.measured for row in _unchanged(scenes)}
    ours, floor = found["adm_sync", 0.0], found["floor", 0.0]
    limited = found["adm_sync", DEFAULT_RATE]
    work = f"7 × {count:,} unchanged, 0 ms, core"
    rate = f"… at {DEFAULT_RATE:g} requests a second"
    return [
        Row(work, "wall s", ours.wall, most=1.3),
        Row(work, "wall s of the floor", floor.wall),
        Row(work, "ratio to the floor", ours.wall / floor.wall, most=1.5),
        Row(work, "peak MiB", ours.memory),
        Row(rate, "requests", limited.requests, most=130),
        Row(rate, "wall s", limited.wall, most=10),
    ]


def growth(sizes: Sequence[int]) -> list[Row]:
    """An unchanged sync of one entity, of three sizes."""
    scenes = tuple(
        Scene(size, 0.0, entities=(ONE_ENTITY,), contenders=("adm_sync",), times=1)
        for size in sizes
    )
    costs = {row.scene.count: row.measured for row in _unchanged(scenes)}
    work = f"Unchanged sync of {ONE_ENTITY.replace('_', ' ')}"
    return [
        *(Row(f"{work}, {size:,}", "wall s", one.wall) for size, one in costs.items()),
        Row(
            "… as their number grows",
            "exponent",
            exponent({size: one.wall for size, one in costs.items()}),
        ),
    ]


def _unchanged(scenes: tuple[Scene, ...]) -> list[Figures]:
    return [row for row in measure_all(scenes) if not row.first]


def discrepancies(server: sa.URL, count: int) -> list[Row]:
    """A sync that finds the same again: one for each record of either side."""
    with (
        stage.template_database(server, count, one_entity=False),
        stage.copied_database(server) as url,
        stage.sandbox(count, 0.0, "Location") as access,
    ):
        with psycopg.connect(url) as connection:
            connection.execute(RENAMED)
        first = _sync(url, access)
        stage.settle(url)
        before = _written(url)
        again = _sync(url, access)
        written = _written(url) - before
    if not first.discrepancies == again.discrepancies == 2 * count:
        raise SystemExit(f"{first} and {again}: the figures would mean nothing.")
    seconds, near = suggesting(count)
    work = f"Unchanged sync with {2 * count:,} discrepancies"
    return [
        Row(work, "rows written of them", written, most=0),
        Row(work, "wall s", again.wall),
        Row("Suggestions for them", "s", seconds, most=2),
        Row("Suggestions for them", "share that has one", near, least=1),
    ]


def _sync(url: str, access: dict[str, Any]) -> Measured:
    return stage.run(
        Job(
            contender="adm_sync",
            database_url=url,
            api_url=access["api_url"],
            auth_url=access["auth_url"],
            api_key=access["client_id"],
            api_secret=access["client_secret"],
            entities=("locations",),
        )
    )


def _written(url: str) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(WRITTEN).fetchone()[0]


def suggesting(count: int) -> tuple[float, float]:
    """Seconds to search for all of them, and how many were found, of all."""
    sides = [
        [f"{word} {number:06}" for number in range(1, count + 1)]
        for word in ("Location", "Lokation")
    ]
    began = time.perf_counter()
    found = 0
    for names, wanted in (sides, reversed(sides)):
        nearest = Nearest(names)
        found += sum(bool(nearest.to(name)) for name in wanted)
    return time.perf_counter() - began, found / (2 * count)
