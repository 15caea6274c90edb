"""Telling each address of each problem once, and once that it is put right.

What belongs here: one look at what is wrong, and sending what follows from it. What does not: what
is a problem (`stored`, `watching`), and the memory of who was told (`database.alerts`).

Nothing here fails or holds up whoever looks: transactions are its own, sending ends in time, and
what could not be sent is tried again at a later look, by whomever.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from adm_sync.alerts.addresses import Address, Letter, addresses, pause_after, send_all
from adm_sync.alerts.answering import post_of
from adm_sync.alerts.items import URGENT, problems, settling
from adm_sync.alerts.outage import end_outage, tell_of_outage
from adm_sync.alerts.stored import stored
from adm_sync.alerts.watching import Schedules, unknown, watched
from adm_sync.alerts.words import Manner, digest_of, letter_of, manner_of
from adm_sync.database import alerts
from adm_sync.database.alerts import Message
from adm_sync.database.engine import Database, database_errors, open_database
from adm_sync.database.states import ProblemKind
from adm_sync.errors import AdmSyncError, DatabaseError, DatabaseUnreachable
from adm_sync.fault_log import keep_trace
from adm_sync.settings import Settings

log = logging.getLogger("adm_sync.alerts")

# How long whoever claimed a message may take to send it.
LEASE = timedelta(seconds=120)
PATIENCE = timedelta(minutes=15)
# A digest that was due longer ago than that is yesterday's.
OLD_DIGEST = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Teller:
    """Who tells whom.

    Attributes:
        database: open.
        to: the addresses.
        kinds: what they are told of.
        manner: how it is said.
        schedules: what each schedule should have started.
        digest_due: when a digest was last due, if any is wanted.
    """

    database: Database
    to: Sequence[Address]
    kinds: frozenset[ProblemKind] = frozenset(ProblemKind)
    manner: Manner = field(default_factory=lambda: Manner("UTC"))
    schedules: Schedules = unknown
    digest_due: datetime | None = None

    def look(self, now: datetime) -> bool:
        """Look at what is wrong, and tell whoever has not heard; whether all of it arrived.

        Raises:
            DatabaseError: it cannot be looked.
        """
        late = watched(self.database, self.schedules, now)
        looked_for = frozenset(ProblemKind)
        if not late.is_whole:
            looked_for -= {ProblemKind.NOT_RUN}
        with database_errors(), self.database.engine.begin() as connection:
            alerts.one_at_a_time(connection)
            items = stored(connection, self.manner.time_zone, late.items)
            found = problems(items, now)
            alerts.note_seen(connection, found, settling(items), looked_for, now)
            names = [one.name for one in self.to]
            alerts.queue(connection, names, self.kinds, PATIENCE, now)
            claimed = alerts.claim(connection, names, now, LEASE)
            is_digest = self._takes_digest(connection, now)
        arrived = self._send(claimed, now)
        if is_digest:
            letter = digest_of(found, self.manner)
            arrived = self._sent([(one, letter) for one in self.to]) and arrived
        return arrived

    def _takes_digest(self, connection: sa.Connection, now: datetime) -> bool:
        due = self.digest_due
        if due is None or not self.to or now - due > OLD_DIGEST:
            return False
        return alerts.claim_digest(connection, due, now)

    def _send(self, claimed: Sequence[Message], now: datetime) -> bool:
        by_address: dict[str, list[Message]] = defaultdict(list)
        for one in claimed:
            by_address[one.address].append(one)
        those = [one for one in self.to if one.name in by_address]
        letters = [(one, letter_of(by_address[one.name], self.manner)) for one in those]
        outcomes = send_all(letters)
        with database_errors(), self.database.engine.begin() as connection:
            for address, why in zip(those, outcomes, strict=True):
                messages = by_address[address.name]
                ids = [one.id for one in messages]
                if why is None:
                    alerts.note_sent(connection, ids, now)
                    continue
                tries = max(one.attempts for one in messages)
                alerts.note_unsent(connection, ids, why, now + pause_after(tries))
        self._log(those, outcomes)
        return not any(outcomes)

    def _sent(self, letters: Sequence[tuple[Address, Letter]]) -> bool:
        outcomes = send_all(letters)
        self._log([address for address, _ in letters], outcomes)
        return not any(outcomes)

    @staticmethod
    def _log(to: Sequence[Address], outcomes: Sequence[str | None]) -> None:
        for address, why in zip(to, outcomes, strict=True):
            if why is not None:
                log.warning("%s could not be told: %s.", address.name, why)


def teller_of(
    settings: Settings,
    database: Database,
    schedules: Schedules = unknown,
    digest_due: datetime | None = None,
) -> Teller:
    """The one that the settings come to; `schedules` and `digest_due` as `Teller` has them."""
    every = settings.adm_sync_alert_level == "warning"
    return Teller(
        database,
        addresses(settings),
        frozenset(ProblemKind) if every else URGENT,
        manner_of(settings),
        schedules,
        digest_due,
    )


def look_once(
    settings: Settings, schedules: Schedules = unknown, digest_due: datetime | None = None
) -> bool:
    """Open the database, and tell whoever has not heard of a problem; whether all of it arrived.

    Raises:
        DatabaseError: it is away; who could be told of that was.
    """
    with opened_or_told(settings) as database:
        return _look(settings, database, schedules, digest_due)


@contextmanager
def opened_or_told(settings: Settings) -> Iterator[Database]:
    """The open database; that it is away is told.

    Raises:
        DatabaseError: it is.
    """
    with ExitStack() as stack:
        try:
            database = stack.enter_context(open_database(settings))
        except DatabaseError as error:
            tell_of_outage(settings, error, datetime.now(UTC))
            raise
        yield database


def look_quietly(settings: Settings, database: Database, schedules: Schedules = unknown) -> None:
    """Look and tell, if anybody is to be told; whatever goes wrong with that is for the log.

    Args:
        settings: say whom to tell.
        database: open.
        schedules: what `Teller` has under that name.
    """
    try:
        if settings.adm_sync_alerts is not None:
            _look(settings, database, schedules, None)
    except _ToldOutage as error:
        keep_trace(error)
    except AdmSyncError as error:
        keep_trace(error)
        log.warning("Nobody could be told of problems: %s", error)
    except Exception as error:
        log.error("a fault of adm_sync itself while telling of problems", exc_info=error)


def _look(
    settings: Settings, database: Database, schedules: Schedules, digest_due: datetime | None
) -> bool:
    now = datetime.now(UTC)
    try:
        arrived = teller_of(settings, database, schedules, digest_due).look(now)
        post_of(settings, database).deliver(now)
    except DatabaseError as error:
        if _is_away(database) and tell_of_outage(settings, error, now):
            raise _ToldOutage(str(error)) from error
        raise
    end_outage(settings, now)
    return arrived


class _ToldOutage(DatabaseUnreachable):
    """The database is away, and everybody has heard of that."""


def _is_away(database: Database) -> bool:
    """Whether there is no way to it, and not only a lock that somebody holds."""
    try:
        with database_errors(), database.engine.connect():
            return False
    except DatabaseError:
        return True
