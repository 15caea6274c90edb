"""Mailing planners the answers to their workbooks.

What belongs here: who may be written to, and sending the copy that was put into the outbox. What
does not: putting it there (`imports.outbox`), and what is said (`workbook_letters`). The
address stands in a workbook, which anybody may have written, or is a name at the desk: only a plain
address of a domain that the settings name is written to.
"""

import hashlib
import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from adm_sync.alerts.addresses import PAUSES, Address, Letter, addresses, pause_after, send
from adm_sync.alerts.words import manner_of
from adm_sync.alerts.workbook_letters import ATTACHED, WorkbookLetters, sign_of
from adm_sync.database import answers, upload_answers
from adm_sync.database.answers import DueAnswer
from adm_sync.database.engine import Database, database_errors
from adm_sync.database.upload_answers import Answered, DueNews
from adm_sync.errors import FolderError
from adm_sync.imports.outbox import Outbox
from adm_sync.moments import clock_time
from adm_sync.settings import Settings
from adm_sync.settings.alerting import domains

if TYPE_CHECKING:
    from adm_sync.imports.reporting import Reporter

log = logging.getLogger("adm_sync.alerts")

LEASE = timedelta(seconds=120)
# A look of the sensor ends within a minute.
AT_A_LOOK = 2
# Such as one from before mail was set up: nobody waits for it any more.
OLD = timedelta(days=1)
NO_MAIL = "ADM_SYNC_ALERTS has no address of a mail server"
FOREIGN = "its domain is not among ADM_SYNC_ANSWER_DOMAINS"
TOO_OLD = "it is older than a day"


@dataclass(frozen=True, slots=True)
class Mailing:
    """Through what mail goes, if through anything, and whose people are written to."""

    through: Address | None
    domains: frozenset[str]

    def obstacle(self, address: str) -> str:
        """Why nothing is mailed there, now or ever; empty if it may be."""
        if address.rpartition("@")[2].lower() not in self.domains:
            return FOREIGN
        return "" if self.through is not None else NO_MAIL


@dataclass(frozen=True, slots=True)
class Post:
    """Who mails answers.

    Attributes:
        database: open.
        outbox: where the answers to workbooks of the inbox lie.
        letters: says what became of a workbook.
        mailing: who may be written to.
    """

    database: Database
    outbox: Outbox
    letters: WorkbookLetters
    mailing: Mailing

    def deliver(self, now: datetime) -> None:
        """Mail what is due; what cannot be mailed now is tried again at a later look.

        Raises:
            DatabaseError: it cannot be looked.
        """
        with database_errors(), self.database.engine.begin() as connection:
            due = answers.claim(connection, now, LEASE, AT_A_LOOK)
            news = upload_answers.claim(connection, now, LEASE, AT_A_LOOK)
        for one in due:
            self._deliver(one, now)
        for each in news:
            self._tell(each, now)

    def _deliver(self, one: DueAnswer, now: datetime) -> None:
        reason = self.mailing.obstacle(one.contact) or (TOO_OLD if now - one.put_at > OLD else "")
        why = None if reason else self._mail(one)
        if why is not None and one.attempts <= len(PAUSES):
            with database_errors(), self.database.engine.begin() as connection:
                answers.put_off(connection, [one.id], why, now + pause_after(one.attempts))
            log.warning("The answer «%s» could not be mailed: %s.", one.name, why)
            return
        with database_errors(), self.database.engine.begin() as connection:
            answers.settle(connection, [one.id], reason or why or "")
        if reason:
            log.warning("The answer «%s» is not mailed: %s.", one.name, reason)

    def _tell(self, one: DueNews, now: datetime) -> None:
        """Mail somebody the news of their upload, unless that is what they know."""
        reason = self.mailing.obstacle(one.address) or (TOO_OLD if now - one.since > OLD else "")
        letter = None if reason else self.letters.about(one.partition, one.address)
        if letter is None or self.mailing.through is None or sign_of(letter) == one.sign:
            with database_errors(), self.database.engine.begin() as connection:
                upload_answers.settle(connection, one, reason)
            return
        with self.letters.with_copy(letter, one.partition) as whole:
            why = send(self.mailing.through, whole)
        with database_errors(), self.database.engine.begin() as connection:
            if why is None:
                upload_answers.note_sent(connection, one, sign_of(letter), now)
            elif one.attempts <= len(PAUSES):
                upload_answers.put_off(connection, one, why, now + pause_after(one.attempts))
            else:
                upload_answers.settle(connection, one, why)
        if why is not None:
            log.warning("What became of «%s» could not be mailed: %s.", one.partition, why)

    def _mail(self, one: DueAnswer) -> str | None:
        assert self.mailing.through is not None
        known = self.letters.about(one.partition, one.contact) if one.partition else None
        letter = known or Letter(f"adm_sync: {one.name}", f"{one.name} was looked at.\n")
        with self._attached(one) as file:
            where = f"The answer lies in {one.folder}/{one.name}, and could not be attached.\n"
            text = letter.text + (ATTACHED if file else where)
            whole = replace(letter, text=text, attached=file, to=one.contact)
            return send(self.mailing.through, whole)

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
    return Post(
        database,
        Outbox(database.engine, settings.outbox),
        WorkbookLetters(
            database.engine,
            partial(_reporter, settings, database),
            manner_of(settings),
        ),
        mailing_of(settings),
    )


def _reporter(settings: Settings, database: Database) -> "Reporter":
    from adm_sync.imports.opening import open_reporter  # which loads all that an import needs

    return open_reporter(settings, database.engine, log.info)


def mailing_of(settings: Settings) -> Mailing:
    """The one that the settings come to."""
    allowed = settings.adm_sync_answer_domains
    listed = domains(allowed) if allowed else frozenset[str]()
    return Mailing(first_mail(addresses(settings)), listed)


def where_answers_go(
    connection: sa.Connection, workbook_id: int, mailing: Mailing, zone: str
) -> list[str]:
    """To whom it is mailed what became of a workbook that was uploaded, each in a sentence.

    Args:
        connection: only read from.
        workbook_id: our row.
        mailing: who may be written to; where that is nobody, nothing is said.
        zone: the time zone that moments are told in.
    """
    if mailing.through is None or not mailing.domains:
        return []
    return [_goes(one, zone) for one in upload_answers.answered(connection, workbook_id)]


def _goes(one: Answered, zone: str) -> str:
    if one.message:
        again = " It is tried again." if one.due_at else ""
        return f"What became of it could not be mailed to {one.address}: {one.message}.{again}"
    if one.sent_at and not one.due_at:
        return f"What became of it was mailed to {one.address}, {clock_time(one.sent_at, zone)}."
    return f"What becomes of it is mailed to {one.address}."


def first_mail(to: Sequence[Address]) -> Address | None:
    """The first address that leads to a mail server."""
    return next((one for one in to if one.is_mail), None)
