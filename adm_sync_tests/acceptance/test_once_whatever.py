"""Once, whatever the server does: faults and kills in any order, over several pushes.

Drawn are a tenant, the faults that it plays, where a push is killed, and the time that passes.
Afterwards Administrate is well again. Then no event is there twice, or its state says so; nothing
is left between the chairs; and once both sides agree nothing is sent any more.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adm_sync.database.engine import create_engine
from adm_sync.push.options import CRASH_POINTS, PushListener
from adm_sync.push.pushing import push
from adm_sync.reference.entities import named
from adm_sync.reference.sync import Listener, SyncOptions, sync_entity
from adm_sync.sandbox import SandboxServer
from adm_sync_tests.acceptance.import_process import Worker
from adm_sync_tests.acceptance.passing_time import DEFAULTS, later, push_until_settled
from adm_sync_tests.acceptance.pushing import TITLES, Outbox, Shelf, client_of

# `make test-all` draws 20; by hand: ONCE_EXAMPLES=2000.
EXAMPLES = int(os.environ.get("ONCE_EXAMPLES", "2"))
OPTIONS = replace(DEFAULTS, attempts=3, retry=20.0)
HOUR, DAY = 3600.0, 86_400.0
TITLE_WAYS = ("entities", "cut", "straight_quotes", "upper", "nfd", "collapsed", "stamped")
CREATIONS = ("createBlended", "createClassroom", "createLMS")
CHANGES = ("session.update", "session.addStaff", "event.addStaff")


class Killed(BaseException):
    """The process is dead: nothing more is written, sent or tidied up."""


@dataclass(frozen=True)
class Fault:
    """A fault of the sandbox."""

    kind: str
    match: str
    details: tuple[tuple[str, Any], ...] = ()
    skip: int = 0
    times: int | None = 1


@dataclass(frozen=True)
class Round:
    """A push, what goes wrong with it, where it is killed, and the time until the next one."""

    faults: tuple[Fault, ...]
    die_at: str
    nth: int
    then: float


@dataclass(frozen=True)
class Story:
    """A tenant, and what happens to it."""

    place: str
    refused: tuple[str, ...]
    rounds: tuple[Round, ...]


def fault(
    kinds: Mapping[str, Mapping[str, st.SearchStrategy[Any]]], matches: st.SearchStrategy[str]
) -> st.SearchStrategy[Fault]:
    """One of these kinds, with details drawn."""

    def of(kind: str) -> st.SearchStrategy[Fault]:
        details = st.fixed_dictionaries(dict(kinds[kind])).map(lambda d: tuple(d.items()))
        times = st.sampled_from([1, 1, 1, 2, None])
        return st.builds(
            Fault,
            st.just(kind.split(maxsplit=1)[0]),
            matches,
            details,
            st.sampled_from([0, 0, 0, 1]),
            times,
        )

    return st.sampled_from(sorted(kinds)).flatmap(of)


SECONDS = st.sampled_from([5, 45, 300, 900, 4000, 20_000])
UNANSWERED: Mapping[str, Mapping[str, st.SearchStrategy[Any]]] = {
    "drop_before": {},
    "drop_after": {"reset": st.booleans()},
    "cut_body": {},
    "status": {"code": st.sampled_from([500, 502, 503]), "executed": st.booleans()},
    "status throttled": {"code": st.just(429)},
    "errors": {"executed": st.booleans()},
    "payload_errors": {"keep_object": st.booleans()},
}
OF_CREATIONS = {
    **UNANSWERED,
    "commit_late": {"seconds": SECONDS, "code": st.sampled_from([None, 504])},
    "list_late": {"seconds": SECONDS, "nested": st.just(False)},
    "commit_late by requests": {"requests": st.just(3)},
    "list_late by requests": {"requests": st.just(3), "nested": st.just(False)},
    "stored_otherwise": {"how": st.sampled_from(TITLE_WAYS)},
    "stored_otherwise mark": {
        "field": st.sampled_from(["internalNotes", "adm_sync"]),
        "how": st.sampled_from(["dropped", "cut", "upper"]),
        "length": st.just(12),
    },
    "then_cancelled": {},
    "errors_beside_data": {},
    "payload_list": {},
}
OF_QUERIES = {
    "status": {
        "code": st.sampled_from([429, 500, 502]),
        "body": st.sampled_from(["errors", "html"]),
    },
    "errors": {},
    "empty_list": {},
    "poisoned": {"title": st.just("CB1 London 27A-01")},
}
FAULTS = st.one_of(
    fault(OF_CREATIONS, st.sampled_from(CREATIONS)),
    fault(OF_CREATIONS, st.sampled_from(CREATIONS)),
    fault(UNANSWERED, st.sampled_from(CHANGES)),
    fault(OF_QUERIES, st.just("events")),
)
STORIES = st.builds(
    Story,
    st.sampled_from(["nothing", "notes", "field"]),
    st.sampled_from([(), (), ("createdAt",), ("courseTemplateCode", "createdAt"), ("start",)]),
    st.lists(
        st.builds(
            Round,
            st.lists(FAULTS, max_size=4).map(tuple),
            st.sampled_from(["", "", *CRASH_POINTS]),
            st.integers(1, 3),
            st.sampled_from([0.0, 31.0, 130.0, 700.0, HOUR]),
        ),
        min_size=1,
        max_size=5,
    ).map(tuple),
)


@contextmanager
def mortal_engine(url: str) -> Iterator[tuple[sa.Engine, list[str]]]:
    """An engine of a process that writes nothing any more once it is dead."""
    engine, dead = create_engine(url), list[str]()

    def check(*_: Any) -> None:
        if dead:
            raise Killed(dead[0])

    sa.event.listen(engine, "before_cursor_execute", check)
    sa.event.listen(engine, "commit", check)
    yield engine, dead
    engine.dispose()


def push_round(outbox: Outbox, one: Round) -> None:
    """One push, to its end or until it is killed."""
    for each in one.faults:
        outbox.sandbox.faults.add(
            each.kind, each.match, times=each.times, skip=each.skip, **dict(each.details)
        )
    with (
        mortal_engine(outbox.url) as (engine, dead),
        client_of(outbox.sandbox, retry_budget=0.0) as client,
    ):
        reached = 0

        def reach(point: str) -> None:
            nonlocal reached
            reached += point == one.die_at
            if reached == one.nth:
                dead.append(point)
                raise Killed(point)

        with suppress(Killed):
            push(engine, client, OPTIONS, PushListener(reached=reach))
    later(outbox, one.then)


def prepare(outbox: Outbox, story: Story) -> None:
    sandbox = outbox.sandbox
    sandbox.options.internal_notes = "all" if story.place == "notes" else "none"
    sandbox.options.filters_refused = story.refused
    if story.place == "field":
        sandbox.store.add("CustomFieldDefinition", entityType="Event", label="adm_sync")
        options = SyncOptions(instance=OPTIONS.instance, lock_wait=30)
        sync_entity(named("custom_fields"), outbox.engine, outbox.client, options, Listener())


def settle(outbox: Outbox) -> None:
    """Administrate is well again, and a person looks at what has failed."""
    outbox.sandbox.faults.clear()
    push_until_settled(outbox, OPTIONS)
    for passed in (HOUR, DAY):
        later(outbox, passed)
        push_until_settled(outbox, OPTIONS)
    outbox.reopen()
    push_until_settled(outbox, OPTIONS)


# ---------------------------------------------------------------------- what holds at the end


def assert_once(outbox: Outbox) -> None:
    remotes = [one for one in outbox.remotes() if one["lifecycleState"] != "cancelled"]
    events = outbox.execute(
        "select e.id, e.title, e.external_id, e.doubled, e.template_external_id, s.state, s.mark,"
        " s.message from adm_sync.events e join adm_sync.steps s on s.event_id = e.id"
        " where s.kind = 'create_event' order by e.id"
    )
    for event in events:
        ours = [one["id"] for one in remotes if is_of(event, one)]
        if len(ours) > 1:
            assert event.state == "failed", (event, ours)
            assert set(event.doubled) == set(ours), (event, ours)
        else:
            assert event.state in {"done", "failed"}, event
            assert not event.doubled, (event, ours)
        if event.state == "done":
            assert event.external_id in {one["id"] for one in outbox.remotes()}
        else:
            assert event.message
        of_event = [step for step in outbox.steps() if step.title == event.title]
        if event.external_id:
            assert {step.state for step in of_event} <= {"done", "failed"}, of_event


def is_of(event: Any, remote: Mapping[str, Any]) -> bool:
    """Whether it came of this event's creation; each of the few has a template of its own."""
    return bool(remote["courseTemplate"] == event.template_external_id)


def assert_nothing_more_is_sent(outbox: Outbox) -> None:
    outbox.push()
    assert outbox.sandbox.calls.mutations == 0, outbox.asked()


# Carried out after it was sent again: one too many, which only a later look can find.
VERY_LATE = Fault("commit_late", "createBlended", (("seconds", 4000), ("code", None)))
# As long as nothing of the kind is listed, it is absent.
UNLISTED = Fault("list_late", "createBlended", (("seconds", 4000), ("nested", False)), times=None)
LOST = Fault("drop_after", "createBlended", (("reset", False),))


@example(story=Story("nothing", (), (Round((VERY_LATE,), "", 1, 0.0),)))
@example(story=Story("notes", (), (Round((UNLISTED, LOST), "", 1, 0.0),)))
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="ONCE_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
@given(story=STORIES)
def test_once_whatever_the_server_does(
    shelf: Shelf, sandbox_server: SandboxServer, story: Story
) -> None:
    sandbox_server.reset()
    with shelf.take("few", sandbox_server) as outbox:
        prepare(outbox, story)
        for one in story.rounds:
            push_round(outbox, one)
        settle(outbox)
        assert_once(outbox)
        assert_nothing_more_is_sent(outbox)
    sandbox_server.reset()


@pytest.mark.thorough
@pytest.mark.parametrize(
    "point", ["creation noted as sending", "creation answered", "changes noted as sending"]
)
def test_a_process_is_killed_while_the_server_lags_and_rewrites(
    outbox: Outbox, worker: Worker, point: str
) -> None:
    """The same with SIGKILL, which no code of ours hears of."""
    outbox.sandbox.faults.add("list_late", "mutation", times=None, seconds=45, nested=False)
    outbox.sandbox.faults.add("stored_otherwise", "mutation", times=None, how="upper")
    assert worker.run(outbox, die_at=point).killed
    push_until_settled(outbox, OPTIONS)
    settle(outbox)
    assert_once(outbox)
    assert len(outbox.remotes()) == len(TITLES)
    assert_nothing_more_is_sent(outbox)
