"""The company, as the tests find it: `stage` is synced already, `new_stage` has nothing synced.

One database serves all tests of a process; each finds it as if nobody had been there before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from adm_sync.database.engine import create_engine
from adm_sync.sandbox import SandboxServer
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.again import office, titles
from adm_sync_tests.acceptance.import_process import worker, workers
from adm_sync_tests.acceptance.other_process import Other, another_process
from adm_sync_tests.acceptance.pushing import (
    empty_outbox,
    full_outbox,
    outbox,
    shelf,
)
from adm_sync_tests.acceptance.stage import (
    INSTANCE,
    Impatience,
    Keeper,
    Stage,
    access_to,
    open_client,
)
from adm_sync_tests.cli.workplace import Workplace, clear_environment, give_up
from adm_sync_tests.database_fixtures import fresh_database

__all__ = [
    "empty_outbox",
    "full_outbox",
    "office",
    "outbox",
    "shelf",
    "titles",
    "worker",
    "workers",
]


@dataclass(frozen=True)
class Theatre:
    """What all tests of a process share."""

    engine: sa.Engine
    url: str
    keeper: Keeper
    tutorial: dict[str, int]


@pytest.fixture(scope="session")
def _theatre(
    database_server: sa.URL, _migrated_template: str, sandbox_server: SandboxServer
) -> Iterator[Theatre]:
    with fresh_database(database_server, _migrated_template) as url:
        engine = create_engine(url)
        keeper = Keeper(engine)
        with engine.begin() as connection:
            tutorial = company.fill_tutorial(connection)
        keeper.keep("nothing_synced")
        theatre = Theatre(engine, url, keeper, tutorial)
        with _open(theatre, sandbox_server) as stage:
            stage.sync_all()
            with engine.begin() as connection:
                company.fill_events(connection, stage.administrate)
        keeper.keep("synced")
        yield theatre
        engine.dispose()


@contextmanager
def _open(theatre: Theatre, sandbox: SandboxServer, state: str | None = None) -> Iterator[Stage]:
    def begin() -> dict[str, str]:
        sandbox.reset()
        if state is not None:
            theatre.keeper.restore(state)
        return company.fill_administrate(sandbox.store)

    administrate = begin()
    time = Impatience()
    with open_client(access_to(sandbox), clock=time.clock, sleep=time.sleep) as client:
        yield Stage(
            theatre.engine,
            theatre.url,
            sandbox,
            client,
            dict(theatre.tutorial),
            administrate,
            begin_again=begin,
        )


@pytest.fixture(scope="module")
def other() -> Iterator[Other]:
    """Another process, for the tests of a module."""
    with another_process() as started:
        yield started


@pytest.fixture
def stage(_theatre: Theatre, sandbox: SandboxServer) -> Iterator[Stage]:
    """The company, all entities synced, two events in `adm.events`."""
    with _open(_theatre, sandbox, "synced") as stage:
        yield stage


@pytest.fixture
def new_stage(_theatre: Theatre, sandbox: SandboxServer) -> Iterator[Stage]:
    """The company, nothing synced."""
    with _open(_theatre, sandbox, "nothing_synced") as stage:
        yield stage


@pytest.fixture
def desk(
    stage: Stage, tmp_path: Path, dagster_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workplace]:
    """The settings for `stage`, and the command line."""
    with _settle(stage, tmp_path, dagster_database_url, monkeypatch) as place:
        yield place


@pytest.fixture
def new_desk(
    new_stage: Stage, tmp_path: Path, dagster_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workplace]:
    """The settings for `new_stage`, and the command line."""
    with _settle(new_stage, tmp_path, dagster_database_url, monkeypatch) as place:
        yield place


@contextmanager
def _settle(
    stage: Stage, folder: Path, dagster_url: str, patch: pytest.MonkeyPatch
) -> Iterator[Workplace]:
    patch.chdir(folder)
    give_up(dagster_url)
    home = folder / "home"
    clear_environment(patch)
    place = Workplace(home, stage.url, stage.engine, stage.sandbox, {}, patch)
    place.set(
        adm_sync_home=str(home),
        adm_sync_database_url=stage.url,
        adm_sync_dagster_database_url=dagster_url,
        adm_sync_rate_limit="0",
        adm_sync_retry_budget_seconds="0.1",
        administrate_api_url=stage.sandbox.api_url,
        administrate_auth_url=stage.sandbox.auth_url,
        administrate_instance_url=INSTANCE,
        administrate_api_key=stage.sandbox.access.client_id,
        administrate_api_secret=stage.sandbox.access.client_secret,
    )
    yield place
