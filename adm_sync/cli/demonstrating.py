"""`demo`: a fictional company from its first sync to a workbook that survives an outage.

What belongs here: the order of the scenes and what is said between them. What does not: anything
that a real company could not do with the same commands.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.sandbox import company, fill, variables
from adm_sync.cli.terminal import say
from adm_sync.cli.workplace import debug_option, open_everything, open_importing
from adm_sync.database.states import RunStatus
from adm_sync.errors import AdmSyncError, SettingsError
from adm_sync.files import put
from adm_sync.rehearsal import is_rehearsal, leading_to, sandbox_state
from adm_sync.settings import Settings

# Requests of the first import that are answered before Administrate goes away.
ANSWERED = 33
# Nobody wants to watch an outage for as long as a real push is patient.
PATIENCE = {
    "adm_sync_retry_budget_seconds": 1.0,
    "adm_sync_push_look_ups": "1s",
    "adm_sync_push_retry_seconds": 1.0,
}


@click.command(short_help="Show everything with a fictional company: sync, import, outage.")
@debug_option
def demo(*, debug: bool) -> None:
    """Show the whole thing: a fictional tutorial company, synced, and its workbook imported.

    Works in ADM_SYNC_HOME with an embedded PostgreSQL and a sandbox, whatever else the settings
    say, and leaves no process behind.
    """
    from adm_sync.cli.sync import perform
    from adm_sync.reference.entities import ENTITIES

    log_to_stderr(debug=debug)
    given = Settings.load()
    passed_over = sorted(name.upper() for name in given.model_fields_set - {"adm_sync_home"})
    with (
        _sandbox_here(_harmless(given)) as (settings, sandbox),
        open_everything(settings) as syncer,
        _variables(settings, syncer.database.url, _desk_of(given)),
    ):
        if passed_over:
            say(f"The demo goes by none of these settings: {', '.join(passed_over)}")
        say(f"Embedded PostgreSQL: {settings.home / 'postgres'}")
        say(f"Sandbox (a local Administrate): {settings.administrate_api_url}")
        say(fill(syncer.database))
        say()
        say("The full sync, as `adm-sync sync-all` does it:")
        say()
        results = perform(settings, syncer, ENTITIES, full=True, debug=debug)
        say()
        say("The same once more:")
        again = perform(settings, syncer, ENTITIES, full=True, debug=debug, quiet=True)
        _say_unchanged(again)
        failed = [result for result in [*results, *again] if result.status != RunStatus.SUCCEEDED]
        if not failed:
            _import_workbooks(settings, sandbox, debug=debug)
    say()
    say("Look at it at the desk and in the Dagster UI: make ui   (or: adm-sync dev)")
    raise click.exceptions.Exit(1 if failed else 0)


def _say_unchanged(results: Sequence[Any]) -> None:
    written = sum(result.created + result.updated + result.deleted for result in results)
    unchanged = sum(result.unchanged for result in results)
    say(f"  {unchanged} records are unchanged, and {written or 'nothing was'} written.")


def _import_workbooks(settings: Settings, sandbox: Any, *, debug: bool) -> None:
    from adm_sync.cli.import_progress import StageProgress
    from adm_sync.defs.launching import dagster_instance
    from adm_sync.demo.workbook import NAME, demo_workbook

    progress = StageProgress()
    with (
        open_importing(settings, progress) as importer,
        dagster_instance(settings, importer.database) as instance,
    ):
        scenes = _Scenes(importer, instance, sandbox, progress, debug)
        say()
        path = _drop(settings, NAME, demo_workbook())
        say(f"A planner drops a workbook into the inbox: {path}")
        partition, is_new = scenes.pick_up(path)
        if is_new:
            scenes.import_in_an_outage(partition)
            scenes.go_on(partition)
        say()
        say("The same workbook once more; everything is there, so nothing is done twice:")
        scenes.run(partition)
        say()
        corrected = _drop(
            settings, f"{Path(NAME).stem}, corrected.xlsx", demo_workbook(corrected=True)
        )
        say(f"The planner has corrected the mistakes: {corrected}")
        partition, _ = scenes.pick_up(corrected)
        scenes.run(partition)
        say()
        scenes.count()


class _Scenes:
    """What happens with the workbooks, each scene told as it goes."""

    def __init__(
        self, importer: Any, instance: Any, sandbox: Any, progress: Any, debug: bool
    ) -> None:
        self._importer = importer
        self._instance = instance
        self._sandbox = sandbox
        self._progress = progress
        self._debug = debug

    def pick_up(self, path: Path) -> tuple[str, bool]:
        """The partition of the workbook that was dropped, and whether it is new."""
        from adm_sync.defs.ticking import look_into_inbox
        from adm_sync.workbook.reading import open_content

        found, said = look_into_inbox(self._instance)
        if found:
            say(f"The inbox sensor picks it up; it is the partition {found[-1]}.")
            return found[-1], True
        say(f"The inbox sensor: {said}")
        content = open_content(path, self._importer.options.limits)
        return content.partition, False

    def import_in_an_outage(self, partition: str) -> None:
        """Administrate answers for a while, commits one event without answering, and is gone."""
        faults = self._sandbox.faults
        faults.add("drop_after", "createBlended", skip=6)
        faults.add("status", times=None, skip=ANSWERED, code=503, body="html")
        say("Administrate will go away in the middle of it.")
        say()
        self.run(partition)
        faults.clear()

    def go_on(self, partition: str) -> None:
        """What the sensor of due steps starts."""
        from adm_sync.cli.import_words import tell
        from adm_sync.defs.import_launching import run_push

        say()
        say("Administrate is back, and the push goes on where it stood:")
        say()
        try:
            run_push(self._importer, self._instance, partition, debug=self._debug)
        finally:
            self._progress.stop()
        tell(self._importer.summary(partition), self._importer.unfinished(partition))

    def run(self, partition: str) -> None:
        """Run all stages of a partition, and say how it stands."""
        from adm_sync.cli.import_words import tell
        from adm_sync.defs.import_launching import run_import

        _, content, sheet = self._importer.kept(partition)
        try:
            run_id = run_import(
                self._importer,
                self._instance,
                content,
                source="inbox",
                sheet=sheet,
                debug=self._debug,
            )
        finally:
            self._progress.stop()
        tell(self._importer.summary(partition, run_id), self._importer.unfinished(partition))

    def count(self) -> None:
        """Both sides, counted."""
        from adm_sync.demo.counting import count_events, count_linked

        store = self._sandbox.store
        there = {event["id"]: event for event in store.all("Event")}
        with self._importer.database.engine.connect() as connection:
            events, sessions = count_events(connection)
            linked = count_linked(connection, list(there))
        say("Both sides, counted:")
        say(f"  here:            {events} events, {sessions} sessions")
        say(f"  in Administrate: {len(there)} events, {len(store.all('Session'))} sessions")
        say(f"  linked:          {linked} of {len(there)}")


def _drop(settings: Settings, name: str, data: bytes) -> Path:
    inbox = settings.home / "inbox"
    inbox.mkdir(parents=True, exist_ok=True)
    put(inbox / name, data)
    return inbox / name


def _harmless(settings: Settings) -> Settings:
    """The settings, of which a wrong one does not count: but for the home a demo needs none."""
    return settings.apart_from(*Settings.model_fields.keys() - {"adm_sync_home"})


@contextmanager
def _sandbox_here(settings: Settings) -> Iterator[tuple[Settings, Any]]:
    """A sandbox in this process with the fictional company, and the settings that lead to it."""
    from adm_sync.sandbox import SandboxServer

    with _records_of_its_own(sandbox_state(settings)):
        store, state = company(settings)
        with SandboxServer(store) as sandbox:
            changed = {
                "administrate_tax_type_id": None,
                "adm_sync_database_url": None,
                "adm_sync_dagster_database_url": None,
                "adm_sync_inbox": None,
                "adm_sync_storage": None,
                "adm_sync_storage_link": None,
                "adm_sync_columns": None,
                **PATIENCE,
            }
            yield leading_to(sandbox.access, settings).model_copy(update=changed), sandbox
        store.save(state)


@contextmanager
def _records_of_its_own(state: Path) -> Iterator[None]:
    from adm_sync.sandbox.keeping import InUse, alone

    state.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(alone(state))
        except InUse:
            raise AdmSyncError(
                "A sandbox is running on the demo's records (make ui, adm-sync dev, or a command "
                "with nothing set), and two would overwrite each other's. End that first: Ctrl-C "
                "in its window."
            ) from None
        yield


def _desk_of(given: Settings) -> str:
    """Where `adm-sync dev` has the desk, if it shows the demo with these settings; else nothing."""
    with suppress(SettingsError):
        return given.desk_url if is_rehearsal(given) else ""
    return ""


@contextmanager
def _variables(settings: Settings, database_url: str, desk: str) -> Iterator[None]:
    """The environment that leads a sensor to the demo, and links to its desk, whatever is set."""
    harmless = {
        # An empty one counts as not set.
        name.upper(): "" if field.default is None else str(getattr(settings, name))
        for name, field in Settings.model_fields.items()
    }
    wanted: Mapping[str, str] = {
        **harmless,
        **variables(settings.administrate_api_url or "", settings.administrate_auth_url or ""),
        "ADMINISTRATE_INSTANCE_URL": settings.administrate_api_url or "",
        "ADM_SYNC_HOME": str(settings.home),
        "ADM_SYNC_DATABASE_URL": database_url,
        "ADM_SYNC_DESK_URL": desk,
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
