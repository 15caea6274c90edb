"""Taking in workbooks that arrived in the inbox.

What belongs here: comparing what lies there with what was seen before, and keeping the bytes of
each new file, once. What does not: what lies there (`inbox`), and starting imports (`defs`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from adm_sync.database import import_journal
from adm_sync.database import inbox as memory
from adm_sync.database.encoding import storable
from adm_sync.database.engine import database_errors
from adm_sync.database.inbox import SeenFile
from adm_sync.database.states import ImportStatus, InboxState
from adm_sync.imports.inbox import InboxFile, look, sign_of
from adm_sync.workbook.file.archive import NOT_A_WORKBOOK, check_kind
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.reading import Limits, open_content

SOURCE = "inbox"
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


def take_over(engine: sa.Engine, folder: Path, earlier: Mapping[str, Mapping[str, str]]) -> None:
    """Keep what an earlier version remembered elsewhere, of files that are as they were.

    Args:
        engine: the database.
        folder: the inbox.
        earlier: `done`, the size and time of each file that was taken in or refused, by its name;
            and `refused`, why.

    Raises:
        OSError: the folder cannot be read.
        DatabaseError: it cannot be kept.
    """
    found, here = look(folder), str(folder.resolve())
    done, refused = earlier.get("done", {}), earlier.get("refused", {})
    with database_errors(), engine.begin() as connection:
        known = memory.remembered(connection, here, [one.name for one in found])
        for one in found:
            _, size, changed, _ = one.sign.split(":")
            if one.name in known or done.get(one.name) != f"{size}:{changed}":
                continue
            state = InboxState.REFUSED if one.name in refused else InboxState.TAKEN
            why = refused.get(one.name, "")
            memory.remember(connection, here, one.name, one.sign, state, why)


@dataclass(slots=True)
class Look:
    """One look into the inbox; at most `room` workbooks are taken in."""

    engine: sa.Engine
    folder: Path
    limits: Limits
    room: int
    arrivals: list[Arrival] = field(default_factory=list)

    def take_in(self) -> list[Arrival]:
        """What is known now of each file; what has landed whole is kept.

        Raises:
            OSError: the folder cannot be read.
            DatabaseError: what was seen cannot be kept.
        """
        found, here = look(self.folder), str(self.folder.resolve())
        with database_errors(), self.engine.begin() as connection:
            names = [one.name for one in found]
            before = memory.remembered(connection, here, names)
            gone = sorted(before.keys() - set(names))
            if gone:
                memory.forget(connection, here, gone)
        for one in found:
            arrival = self._known(one, before.get(one.name))
            if arrival.is_new:
                with database_errors(), self.engine.begin() as connection:
                    memory.remember(
                        connection,
                        here,
                        one.name,
                        one.sign,
                        arrival.state,
                        arrival.message,
                        arrival.partition,
                    )
            self.arrivals.append(arrival)
        return self.arrivals

    def _known(self, one: InboxFile, seen: SeenFile | None) -> Arrival:
        if seen is None or seen.sign != one.sign:
            if one.obstacle:
                return Arrival(
                    one, InboxState.REFUSED, f"«{one.name}» is not taken: {one.obstacle}"
                )
            return Arrival(one, InboxState.LANDING)
        if seen.state == InboxState.LANDING and self.room:
            self.room -= 1
            return self._opened(one)
        over = seen.latest_status not in _NOT_OVER
        return Arrival(one, seen.state, seen.message, seen.partition, over, is_new=False)

    def _opened(self, one: InboxFile) -> Arrival:
        """Keep the bytes of a file, unless they are known, whatever their name was."""
        try:
            content = open_content(one.path, self.limits, follow=False)
            check_kind(content.name, content.data)
            if _FIRST_PART not in content.data:
                message = f"{content.name} is an archive, but no Excel workbook."
                raise WorkbookRefused(NOT_A_WORKBOOK.saying(message))
            state = one.path.stat(follow_symlinks=False)
        except WorkbookRefused as refusal:
            return Arrival(one, InboxState.REFUSED, str(refusal))
        except FileNotFoundError:
            return Arrival(one, InboxState.LANDING)
        if sign_of(state) != one.sign:
            return Arrival(replace(one, sign=sign_of(state)), InboxState.LANDING)
        with database_errors(), self.engine.begin() as connection:
            content = replace(content, name=storable(connection, content.name))
            known = import_journal.workbook_of(connection, content.sha256)
            if known is not None:
                over = known.latest_status not in _NOT_OVER
                return Arrival(one, InboxState.TAKEN, "", known.partition, over)
            import_journal.keep_workbook(
                connection,
                partition=content.partition,
                file_name=content.name,
                sha256=content.sha256,
                content=content.data,
                sheet=None,
                source=SOURCE,
                now=datetime.now(UTC),
            )
        return Arrival(one, InboxState.TAKEN, "", content.partition)
