"""Which recorded event each event of a workbook is, whatever starts and titles they have."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adm_sync.imports.known.identity import identify

FIRST = datetime(2027, 1, 12, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class _Template:
    tutorial_id: int


@dataclass(frozen=True)
class _Sitting:
    name: str


@dataclass(frozen=True)
class _Row:
    row: int
    title: str
    sitting: _Sitting


@dataclass(frozen=True)
class _Event:
    """As much of a resolved event as identifies it."""

    event: _Row
    template: _Template
    starts: datetime

    @property
    def key(self) -> tuple[int, str, datetime]:
        return self.template.tutorial_id, self.event.title, self.starts


@dataclass(frozen=True)
class _Recorded:
    id: int
    tutorial_course_template_id: int
    title_key: str
    sitting: str
    starts_at: datetime


def event(row: int, day: int, title: str = "a", sitting: str = "2027A", template: int = 1) -> Any:
    starts = FIRST + timedelta(days=day)
    return _Event(_Row(row, title, _Sitting(sitting)), _Template(template), starts)


def recorded(number: int, day: int, title: str = "a", sitting: str = "2027A") -> Any:
    return _Recorded(number, 1, title, sitting, FIRST + timedelta(days=day))


DAYS = st.integers(0, 4)
KEYS = st.tuples(st.sampled_from("ab"), DAYS)
EVENTS = st.lists(KEYS, unique=True, max_size=6).map(
    lambda keys: [event(row, day, title) for row, (title, day) in enumerate(keys, 4)]
)
RECORDED = st.lists(KEYS, unique=True, max_size=6).map(
    lambda keys: [recorded(number, day, title) for number, (title, day) in enumerate(keys, 1)]
)


@given(EVENTS, RECORDED, st.booleans())
def test_every_event_is_one_thing_and_no_recorded_event_is_two(
    events: list[Any], before: list[Any], same_titles: bool
) -> None:
    found = identify(events, before, same_titles=same_titles)
    kinds = [set(found.known), set(found.moved), set(found.twice)]
    assert sum(map(len, kinds)) == len(set.union(*kinds))
    known = [one.id for one in found.known.values()]
    assert len(set(known)) == len(known)
    by_start = {(one.title_key, one.starts_at): one for one in before}
    for one in events:
        same = by_start.get((one.event.title, one.starts))
        assert found.known.get(one.event.row) == same


@given(EVENTS, RECORDED)
def test_a_title_that_is_known_or_stands_twice_is_never_new(
    events: list[Any], before: list[Any]
) -> None:
    found = identify(events, before)
    rows = {one.event.row: one.event.title for one in events}
    new = [rows[row] for row in rows if row not in {*found.known, *found.moved, *found.twice}]
    assert len(set(new)) == len(new)
    assert not set(new) & {one.title_key for one in before}


@given(EVENTS, RECORDED)
def test_what_is_new_was_recorded_then_is_known_by_the_next_import(
    events: list[Any], before: list[Any]
) -> None:
    found = identify(events, before, same_titles=True)
    new = [one for one in events if one.event.row not in {*found.known, *found.moved}]
    now = [
        *before,
        *(
            _Recorded(100 + one.event.row, 1, one.event.title, "2027A", one.starts)  # as recorded
            for one in new
        ),
    ]
    again = identify(events, now)
    assert set(again.known) >= {*found.known, *(one.event.row for one in new)}
    assert {*again.moved, *again.twice} == set(found.moved)


@given(EVENTS, RECORDED)
def test_all_that_a_moved_event_may_be_has_its_title(events: list[Any], before: list[Any]) -> None:
    found = identify(events, before, same_titles=True)
    titles = {one.event.row: one.event.title for one in events}
    taken = {one.id for one in found.known.values()}
    for row, candidates in found.moved.items():
        assert candidates
        assert {one.title_key for one in candidates} == {titles[row]}
        assert not taken & {one.id for one in candidates}


def test_of_two_the_one_that_is_known_stays_and_the_other_is_asked_about() -> None:
    found = identify([event(4, 1), event(5, 0)], [recorded(1, 0)])
    assert (list(found.known), found.moved, found.twice) == ([5], {}, {4: 5})


def test_one_that_moved_and_one_more_are_told_apart_by_nobody() -> None:
    before = recorded(1, 0)
    found = identify([event(4, 1), event(5, 2)], [before])
    assert (found.moved, found.twice) == ({4: (before,)}, {5: 4})
    found = identify([event(4, 1), event(5, 2)], [before], same_titles=True)
    assert found.moved == {4: (before,), 5: (before,)}


def test_another_sitting_or_template_is_another_event() -> None:
    other = [event(4, 1, sitting="2027S"), event(5, 1, template=2)]
    found = identify(other, [recorded(1, 0)])
    assert (found.known, found.moved, found.twice) == ({}, {}, {})


def test_a_corrected_sitting_is_the_same_event() -> None:
    before = recorded(1, 0)
    found = identify([event(4, 0, sitting="2027S")], [before])
    assert found.known == {4: before}


def test_one_that_starts_then_by_now_is_known() -> None:
    before = [recorded(1, 0), recorded(2, 1)]
    starts = FIRST + timedelta(days=3)
    found = identify(
        [event(4, 3)], before, has_moved_to=lambda one, start: one.id == 2 and start == starts
    )
    assert found.known == {4: before[1]}
