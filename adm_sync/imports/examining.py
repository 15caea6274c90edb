"""Looking at a workbook without writing anything: read, check, resolve, plan.

What belongs here: the order of these, and what they give together. What does not: the parts
themselves (`workbook`, `planning`), and keeping what was found.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import import_journal
from adm_sync.database.engine import database_errors
from adm_sync.database.recorded import RecordedEvent
from adm_sync.errors import AdministrateError
from adm_sync.imports import referable
from adm_sync.imports.approvals import Approved
from adm_sync.imports.codes import DATABASE_REFUSED
from adm_sync.imports.known.there import read_there
from adm_sync.imports.options import ImportListener, ImportOptions
from adm_sync.imports.places import Places
from adm_sync.imports.planning import (
    ImportPlan,
    PlannedEvent,
    Surroundings,
    make_plan,
    may_be,
)
from adm_sync.imports.updates.cancelling import cancellations, judged
from adm_sync.imports.updates.decided import understood
from adm_sync.imports.updates.options import UpdateOptions
from adm_sync.push.approving import read_approved
from adm_sync.push.remote import contacts_by_name
from adm_sync.tenant import check_instance
from adm_sync.workbook.checking import Checked, check
from adm_sync.workbook.contact import contact_of
from adm_sync.workbook.events import EventGroup, ResolvedEvent
from adm_sync.workbook.findings import Finding, Place, in_order
from adm_sync.workbook.lookup.places import known_places
from adm_sync.workbook.mapping.applying import mapped_table
from adm_sync.workbook.mapping.mapping import read_mapping
from adm_sync.workbook.reading import Limits, read_book
from adm_sync.workbook.references import References
from adm_sync.workbook.resolving import needs_contacts, resolve
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.table import Table


@dataclass(frozen=True, slots=True)
class Examined:
    """A workbook after reading, checking, resolving and planning; nothing is written for it.

    `surroundings` is what the plan took into account besides the workbook and the database, and
    `requests` how many it took to ask for that.
    """

    content: Content
    table: Table
    groups: tuple[EventGroup, ...]
    findings: tuple[Finding, ...]
    rows: int
    plan: ImportPlan
    surroundings: Surroundings = field(default_factory=Surroundings)
    requests: int = 0

    @property
    def is_mended(self) -> bool:
        """Whether it is an annotated copy in which no error is left."""
        return self.table.is_copy and not any(finding.is_error for finding in self.findings)

    def without(self, refused: Mapping[int, str]) -> "Examined":
        """The same with events that the database refused, by their rows, counted as rejected."""
        if not refused:
            return self
        found = [
            DATABASE_REFUSED(message=message).at(Place(self.table.sheet, row))
            for row, message in refused.items()
        ]
        events = tuple(e for e in self.plan.events if e.resolved.event.row not in refused)
        plan = replace(self.plan, events=events, rejected=refused)
        return replace(
            self,
            groups=_rejecting(self.groups, plan),
            findings=(*self.findings, *found),
            plan=plan,
        )


@dataclass(frozen=True, slots=True)
class Examiner:
    """Looks at workbooks with the eyes of one database and one tenant.

    `update` says how far events that are known may be changed; None if not at all.
    """

    engine: sa.Engine
    client: AdministrateClient
    options: ImportOptions
    listener: ImportListener
    update: UpdateOptions | None = None

    def examine(self, content: Content, sheet: str | None = None) -> Examined:
        """Read, check, resolve and plan a workbook. Writes nothing, anywhere.

        Raises:
            WorkbookRefused: the file as a whole cannot be imported.
            SettingsError: the mapping file is wrong.
            WrongInstance: the database belongs to another tenant.
            DecisionError: a decision is about what is not in it.
            DatabaseError: it cannot be read.
        """
        with database_errors(), self.engine.connect() as connection:
            check_instance(connection, self.options.push.instance)
        self.listener.progress("read", 0, 1)
        table = read_table(content, self.options.limits, self.options.columns, sheet)
        update = understood(self.update, table) if self.update else None
        decided, before = replace(self, update=update), self.client.requests
        self.listener.progress("check", 0, len(table.rows))
        with database_errors(), self._reading() as connection:
            known = referable.load(connection)
        checked = check(
            table,
            today=self.options.current_day(),
            hidden_rows=self.options.hidden_rows,
            is_known=known_places(known),
        )
        self.listener.progress("resolve", 0, len(checked.groups))
        examined = decided._resolved(content, table, checked, known)
        return replace(examined, requests=self.client.requests - before)

    def _resolved(
        self, content: Content, table: Table, checked: Checked, known: References
    ) -> Examined:
        contacts = self._contacts() if needs_contacts(checked.groups, known) else None
        resolved = resolve(checked.groups, table, replace(known, contacts=contacts))
        with database_errors(), self._reading() as connection:
            off = cancellations(connection, table, resolved.groups, checked.findings, known)
        around = self._surroundings(resolved.events, known, [one.event for one in off])
        with database_errors(), self._reading() as connection:
            earlier = import_journal.workbooks_named(connection, content.name)
            around = replace(around, earlier=earlier)
            plan = make_plan(connection, resolved.events, table, around)
        may_cancel = self.update is not None and self.update.cancel
        cancelled, said = judged(off, around.there.events, Places(table), may_cancel=may_cancel)
        plan = replace(plan, cancelled=tuple(cancelled), findings=(*plan.findings, *said))
        found = (*checked.findings, *resolved.findings, *plan.findings)
        findings = in_order(*map(table.words.told, found))
        groups = _rejecting(resolved.groups, plan)
        return Examined(content, table, groups, findings, checked.rows, plan, around)

    def _surroundings(
        self,
        events: Sequence[ResolvedEvent],
        known: References,
        others: Sequence[RecordedEvent],
    ) -> Surroundings:
        """What Administrate has now of the events that are known already, and the rules."""
        with database_errors(), self._reading() as connection:
            rows = [*may_be(connection, events), *others]
        ids = [row.external_id for row in rows if row.external_id]
        there = read_there(self.client, ids, self.options.push.max_records)
        approved = Approved(self._approved(events), self.options.push.approve)
        same_titles = self.options.same_titles == "allow"
        return Surroundings(there, known.definitions, approved, same_titles, self.update, known)

    def _approved(self, events: Sequence[ResolvedEvent]) -> Mapping[str, frozenset[str]] | None:
        """Whom Administrate has approved; of no template, if it cannot be asked now."""
        templates = {one.template.external_id for one in events if one.has_instructors}
        try:
            return read_approved(self.client, templates, self.options.push.max_records)
        except AdministrateError as error:
            self.listener.remark(f"Approved instructors could not be looked up: {error}")
            return {}

    def _reading(self) -> Any:
        """A transaction that sees one moment and cannot write."""
        engine = self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        return engine.begin()

    def _contacts(self) -> Mapping[str, tuple[str, ...]] | None:
        """Administrate's staff by name; None if it cannot be asked now."""
        try:
            push = self.options.push
            return contacts_by_name(self.client, push.page_size, push.max_records)
        except AdministrateError as error:
            self.listener.remark(f"Event administrators could not be looked up: {error}")
            return None

    def replanned_event(
        self, connection: sa.Connection, planned: PlannedEvent, examined: Examined
    ) -> PlannedEvent | None:
        """The plan of one event as of this moment; None if it is not to be recorded any more."""
        plan = make_plan(connection, [planned.resolved], examined.table, examined.surroundings)
        return next(iter(plan.events), None)

    def replanned(self, examined: Examined, rows: Collection[int] | None = None) -> Examined:
        """The same with a plan of this moment: what is known or rejected only now is found now.

        Args:
            examined: as it was.
            rows: of the events that are planned anew; None for all.
        """
        old = {
            row: one
            for one in examined.plan.events
            for row in [one.resolved.event.row]
            if rows is None or row in rows
        }
        resolved, before = [one.resolved for one in old.values()], self.client.requests
        around = self._looked_again(examined.surroundings, resolved)
        with database_errors(), self._reading() as connection:
            plan = make_plan(connection, resolved, examined.table, around)
        new = {one.resolved.event.row: one for one in plan.events}
        known = {r for r, one in new.items() if one.event_id is not None and not old[r].event_id}
        told_of = {row for g in examined.groups if g.rows[0] in known for row in g.rows}
        told = examined.table.words.told
        found = [told(one) for one in plan.findings if one.is_error or one.row in told_of]
        events = (new.get(one.resolved.event.row, one) for one in examined.plan.events)
        kept = tuple(one for one in events if one.resolved.event.row not in plan.rejected)
        return replace(
            examined,
            plan=replace(plan, events=kept, cancelled=examined.plan.cancelled),
            groups=_rejecting(examined.groups, plan),
            findings=in_order(*examined.findings, *found),
            surroundings=around,
            requests=examined.requests + self.client.requests - before,
        )

    def _looked_again(
        self, around: Surroundings, resolved: Sequence[ResolvedEvent]
    ) -> Surroundings:
        """With what Administrate has of the events that another import has recorded since."""
        with database_errors(), self._reading() as connection:
            ids = {row.external_id for row in may_be(connection, resolved) if row.external_id}
        new = ids - around.there.events.keys()
        if not new or around.there.problem:
            return around
        there = read_there(self.client, sorted(new), self.options.push.max_records)
        both = replace(there, events={**around.there.events, **there.events})
        return replace(around, there=both)


def read_table(
    content: Content, limits: Limits, columns: Path | None, sheet: str | None = None
) -> Table:
    """The table of events of a workbook, read by the mapping file `columns`, if there is one.

    Raises:
        WorkbookRefused: it has none.
        SettingsError: the mapping file is wrong.
    """
    mapping = read_mapping(columns)
    book = read_book(content, limits, mapping.known)
    return replace(mapped_table(book, mapping, sheet), contact=contact_of(book))


def _rejecting(groups: Sequence[EventGroup], plan: ImportPlan) -> tuple[EventGroup, ...]:
    """The groups, those that the plan has a reason for by their first row rejected for it."""
    return tuple(
        replace(
            group,
            verdict="rejected",
            reason=plan.rejected[row],
            event=None,
            rejected_start=plan.other_starts.get(row),
        )
        if (row := group.rows[0]) in plan.rejected
        else group
        for group in groups
    )
