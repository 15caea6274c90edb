"""The environment of a process that is the project's own: a command, or Dagster's daemon."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from benchmarks import stage

DAGSTER = "benchmark_dagster"

Environment = Mapping[str, str]


@contextmanager
def workplace(
    server: sa.URL, url: str, access: Environment, dagster: str = DAGSTER
) -> Iterator[Environment]:
    """The environment of a command that has only been told where everything is."""
    with (
        tempfile.TemporaryDirectory(prefix="adm_sync-benchmark-") as home,
        stage.database(server, dagster) as dagster_url,
    ):
        (Path(home) / "home").mkdir(mode=0o700)
        others = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ADM_SYNC", "ADMINISTRATE", "DAGSTER"))
        }
        yield others | {
            "ADMINISTRATE_API_URL": access["api_url"],
            "ADMINISTRATE_AUTH_URL": access["auth_url"],
            "ADMINISTRATE_API_KEY": access["client_id"],
            "ADMINISTRATE_API_SECRET": access["client_secret"],
            "ADM_SYNC_DATABASE_URL": url,
            "ADM_SYNC_DAGSTER_DATABASE_URL": dagster_url,
            "ADM_SYNC_HOME": f"{home}/home",
        }
