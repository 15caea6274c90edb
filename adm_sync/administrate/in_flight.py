"""How many requests are on their way at the same time: as many as the rate needs.

Fewer would leave permits unused while answers are waited for; more would only wait for permits.

What belongs here: the number, and doing something with many things so. What does not: the limit.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from math import ceil
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST = 32
WITHOUT_LIMIT = 8
# What is done here between two requests, such as noting an answer.
OWN_SECONDS = 0.25


def needed(rate: float, answer_seconds: float) -> int:
    """How many use up a rate, one of them always waiting for the next permit.

    Args:
        rate: requests a second; 0 is no limit.
        answer_seconds: how long one is on its way.
    """
    if rate <= 0:
        return WITHOUT_LIMIT
    return min(MOST, ceil(rate * (answer_seconds + OWN_SECONDS)) + 1)


def at_once(do: Callable[[T], R], items: Iterable[T], many: Callable[[], int]) -> Iterator[R]:
    """Do something with each of these, and give what came of it as it comes.

    If one of them fails, or the caller leaves, nothing is begun any more, and what is on its way
    is waited for.

    Args:
        do: called in threads.
        items: the next is taken when it can be begun, in the caller's thread.
        many: how many at the same time, asked again and again.
    """
    todo = iter(items)
    with ThreadPoolExecutor(MOST, thread_name_prefix="adm_sync") as threads:
        running: set[Future[R]] = set()
        while True:
            for item in islice(todo, max(0, many() - len(running))):
                running.add(threads.submit(do, item))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for one in done:
                yield one.result()
