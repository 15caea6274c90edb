"""The eight ways in which an event was once made twice, with the settings that people have.

The creation is not answered, and a look-up does not show the event as it was sent, or not yet.
"""

from pathlib import Path
from typing import Any

import pytest

from adm_sync.reference.entities import named
from adm_sync.reference.sync import Listener, SyncOptions, sync_entity
from adm_sync_tests.acceptance.passing_time import DEFAULTS, later, push_until_settled
from adm_sync_tests.acceptance.passing_time import changed as as_options
from adm_sync_tests.acceptance.pushing import Outbox, workbook
from adm_sync_tests.workbooks import blended, classroom

pytestmark = pytest.mark.thorough(all_but_each=3)

TITLE = "CB1 London  \u201cRisk & Return\u201d for Zoë\u2019s weekend group 27A-01"
CREATE = "createBlended"
HOUR, DAY = 3600.0, 86_400.0

Faults = tuple[tuple[str, dict[str, Any]], ...]
LOST: Faults = (("drop_after", {}),)
WAYS: dict[str, Faults] = {
    "lists lag 45 seconds": (
        *LOST,
        ("list_late", {"seconds": 45, "nested": False, "times": None}),
    ),
    "it is committed 45 seconds later": (("commit_late", {"seconds": 45}),),
    **{
        f"titles are stored otherwise: {how}": (
            *LOST,
            ("stored_otherwise", {"how": how, "times": None}),
        )
        for how in ("entities", "cut", "straight_quotes", "upper", "nfd", "collapsed", "stamped")
    },
    "titles are not stored": (*LOST, ("stored_otherwise", {"how": "dropped", "times": None})),
    "titles are cut short": (
        *LOST,
        ("stored_otherwise", {"how": "cut", "length": 6, "times": None}),
    ),
}
# Without a mark, a title of which only a part is there is not surely the same.
NOT_SURE = {
    "titles are stored otherwise: cut",
    "titles are stored otherwise: stamped",
    "titles are not stored",
    "titles are cut short",
}
PLACES = NOWHERE, NOTES, FIELD = "no place for a mark", "internal notes", "a custom field"
# With a mark, what matters is whether it is sure, and whether the event is listed in time.
CASES = [
    *((NOWHERE, way) for way in WAYS),
    *((NOTES, way) for way in ("lists lag 45 seconds", *sorted(NOT_SURE))),
    *((FIELD, way) for way in ("it is committed 45 seconds later", *sorted(NOT_SURE))),
]


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, empty_outbox: Outbox, tmp_path: Path) -> str:
    """A recorded event, and a tenant that has this place for a mark."""
    sandbox, place = empty_outbox.sandbox, str(request.param)
    sandbox.options.internal_notes = "all" if place == NOTES else "none"
    if place == FIELD:
        sandbox.store.add("CustomFieldDefinition", entityType="Event", label="adm_sync")
        options = SyncOptions(instance=DEFAULTS.instance, lock_wait=30)
        fields = named("custom_fields")
        sync_entity(fields, empty_outbox.engine, empty_outbox.client, options, Listener())
    importer = empty_outbox.importer(tmp_path)
    content = workbook([*blended(title=TITLE, sessions=3), *classroom(title="CB3 Bristol 27A-01")])
    importer.keep(content, "a test")
    importer.record(content.partition)
    importer.holding.let_go()
    return place


@pytest.mark.thorough(all_but_each=7)
@pytest.mark.parametrize(("place", "way"), CASES, indirect=["place"])
def test_an_event_is_never_made_twice(empty_outbox: Outbox, place: str, way: str) -> None:
    outbox = empty_outbox
    for kind, how in WAYS[way]:
        outbox.fail(kind, CREATE, **how)
    push_until_settled(outbox)
    for passed in (HOUR, DAY):
        later(outbox, passed)
        push_until_settled(outbox)
    ours = [event for event in outbox.remotes() if event["learningMode"] == "blended"]
    assert len(ours) == 1, [event["title"] for event in ours]
    (step,) = [
        one for one in outbox.steps() if one.kind == "create_event" and "London" in one.title
    ]
    if way in NOT_SURE and place == NOWHERE:
        assert step.state == "failed"
        assert ours[0]["id"] in step.message
        return
    assert set(outbox.states()) == {"done"}, outbox.steps()
    assert outbox.external_id(step.title) == ours[0]["id"]
    assert outbox.execute("select count(*) from adm_sync.events where doubled <> '{}'")[0][0] == 0
    outbox.push()
    assert outbox.sandbox.calls.mutations == 0


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("place", [NOWHERE], indirect=True)
@pytest.mark.parametrize("is_ours", [True, False])
def test_a_person_says_whether_one_with_another_title_is_it(
    empty_outbox: Outbox, place: str, is_ours: bool
) -> None:
    outbox = empty_outbox
    for kind, how in WAYS["titles are not stored"]:
        outbox.fail(kind, CREATE, **how)
    push_until_settled(outbox)
    (event,) = [one for one in outbox.remotes() if one["learningMode"] == "blended"]
    later(outbox, HOUR)
    outbox.sandbox.faults.clear()
    title = " ".join(TITLE.split()) if is_ours else "CB1 in the evening"
    outbox.sandbox.store.update(event["id"], title=title)
    outbox.reopen()
    push_until_settled(outbox)
    blended_ones = [one for one in outbox.remotes() if one["learningMode"] == "blended"]
    assert len(blended_ones) == (1 if is_ours else 2)
    assert set(outbox.states()) == {"done"}, outbox.steps()


@pytest.mark.parametrize("place", [NOWHERE], indirect=True)
def test_nobody_is_asked_about_an_event_again_whatever_the_step_says_by_then(
    empty_outbox: Outbox, place: str
) -> None:
    outbox = empty_outbox
    outbox.fail("commit_late", CREATE, seconds=45)
    outbox.push(**as_options(DEFAULTS))
    later(outbox, 110)
    (event,) = blended_ones(outbox)
    outbox.sandbox.store.update(event["id"], title="Business Finance")
    push_until_settled(outbox)
    assert event["id"] in creation(outbox).message
    later(outbox, HOUR)
    outbox.sandbox.store.update(event["id"], title="CB1 in the evening")
    outbox.reopen()
    outbox.execute("update adm_sync.steps set message = 'Administrate was away.'")
    push_until_settled(outbox)
    assert len(blended_ones(outbox)) == 2
    assert set(outbox.states()) == {"done"}, outbox.steps()


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("place", [NOWHERE], indirect=True)
@pytest.mark.parametrize(
    "changed", [{"classroomStart": "2027-01-19T09:30:00Z"}, {"title": "Business Finance"}]
)
def test_what_somebody_has_changed_before_it_was_looked_up_is_put_before_a_person(
    empty_outbox: Outbox, place: str, changed: dict[str, Any]
) -> None:
    outbox = empty_outbox
    outbox.fail("commit_late", CREATE, seconds=45)
    outbox.push(**as_options(DEFAULTS))
    later(outbox, 110)
    (event,) = blended_ones(outbox)
    outbox.sandbox.store.update(event["id"], **changed)
    push_until_settled(outbox)
    assert [one["id"] for one in blended_ones(outbox)] == [event["id"]]
    assert creation(outbox).state == "failed"
    assert event["id"] in creation(outbox).message
    later(outbox, HOUR)
    outbox.sandbox.store.update(event["id"], title="CB1 in the evening")
    outbox.reopen()
    push_until_settled(outbox)
    assert len(blended_ones(outbox)) == 2
    assert set(outbox.states()) == {"done"}, outbox.steps()


def blended_ones(outbox: Outbox) -> list[dict[str, Any]]:
    return [one for one in outbox.remotes() if one["learningMode"] == "blended"]


def creation(outbox: Outbox) -> Any:
    (step,) = [one for one in outbox.steps() if one.kind == "create_event" and "Lon" in one.title]
    return step


def carried_out_late(outbox: Outbox, hours: float) -> dict[str, Any]:
    """A creation that is sent again, and whose first sending is carried out after that, too, under
    another title; it is listed from so many hours after the sending on.
    """
    outbox.fail("commit_late", CREATE, seconds=hours * HOUR)
    outbox.fail("stored_otherwise", CREATE, how="dropped")
    push_until_settled(outbox)
    (ours,) = blended_ones(outbox)
    assert set(outbox.states()) == {"done"}, outbox.steps()
    return ours


def look(outbox: Outbox, seconds: float) -> None:
    later(outbox, seconds)
    push_until_settled(outbox)


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("place", [NOWHERE], indirect=True)
@pytest.mark.parametrize("hours", [0.5, 2])
@pytest.mark.parametrize("touched", [False, True], ids=["as made", "changed by a job"])
def test_a_late_double_under_a_foreign_title_is_put_before_a_person(
    empty_outbox: Outbox, place: str, hours: float, touched: bool
) -> None:
    outbox = empty_outbox
    ours = carried_out_late(outbox, hours)
    if hours > 1:
        look(outbox, HOUR)
        assert set(outbox.states()) == {"done"}, outbox.steps()
    later(outbox, HOUR)
    (double,) = [one for one in blended_ones(outbox) if one["id"] != ours["id"]]
    assert double["title"] != ours["title"]
    if touched:
        later(outbox, 120)
        outbox.sandbox.store.update(double["id"], externalNotes="")
    look(outbox, DAY if hours > 1 else 1)
    step = creation(outbox)
    assert step.state == "failed"
    for part in (double["id"], ours["id"], "may be it once more"):
        assert part in step.message
    if not touched:
        outbox.reopen()
        push_until_settled(outbox)
        assert creation(outbox).state == "failed"
    outbox.sandbox.store.remove(double["id"])
    outbox.reopen()
    push_until_settled(outbox)
    assert set(outbox.states()) == {"done"}, outbox.steps()


@pytest.mark.parametrize("place", [NOWHERE], indirect=True)
def test_what_a_person_says_is_another_event_is_asked_about_once(
    empty_outbox: Outbox, place: str
) -> None:
    outbox = empty_outbox
    ours = carried_out_late(outbox, 0.5)
    look(outbox, HOUR)
    assert creation(outbox).state == "failed"
    (other,) = [one for one in blended_ones(outbox) if one["id"] != ours["id"]]
    later(outbox, 120)
    outbox.sandbox.store.update(other["id"], title="CB1 in the evening")
    outbox.reopen()
    push_until_settled(outbox)
    look(outbox, DAY)
    look(outbox, DAY)
    assert set(outbox.states()) == {"done"}, outbox.steps()


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("place", [NOWHERE], indirect=True)
@pytest.mark.parametrize(
    "values",
    [
        {"lifecycleState": "cancelled"},
        {"classroomStart": "2027-01-13T09:30:00"},
    ],
)
def test_what_cannot_be_a_double_is_none(
    empty_outbox: Outbox, place: str, values: dict[str, Any]
) -> None:
    outbox = empty_outbox
    ours = carried_out_late(outbox, 0.5)
    later(outbox, HOUR)
    (other,) = [one for one in blended_ones(outbox) if one["id"] != ours["id"]]
    outbox.sandbox.store.update(other["id"], **values)
    look(outbox, DAY)
    assert set(outbox.states()) == {"done"}, outbox.steps()


@pytest.mark.thorough(all_but_each=3)
def test_titles_are_sent_as_they_are_matched(empty_outbox: Outbox, place: str) -> None:
    push_until_settled(empty_outbox)
    assert " ".join(TITLE.split()) in {event["title"] for event in empty_outbox.remotes()}
