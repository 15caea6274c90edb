"""The import of one workbook, stage by stage; each can be run by itself, at any time.

What belongs here: the order of things, and what is kept after each stage. What does not: the
stages' own work (`workbook`, `planning`, `recording`, `push`), Dagster, and words for people.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import import_journal, import_overview, open_steps, recording
from adm_sync.database.encoding import storable
from adm_sync.database.engine import Database, database_errors
from adm_sync.database.locks import Lock
from adm_sync.errors import AdmSyncError, DatabaseError, SyncBusy
from adm_sync.folders import Folder
from adm_sync.imports import comparisons
from adm_sync.imports.agreed import Agreed
from adm_sync.imports.asked_later import AskedLater
from adm_sync.imports.batches import record_all
from adm_sync.imports.beside import Beside, FoundBeside
from adm_sync.imports.ending import Ending, rehearsed
from adm_sync.imports.examining import Examined, Examiner
from adm_sync.imports.holding import Holding, alone
from adm_sync.imports.keeping import keep_findings, keep_groups, keep_workbook, kept_workbook
from adm_sync.imports.options import ImportListener, ImportOptions
from adm_sync.imports.outbox import Outbox
from adm_sync.imports.reconciling import Reconciliation, reconcile
from adm_sync.imports.recording import Recorder
from adm_sync.imports.reporting import Reporter, Reports
from adm_sync.imports.state import Standing, standings, unsettled
from adm_sync.imports.summary import READY, ImportSummary
from adm_sync.imports.updates.options import UpdateOptions, options_of
from adm_sync.push.options import Pushed, PushListener
from adm_sync.push.pushing import push
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.sheet import Content


@dataclass(slots=True)
class Importer:
    """Imports workbooks into one database, for one tenant.

    `examined` and `pushed` keep what the stages of one run have found, by partition; None stands
    for a push of everything. `errors` holds what Dagster's steps raised, for whoever ran them.
    `agreed` are the plans that imports are to keep to. `begun` are the imports that are going on
    here, `holding` their locks; `broken_off` are those that did not come to their end.
    """

    database: Database
    client: AdministrateClient
    options: ImportOptions
    listener: ImportListener = field(default_factory=ImportListener)
    examined: dict[str, Examined] = field(default_factory=dict)
    pushed: dict[str | None, Pushed] = field(default_factory=dict)
    reports: dict[str, Reports] = field(default_factory=dict)
    reconciled: Reconciliation | None = None
    errors: list[AdmSyncError] = field(default_factory=list)
    agreed: dict[str, Agreed] = field(default_factory=dict)
    begun: dict[str, int] = field(default_factory=dict)
    broken_off: dict[str, ImportSummary] = field(default_factory=dict)
    holding: Holding = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is held yet."""
        self.holding = Holding(self.database.engine)

    def _examiner(self, update: UpdateOptions | None = None) -> Examiner:
        """Whoever reads, checks, resolves and plans workbooks, and writes nothing."""
        return Examiner(self.database.engine, self.client, self.options, self.listener, update)

    # ------------------------------------------------------------------ stage 0: keeping

    def as_kept(self, content: Content) -> Content:
        """The same, named as the database can hold it: the import is known by that name."""
        with database_errors(), self.database.engine.connect() as connection:
            return replace(content, name=storable(connection, content.name))

    def keep(self, content: Content, source: str, sheet: str | None = None) -> int:
        """Keep the bytes of a workbook under its partition; gives its id."""
        with database_errors(), self.database.engine.begin() as connection:
            return keep_workbook(connection, content, source, sheet, self.options.who)

    def kept(self, partition: str) -> tuple[int, Content, str | None]:
        """The workbook of a partition: its id, its content, and the sheet that was chosen.

        Raises:
            WorkbookError: there is none.
        """
        with database_errors(), self.database.engine.connect() as connection:
            return kept_workbook(connection, partition)

    def _id_of(self, partition: str | None) -> int | None:
        return self.kept(partition)[0] if partition else None

    # ------------------------------------------------------------------ stage 1: checking

    def check(
        self, partition: str, run_id: str | None = None, update: UpdateOptions | None = None
    ) -> Examined:
        """Check a kept workbook, and keep what was found.

        Args:
            partition: the workbook's.
            run_id: of the Dagster run that it is part of.
            update: how far this import may change events that are known.

        Raises:
            WorkbookRefused: the file as a whole; the finding is kept.
        """
        workbook_id, content, sheet = self.kept(partition)
        self.holding.hold(partition)
        import_id = self._begin(partition, workbook_id, run_id)
        with database_errors(), self.database.engine.begin() as connection:
            given = update.as_json() if update else None
            import_journal.note_update_options(connection, import_id, given)
        with self._at_work(partition):
            agreed = self.agreed.get(partition)
            try:
                examiner = self._examiner(update)
                examined = agreed.examined if agreed else examiner.examine(content, sheet)
            except WorkbookRefused as refusal:
                self._ending(partition).refused(workbook_id, refusal.finding)
                self._reporter().refuse(workbook_id, content.name, str(refusal))
                self.begun.pop(partition, None)
                raise
            self.examined[partition] = examined
            if examined.is_mended:
                self.listener.remark(READY)
            self._keep_found(workbook_id, import_id, examined, {})
            self.listener.reached("checked")
        return examined

    def _keep_found(
        self, workbook_id: int, import_id: int, examined: Examined, ids: Mapping[int, int]
    ) -> None:
        """What was found, and what becomes of each event; `ids` are ours by the events' rows."""
        with database_errors(), self.database.engine.begin() as connection:
            keep_findings(connection, workbook_id, examined.findings)
            keep_groups(connection, workbook_id, examined, ids)
            import_journal.note_checked(connection, import_id)

    # ------------------------------------------------------------------ stage 2: recording

    def record(self, partition: str, run_id: str | None = None) -> Examined:
        """Record what can be imported, each event whole or not at all.

        Raises:
            WorkbookRefused: the file as a whole.
            DatabaseError: the database is away, full or read-only; what is recorded stays.
        """
        workbook_id, _, _ = self.kept(partition)
        self.holding.hold(partition)
        import_id = self._begin(partition, workbook_id, run_id)
        examined = self.examined.pop(partition, None)
        if examined is None:
            with database_errors(), self.database.engine.connect() as connection:
                told = import_journal.update_options(connection, import_id)
            examined = self.check(partition, run_id, options_of(told))
        with self._at_work(partition):
            ids: dict[int, int] = {}
            examined = self._recorded(workbook_id, examined, self.agreed.get(partition), ids)
            self.examined[partition] = examined
            self._keep_found(workbook_id, import_id, examined, ids)
        return examined

    def _recorded(
        self, workbook_id: int, examined: Examined, agreed: Agreed | None, ids: dict[int, int]
    ) -> Examined:
        """The workbook as it was recorded; our ids are put into `ids`, by the events' rows."""
        engine, examiner = self.database.engine, self._examiner(examined.surroundings.update)
        with alone(engine, self.listener.remark) if agreed else nullcontext() as lock:
            # Another import may have recorded something since the check.
            examined = examiner.replanned(examined)
            if agreed:
                agreed.verify(rehearsed(engine, examined, agreed.beside))
            recorder = self._recorder(workbook_id, examiner, examined, lock)
            refused = record_all(recorder, examined.plan, ids, self.listener)
        if recorder.met:
            examined = examiner.replanned(examined, recorder.met)
            again = self._recorder(workbook_id, examiner, examined)
            refused |= record_all(again, examined.plan.of(recorder.met), ids, self.listener)
        return examined.without(refused)

    def _recorder(
        self, workbook_id: int, examiner: Examiner, examined: Examined, lock: Lock | None = None
    ) -> Recorder:
        with database_errors(), self.database.engine.connect() as connection:
            columns = recording.existing_columns(connection)
            who = storable(connection, self.options.who)
        return Recorder(
            self.database.engine,
            workbook_id,
            columns,
            who,
            partial(examiner.replanned_event, examined=examined),
            self.listener.reached,
            alone=lock,
        )

    # ------------------------------------------------------------------ stage 3: pushing

    def push(self, partition: str | None, *, asked_for: bool = True) -> Pushed:
        """Push what is due of one workbook, or of all.

        Args:
            partition: the workbook's; None for all.
            asked_for: whether somebody wants it now; then what waits for its next try is due too.

        Raises:
            WrongInstance: the database belongs to another tenant.
            DatabaseError: it is away, full or read-only.
        """
        workbook_id = self._id_of(partition)
        if asked_for:
            with database_errors(), self.database.engine.begin() as connection:
                open_steps.make_due(connection, workbook_id)
        progress = partial(self.listener.progress, "push")
        listener = PushListener(progress, self.listener.remark, self.listener.reached)
        with self._at_work(partition):
            engine, options = self.database.engine, self.options.push
            pushed = push(engine, self.client, options, listener, workbook_id)
            if not pushed.stopped:
                self._tell_of_names()
        self.pushed[partition] = pushed
        return pushed

    def _tell_of_names(self) -> None:
        """Names that could not be asked for at the check: their findings, and the reports."""
        asked = AskedLater(self.database.engine, self.client, self.options.push)
        for partition, rows in asked.overtaken().items():
            # Whoever imports it at this moment asks by itself.
            with suppress(SyncBusy), self.holding.for_a_while(partition):
                workbook_id, content, sheet = self.kept(partition)
                table = self._reporter().table_of(content, sheet)
                if table is not None and asked.tell(workbook_id, rows, table):
                    self.report(partition)

    def reopen(self, partition: str | None) -> int:
        """Give failed steps of one workbook, or of all, another chance; gives how many."""
        workbook_id = self._id_of(partition)
        with database_errors(), self.database.engine.begin() as connection:
            return open_steps.reopen(connection, workbook_id)

    def unfinished(self, partition: str | None) -> list[open_steps.UnfinishedStep]:
        """Every step that is open or failed, with its event, of one workbook or of all."""
        workbook_id = self._id_of(partition)
        with database_errors(), self.database.engine.connect() as connection:
            return open_steps.unfinished(connection, workbook_id)

    def reconcile(
        self, sittings: Sequence[str] | None = None, run_id: str | None = None
    ) -> Reconciliation:
        """Compare the events of sittings with those of Administrate (`reconciling.reconcile`).

        What is found is kept (`comparisons`), as of the Dagster run of this id.
        """
        self.reconciled = reconcile(self.database, self.client, self.options.push, sittings)
        comparisons.keep(self.database.engine, self.reconciled, self.options.who, run_id)
        return self.reconciled

    # ------------------------------------------------------------------ stage 4: reporting

    def report(self, partition: str, folder: Folder | None = None) -> Reports:
        """Write the annotated copy and the findings (`Reporter.report`)."""
        examined = self.examined.get(partition)
        self.listener.reached("reporting")
        table = examined.table if examined else None
        self.reports[partition] = reports = self._reporter().report(partition, folder, table)
        return reports

    def _reporter(self) -> Reporter:
        engine, options, remark = self.database.engine, self.options, self.listener.remark
        outbox = Outbox(engine, options.outbox) if options.outbox else None
        return Reporter(engine, options.reports, options.limits, options.columns, remark, outbox)

    # ------------------------------------------------------------------ how it ended

    def summary(self, partition: str, run_id: str | None = None) -> ImportSummary:
        """How the import of a partition ended; kept as the end of the import that was begun here.

        Others may then import the workbook again.
        """
        workbook_id, content, _ = self.kept(partition)
        if run_id is not None or partition in self.begun:
            self._begin(partition, workbook_id, run_id)
        pushed, reports = self.pushed.get(partition), self.reports.get(partition)
        summary = self._ending(partition).whole(workbook_id, content.name, pushed, reports)
        self.begun.pop(partition, None)
        self.holding.let_go(partition)
        return summary

    def _ending(self, partition: str) -> Ending:
        begun, examined = self.begun.get(partition), self.examined.get(partition)
        return Ending(self.database.engine, partition, begun, examined)

    @contextmanager
    def _at_work(self, partition: str | None) -> Iterator[None]:
        """Whatever ends the run before its end, what was done by then is counted and kept."""
        try:
            yield
        except BaseException as error:
            if partition is not None:
                self.break_off(partition, error)
            raise

    def break_off(self, partition: str, error: BaseException) -> ImportSummary | None:
        """The import that was begun here does not come to its end; gives how far it came.

        Returns:
            None if no import of the partition is going on here.
        """
        if partition in self.broken_off or partition not in self.begun:
            return self.broken_off.get(partition)
        self.broken_off[partition] = summary = self._ending(partition).broken_off(error)
        self.begun.pop(partition, None)
        self.holding.let_go(partition)
        return summary

    def close(self) -> None:
        """Imports of which only some stages were to be run have ended too."""
        with suppress(DatabaseError):
            for partition in list(self.begun):
                self.summary(partition)
        self.holding.let_go()

    # ------------------------------------------------------------------ how it stands

    def standing(self, partition: str) -> Standing:
        """How the import of a partition stands now, all its runs together."""
        workbook_id = self.kept(partition)[0]
        with database_errors(), self.database.engine.connect() as connection:
            return standings(connection, [workbook_id])[workbook_id]

    def to_be_shown(self, partition: str | None) -> list[Standing]:
        """Every import that may stand otherwise than its checks show, and all that lack something.

        Args:
            partition: one that was at work; it and those with events or titles of its are too.
        """
        workbook_id = self._id_of(partition)
        with database_errors(), self.database.engine.connect() as connection:
            return unsettled(connection, workbook_id)

    def note_shown(self, shown: Sequence[Standing]) -> None:
        """The checks show these imports as they stand."""
        signs = {one.workbook_id: one.sign for one in shown}
        with database_errors(), self.database.engine.begin() as connection:
            import_overview.note_shown(connection, signs)

    def rehearsal(
        self, content: Content, sheet: str | None = None, update: UpdateOptions | None = None
    ) -> ImportSummary:
        """What an import would do. Writes nothing, neither here nor in Administrate."""
        return self._rehearsed(content, sheet, update)[0]

    def agree(
        self,
        content: Content,
        fingerprint: str,
        sheet: str | None = None,
        update: UpdateOptions | None = None,
    ) -> None:
        """The import of this workbook that follows keeps to the plan of this fingerprint.

        That is looked at here, and once more before the first event is recorded; nobody else
        imports it from here on.

        Raises:
            PlanMoved: an import would do something else; nothing was written.
            SyncBusy: somebody else imports it.
        """
        self.holding.hold(content.partition)
        summary, examined, beside = self._rehearsed(content, sheet, update)
        agreed = Agreed(fingerprint, examined, beside)
        agreed.verify(summary)
        self.agreed[content.partition] = agreed

    def _rehearsed(
        self, content: Content, sheet: str | None, update: UpdateOptions | None
    ) -> tuple[ImportSummary, Examined, FoundBeside]:
        engine, before = self.database.engine, self.client.requests
        examined = self._examiner(update).examine(content, sheet)
        beside = Beside(engine, self.client, self.options.push).found(examined.plan)
        summary = rehearsed(engine, examined, beside)
        return replace(summary, requests=self.client.requests - before), examined, beside

    def _begin(self, partition: str, workbook_id: int, run_id: str | None) -> int:
        """The import that is going on, begun if it is not; one for each run of Dagster's."""
        if run_id is None and partition in self.begun:
            return self.begun[partition]
        with database_errors(), self.database.engine.begin() as connection:
            who = self.options.who
            begun = import_journal.start_import(connection, workbook_id, who, run_id)
        self.begun[partition] = begun
        self.broken_off.pop(partition, None)
        return begun
