"""As many requests at the same time as the rate needs, and no more."""

from collections.abc import Iterator
from threading import Barrier, Event, Lock

import pytest

from adm_sync.administrate.in_flight import MOST, WITHOUT_LIMIT, at_once, needed


@pytest.mark.parametrize(
    ("rate", "seconds", "number"),
    [(15, 0.0, 5), (15, 0.05, 6), (15, 0.5, 13), (15, 10.0, MOST), (1, 0.05, 2)],
)
def test_there_are_as_many_as_a_rate_needs(rate: float, seconds: float, number: int) -> None:
    assert needed(rate, seconds) == number
    # As many answers come in a second as are permitted, and another one waits for its permit.
    if number < MOST:
        assert (number - 1) / (seconds or 0.001) >= rate


def test_without_a_limit_there_are_some() -> None:
    assert needed(0, 0.0) == needed(0, 60.0) == WITHOUT_LIMIT


def test_all_are_done_so_many_at_a_time() -> None:
    lock, now, most = Lock(), [0], [0]
    both = Barrier(2)

    def do(number: int) -> int:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        both.wait(10)
        with lock:
            now[0] -= 1
        return number * 2

    assert sorted(at_once(do, range(8), lambda: 2)) == [n * 2 for n in range(8)]
    assert most == [2]


def test_how_many_is_asked_again_and_again() -> None:
    wanted, all_there = [1], Barrier(3)

    def do(number: int) -> int:
        if number == 0:
            wanted[0] = 3
        else:
            all_there.wait(10)
        return number

    assert sorted(at_once(do, range(4), lambda: wanted[0])) == [0, 1, 2, 3]


def test_the_next_is_taken_only_when_it_can_be_begun() -> None:
    begun, taken = Event(), list[int]()

    def items() -> Iterator[int]:
        for number in range(3):
            taken.append(number)
            yield number

    def do(number: int) -> int:
        begun.set()
        return number

    for number in at_once(do, items(), lambda: 1):
        assert begun.is_set()
        assert taken == list(range(number + 1))


def test_after_a_failure_nothing_is_begun_and_what_is_on_its_way_is_waited_for() -> None:
    failed, done = Event(), list[int]()

    def do(number: int) -> int:
        if number == 0:
            failed.set()
            raise ValueError("no")
        failed.wait(10)
        done.append(number)
        return number

    with pytest.raises(ValueError, match="no"):
        list(at_once(do, range(9), lambda: 2))
    assert done in ([1], [1, 2])


def test_nothing_is_nothing() -> None:
    assert list(at_once(lambda one: one, [], lambda: 4)) == []
