"""Holding workbooks, so that nobody else imports one or takes it back meanwhile.

What belongs here: the locks that one importer has. What does not: what is done under them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from adm_sync.database import locks
from adm_sync.database.locks import Lock, exclusive
from adm_sync.imports.state import lock_name

# Shared by whoever records events or takes them back, for as long as a transaction; held alone from
# the last comparison of a plan that was agreed to until it is recorded.
RECORDING = "recording events"
# As long as for any other lock.
SECONDS_TO_BE_ALONE = 120.0


def take_turn(connection: sa.Connection) -> None:
    """Wait until nobody records alone; until this transaction ends, nobody begins to."""
    locks.share(connection, RECORDING)


def alone(engine: sa.Engine, on_wait: Callable[[str], object]) -> AbstractContextManager[Lock]:
    """Until this is left nobody else records events.

    Raises:
        SyncBusy: somebody was at it for too long; the message names them.
    """
    return exclusive(engine, RECORDING, SECONDS_TO_BE_ALONE, on_wait)


@dataclass(slots=True)
class Holding:
    """The workbooks that are held here, by partition."""

    engine: sa.Engine
    _locks: dict[str, ExitStack] = field(default_factory=dict)

    def hold(self, partition: str) -> None:
        """From now on nobody else imports this workbook, until `let_go`.

        Raises:
            SyncBusy: somebody does; the message names them.
        """
        if partition not in self._locks:
            lock = ExitStack()
            name = lock_name(partition)
            lock.enter_context(exclusive(self.engine, name))
            self._locks[partition] = lock

    @contextmanager
    def for_a_while(self, partition: str) -> Iterator[None]:
        """Hold it meanwhile, if it is not held here anyway.

        Raises:
            SyncBusy: somebody else imports it.
        """
        is_new = partition not in self._locks
        self.hold(partition)
        try:
            yield
        finally:
            if is_new:
                self.let_go(partition)

    def let_go(self, partition: str | None = None) -> None:
        """Others may import this workbook again; without one, all that are held."""
        for one in [partition] if partition else list(self._locks):
            lock = self._locks.pop(one, None)
            if lock is not None:
                lock.close()
