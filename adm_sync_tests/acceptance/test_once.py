"""Whatever a server does to a creation, its event is there once, or the state says that it is not.

The look-ups are at their own times, 30 seconds to 10 minutes after the sending: time passes by what
is stored as past.
"""

import html
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adm_sync.push.candidates import loose
from adm_sync.push.marks import marks_in
from adm_sync.push.options import Pushed, PushOptions
from adm_sync_tests.acceptance.passing_time import later, push_until_settled
from adm_sync_tests.acceptance.pushing import (
    BLENDED,
    CLASSROOM,
    ONLINE,
    TITLES,
    Outbox,
    assert_both_sides_agree,
    workbook,
)
from adm_sync_tests.workbooks import blended

pytestmark = pytest.mark.thorough(all_but_each=3)

LOOK_UPS = PushOptions(instance="").look_ups
CREATE = "createBlended"
HOUR = 3600.0
LONG = "CB1 Q&A “Naïve” Revision\u2019s Saturday Class, London 27A-01"


def push(outbox: Outbox, **options: Any) -> Pushed:
    """Push what is due now, with the look-ups at their own times."""
    return outbox.push(look_ups=LOOK_UPS, wait_for_look_ups=False, **options)


def record(outbox: Outbox, folder: Path, *titles: str) -> None:
    """Record events of these titles, two sessions each."""
    importer = outbox.importer(folder)
    rows = [row for title in titles for row in blended(title=title, sessions=2)]
    content = workbook(rows)
    importer.keep(content, "a test")
    importer.record(content.partition)
    importer.holding.let_go()


def add_field(outbox: Outbox, label: str = "adm_sync") -> str:
    """The tenant gets a custom field for marks, and it is synced."""
    key = outbox.sandbox.store.add(
        "CustomFieldDefinition", label=label, type="text", entityType="Event"
    )
    outbox.execute(
        "insert into adm.custom_fields (external_id, label, field_type, entity_type, is_required,"
        " roles, last_synced)"
        " select :key, :label, field_type, 'Event', false, roles, last_synced"
        " from adm.custom_fields limit 1",
        key=key,
        label=label,
    )
    return key


def doubled(outbox: Outbox, title: str = BLENDED) -> list[str]:
    (row,) = outbox.execute("select doubled from adm_sync.events where title = :t", t=title)
    return row.doubled  # type: ignore[no-any-return]


def mark(outbox: Outbox, title: str = BLENDED) -> str | None:
    (row,) = outbox.execute(
        "select s.mark from adm_sync.steps s join adm_sync.events e on e.id = s.event_id"
        " where kind = 'create_event' and e.title = :t",
        t=title,
    )
    return row.mark  # type: ignore[no-any-return]


def assert_never_two_unsaid(outbox: Outbox) -> None:
    """Each event is there at most once, or its step has failed and its row names them all."""
    alive = [one for one in outbox.remotes() if one["lifecycleState"] != "cancelled"]
    for event in outbox.execute("select title, doubled from adm_sync.events"):
        own_mark = mark(outbox, event.title)
        same = [
            one["id"]
            for one in alive
            if loose(one["title"]) == loose(event.title)
            or (own_mark and own_mark in marks_in([*one["customFieldValues"].values()]))
        ]
        if len(same) > 1:
            assert sorted(event.doubled) == sorted(same)
            assert outbox.creation(event.title).state == "failed"


# ---------------------------------------------------------------------- the title has changed

QUOTES = str.maketrans("“”\u2019", '""\'')
SAME: dict[str, Callable[[str], str]] = {
    "entities": html.escape,
    "straight_quotes": lambda title: (
        title.replace("“", '"').replace("”", '"').replace("\u2019", "'")
    ),
    "upper": str.upper,
    "nfd": lambda title: unicodedata.normalize("NFD", title),
    "collapsed": lambda title: " ".join(title.split()),
}
DIFFERENT = ("cut", "stamped")


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("how", DIFFERENT)
def test_without_a_mark_a_title_that_was_changed_is_for_a_person_to_decide(
    empty_outbox: Outbox, tmp_path: Path, how: str
) -> None:
    outbox = empty_outbox
    record(outbox, tmp_path, LONG)
    outbox.fail("stored_otherwise", CREATE, how=how)
    outbox.fail("drop_after", CREATE)
    for _ in range(6):
        push(outbox)
        later(outbox, HOUR)
    (remote,) = outbox.remotes()
    step = outbox.creation(LONG)
    assert step.state == "failed"
    assert remote["title"] in step.message
    assert LONG in step.message
    outbox.sandbox.store.update(remote["id"], title=LONG)
    outbox.reopen()
    assert len(push(outbox).adopted) == 1
    assert set(outbox.states()) == {"done"}


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("how", [*SAME, *DIFFERENT])
def test_after_a_backup_was_restored_a_changed_title_makes_no_second_event(
    empty_outbox: Outbox, tmp_path: Path, how: str
) -> None:
    outbox = empty_outbox
    outbox.fail("stored_otherwise", CREATE, how=how)
    for _ in range(2):
        outbox.restore("nothing")
        record(outbox, tmp_path, LONG)
        pushed = push(outbox)
    assert len(outbox.remotes()) == 1
    assert len(pushed.adopted) == (how in SAME)
    assert outbox.creation(LONG).state == ("done" if how in SAME else "failed")


def test_titles_are_sent_as_they_are_matched(empty_outbox: Outbox, tmp_path: Path) -> None:
    record(empty_outbox, tmp_path, f"  {LONG.replace(' ', '  ')} ")
    push(empty_outbox)
    assert [one["title"] for one in empty_outbox.remotes()] == [LONG]


# ---------------------------------------------------------------------- absence


def test_a_list_that_lags_is_not_taken_for_absence(outbox: Outbox) -> None:
    """It lags 45 seconds: longer than the first look-up, shorter than the second."""
    outbox.fail("drop_after", CREATE)
    outbox.fail("list_late", CREATE, seconds=45)
    for seconds in (0, 31):
        later(outbox, seconds)
        push(outbox)
        assert outbox.creation().state == "unknown"
    later(outbox, 90)
    pushed = push(outbox)
    assert len(pushed.adopted) == 1
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("look_ups", [(5.0,), (5.0, 20.0), LOOK_UPS])
def test_absence_is_believed_after_the_last_look_up(
    outbox: Outbox, look_ups: tuple[float, ...]
) -> None:
    outbox.fail("drop_before", CREATE)
    asked: list[str] = []
    outbox.push(look_ups=look_ups, wait_for_look_ups=False)
    asked += outbox.asked()
    for number, seconds in enumerate(look_ups):
        assert outbox.creation().state == "unknown"
        assert "looked up again" in outbox.creation().message
        before = look_ups[number - 1] if number else 0
        later(outbox, seconds - before + 0.01)
        outbox.push(look_ups=look_ups, wait_for_look_ups=False)
        asked += outbox.asked()
    assert asked.count("CreateBlendedEvent") == 2
    looks = [name for name in asked if name in {"CreateBlendedEvent", "EventsCreated"}]
    assert looks[1:-1] == ["EventsCreated"] * (len(look_ups) + 1)
    assert_both_sides_agree(outbox)


def late_commit(outbox: Outbox) -> None:
    """Whatever Administrate was still to do, and whatever it hides, is there from now on."""
    later(outbox, 1001 * HOUR)


def resend(outbox: Outbox, hours: float) -> None:
    """A creation that was not answered and is carried out hours later is sent again."""
    outbox.fail("commit_late", CREATE, seconds=hours * HOUR)
    push_until_settled(outbox)
    assert_both_sides_agree(outbox)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("hours", [0.5, 2])
def test_one_that_was_sent_again_is_looked_at_again_and_a_double_is_said(
    outbox: Outbox, hours: float
) -> None:
    """After an hour, and after a day."""
    resend(outbox, hours)
    later(outbox, HOUR + 1)
    push(outbox)
    if hours > 1:
        assert_both_sides_agree(outbox)
        later(outbox, 24 * HOUR)
        push(outbox)
    assert len(outbox.remotes(BLENDED)) == 2
    assert_never_two_unsaid(outbox)
    step = outbox.creation()
    assert step.state == "failed"
    assert all(one in step.message for one in doubled(outbox))
    assert doubled(outbox)[0] == outbox.external_id()
    # A person deletes one of them, and gives it another chance.
    outbox.sandbox.store.remove(doubled(outbox)[1])
    assert outbox.reopen() == 1
    push(outbox)
    assert outbox.creation().state == "done"
    assert doubled(outbox) == []


def test_one_that_was_sent_again_and_came_once_is_left_alone_after_a_day(outbox: Outbox) -> None:
    outbox.fail("drop_before", CREATE)
    push_until_settled(outbox)
    assert_both_sides_agree(outbox)
    for _ in range(3):
        later(outbox, 25 * HOUR)
        push(outbox)
    assert outbox.push().requests == 0
    assert not outbox.execute("select 1 from adm_sync.steps where look_again_at is not null")


def test_two_that_were_made_before_one_is_known_are_doubled(outbox: Outbox) -> None:
    outbox.fail("commit_late", CREATE, seconds=1000 * HOUR)
    outbox.fail("drop_after", CREATE, skip=1)
    push(outbox)
    for seconds in LOOK_UPS:
        later(outbox, seconds)
        outbox.sandbox.faults.add("list_late", CREATE, seconds=1000 * HOUR)
        push(outbox)
    late_commit(outbox)
    for seconds in LOOK_UPS:
        later(outbox, seconds)
        push(outbox)
    assert len(outbox.remotes(BLENDED)) == 2
    assert len(doubled(outbox)) == 2
    assert_never_two_unsaid(outbox)


# ---------------------------------------------------------------------- marks


def test_a_mark_is_stored_and_sent_and_known_again(outbox: Outbox) -> None:
    """In the internal notes of an event for a classroom; the others have no place for one."""
    push(outbox)
    (room,) = outbox.remotes(CLASSROOM)
    assert marks_in([room["internalNotes"]]) == {mark(outbox, CLASSROOM)}
    assert mark(outbox, BLENDED) is None
    assert_both_sides_agree(outbox)


def test_a_custom_field_of_the_tenant_is_the_place_for_marks(outbox: Outbox) -> None:
    key = add_field(outbox, "ADM_Sync")
    push(outbox)
    for title in TITLES:
        (event,) = outbox.remotes(title)
        values = event["customFieldValues"]
        found = (
            {v["definitionKey"]: v["value"] for v in values} if isinstance(values, list) else values
        )
        assert found[key] == mark(outbox, title)
        assert not event.get("internalNotes")


def test_no_mark_is_sent_if_none_is_wanted(outbox: Outbox) -> None:
    add_field(outbox)
    push(outbox, mark=False)
    assert [mark(outbox, title) for title in TITLES] == [None] * 3
    assert not any(event.get("internalNotes") for event in outbox.remotes())


def test_it_is_sent_again_with_the_same_mark(outbox: Outbox) -> None:
    add_field(outbox)
    outbox.fail("drop_before", CREATE)
    push(outbox)
    first = mark(outbox)
    push_until_settled(outbox)
    assert first
    assert mark(outbox) == first
    assert_both_sides_agree(outbox)


def test_a_server_that_ignores_marks_is_served_by_titles(outbox: Outbox) -> None:
    add_field(outbox)
    outbox.fail("stored_otherwise", CREATE, field="adm_sync", how="dropped")
    outbox.fail("drop_after", CREATE)
    assert len(push(outbox).adopted) == 1
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- cancelled


def cancelled_twin(outbox: Outbox) -> str:
    """Administrate has the event already, cancelled; nothing is known of it here."""
    push(outbox)
    (event,) = outbox.remotes(BLENDED)
    outbox.restore("few")
    outbox.sandbox.store.update(event["id"], lifecycleState="cancelled")
    return str(event["id"])


def test_a_cancelled_event_is_never_adopted_unasked(outbox: Outbox) -> None:
    twin = cancelled_twin(outbox)
    pushed = push(outbox)
    assert len(pushed.adopted) == 2
    step = outbox.creation()
    assert step.state == "failed"
    assert "cancelled" in step.message
    assert twin in step.message
    assert len(outbox.remotes(BLENDED)) == 1
    # The person says that it is another one.
    outbox.sandbox.store.update(twin, title="CB1 old")
    outbox.reopen()
    assert len(push(outbox).created) == 1


@pytest.mark.parametrize("with_mark", [True, False])
def test_one_that_was_cancelled_before_it_was_found_is_not_adopted(
    outbox: Outbox, with_mark: bool
) -> None:
    if with_mark:
        add_field(outbox)
    outbox.fail("drop_after", CREATE)
    outbox.fail("then_cancelled", CREATE)
    push(outbox)
    assert outbox.creation().state == "failed"
    assert "cancelled" in outbox.creation().message
    assert len(outbox.remotes(BLENDED)) == 1


# ---------------------------------------------------------------------- look-ups that fail


def poison(outbox: Outbox, title: str = BLENDED) -> None:
    outbox.fail("poisoned", None, times=None, title=title, code=500)


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("when", ["before it was sent", "after it was sent"])
def test_a_look_up_that_fails_holds_its_event_only_and_ends_with_a_person(
    outbox: Outbox, when: str
) -> None:
    if when == "after it was sent":
        outbox.fail("drop_after", CREATE)
    poison(outbox)
    pushed = push(outbox)
    assert not pushed.stopped
    assert outbox.states(CLASSROOM).keys() == outbox.states(ONLINE).keys() == {"done"}
    for _ in range(3):
        outbox.wait_is_over()
        push(outbox)
    step = outbox.creation()
    assert step.state == "failed"
    assert "to look it up" in step.message
    assert "--reopen" in step.message
    assert len(outbox.remotes(BLENDED)) <= 1
    outbox.sandbox.faults.clear()
    outbox.reopen()
    outbox.settle()
    assert_both_sides_agree(outbox)


def test_while_nothing_is_answered_no_attempts_are_used_up(outbox: Outbox) -> None:
    outbox.fail("drop_after", CREATE)
    outbox.fail("status", "query", times=None, skip=4, code=503)
    for _ in range(5):
        push(outbox)
        outbox.wait_is_over()
    assert outbox.creation().attempts == 1
    assert not outbox.states()["failed"]
    outbox.sandbox.faults.clear()
    outbox.settle()
    assert_both_sides_agree(outbox)


# ---------------------------------------------------------------------- what a tenant refuses


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    "refused",
    [
        ["createdAt"],
        ["courseTemplateCode"],
        ["createdAt", "courseTemplateCode"],
    ],
)
def test_without_a_filter_it_is_looked_up_by_another(outbox: Outbox, refused: list[str]) -> None:
    outbox.sandbox.options.filters_refused = refused
    outbox.fail("drop_after", CREATE)
    outbox.fail("stored_otherwise", CREATE, how="upper")
    push(outbox)
    assert outbox.creation().state == "done"
    assert len(outbox.remotes()) == len(TITLES)


@pytest.mark.parametrize("ahead", [-40 * 24 * HOUR, 40 * 24 * HOUR])
def test_clocks_that_differ_by_weeks_hide_nothing(outbox: Outbox, ahead: float) -> None:
    outbox.sandbox.options.clock_ahead = ahead
    outbox.fail("drop_after", CREATE)
    assert len(push(outbox).adopted) == 1
    assert_both_sides_agree(outbox)
    # It is known to be made by this import.
    assert not outbox.execute("select 1 from adm_sync.events where adopted")


# ---------------------------------------------------------------------- others of its kind


def test_parallel_groups_of_long_names_are_not_taken_for_each_other(
    empty_outbox: Outbox, tmp_path: Path
) -> None:
    outbox = empty_outbox
    titles = [f"CB1 Saturday morning revision class, London 27A-0{n}" for n in (1, 2, 3)]
    record(outbox, tmp_path, *titles)
    outbox.fail("drop_after", CREATE, times=2)
    pushed = push(outbox, workers=3)
    assert (len(pushed.created), len(pushed.adopted)) == (1, 2)
    outbox.fail("drop_after", CREATE, times=None)
    outbox.restore("nothing")
    record(outbox, tmp_path, *titles)
    assert len(push(outbox, workers=3).adopted) == 3
    assert sorted(one["title"] for one in outbox.remotes()) == titles
