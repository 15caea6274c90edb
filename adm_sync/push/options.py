"""How a push goes about it, and who hears of it.

What belongs here: options, what is told meanwhile, and the names of the points where a process
may die. What does not: reading settings.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from adm_sync.errors import AccessRefused, SchemaChanged

# In the order of one event's push. A test kills the process at each of them.
CRASH_POINTS = (
    "claimed",
    "creation noted as sending",
    "creation answered",
    "event id stored",
    "changes noted as sending",
    "changes answered",
    "changes stored",
    "let go",
)
# Between the event's id and its changes, for an event that waits for an approval.
APPROVAL_POINTS = ("approval noted as sending", "approval answered", "approval stored")
# Before the changes of an event are sent that a corrected workbook makes.
COMPARISON_POINTS = ("changes compared",)


Reached = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class PushOptions:
    """The settings of a push; times are in seconds.

    Attributes:
        instance: the tenant that is pushed to; must be the one of this database.
        tax_type_id: what new events get, if anything.
        workers: requests at the same time, at most.
        together: how many events travel in one request; with none each mutation has its own.
        attempts: how often a step is sent before it waits for a person.
        approve: whether instructors are approved for the course templates that they teach.
        mark: whether creations carry a mark, where the tenant has a place for one.
        look_ups: when an unanswered creation is looked up, counted from its sending; only after
            the last is it sent again.
        retry: until the next try; doubled each time.
        lease: how long a process may keep an event without a sign of life.
        wait_for_look_ups: whether the push stays until a look-up that is due as soon as the first.
        page_size: records a page in look-ups.
    """

    instance: str
    tax_type_id: str | None = None
    workers: int = 32
    together: int = 5
    attempts: int = 8
    approve: bool = True
    mark: bool = True
    look_ups: tuple[float, ...] = (30.0, 120.0, 600.0)
    retry: float = 60.0
    lease: float = 300.0
    wait_for_look_ups: bool = True
    page_size: int = 100
    max_records: int = 1_000_000


@dataclass(frozen=True, slots=True)
class PushListener:
    """Who hears how a push goes.

    `progress` gets (events done, events in all); `remark` gets sentences; `reached` the name of
    each crash point, in the thread that reaches it.
    """

    progress: Callable[[int, int], object] = lambda _done, _total: None
    remark: Callable[[str], object] = lambda _sentence: None
    reached: Callable[[str], object] = lambda _point: None


@dataclass(slots=True)
class Pushed:
    """What one push did. `created`, `adopted` and `sessions` are ids of our own rows, and
    `with_sessions` those of the events that these sessions belong to.

    `stopped` says why it ended before everything was tried, in a sentence; `beside`, that others
    are at work on what it left.
    """

    created: set[int] = field(default_factory=set)
    adopted: set[int] = field(default_factory=set)
    sessions: set[int] = field(default_factory=set)
    with_sessions: set[int] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0
    stopped: str = ""
    beside: str = ""
    error: Exception | None = None

    @property
    def message(self) -> str:
        """Why not everything is done, as far as that is known."""
        return self.stopped or self.beside

    @property
    def was_refused(self) -> bool:
        """Whether it ended for a reason that does not pass by itself, and holds for all events."""
        return isinstance(self.error, AccessRefused | SchemaChanged)
