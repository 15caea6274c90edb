"""How one run of an import ended: counting what it did, and noting that as its end.

What belongs here: from the database's counts to a summary, whether the run came to its end or was
broken off. What does not: what a summary says (`summary`), and running (`importing`).
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from adm_sync.database import import_journal, import_overview, open_steps
from adm_sync.database.engine import database_errors
from adm_sync.database.states import FOR_A_PERSON, ImportStatus
from adm_sync.errors import AdmSyncError, DatabaseError
from adm_sync.imports.agreed import fingerprint
from adm_sync.imports.beside import FoundBeside
from adm_sync.imports.examining import Examined
from adm_sync.imports.keeping import keep_findings, kept_findings, outcomes_of
from adm_sync.imports.planning import ImportPlan
from adm_sync.imports.reporting import Reports
from adm_sync.imports.state import standings
from adm_sync.imports.summary import (
    GOES_ON,
    READY,
    ImportSummary,
    add_states,
    count_groups,
    counted,
    ending_of,
    plan_entries,
    status_of,
    unchecked,
    unknown_summary,
)
from adm_sync.imports.uploads import note_news
from adm_sync.push.options import Pushed
from adm_sync.push.wording import of_days
from adm_sync.workbook.findings import Finding

# How long a broken-off import waits for the database to answer again, to count what it did.
SECONDS_TO_COME_BACK = 15
SECONDS_BETWEEN_TRIES = 0.5


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one run of an import.

    Attributes:
        engine: of the database.
        partition: the workbook's.
        import_id: of the run; None if none was begun, so that there is none to note the end of.
        examined: what its check has found, if it was checked here.
    """

    engine: sa.Engine
    partition: str
    import_id: int | None
    examined: Examined | None = None

    def whole(
        self, workbook_id: int, name: str, pushed: Pushed | None, reports: Reports | None
    ) -> ImportSummary:
        """It came to its end: what it recorded and pushed, and what is still open.

        Args:
            workbook_id: our row.
            name: of the file.
            pushed: what it pushed, if it did.
            reports: those that it wrote, if it did.
        """
        with database_errors(), self.engine.connect() as connection:
            events, sessions, rows = self._counted(connection, workbook_id)
            add_states(events, sessions, open_steps.states(connection, workbook_id), pushed)
            found = kept_findings(connection, workbook_id)
        was_refused = pushed is not None and pushed.was_refused
        summary = ImportSummary(
            status=ImportStatus.FAILED if was_refused else status_of(events, sessions, found),
            workbook=name,
            partition=self.partition,
            rows=self.examined.rows if self.examined else rows,
            events=events,
            sessions=sessions,
            findings=found,
            report=str(reports.copy) if reports and reports.copy else None,
            message=pushed.message if pushed else "",
            requests=self._requests(pushed),
            warnings=pushed.warnings if pushed else (),
            with_sessions=len(pushed.with_sessions) if pushed else 0,
            plan=self._plan(),
            contact=self._contact,
        )
        return self._noted(workbook_id, summary, pushed.error if pushed else None)

    def broken_off(self, error: BaseException) -> ImportSummary:
        """It did not come to its end: how far it came.

        What it recorded and pushed is counted in the database, as soon as that answers again. If
        it does not, no count is known.
        """
        status, why = ending_of(error)
        until = time.monotonic() + SECONDS_TO_COME_BACK
        while True:
            try:
                return self._early(status, why, error)
            except DatabaseError:
                if time.monotonic() > until:
                    rows = self.examined.rows if self.examined else None
                    return unknown_summary(self.partition, status, why, rows)
                time.sleep(SECONDS_BETWEEN_TRIES)

    def refused(self, workbook_id: int, finding: Finding) -> None:
        """The file as a whole cannot be imported, which is all that was found."""
        with database_errors(), self.engine.begin() as connection:
            keep_findings(connection, workbook_id, [finding])
            if self.import_id is not None:
                failed, said = ImportStatus.FAILED, finding.message
                import_journal.note_import(connection, self.import_id, failed, {}, said)
                note_news(connection, workbook_id, "")

    def _early(self, status: ImportStatus, why: str, error: BaseException) -> ImportSummary:
        with database_errors(), self.engine.connect() as connection:
            kept = import_journal.find_workbook(connection, self.partition)
            assert kept is not None, self.partition
            assert self.import_id is not None
            events, sessions, rows = self._counted(connection, kept.id)
            add_states(events, sessions, open_steps.states(connection, kept.id), None)
            done = import_overview.done_since(connection, kept.id, self.import_id)
            found = kept_findings(connection, kept.id)
        events |= {"pushed": done.pushed, "adopted": done.adopted}
        sessions |= {"pushed": done.sessions}
        summary = ImportSummary(
            status=status,
            workbook=kept.file_name,
            partition=self.partition,
            rows=self.examined.rows if self.examined else rows or None,
            events=events if rows else unchecked(events),
            sessions=sessions if rows else unchecked(sessions),
            findings=found,
            message=f"{why} {GOES_ON}",
            requests=self._requests(None),
            plan=self._plan(),
            contact=self._contact,
        )
        return self._noted(kept.id, summary, error)

    def _counted(
        self, connection: sa.Connection, workbook_id: int
    ) -> tuple[dict[str, int], dict[str, int], int]:
        """Events and sessions by what this run made of their groups, and how many rows they have.

        What earlier runs created was there before this one.
        """
        begun = self.import_id
        is_own = begun is not None and import_journal.is_checked(connection, begun)
        groups = import_journal.groups_of(connection, workbook_id)
        events, sessions = count_groups(counted(group, is_own=is_own) for group in groups)
        return events, sessions, sum(len(group.rows) for group in groups)

    def _plan(self) -> Sequence[Mapping[str, Any]]:
        """What was planned, if it was checked here."""
        examined = self.examined
        return plan_entries(examined.plan, examined.table.words) if examined else ()

    def _requests(self, pushed: Pushed | None) -> int:
        """How many were sent here, as far as that is known."""
        examined = self.examined.requests if self.examined else 0
        return examined + (pushed.requests if pushed else 0)

    @property
    def _contact(self) -> str:
        return self.examined.table.contact if self.examined else ""

    def _noted(
        self, workbook_id: int, summary: ImportSummary, error: BaseException | None
    ) -> ImportSummary:
        """Kept as the end of the run, with how the import stands now."""
        with database_errors(), self.engine.begin() as connection:
            if self.import_id is not None:
                status, counts, said = summary.status, summary.counts(), summary.message
                cause = error.cause if isinstance(error, AdmSyncError) else ""
                import_journal.note_import(connection, self.import_id, status, counts, said, cause)
                note_news(connection, workbook_id, summary.contact)
        with database_errors(), self.engine.connect() as connection:
            standing = standings(connection, [workbook_id])[workbook_id]
        return replace(summary, standing=standing)


def rehearsed(engine: sa.Engine, examined: Examined, beside: FoundBeside) -> ImportSummary:
    """How a run would end that did what was planned, with what Administrate has already.

    What waits for a person since an earlier run waits after this one too, unless somebody has seen
    to it in Administrate; what waits for its time would be done, unless Administrate could not be
    asked.
    """
    content = examined.content
    updates = [one.update for one in examined.plan.events if one.update]
    decided = {one.step_id for one in beside.remaining if one.step_id and not one.sentence}
    once = [one.event_id for one in beside.remaining if one.verdict != "doubled"]
    settled = {*decided, *(step for update in updates for step in update.superseded)}
    with database_errors(), engine.connect() as connection:
        kept = import_journal.find_workbook(connection, content.partition)
        groups = import_journal.groups_of(connection, kept.id) if kept else ()
        ids = {one.event_id for one in (*examined.plan.events, *groups) if one.event_id}
        states = open_steps.states(connection, None, ids, settled)
        unfinished = open_steps.unfinished(connection, None, ids)
        standing = standings(connection, [kept.id], once, decided)[kept.id] if kept else None
    events, sessions = count_groups(outcomes_of(examined))
    add_states(events, sessions, states, None)
    if beside.unknown:
        _add_pending(events, sessions, examined.plan, states)
    else:
        events["pending"] = sessions["pending"] = 0
    linked = [one for one in beside.remaining if one.verdict == "ours" and one.event_id in ids]
    events["adopted"] = beside.adopted + len(linked)
    events["failed"] += len(beside.undecided) + len(beside.lacking)
    sessions["failed"] += sum(one.sessions for one in beside.lacking)
    said = {one.step_id: one.sentence for one in beside.remaining}
    left = (one for one in unfinished if one.state in FOR_A_PERSON and one.id not in settled)
    waiting = _waiting((one, said.get(one.id, one.message)) for one in left)
    lacking = [one.sentence for one in beside.lacking]
    return ImportSummary(
        status=status_of(events, sessions, examined.findings),
        workbook=content.name,
        partition=content.partition,
        rows=examined.rows,
        events=events,
        sessions=sessions,
        findings=examined.findings,
        message=READY if examined.is_mended else "",
        warnings=(*filter(None, [beside.unknown]), *beside.undecided, *lacking, *waiting),
        plan=plan_entries(examined.plan, examined.table.words),
        standing=standing,
        fingerprint=fingerprint(examined, beside, waiting),
        contact=examined.table.contact,
    )


def _waiting(left: Iterable[tuple[open_steps.UnfinishedStep, str]]) -> list[str]:
    """What waits for a person: each reason once for an event, with the Days that it concerns."""
    days: dict[tuple[int, str], set[int]] = {}
    titles: dict[int, str] = {}
    for step, why in left:
        titles[step.event_id] = step.title
        days.setdefault((step.event_id, why), set()).update(() if step.day is None else [step.day])
    return [
        f"«{titles[event_id]}»{f', {of_days(sorted(some))}' if some else ''}: {why}"
        for (event_id, why), some in days.items()
    ]


def _add_pending(
    events: dict[str, int],
    sessions: dict[str, int],
    plan: ImportPlan,
    states: Sequence[open_steps.StepCounts],
) -> None:
    """What is planned would wait beside what waits already."""
    waiting = {row.event_id for row in states if row.open}
    for one in plan.events:
        steps = one.steps
        events["pending"] += bool(steps) and one.event_id not in waiting
        sessions["pending"] += len({step.day for step in steps if step.day is not None})
