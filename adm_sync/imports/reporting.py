"""Writing the report of an import to files, from the database alone.

What belongs here: what is said of each row, and putting files in their place. What does not: what
the annotated copy looks like (`workbook.report`). The database is the truth; a report can be
written again at any time, wherever the workbook is.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from adm_sync.database import answers, import_journal, open_steps
from adm_sync.database.engine import database_errors
from adm_sync.database.import_journal import KeptGroup
from adm_sync.database.open_steps import UnfinishedStep
from adm_sync.database.states import FOR_A_PERSON, GroupOutcome
from adm_sync.errors import DatabaseError, FolderError, SettingsError
from adm_sync.fault_log import keep, keep_trace
from adm_sync.folders import Folder
from adm_sync.imports.examining import read_table
from adm_sync.imports.inbox import SOURCE
from adm_sync.imports.keeping import kept_findings, kept_workbook
from adm_sync.imports.outbox import ROOM_FOR_A_STEM, Outbox, Reply, not_imported
from adm_sync.workbook.annotation.findings_list import findings_csv
from adm_sync.workbook.annotation.remarks import Outcome
from adm_sync.workbook.findings import Finding, WorkbookRefused
from adm_sync.workbook.reading import Limits, short_name
from adm_sync.workbook.report import NoCopy, annotated_copy
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table

_OF_A_COPY = re.compile(r"(.+) \(checked(?: (\d{1,9}))?\)")


@dataclass(frozen=True, slots=True)
class Reports:
    """The files that were written, by path or URL; what could not be is said in `problems`."""

    copy: Path | str | None
    csv: Path | str | None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reporter:
    """Writes reports.

    Attributes:
        engine: of the database.
        folder: for the reports, a folder within for each partition.
        limits: what a workbook may be.
        columns: the mapping file, for workbooks with headers of their own.
        remark: hears what could not be done, in a sentence.
        outbox: where a workbook of the inbox is answered.
    """

    engine: sa.Engine
    folder: Folder
    limits: Limits
    columns: Path | None = None
    remark: Callable[[str], object] = lambda _sentence: None
    outbox: Outbox | None = None

    def report(
        self, partition: str, folder: Folder | None = None, table: Table | None = None
    ) -> Reports:
        """Write the annotated copy and the findings of an import, as it stands now.

        A report that cannot be written is a remark and no failure of the import.

        Args:
            partition: the workbook's.
            folder: where to, instead of where all reports are.
            table: its table of events, if it has been read already.

        Raises:
            WorkbookError: there is no such import.
            DatabaseError: it cannot be read.
        """
        made = self._made(partition)
        table = table or self.table_of(made.content, made.sheet)
        where = folder or self.folder.within(short_name(partition))
        reports, reply = _write_all(where, made, table)
        for problem in reports.problems:
            self.remark(problem)
        contact = table.contact if table else ""
        self.answer(replace(reply, workbook_id=made.workbook_id, contact=contact))
        return reports

    def marked_copy(self, partition: str) -> tuple[str, bytes]:
        """The annotated copy of an import as it stands now, and what it is called.

        Raises:
            WorkbookError: there is no such import, or there can be no copy.
            DatabaseError: it cannot be read.
        """
        made = self._made(partition)
        table = self.table_of(made.content, made.sheet)
        if table is None:
            raise NoCopy(f"{made.content.name} cannot be read, so there is no copy of it.")
        return made.copy_name, made.copy(table)

    def findings_list(self, partition: str) -> tuple[str, bytes]:
        """The findings of an import as CSV, and what that file is called.

        Raises:
            WorkbookError: there is no such import.
            DatabaseError: it cannot be read.
        """
        made = self._made(partition)
        return made.csv_name, findings_csv(made.findings)

    def _made(self, partition: str) -> "_Made":
        with database_errors(), self.engine.connect() as connection:
            workbook_id, content, sheet = kept_workbook(connection, partition)
            groups = import_journal.groups_of(connection, workbook_id)
            found = kept_findings(connection, workbook_id)
            unfinished = open_steps.unfinished(connection, workbook_id)
        return _Made(workbook_id, content, sheet, dict(_outcomes(groups, unfinished)), found)

    def refuse(self, workbook_id: int, name: str, sentence: str) -> None:
        """Answer that a workbook as a whole could not be imported."""
        self.answer(not_imported(name, sentence, workbook_id))

    def answer(self, reply: Reply) -> None:
        """Put an answer into the outbox, if it is to a workbook of the inbox.

        One that cannot be put there is a remark and no failure of the import.
        """
        if self.outbox is None or reply.workbook_id is None:
            return
        try:
            with database_errors(), self.engine.connect() as connection:
                if not answers.came_by(connection, reply.workbook_id, SOURCE):
                    return
            self.outbox.put(reply)
        except (FolderError, DatabaseError) as error:
            keep_trace(error)
            self.remark(f"The workbook was not answered: {error} The import is not affected.")

    def table_of(self, content: Content, sheet: str | None) -> Table | None:
        """The table of events of a workbook; None if it cannot be read."""
        try:
            return read_table(content, self.limits, self.columns, sheet)
        except WorkbookRefused:
            return None
        except SettingsError as error:
            self.remark(f"{content.name} cannot be read now. {error}")
            return None


@dataclass(frozen=True, slots=True)
class _Made:
    """What a report is made of: the workbook, what became of its rows, and what was found."""

    workbook_id: int
    content: Content
    sheet: str | None
    outcomes: Mapping[int, Outcome]
    findings: Sequence[Finding]

    @property
    def _stem(self) -> str:
        return short_name(Path(self.content.name).stem, ROOM_FOR_A_STEM)

    @property
    def copy_name(self) -> str:
        return f"{_of_copy(self._stem)}{Path(self.content.name).suffix}"

    @property
    def csv_name(self) -> str:
        return f"{self._stem} findings.csv"

    def copy(self, table: Table) -> bytes:
        """The annotated copy.

        Raises:
            NoCopy: there can be none; the log has what stands behind that.
        """
        try:
            return annotated_copy(self.content, table, self.outcomes, self.findings)
        except NoCopy as reason:
            if reason.trace:
                with suppress(OSError):
                    keep(f"{reason}\n{reason.trace}")
            raise


def _write_all(folder: Folder, made: _Made, table: Table | None) -> tuple[Reports, Reply]:
    """Write the annotated copy (if the workbook could be read) and the CSV of findings.

    What tells most of the import is its answer.
    """
    problems: list[str] = []
    copy: Path | str | None = None
    reply: Reply | None = None
    if table is not None:
        try:
            data = made.copy(table)
        except NoCopy as reason:
            problems.append(str(reason))
        else:
            reply = Reply(made.copy_name, data)
            copy = _write(folder, reply.name, data, problems)
    listed = Reply(made.csv_name, findings_csv(made.findings))
    csv = _write(folder, listed.name, listed.data, problems)
    return Reports(copy, csv, tuple(problems)), reply or listed


def _of_copy(stem: str) -> str:
    """What the copy is called: that of a copy which was corrected has the next number."""
    again = _OF_A_COPY.fullmatch(stem)
    return f"{again[1]} (checked {int(again[2] or 1) + 1})" if again else f"{stem} (checked)"


def _write(folder: Folder, name: str, data: bytes, problems: list[str]) -> Path | str | None:
    try:
        return folder.put(name, data)
    except FolderError as error:
        keep_trace(error)
        problems.append(
            f"The report {folder}/{name} could not be written ({error.reason}). The import is not "
            "affected; adm-sync report writes it when that is mended."
        )
        return None


def _outcomes(
    groups: Sequence[KeptGroup], steps_left: Sequence[UnfinishedStep]
) -> Iterator[tuple[int, Outcome]]:
    unfinished: dict[int | None, list[UnfinishedStep]] = {}
    for step in steps_left:
        unfinished.setdefault(step.event_id, []).append(step)
    for group in groups:
        steps = unfinished.get(group.event_id, [])
        for number, row in enumerate(group.rows, 1):
            yield row, _outcome(group, [s for s in steps if s.day in {None, number}])


def _outcome(group: KeptGroup, steps: Sequence[UnfinishedStep]) -> Outcome:
    if group.outcome in {GroupOutcome.REJECTED, GroupOutcome.SKIPPED}:
        return Outcome(group.outcome, group.reason)
    if group.undone_at is not None:
        return Outcome("skipped", "undone: the import was taken back")
    failed = [step for step in steps if step.state in FOR_A_PERSON]
    if failed:
        return Outcome("failed", failed[0].message)
    if steps and group.external_id is None:
        return Outcome("pending", "recorded here, not yet in Administrate")
    if steps:
        return Outcome("pending", f"Administrate {group.external_id}, not yet as recorded here")
    if group.external_id is None:
        return Outcome(group.outcome, "recorded here")
    return Outcome(group.outcome, f"Administrate {group.external_id}")
