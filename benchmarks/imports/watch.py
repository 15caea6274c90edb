"""A watch that divides a run into stages."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.imports.job import Stage
from benchmarks.measuring import DatabaseMeter


class Watch:
    """Measures one stage after another; `requests` tells how many were made so far."""

    def __init__(self, meter: DatabaseMeter, requests: Callable[[], int]) -> None:
        self.stages: list[Stage] = []
        self._meter = meter
        self._requests = requests
        self._name: str | None = None

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """The block is this stage, or begins with it."""
        self.begin(name)
        yield
        self.end()

    def begin(self, name: str) -> None:
        """From now on it is this stage, and no longer the one before."""
        if self._name is not None:
            self.end()
        self._name = name
        self._before = self._now()

    def end(self) -> None:
        """The stage is over."""
        wall, own, statements, requests = (
            now - then for now, then in zip(self._now(), self._before, strict=True)
        )
        self.stages.append(Stage(self._name or "", wall, own, int(statements), int(requests)))
        self._name = None

    def _now(self) -> tuple[float, float, float, float]:
        own = time.process_time() + self._meter.waited
        return time.perf_counter(), own, self._meter.statements, self._requests()
