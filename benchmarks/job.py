"""What one measured run has to do, and what came of it; both travel between processes as JSON."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one contender.

    `entities` are names of reference entities, in order. `most` ends each list after so many
    records (None: never). `rate` is the number of requests a second (0: as they come).
    """

    contender: str
    database_url: str
    api_url: str
    auth_url: str
    api_key: str
    api_secret: str
    entities: tuple[str, ...]
    most: int | None = None
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """What a contender says that it did."""

    requests: int
    written: int
    """Rows created or changed."""
    records: int
    discrepancies: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One run, measured. Times in seconds, memory in MiB."""

    wall: float
    own: float
    requests: int
    statements: int
    memory: float
    written: int
    records: int
    discrepancies: int
