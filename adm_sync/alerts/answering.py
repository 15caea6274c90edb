"""Mailing planners the answers to their workbooks.

What belongs here: who may be written to, and sending the copy that was put into the outbox. What
does not: putting it there (`imports.outbox`). The address stands in a workbook, which anybody may
have written: only a plain address of a domain that the settings name is written to.
"""

import hashlib
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from adm_sync.alerts.addresses import PAUSES, Address, Letter, addresses, pause_after, send
from adm_sync.database import answers
from adm_sync.database.answers import DueAnswer
from adm_sync.database.engine import Database, database_errors
from adm_sync.errors import FolderError
from adm_sync.imports.outbox import Outbox
from adm_sync.settings import Settings
from adm_sync.settings.alerting import domains

log = logging.getLogger("adm_sync.alerts")

LEASE = timedelta(seconds=120)
# A look of the sensor ends within a minute.
AT_A_LOOK = 2
NO_MAIL = "ADM_SYNC_ALERTS has no address of a mail server"
FOREIGN = "its domain is not among ADM_SYNC_ANSWER_DOMAINS"


@dataclass(frozen=True, slots=True)
class Post:
    """Who mails answers.

    Attributes:
        database: open.
        outbox: where the answers lie.
        mail: the address that mail goes through; None if there is none.
        domains: whose people are written to.
    """

    database: Database
    outbox: Outbox
    mail: Address | None
    domains: frozenset[str]

    def deliver(self, now: datetime) -> None:
        """Mail what is due; what cannot be mailed now is tried again at a later look.

        Raises:
            DatabaseError: it cannot be looked.
        """
        with database_errors(), self.database.engine.begin() as connection:
            due = answers.claim(connection, now, LEASE, AT_A_LOOK)
        for one in due:
            reason = self._obstacle(one)
            why = None if reason else self._mail(one)
            if why is not None and one.attempts <= len(PAUSES):
                with database_errors(), self.database.engine.begin() as connection:
                    answers.put_off(connection, [one.id], why, now + pause_after(one.attempts))
                log.warning("The answer «%s» could not be mailed: %s.", one.name, why)
                continue
            with database_errors(), self.database.engine.begin() as connection:
                answers.settle(connection, [one.id], reason or why or "")
            if reason:
                log.warning("The answer «%s» is not mailed: %s.", one.name, reason)

    def _obstacle(self, one: DueAnswer) -> str:
        """Why nothing is mailed, now or ever; empty if it may be."""
        if one.contact.rpartition("@")[2].lower() not in self.domains:
            return FOREIGN
        return "" if self.mail is not None else NO_MAIL

    def _mail(self, one: DueAnswer) -> str | None:
        assert self.mail is not None
        where = f"{one.folder}/{one.name}"
        text = (
            f"Your workbook {one.file_name or one.name} was looked at. The answer lies in {where}"
        )
        with self._attached(one) as file:
            text += " and is attached." if file else ", and could not be attached."
            title = f"adm_sync: {one.name}"
            return send(self.mail, Letter(title, f"{text}\n", attached=file, to=one.contact))

    @contextmanager
    def _attached(self, one: DueAnswer) -> Iterator[Path | None]:
        """The file as it was put there; what a person has made of it since is not theirs to get."""
        try:
            data = self.outbox.read(one.name)
        except FolderError as error:
            log.info("the answer «%s» cannot be read: %s", one.name, error)
            data = None
        if data is None or hashlib.sha256(data).hexdigest() != one.sha256:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="adm_sync-") as folder:
            file = Path(folder) / one.name
            file.write_bytes(data)
            yield file


def post_of(settings: Settings, database: Database) -> Post:
    """The one that the settings come to."""
    through = first_mail(addresses(settings))
    allowed = settings.adm_sync_answer_domains
    return Post(
        database,
        Outbox(database.engine, settings.outbox),
        through,
        domains(allowed) if allowed else frozenset(),
    )


def first_mail(to: Sequence[Address]) -> Address | None:
    """The first address that leads to a mail server."""
    return next((one for one in to if one.is_mail), None)
