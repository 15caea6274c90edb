"""Celery on several machines: workers, and one with the daemon, the code server and the UI.

What belongs here: starting them for a workplace, and asking them as a person would. What does not:
namespaces and roads (`fleet`), and what becomes of the work.
"""

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import sqlalchemy as sa

from adm_sync.defs.at_work import PROCESS_TAG
from adm_sync.defs.sensors import PARTITION_TAG
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.file_servers import Bucket
from adm_sync_tests.machines import fleet
from adm_sync_tests.machines.fleet import Machine, Road, machine

CONTROL = "control"
WORKER = ("celery", "-A", "adm_sync.defs.celery_worker", "worker", "--concurrency", "1")
CONTROLLING = """
dagster api grpc -m adm_sync.definitions -h 127.0.0.1 -p {code} &
dagster-webserver -w {workspace} -h 127.0.0.1 -p {page} &
exec dagster-daemon run -w {workspace}
"""
WORKSPACE = "load_from: [{grpc_server: {host: 127.0.0.1, port: %d, location_name: adm_sync}}]\n"
DAGSTER = Path(__file__).parents[2] / "deploy" / "celery" / "dagster.yaml"
JOBS = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
# What is noted as sent has left: a machine that was frozen between the two for longer than a lease
# would send it afterwards, when another has done so.
IN_A_PUSH = """
    select workbooks.partition
    from adm_sync.steps join adm_sync.events on events.id = steps.event_id
        join adm_sync.workbooks on workbooks.id = events.workbook_id
    group by workbooks.partition
    having bool_or(steps.state = 'sending') and bool_or(steps.state = 'done')
        and max(steps.sent_at) < clock_timestamp() - interval '0.7 s'
"""


@dataclass
class Ships:
    """The machines, and what a person has of them."""

    place: Workplace
    instance: dg.DagsterInstance
    machines: dict[str, Machine]
    road: Road
    page: str
    bucket: Bucket

    def is_up(self) -> bool:
        """Whether the UI shows the jobs."""
        with suppress(httpx.HTTPError):
            return bool(self.ask(JOBS)["repositoriesOrError"].get("nodes"))
        return False

    def runs(self) -> list[dg.DagsterRun]:
        """The imports, newest first."""
        return self.instance.get_runs(dg.RunsFilter(job_name="import_events"))

    def pushing(self, worker: str) -> dg.DagsterRun | None:
        """The run of that worker if it is in the middle of its push."""
        busy = {partition for (partition,) in self.place.execute(IN_A_PUSH)}
        for run in self.runs():
            if run.status is dg.DagsterRunStatus.STARTED and run.tags.get(PROCESS_TAG) == worker:
                return run if run.tags[PARTITION_TAG] in busy else None
        return None

    def told(self, run: dg.DagsterRun) -> str:
        """What the log of a run says."""
        logged = self.instance.all_logs(run.run_id)
        return "\n".join(str(one.dagster_event.message) for one in logged if one.dagster_event)

    def ask(self, query: str, **variables: Any) -> Any:
        """What Dagster's UI is told."""
        asked = {"query": query, "variables": variables}
        answer = httpx.post(f"{self.page}/graphql", json=asked, timeout=30).json()
        assert "errors" not in answer, answer
        return answer["data"]


@contextmanager
def at_sea(
    place: Workplace,
    folder: Path,
    bucket: Bucket,
    workers: Collection[str],
    by_road: Collection[str] = (),
) -> Iterator[Ships]:
    """Start the workers and the machine that controls them; some reach PostgreSQL by the road."""
    code, page = free_port(), free_port()
    workspace = folder / "workspace.yaml"
    workspace.write_text(WORKSPACE % code, encoding="utf-8")
    controlling = CONTROLLING.format(code=code, page=page, workspace=workspace)
    commands = dict[str, tuple[str, ...]](dict.fromkeys(workers, WORKER))
    commands[CONTROL] = ("sh", "-c", controlling)
    with ExitStack() as stack:
        place.set(
            adm_sync_celery_broker=stack.enter_context(fleet.redis(folder)),
            adm_sync_inbox=f"s3://{bucket.name}/inbox",
            adm_sync_storage=f"s3://{bucket.name}/storage",
        )
        road = stack.enter_context(Road(sa.make_url(place.database_url)))
        roads = {
            name: road.url(place.environment[name])
            for name in ("ADM_SYNC_DATABASE_URL", "ADM_SYNC_DAGSTER_DATABASE_URL")
        }
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        machines = {
            name: stack.enter_context(
                machine(
                    name,
                    command,
                    os.environ | {"PATH": path} | (roads if name in by_road else {}),
                    folder,
                    DAGSTER,
                )
            )
            for name, command in commands.items()
        }
        instance = stack.enter_context(place._instance())
        for run in instance.get_runs():  # tests share this database in turn
            instance.delete_run(run.run_id)
        yield Ships(place, instance, machines, road, f"http://127.0.0.1:{page}", bucket)
