"""Which session of Administrate is which session of the workbook."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adm_sync.push.remote import RemoteSession
from adm_sync.push.slots import assign

FIELD = "Field:8"
FIRST = datetime(2027, 1, 12, 9, 30, tzinfo=UTC)
TITLES = st.sampled_from(["Part 1", "Part 2", "Day 1", "DAY\u00a02", "Day 3", ""])


def session(number: int, title: str = "", day: str | None = None) -> RemoteSession:
    fields = {} if day is None else {FIELD: day}
    return RemoteSession(f"Session:{number}", title, FIRST + timedelta(weeks=number), fields)


@st.composite
def sessions(draw: st.DrawFn) -> list[RemoteSession]:
    marks = st.none() | st.sampled_from(["1", "2", "3", "7", "", "x", "²"])
    count = draw(st.integers(0, 6))
    return [session(number, draw(TITLES), draw(marks)) for number in range(count)]


DAYS = st.dictionaries(st.integers(1, 5), TITLES, max_size=5)


@given(DAYS, sessions(), st.sampled_from([FIELD, None]))
def test_each_session_is_given_once_and_as_many_as_can_be(
    days: dict[int, str], remote: list[RemoteSession], field: str | None
) -> None:
    taken, left = assign(days, remote, field)
    given = list(taken.values())
    assert len(set(given)) == len(given) == min(len(days), len(remote))
    assert set(taken) <= set(days)
    assert sorted([*given, *(one.external_id for one in left)]) == sorted(
        one.external_id for one in remote
    )


@given(DAYS, st.integers(0, 6))
def test_the_sessions_of_a_new_event_are_its_days_in_order(
    days: dict[int, str], count: int
) -> None:
    remote = [session(number, f"Untouched {number}") for number in range(count)]
    taken, left = assign(days, remote, FIELD)
    expected = [one.external_id for one in remote]
    assert [taken[day] for day in sorted(taken)] == expected[: len(days)]
    assert [one.external_id for one in left] == expected[len(days) :]


@given(st.permutations([1, 2, 3, 4]), st.integers(0, 4))
def test_sessions_that_were_moved_already_are_known_by_their_day(
    order: list[int], updated: int
) -> None:
    """However their starts have been shuffled, an assignment that is repeated stays."""
    days = {day: f"Day {day}" for day in order}
    done = set(order[:updated])
    remote = [
        session(
            day, f"Day {day}" if day in done else "Untouched", str(day) if day in done else None
        )
        for day in order
    ]
    taken, _ = assign(days, remote, FIELD)
    assert all(taken[day] == f"Session:{day}" for day in done)


def test_without_the_custom_field_the_title_tells() -> None:
    remote = [session(1, "CB1 - DAY  2"), session(2, "Untouched")]
    taken, left = assign({1: "CB1 - Day 1", 2: "CB1 - Day 2"}, remote, None)
    assert (taken, left) == ({1: "Session:2", 2: "Session:1"}, [])


def test_of_two_with_the_same_day_the_first_is_it() -> None:
    remote = [session(1, day="1"), session(2, day="1")]
    taken, left = assign({1: "Day 1"}, remote, FIELD)
    assert taken == {1: "Session:1"}
    assert [one.external_id for one in left] == ["Session:2"]
