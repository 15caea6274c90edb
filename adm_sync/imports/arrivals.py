"""Taking in workbooks that arrived in the inbox, or that somebody has sent.

What belongs here: comparing what lies there with what was seen before, and keeping the bytes of
each new file, once. What does not: what lies there (`inbox`), and starting imports (`defs`).
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import sqlalchemy as sa

from adm_sync.database import import_journal
from adm_sync.database import inbox as memory
from adm_sync.database.encoding import storable
from adm_sync.database.engine import database_errors
from adm_sync.database.import_journal import KnownWorkbook
from adm_sync.database.inbox import Seen, SeenFile
from adm_sync.database.states import ImportStatus, InboxState
from adm_sync.database.upload_answers import UPLOADED
from adm_sync.errors import FolderError
from adm_sync.fault_log import keep_trace
from adm_sync.imports.inbox import SOURCE, Inbox, InboxFile, LocalInbox, obstacle
from adm_sync.imports.keeping import keep_workbook
from adm_sync.imports.outbox import Outbox, not_imported
from adm_sync.workbook.file.archive import NOT_A_WORKBOOK, check_kind
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.reading import Limits, content_of, safe_name, short_name
from adm_sync.workbook.sheet import Content

log = logging.getLogger("adm_sync.imports")

MOST_OF_A_NAME = 150  # bytes
# Dagster ends a tick after a minute; one more answer may have to be waited for.
SECONDS_TO_TAKE_IN = 25.0
# Every package of Office has this part, and a zip archive names its members in clear.
_FIRST_PART = b"[Content_Types].xml"
# An import that ended otherwise is over; one of these was never begun, or did not come to its end.
_NOT_OVER = {None, ImportStatus.RUNNING, ImportStatus.CANCELLED, ImportStatus.INTERRUPTED}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of one file in the inbox after a look.

    Attributes:
        file: as it lies there.
        state: `landing` until it was the same at two looks; then `taken` or `refused`.
        message: why it is refused, in a sentence.
        partition: of a taken one.
        is_over: whether the import of a taken one came to its end before.
        is_new: whether this is known since this look.
    """

    file: InboxFile
    state: InboxState
    message: str = ""
    partition: str | None = None
    is_over: bool = False
    is_new: bool = True

    @property
    def run_key(self) -> str:
        """What tells this arrival from the same bytes dropped again."""
        return f"{self.partition} {self.file.sign}"


def take_over(
    engine: sa.Engine, inbox: LocalInbox, earlier: Mapping[str, Mapping[str, str]]
) -> None:
    """Keep what an earlier version remembered elsewhere, of files that are as they were.

    Args:
        engine: the database.
        inbox: of this machine, as all were.
        earlier: `done`, the size and time of each file that was taken in or refused, by its name;
            and `refused`, why.

    Raises:
        FolderError: the folder cannot be read.
        DatabaseError: it cannot be kept.
    """
    found = inbox.look()
    done, refused = earlier.get("done", {}), earlier.get("refused", {})
    with database_errors(), engine.begin() as connection:
        known = memory.remembered(connection, inbox.place, [one.name for one in found])
        kept = []
        for one in found:
            _, size, changed, _ = one.sign.split(":")
            if one.name in known or done.get(one.name) != f"{size}:{changed}":
                continue
            state = InboxState.REFUSED if one.name in refused else InboxState.TAKEN
            kept.append(Seen(one.name, one.sign, state, refused.get(one.name, "")))
        memory.remember(connection, inbox.place, kept)


@dataclass(slots=True)
class Look:
    """One look into the inbox; `room` workbooks are taken in at most, none begun after `seconds`.

    What is left waits for the next look, which goes on with the workbooks that have waited longest.
    Whatever is not imported is answered in `outbox`, once for each file and content.
    """

    engine: sa.Engine
    inbox: Inbox
    limits: Limits
    room: int
    outbox: Outbox | None = None
    seconds: float = SECONDS_TO_TAKE_IN

    def take_in(self) -> list[Arrival]:
        """What is known now of each file; what has landed whole is kept.

        Raises:
            FolderError: the folder cannot be read.
            DatabaseError: what was seen cannot be kept.
        """
        until = time.monotonic() + self.seconds
        found = self.inbox.look()
        before = self._remembered(found)
        arrivals = {one.name: _known(one, before.get(one.name)) for one in found}
        self._remember([one for one in arrivals.values() if one.is_new])
        landed = [
            one for one in arrivals.values() if one.state == InboxState.LANDING and not one.is_new
        ]
        landed.sort(key=lambda one: (bool(one.file.obstacle), before[one.file.name].seen_at))
        for number, one in enumerate(landed[: self.room]):
            if number and time.monotonic() > until:
                break
            opened = self._opened(one.file)
            self._answer(opened)
            self._remember([opened])
            # What went wrong before is not told again.
            is_new = opened.message != one.message or opened.state != InboxState.LANDING
            arrivals[one.file.name] = replace(opened, is_new=is_new)
        return list(arrivals.values())

    def _remembered(self, found: Sequence[InboxFile]) -> dict[str, SeenFile]:
        names = [one.name for one in found]
        with database_errors(), self.engine.begin() as connection:
            before = memory.remembered(connection, self.inbox.place, names)
            gone = sorted(before.keys() - set(names))
            if gone:
                memory.forget(connection, self.inbox.place, gone)
        return before

    def _remember(self, arrivals: Sequence[Arrival]) -> None:
        seen = [
            Seen(one.file.name, one.file.sign, one.state, one.message, one.partition)
            for one in arrivals
        ]
        with database_errors(), self.engine.begin() as connection:
            memory.remember(connection, self.inbox.place, seen)

    def _opened(self, one: InboxFile) -> Arrival:
        """Keep the bytes of a file, unless they are known, whatever their name was."""
        if one.obstacle:
            message = f"«{one.name}» is not taken: {one.obstacle}"
            return Arrival(one, InboxState.REFUSED, message)
        try:
            content = self.inbox.read(one, self.limits)
            _check_looks(content)
            sign = self.inbox.sign(one)
        except WorkbookRefused as refusal:
            return Arrival(one, InboxState.REFUSED, str(refusal))
        except FileNotFoundError:
            message = f"«{one.name}» waits: it was listed, and was not there when it was read."
            return Arrival(one, InboxState.LANDING, message)
        except FolderError as error:
            keep_trace(error)
            return Arrival(one, InboxState.LANDING, f"«{one.name}» waits: {error}")
        if sign != one.sign:
            return Arrival(replace(one, sign=sign), InboxState.LANDING)
        known = _keep(self.engine, content, SOURCE)
        over = known.latest_status not in _NOT_OVER
        return Arrival(one, InboxState.TAKEN, "", known.partition, over)

    def _answer(self, one: Arrival) -> None:
        """Tell whoever dropped a file of which no import will tell; that may fail."""
        if one.state == InboxState.REFUSED:
            sentence = f"{one.message} It lies in the inbox until somebody takes it away."
        elif one.is_over:
            sentence = (
                f"What is in it was imported before, as «{one.partition}», so nothing was done "
                "again. How that stands, its import's page at the desk says, and adm-sync imports. "
                "To import something else, change the workbook and drop it again."
            )
        else:
            return
        if self.outbox is not None:
            try:
                self.outbox.put(not_imported(one.file.name, sentence))
            except FolderError as error:
                keep_trace(error)
                log.warning("«%s» was not answered: %s", one.file.name, error)


def take_upload(engine: sa.Engine, name: str, data: bytes, limits: Limits, sender: str = "") -> str:
    """Keep a workbook that somebody has sent, unless its bytes are known; gives its partition.

    Args:
        engine: the database.
        name: that the sender gives it.
        data: all of it, or more of it than the limits allow.
        limits: what a workbook may be.
        sender: who sends it.

    Raises:
        WorkbookRefused: it cannot be a workbook.
        DatabaseError: it cannot be kept.
    """
    name = safe_name(name.replace("\\", "/").rpartition("/")[2])
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    if why := obstacle(name):
        message = f"«{short_name(name, MOST_OF_A_NAME)}» is not taken: {why}"
        # What to do is said there already.
        raise WorkbookRefused(replace(NOT_A_WORKBOOK.saying(message), suggestion=None))
    content = content_of(short_name(stem, MOST_OF_A_NAME) + suffix, data, limits)
    _check_looks(content)
    return _keep(engine, content, UPLOADED, sender).partition


def _check_looks(content: Content) -> None:
    """Make sure that it looks like a workbook; whether it is one, reading it tells.

    Raises:
        WorkbookRefused: it does not.
    """
    check_kind(content.name, content.data)
    if _FIRST_PART not in content.data:
        message = f"{content.name} is an archive, but no Excel workbook."
        raise WorkbookRefused(NOT_A_WORKBOOK.saying(message))


def _keep(engine: sa.Engine, content: Content, source: str, sender: str = "") -> KnownWorkbook:
    """Keep the bytes of a workbook, unless they are known, whatever their name was."""
    with database_errors(), engine.begin() as connection:
        content = replace(content, name=storable(connection, content.name))
        known = import_journal.workbook_of(connection, content.sha256)
        if known is not None:
            return known
        keep_workbook(connection, content, source, sender=sender)
    return KnownWorkbook(content.partition, None)


def _known(one: InboxFile, seen: SeenFile | None) -> Arrival:
    if seen is not None and seen.sign == one.sign:
        over = seen.latest_status not in _NOT_OVER
        return Arrival(one, seen.state, seen.message, seen.partition, over, is_new=False)
    return Arrival(one, InboxState.LANDING)
