"""Which runs are made, in which order, and that each did what it should."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median_low

import sqlalchemy as sa

from benchmarks import stage
from benchmarks.job import Job, Measured
from benchmarks.lists import LISTS

EVERYTHING = tuple(each.name for each in LISTS)
ONE_ENTITY = "course_templates"
DEFAULT_RATE = 15.0
# The replaced pattern takes minutes where adm_sync takes seconds: it does this many records of
# each entity, and its figures are scaled.
MOST_REPLACED = 1_000
REPETITIONS = 3


@dataclass(frozen=True, slots=True)
class Scene:
    """What all contenders meet: `count` records of each entity, `latency` in seconds.

    An unchanged sync is run so many `times`. Where there is a `rate`, only that is limited.
    """

    count: int
    latency: float
    entities: tuple[str, ...] = EVERYTHING
    contenders: tuple[str, ...] = ("replaced", "adm_sync", "floor")
    rate: float = 0.0
    times: int = REPETITIONS

    @property
    def records(self) -> int:
        """The records of all entities."""
        return self.count * len(self.entities)


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of the table; `scaled` says by how much a part was multiplied."""

    scene: Scene
    contender: str
    first: bool
    measured: Measured
    scaled: float = 1.0


QUICK = (Scene(1_000, 0.0), Scene(1_000, 0.05))
LIMITED = Scene(1_000, 0.0, contenders=("adm_sync",), rate=DEFAULT_RATE, times=1)
FULL = (
    *QUICK,
    LIMITED,
    Scene(10_000, 0.0),
    Scene(10_000, 0.05),
    Scene(100_000, 0.0, entities=(ONE_ENTITY,)),
    Scene(100_000, 0.05, entities=(ONE_ENTITY,)),
)


def measure_all(scenes: tuple[Scene, ...]) -> Iterator[Figures]:
    """Play every scene; yields each row of the table as soon as it is known."""
    with stage.database_server() as server:
        for scene in scenes:
            one_entity = scene.entities != EVERYTHING
            only = "CourseTemplate" if one_entity else None
            with (
                stage.template_database(server, scene.count, one_entity=one_entity),
                stage.sandbox(scene.count, scene.latency, only) as access,
            ):
                for contender in scene.contenders:
                    yield from _measure(scene, contender, server, access)


def _measure(
    scene: Scene, contender: str, server: sa.URL, access: dict[str, str]
) -> Iterator[Figures]:
    part = min(MOST_REPLACED, scene.count) if contender == "replaced" else scene.count
    with stage.copied_database(server) as url:
        job = Job(
            contender=contender,
            database_url=url,
            api_url=access["api_url"],
            auth_url=access["auth_url"],
            api_key=access["client_id"],
            api_secret=access["client_secret"],
            entities=scene.entities,
            most=part if part < scene.count else None,
            rate=scene.rate,
        )
        expected = part * len(scene.entities)
        first = stage.run(replace(job, rate=0.0))
        _check(contender, first, expected, written=expected)
        if not scene.rate:
            yield _scaled(scene, contender, first, part, first=True)
        stage.settle(url)
        times = 1 if contender == "replaced" else scene.times
        again = [stage.run(job) for _ in range(times)]
        for one in again:
            _check(contender, one, expected, written=0)
        middle = median_low(sorted(one.own for one in again))
        (chosen,) = [one for one in again if one.own == middle][:1]
        yield _scaled(scene, contender, chosen, part, first=False)


def _check(contender: str, measured: Measured, expected: int, *, written: int) -> None:
    done = (measured.records, measured.written, measured.discrepancies)
    if done != (expected, written, 0):
        raise SystemExit(
            f"{contender} handled {done[0]} records, wrote {done[1]} and found {done[2]} "
            f"discrepancies, where {expected}, {written} and none were expected: the figures would "
            "mean nothing."
        )


def _scaled(scene: Scene, contender: str, measured: Measured, part: int, *, first: bool) -> Figures:
    factor = scene.count / part
    if factor == 1:
        return Figures(scene, contender, first, measured)
    whole = replace(
        measured,
        wall=measured.wall * factor,
        own=measured.own * factor,
        requests=round(measured.requests * factor),
        statements=round(measured.statements * factor),
    )
    return Figures(scene, contender, first, whole, factor)
