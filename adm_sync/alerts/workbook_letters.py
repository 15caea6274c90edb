"""What planners are mailed of their workbooks: what became of them, and the marked copy.

What belongs here: the letter, as everything stands when it is written. What does not: whom it goes
to, and sending it (`answering`).
"""

import hashlib
import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from adm_sync.alerts.addresses import Letter
from adm_sync.alerts.words import Manner, plain
from adm_sync.database.engine import database_errors
from adm_sync.database.states import ImportStatus
from adm_sync.errors import AdmSyncError
from adm_sync.imports.looking import LookedAt, look_at
from adm_sync.imports.wording import plan_sentence, standing_sentence
from adm_sync.pages import WITHIN

if TYPE_CHECKING:
    from adm_sync.imports.reporting import Reporter

log = logging.getLogger("adm_sync.alerts")

ATTACHED = "It is attached, with all remarks in it.\n"


@dataclass(frozen=True, slots=True)
class WorkbookLetters:
    """Writes them.

    Attributes:
        engine: of the database.
        reporter: gives who makes the marked copy.
        manner: how links are written.
    """

    engine: sa.Engine
    reporter: Callable[[], "Reporter"]
    manner: Manner

    def about(self, partition: str, to: str) -> Letter | None:
        """The letter, without the copy; None while somebody is at work on it again.

        Raises:
            DatabaseError: it cannot be looked.
        """
        with database_errors(), self.engine.connect() as connection:
            looked = look_at(connection, partition)
        told = _news(looked)
        if told is None:
            return None
        title, text = told
        link = self.manner.link(WITHIN.one_import(partition))
        more = f"Its page: {link}\n" if link else ""
        return Letter(plain(f"adm_sync: {title}"), f"{plain(text)}\n{more}", to=to)

    @contextmanager
    def with_copy(self, letter: Letter, partition: str) -> Iterator[Letter]:
        """The letter with the marked copy, if there can be one."""
        with tempfile.TemporaryDirectory(prefix="adm_sync-") as folder:
            try:
                name, data = self.reporter().marked_copy(partition)
            except AdmSyncError as error:
                log.info("there is no marked copy of «%s»: %s", partition, error)
                yield letter
                return
            file = Path(folder) / name
            file.write_bytes(data)
            yield replace(letter, text=f"{letter.text}{ATTACHED}", attached=file)


def sign_of(letter: Letter) -> str:
    """What tells a letter from one that says something else."""
    return hashlib.sha256(f"{letter.title}\n{letter.text}".encode()).hexdigest()


def _news(looked: LookedAt) -> tuple[str, str] | None:
    """The title and the text; None while nobody knows what comes of it."""
    book, check = looked.listed.workbook, looked.dry_run
    name, outcome = book.file_name, looked.listed.outcome
    is_checked_since = check and (book.started_at is None or check.started_at > book.started_at)
    if outcome == ImportStatus.RUNNING or (check and check.status == ImportStatus.RUNNING):
        return None
    if not check or not is_checked_since:
        said = [f"The import of {name} has ended: {outcome}.", looked.listed.message]
        stands = standing_sentence(looked.listed.standing)
        return f"the import of {name}: {outcome}", "\n".join(filter(None, [*said, stands]))
    if check.result is None:
        return f"{name} could not be checked", f"{name} could not be checked. {check.message}"
    said = [f"{name} was checked, and nothing was imported by that.", plan_sentence(check.result)]
    return f"{name} was checked", "\n".join(said)
