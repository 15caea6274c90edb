"""What one run of the import has to do, and what came of it; both travel between processes."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One run of one contender.

    `path` is the workbook; the contenders that are not adm_sync have no use for it, and read what
    adm_sync has recorded in the database. They do one event of so many (`every`). `rate` is the
    number of requests a second (0: as they come). `last` is what adm_sync does last: only look,
    record, or all that there is to an import; or the import that was made before is undone.
    """

    contender: str
    path: str
    database_url: str
    api_url: str
    auth_url: str
    api_key: str
    api_secret: str
    rate: float = 0.0
    every: int = 1
    last: Literal["look", "record", "report", "undo"] = "report"


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run. Times in seconds; `own` is as `benchmarks.measuring` says."""

    name: str
    wall: float
    own: float
    statements: int
    requests: int


@dataclass(frozen=True, slots=True)
class Imported:
    """One run, measured. Memory in MiB.

    `memory` is the peak of the process, `child` that of its children, `together` the largest sum
    of a moment; `cpu` is the time of all of them. `share` is how many of the requests were made
    that the rate permits from the first event that was sent to the last request.
    """

    stages: tuple[Stage, ...]
    memory: float
    events: int
    sessions: int
    findings: int = 0
    cpu: float = 0.0
    child: float = 0.0
    together: float = 0.0
    share: float = 0.0

    @property
    def wall(self) -> float:
        """Of all stages."""
        return sum(stage.wall for stage in self.stages)

    @property
    def requests(self) -> int:
        """Of all stages."""
        return sum(stage.requests for stage in self.stages)

    def stage(self, name: str) -> Stage:
        """The stage of this name."""
        (found,) = [stage for stage in self.stages if stage.name == name]
        return found


def imported(figures: dict[str, Any]) -> Imported:
    """The figures as `dataclasses.asdict` gave them."""
    stages = tuple(Stage(**stage) for stage in figures["stages"])
    return Imported(**{**figures, "stages": stages})
