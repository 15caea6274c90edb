"""A place to work in for one test: a home, a database with the fictional company, and its tenant.

What belongs here: fixtures that the tests of the command line, of Dagster and of the browser
share. What does not: what is expected.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from adm_sync.cli.main import cli
from adm_sync.database.engine import create_engine, open_database
from adm_sync.demo import fill_store, fill_tutorial
from adm_sync.imports import examining, sheet_view
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.results import EntityResult
from adm_sync.reference.syncer import open_syncer
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import Settings
from adm_sync.workbook import report
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.database_fixtures import fresh_database
from adm_sync_tests.workbook.files import read_content

if TYPE_CHECKING:
    import dagster as dg

SECRET = "sandbox-secret"
# Set by the project for Dagster, or by whoever runs the tests for other purposes.
FOREIGN = (
    *("DAGSTER_HOME", "ADM_SYNC_DAGSTER_URL", "DAGSTER_DISABLE_TELEMETRY", "PGTZ"),
    "PYTHONWARNINGS",
)


@dataclass
class Workplace:
    """What a test works with; `environment` is what it has set."""

    home: Path
    database_url: str
    engine: sa.Engine
    sandbox: SandboxServer
    environment: dict[str, str]
    patch: pytest.MonkeyPatch

    def set(self, **values: str | None) -> None:
        """Change settings, by their names in lower case; None takes one away."""
        for name, value in values.items():
            if value is None:
                self.patch.delenv(name.upper(), raising=False)
                self.environment.pop(name.upper(), None)
            else:
                self.patch.setenv(name.upper(), value)
                self.environment[name.upper()] = value

    def run(self, *arguments: str, status: int = 0) -> Result:
        """Call `adm-sync` in this process, without a terminal; it must end with that status."""
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == status, (result.stdout, result.stderr, result.exception)
        return result

    def run_any(self, *arguments: str) -> Result:
        """The same, however it ends."""
        return CliRunner().invoke(cli, arguments)

    def json(self, *arguments: str, status: int = 0) -> Any:
        """The same with `--json`; gives the one document."""
        return json.loads(self.run(*arguments, "--json", status=status).stdout)

    def start(
        self, *arguments: str, program: Sequence[str] = ("-m", "adm_sync.cli"), **options: Any
    ) -> subprocess.Popen[str]:
        """Start `adm-sync`, or another program of Python's, as a process in its own group."""
        return subprocess.Popen(
            [sys.executable, *program, *arguments],
            env=os.environ | self.environment,
            text=True,
            start_new_session=True,
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, **options},
        )

    def execute(self, statement: str, **values: Any) -> list[Any]:
        """Run SQL in a transaction of its own; the rows, if there are any."""
        with self.engine.begin() as connection:
            found = connection.execute(sa.text(statement), values)
            return list(found) if found.returns_rows else []

    def sync(self, *names: str) -> list[EntityResult]:
        """Sync entities as the commands do, but quickly: it is no run of Dagster's."""
        settings = Settings.load()
        with open_database(settings) as database, open_syncer(settings, database) as syncer:
            return [syncer.sync(BY_NAME[name]) for name in names]

    def latest_run(self) -> "dg.DagsterRun":
        """The Dagster run that was made last."""
        with self._instance() as instance:
            return instance.get_run_records(limit=1)[0].dagster_run

    def run_of(self, run_id: str) -> "dg.DagsterRun":
        """That Dagster run as it is now."""
        with self._instance() as instance:
            run = instance.get_run_by_id(run_id)
        assert run is not None
        return run

    @contextmanager
    def _instance(self) -> "Iterator[dg.DagsterInstance]":
        # Every run of the tests loads this module, and Dagster takes longer than all the rest.
        from adm_sync.defs.launching import dagster_instance

        settings = Settings.load()
        with open_database(settings) as database, dagster_instance(settings, database) as instance:
            yield instance


def connections(server: sa.URL, url: str) -> int:
    """How many sessions stay open on a database, once those that are ending have ended."""
    count = sa.text("select count(*) from pg_stat_activity where datname = :name")
    engine = create_engine(server.render_as_string(hide_password=False))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(100):
            found = connection.scalar(count, {"name": sa.make_url(url).database})
            if not found:
                break
            connection.execute(sa.text("select pg_sleep(0.02)"))
    engine.dispose()
    return int(found or 0)


def dump(url: str) -> str:
    """All rows of all tables as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        tables = connection.scalars(
            sa.text("select table_name from information_schema.tables where table_schema='public'")
        ).all()
        text = "\n".join(
            row
            for table in tables
            for row in connection.scalars(sa.text(f'select t::text from "{table}" t'))
        )
    engine.dispose()
    return text


# What Dagster knows of itself stays; all else in its database is of runs and of who looks for them.
FORGET = """
    do $$
    declare
        it text;
    begin
        for it in
            select tablename from pg_tables where schemaname = 'public' and tablename
                not in ('alembic_version', 'instance_info', 'secondary_indexes', 'snapshots')
        loop
            execute format('delete from public.%I', it);
        end loop;
    end $$
"""


def give_up(dagster_url: str) -> None:
    """Dagster's database belongs to nobody from now on, and knows of nothing that was done.

    Tests use it in turn, as its tables take long.
    """
    engine = create_engine(dagster_url)
    with engine.begin() as connection:
        connection.execute(sa.text(FORGET))
    engine.dispose()


@pytest.fixture(scope="session")
def _company_template(database_server: sa.URL, _migrated_template: str) -> Iterator[str]:
    """A database with the tutorial side of the fictional company, to copy."""
    with fresh_database(database_server, _migrated_template) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            fill_tutorial(connection)
        engine.dispose()
        yield sa.make_url(url).database or ""


@pytest.fixture(scope="session")
def _synced_template(
    database_server: sa.URL, _company_template: str, sandbox_server: SandboxServer
) -> Iterator[str]:
    """The same after a full sync, without Dagster."""
    with fresh_database(database_server, _company_template) as url:
        sandbox_server.reset()
        fill_store(sandbox_server.store)
        with pytest.MonkeyPatch.context() as patch:
            clear_environment(patch)
            for name, value in environment_of(url, sandbox_server).items():
                patch.setenv(name.upper(), value)
            settings = Settings.load()
            with (
                open_database(settings) as database,
                open_syncer(settings, database) as syncer,
            ):
                results = [syncer.sync(entity) for entity in ENTITIES]
        sandbox_server.reset()
        assert {result.status for result in results} == {"succeeded"}
        yield sa.make_url(url).database or ""


@pytest.fixture(scope="session")
def dagster_database_url(database_server: sa.URL) -> Iterator[str]:
    """Dagster's database; its tables take a second to make, so all tests share them."""
    with fresh_database(database_server) as url:
        yield url


def attend(patch: pytest.MonkeyPatch) -> None:
    """Somebody sits there, as far as the commands know.

    All are loaded first: one that is loaded meanwhile would keep what is put there.
    """
    names = ("sync", "releasing", "tenant_report", "terminal")
    for module in [import_module(f"adm_sync.cli.{name}") for name in names]:
        patch.setattr(module, "interactive", lambda: True)


def clear_environment(patch: pytest.MonkeyPatch) -> None:
    """No setting of the project's or of Dagster's."""
    for name in list(os.environ):
        if name.startswith(("ADM_SYNC_", "ADMINISTRATE_")):
            patch.delenv(name)
    for name in FOREIGN:
        # First set, so that it is taken away again if the project sets it.
        patch.setenv(name, "")
        patch.delenv(name)


def environment_of(url: str, sandbox: SandboxServer) -> dict[str, str]:
    """The settings that lead to a database and a sandbox."""
    return {
        "adm_sync_database_url": url,
        "adm_sync_rate_limit": "0",
        "adm_sync_retry_budget_seconds": "0.2",
        "adm_sync_lock_wait_seconds": "60",
        "administrate_api_url": sandbox.api_url,
        "administrate_auth_url": sandbox.auth_url,
        "administrate_api_key": sandbox.access.client_id,
        "administrate_api_secret": sandbox.access.client_secret,
    }


def stay_in_this_process(patch: pytest.MonkeyPatch) -> None:
    """Read and annotate workbooks here: guarded processes take longer than all the rest.

    The tests of `workbook` have those processes, as has every `adm-sync` that is started as one.
    """
    patch.setattr(examining, "read_book", read_content)
    patch.setattr(sheet_view, "read_book", read_content)
    patch.setattr(report, "_ask_child", lambda task, seconds: report.answer(task))


@pytest.fixture(scope="module", autouse=True)
def in_this_process() -> Iterator[None]:
    """For all modules but those of `workbook`."""
    with pytest.MonkeyPatch.context() as patch:
        stay_in_this_process(patch)
        yield


@dataclass(frozen=True)
class _Opener:
    """Opens a workplace on a copy of a database."""

    server: sa.URL
    dagster_url: str
    sandbox: SandboxServer
    folder: Path
    patch: pytest.MonkeyPatch

    @contextmanager
    def open(self, template: str) -> Iterator[Workplace]:
        fill_store(self.sandbox.store)
        self.patch.chdir(self.folder)
        clear_environment(self.patch)
        with fresh_database(self.server, template) as url:
            give_up(self.dagster_url)
            engine = create_engine(url)
            place = Workplace(self.folder / "home", url, engine, self.sandbox, {}, self.patch)
            place.set(
                **environment_of(url, self.sandbox),
                adm_sync_home=str(place.home),
                adm_sync_dagster_database_url=self.dagster_url,
                adm_sync_desk_port=str(free_port()),
            )
            yield place
            engine.dispose()


@pytest.fixture
def _opener(
    tmp_path: Path,
    database_server: sa.URL,
    dagster_database_url: str,
    sandbox: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> _Opener:
    return _Opener(database_server, dagster_database_url, sandbox, tmp_path, monkeypatch)


@pytest.fixture
def settled(_company_template: str, _opener: _Opener) -> Iterator[Workplace]:
    """The fictional company on both sides, nothing synced, and the settings for it."""
    with _opener.open(_company_template) as place:
        yield place


@pytest.fixture
def synced(_synced_template: str, _opener: _Opener) -> Iterator[Workplace]:
    """The same after a full sync, which was no run of Dagster's."""
    with _opener.open(_synced_template) as place:
        yield place


# ---------------------------------------------------------------------- for fixtures of a module

Visit = Callable[[], AbstractContextManager[Workplace]]


@dataclass(frozen=True)
class _Visitor:
    """Opens a workplace for what several tests of a module look at; it is left before they run."""

    server: sa.URL
    dagster_url: str
    sandbox: SandboxServer
    folders: pytest.TempPathFactory

    @contextmanager
    def open(self, template: str) -> Iterator[Workplace]:
        self.sandbox.reset()
        with pytest.MonkeyPatch.context() as patch:
            folder = self.folders.mktemp("visit")
            opener = _Opener(self.server, self.dagster_url, self.sandbox, folder, patch)
            with opener.open(template) as place:
                yield place
        self.sandbox.reset()


@pytest.fixture(scope="session")
def _visitor(
    database_server: sa.URL,
    dagster_database_url: str,
    sandbox_server: SandboxServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> _Visitor:
    return _Visitor(database_server, dagster_database_url, sandbox_server, tmp_path_factory)


@pytest.fixture(scope="session")
def visit_settled(_company_template: str, _visitor: _Visitor) -> Visit:
    """A `settled` workplace for a `with` in a fixture of a module."""
    return lambda: _visitor.open(_company_template)


@pytest.fixture(scope="session")
def visit_synced(_synced_template: str, _visitor: _Visitor) -> Visit:
    """The same for `synced`."""
    return lambda: _visitor.open(_synced_template)
