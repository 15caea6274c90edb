"""Recorded events that wait to be pushed, and the tenant that waits for them.

What belongs here: pushing, and looking at what came of it on both sides; the databases that tests
begin with. What does not: importing the workbook (`importing`), and what is expected of a fault.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import open_steps
from adm_sync.database.engine import Database, create_engine
from adm_sync.demo import fill_store
from adm_sync.folders import LocalFolder
from adm_sync.imports.importing import Importer
from adm_sync.imports.options import ImportOptions
from adm_sync.push.options import Pushed, PushListener, PushOptions
from adm_sync.push.pushing import push
from adm_sync.sandbox import SandboxServer
from adm_sync.workbook.columns import Column
from adm_sync.workbook.reading import Limits
from adm_sync.workbook.sheet import Content
from adm_sync_tests.acceptance.stage import RETRY_BUDGET, TIMEOUT, Keeper, access_to
from adm_sync_tests.database_fixtures import fresh_database
from adm_sync_tests.workbooks import TODAY, blended, classroom, large, lms_only, workbook_bytes

BLENDED = "CB1 London 27A-01"
CLASSROOM = "CB3 Bristol 27A-01"
ONLINE = "CB1 online 27A"
TITLES = (BLENDED, CLASSROOM, ONLINE)
OF_BLENDED = 3
SESSIONS = OF_BLENDED + 1
MANY = 40
FILE_NAME = "events.xlsx"
# An event is pushed in two requests: its creation, and everything else. And before all of them the
# codes of the templates are asked for, and events by title and by template and start.
REQUESTS_EACH = 2
SURVEY = 3

OPTIONS = PushOptions(
    instance="this machine",
    workers=1,
    together=1,
    look_ups=(0.02,),
    retry=0.02,
    lease=30.0,
    attempts=3,
)
Rows = Sequence[Mapping[Column, object]]


def few_rows() -> Rows:
    """A blended event, one in a classroom, one online."""
    return [
        *blended(title=BLENDED, sessions=OF_BLENDED),
        *classroom(title=CLASSROOM),
        lms_only(title=ONLINE),
    ]


def workbook(rows: Rows) -> Content:
    """A workbook as it arrives."""
    data = workbook_bytes(rows, blank_rows=0)
    return Content(FILE_NAME, data, hashlib.sha256(data).hexdigest())


def import_options(folder: Path, options: PushOptions = OPTIONS) -> ImportOptions:
    """How the tests import."""
    limits = Limits(megabytes=20, rows=10_000, seconds=60)
    reports = LocalFolder(folder)
    return ImportOptions(limits, "process", options, reports, "a test", today=TODAY)


@dataclass
class Outbox:
    """Where events are pushed from.

    `told` are the remarks of the push; `restore` puts the database back into a state of the shelf.
    """

    url: str
    engine: sa.Engine
    sandbox: SandboxServer
    client: AdministrateClient
    told: list[str] = field(default_factory=list)
    restore: Callable[[str], None] = lambda _state: None

    # ------------------------------------------------------------------ doing

    def push(
        self, reached: Callable[[str], object] = lambda _point: None, **options: Any
    ) -> Pushed:
        """Push what is due; the requests received are counted from here on."""
        self.sandbox.calls.clear()
        listener = PushListener(remark=self.told.append, reached=reached)
        return push(self.engine, self.client, replace(OPTIONS, **options), listener)

    def settle(self) -> Pushed:
        """Push once more, later, and make sure that nothing is left."""
        self.wait_is_over()
        pushed = self.push()
        assert not pushed.stopped, pushed.stopped
        assert set(self.states()) == {"done"}, self.steps()
        return pushed

    def wait_is_over(self) -> None:
        """Some time has passed: whatever waits is due."""
        self.execute("update adm_sync.steps set due_at = now()")

    def reopen(self) -> int:
        """A person gives failed steps another chance; how many there were."""
        with self.engine.begin() as connection:
            return open_steps.reopen(connection, None)

    def fail(self, kind: str, match: str | None = None, **how: Any) -> None:
        """Let something go wrong in the tenant (`sandbox.faults`)."""
        self.sandbox.faults.add(kind, match, **how)

    def execute(self, statement: str, **values: Any) -> list[Any]:
        """Run SQL in a transaction of its own; the rows, if there are any."""
        with self.engine.begin() as connection:
            found = connection.execute(sa.text(statement), values)
            return list(found) if found.returns_rows else []

    def importer(self, folder: Path, client: AdministrateClient | None = None) -> Importer:
        """An importer of workbooks into this database."""
        database = Database(self.engine, self.url, embedded=False)
        return Importer(database, client or self.client, import_options(folder))

    # ------------------------------------------------------------------ looking

    def steps(self, title: str | None = None) -> list[Any]:
        """The steps, in order; of one event, if it is named."""
        return self.execute(
            "select e.title, s.id, s.kind, x.day, s.state, s.attempts, s.look_ups, s.message,"
            " s.sent_at from adm_sync.steps s join adm_sync.events e on e.id = s.event_id"
            " left join adm_sync.event_sessions x on x.id = s.event_session_id"
            " where cast(:title as text) is null or e.title = :title order by e.id, s.position",
            title=title,
        )

    def creation(self, title: str = BLENDED) -> Any:
        """The step that creates an event."""
        (step,) = [step for step in self.steps(title) if step.kind == "create_event"]
        return step

    def states(self, title: str | None = None) -> Counter[str]:
        """How many steps are in which state."""
        return Counter(step.state for step in self.steps(title))

    def external_id(self, title: str = BLENDED) -> str | None:
        """What is stored here as the id of an event."""
        (row,) = self.execute("select external_id from adm_sync.events where title = :t", t=title)
        return row.external_id  # type: ignore[no-any-return]

    def remotes(self, title: str | None = None) -> list[dict[str, Any]]:
        """The events of the tenant."""
        every = self.sandbox.store.all("Event")
        return [event for event in every if title in {None, event["title"]}]

    def asked(self) -> list[str]:
        """What the tenant was asked since the last push began, in order."""
        return [call.operation or "" for call in self.sandbox.calls]

    def local(self) -> list[Any]:
        """Everything of the tutorial side that an import writes."""
        return [
            self.execute(f"select * from acted.{name} order by id")
            for name in ("tutorial_events", "tutorial_sessions", "tutorial_session_instructors")
        ]


# ---------------------------------------------------------------------- what holds at the end


def assert_both_sides_agree(outbox: Outbox, titles: Sequence[str] = TITLES) -> None:
    """Each event and session is on both sides, none twice, none missing, and all is done."""
    events = outbox.execute(
        "select e.id, e.title, e.external_id, b.external_id as bridge, t.code"
        " from acted.tutorial_events t join adm_sync.events e on e.tutorial_event_id = t.id"
        " join adm.events b on b.tutorial_event_id = t.id order by e.id"
    )
    remotes = {event["id"]: event["title"] for event in outbox.remotes()}
    assert sorted(remotes.values()) == sorted(titles)
    assert {event.external_id: event.title for event in events} == remotes
    assert [event.bridge for event in events] == [event.external_id for event in events]
    assert len(events) == len(titles)
    bridged = outbox.execute("select count(*) from adm.events where external_id is not null")
    assert bridged[0][0] == len(titles)
    sessions = outbox.execute(
        "select s.title, s.external_id, b.external_id as bridge, e.external_id as event,"
        " t.start_date from acted.tutorial_sessions t"
        " join adm_sync.event_sessions s on s.tutorial_session_id = t.id"
        " join adm.sessions b on b.tutorial_session_id = t.id"
        " join adm_sync.events e on e.id = s.event_id"
    )
    assert [one.bridge for one in sessions] == [one.external_id for one in sessions]
    here = {(one.external_id, one.event, one.title, one.start_date) for one in sessions}
    there = {
        (one["id"], one["event"], one["title"], moment_of(one["start"]))
        for one in outbox.sandbox.store.all("Session")
    }
    assert here == there
    assert len(here) == len(sessions)
    staff = [
        (one["event"], one.get("session"), one["contact"], one["staffType"])
        for one in outbox.sandbox.store.all("Staff")
        if one.get("event")
    ]
    assert len(set(staff)) == len(staff)
    assert set(outbox.states()) == {"done"}, outbox.steps()


def moment_of(text: str) -> datetime:
    """An instant of the tenant, as the database gives it."""
    return datetime.fromisoformat(text)


# ---------------------------------------------------------------------- what tests begin with


@contextmanager
def client_of(sandbox: SandboxServer, **options: Any) -> Iterator[AdministrateClient]:
    """A client of the tenant that soon gives up."""
    given = {"timeout": TIMEOUT, "retry_budget": RETRY_BUDGET, **options}
    with AdministrateClient(access_to(sandbox), **given) as client:
        yield client


def make_sessions(sandbox: SandboxServer, most: int) -> None:
    """Let the templates make so many sessions for an event, or fewer."""
    for template in sandbox.store.all("CourseTemplate"):
        sandbox.store.update(template["id"], sessions=template["sessions"][:most])


def approve_everybody(sandbox: SandboxServer, *, but_all: bool = False) -> None:
    """Let whoever is an instructor be approved for every template, or nobody for any."""
    every = [one["id"] for one in sandbox.store.all("Contact") if one["isInstructor"]]
    for template in sandbox.store.all("CourseTemplate"):
        sandbox.store.update(template["id"], approvedInstructors=[] if but_all else every)


@dataclass(frozen=True)
class Shelf:
    """One database for all tests, and the states that they find it in."""

    url: str
    engine: sa.Engine
    keeper: Keeper

    @contextmanager
    def take(self, state: str, sandbox: SandboxServer) -> Iterator[Outbox]:
        """The database in a state, and the tenant of the company with no events in it."""
        self.keeper.restore(state)
        fill_store(sandbox.store)
        make_sessions(sandbox, OF_BLENDED)
        approve_everybody(sandbox)
        with client_of(sandbox) as client:
            yield Outbox(self.url, self.engine, sandbox, client, restore=self.keeper.restore)


@pytest.fixture(scope="session")
def shelf(
    _one_ssl_context: None,
    database_server: sa.URL,
    _synced_template: str,
    sandbox_server: SandboxServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shelf]:
    """A database with nothing recorded, with the few events recorded, and with many."""
    folder = tmp_path_factory.mktemp("shelf")
    with fresh_database(database_server, _synced_template) as url:
        engine = create_engine(url)
        shelf = Shelf(url, engine, Keeper(engine))
        shelf.keeper.keep("nothing")
        for state, rows in (("few", few_rows()), ("many", large(MANY, 1))):
            sandbox_server.reset()
            with shelf.take("nothing", sandbox_server) as outbox:
                importer, content = outbox.importer(folder), workbook(rows)
                importer.keep(content, "a test")
                importer.record(content.partition)
                importer.holding.let_go()
                shelf.keeper.keep(state)
        sandbox_server.reset()
        yield shelf
        engine.dispose()


@pytest.fixture
def outbox(shelf: Shelf, sandbox: SandboxServer) -> Iterator[Outbox]:
    """The three events, recorded and not pushed."""
    with shelf.take("few", sandbox) as outbox:
        yield outbox


@pytest.fixture
def full_outbox(shelf: Shelf, sandbox: SandboxServer) -> Iterator[Outbox]:
    """Many events of one session each, recorded and not pushed."""
    with shelf.take("many", sandbox) as outbox:
        make_sessions(sandbox, 1)
        yield outbox


@pytest.fixture
def empty_outbox(shelf: Shelf, sandbox: SandboxServer) -> Iterator[Outbox]:
    """Nothing recorded."""
    with shelf.take("nothing", sandbox) as outbox:
        yield outbox
