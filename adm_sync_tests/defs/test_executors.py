"""What executes the steps of a run, as the settings say it."""

import json
import subprocess
import sys

import click
import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin

from adm_sync.defs import executors
from adm_sync.defs.build import build_defs
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.launching import DAGSTER_YAML
from adm_sync.defs.undocumented import DagsterUserCodeUnreachableError, LaunchRunContext
from adm_sync.errors import SettingsError
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import content, good_rows, opened_importer

SECONDS = 120
STAGES = 4
BROKER = "redis://:hunter-two@127.0.0.1:6379/0"
ORIGIN = JobPythonOrigin(
    "sync_all",
    RepositoryPythonOrigin(sys.executable, ModuleCodePointer("adm_sync.definitions", "defs")),
)


def executors_of_jobs() -> set[str]:
    return {job.executor_def.name for job in build_defs().resolve_all_job_defs()}


@pytest.mark.parametrize("name", ["in_process", "multiprocess", "celery", "k8s"])
def test_every_job_has_the_executor_of_the_settings(name: str, settled: Workplace) -> None:
    if name in {"celery", "k8s"}:
        pytest.importorskip(f"dagster_{name}", reason=f"the extra {name} is not installed")
    settled.set(adm_sync_executor=name, adm_sync_celery_broker=BROKER)

    assert executors_of_jobs() == {name}


def test_another_word_is_refused_with_those_there_are(settled: Workplace) -> None:
    settled.set(adm_sync_executor="threads")

    with pytest.raises(SettingsError, match=r"ADM_SYNC_EXECUTOR is wrong: .*'k8s'"):
        build_defs()


@pytest.mark.parametrize("name", ["celery", "k8s"])
def test_what_is_not_installed_is_named_with_the_extra_that_has_it(
    name: str, settled: Workplace
) -> None:
    settled.set(adm_sync_executor=name, adm_sync_celery_broker=BROKER)
    settled.patch.setitem(sys.modules, f"dagster_{name}", None)

    with pytest.raises(SettingsError, match=rf"pip install 'adm_sync\[{name}\]'"):
        build_defs()


def test_celery_without_a_broker_is_told_so(settled: Workplace) -> None:
    pytest.importorskip("dagster_celery", reason="the extra celery is not installed")
    settled.set(adm_sync_executor="celery")

    with pytest.raises(SettingsError, match="ADM_SYNC_CELERY_BROKER is missing"):
        build_defs()


@pytest.mark.parametrize("url", ["amqp://guest@localhost//", "localhost:6379"])
def test_a_broker_is_a_redis_url_and_is_not_shown(url: str, settled: Workplace) -> None:
    settled.set(adm_sync_celery_broker=url)

    with pytest.raises(SettingsError) as caught:
        _ = executors.Settings.load().adm_sync_celery_broker

    assert "ADM_SYNC_CELERY_BROKER is wrong: must be a redis:// URL" in str(caught.value)
    assert url not in str(caught.value)


@pytest.mark.thorough
def test_a_run_waits_in_the_queue_while_the_broker_is_away(settled: Workplace) -> None:
    celery = pytest.importorskip("adm_sync.defs.celery_launcher", reason="no extra celery")
    settled.set(adm_sync_celery_broker=f"redis://:hunter-two@127.0.0.1:{free_port()}/0")
    launcher = celery.Launcher.from_config_value(None, {})
    with settled._instance() as instance:
        run = dg.DagsterRun(job_name="sync_all", job_code_origin=ORIGIN)
        instance.add_run(run)
        launcher.register_instance(instance)
        launcher.celery.conf.result_backend_transport_options = {"retry_policy": {"timeout": 0.2}}

        with pytest.raises(DagsterUserCodeUnreachableError, match="ADM_SYNC_CELERY_BROKER") as told:
            launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))

    assert "hunter-two" not in str(told.value)


def test_a_run_goes_on_that_cannot_be_stopped_while_the_broker_is_away(settled: Workplace) -> None:
    celery = pytest.importorskip("adm_sync.defs.celery_launcher", reason="no extra celery")
    settled.set(adm_sync_celery_broker=f"redis://:hunter-two@127.0.0.1:{free_port()}/0")
    launcher = celery.Launcher.from_config_value(None, {})
    with settled._instance() as instance:
        run = dg.DagsterRun(
            job_name="sync_all",
            status=dg.DagsterRunStatus.STARTED,
            tags={celery.DAGSTER_CELERY_TASK_ID_TAG: "a task"},
        )
        instance.add_run(run)
        launcher.register_instance(instance)

        assert launcher.terminate(run.run_id) is False

        (told,) = [one.dagster_event.message for one in instance.all_logs(run.run_id)]
        assert settled.run_of(run.run_id).status is dg.DagsterRunStatus.STARTED

    assert told == f"{celery.NO_BROKER} The run goes on."


def test_the_launcher_says_what_is_missing(settled: Workplace) -> None:
    celery = pytest.importorskip("adm_sync.defs.celery_launcher", reason="no extra celery")

    with pytest.raises(click.ClickException, match="ADM_SYNC_CELERY_BROKER is missing"):
        celery.Launcher.from_config_value(None, {})


def test_the_command_line_needs_none(synced: Workplace) -> None:
    synced.set(adm_sync_executor="celery")

    with opened_importer(synced) as importer:
        job = build_defs(importer).resolve_job_def("import_events")

    assert job.executor_def.name == "in_process"


@pytest.mark.thorough
def test_an_import_whose_steps_have_processes_of_their_own_comes_to_its_end(
    synced: Workplace,
) -> None:
    synced.set(adm_sync_executor="multiprocess")
    workbook = content(good_rows())
    with opened_importer(synced) as importer:
        importer.keep(workbook, "a test")

    run, processes = run_by_dagster(synced, workbook.partition)

    assert run.status is dg.DagsterRunStatus.SUCCESS
    assert processes == STAGES
    assert synced.execute("select dagster_run_id, status from adm_sync.imports") == [
        (run.run_id, "succeeded")
    ]
    assert len(synced.sandbox.store.all("Event")) == 1


def run_by_dagster(place: Workplace, partition: str) -> tuple[dg.DagsterRun, int]:
    """The import of a partition as a worker executes it, and how many processes its steps had."""
    with place._instance() as instance:
        instance.add_dynamic_partitions(str(WORKBOOKS.name), [partition])
        tags = json.dumps({"dagster/partition": partition})
        command = ["-m", "dagster", "job", "execute", "-m", "adm_sync.definitions"]
        done = subprocess.run(
            [sys.executable, *command, "-j", "import_events", "--tags", tags],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stderr
        (record,) = instance.get_run_records(limit=1)
        logged = instance.all_logs(record.dagster_run.run_id)
    kinds = [one.dagster_event.event_type_value for one in logged if one.dagster_event]
    return record.dagster_run, kinds.count("STEP_WORKER_STARTED")


def test_workbooks_are_imported_side_by_side_and_each_by_one_run_at_a_time() -> None:
    given = yaml.safe_load(DAGSTER_YAML.read_text(encoding="utf-8"))
    limits = {one["key"]: one for one in given["concurrency"]["runs"]["tag_concurrency_limits"]}
    job = build_defs().resolve_job_def("import_events")

    assert limits["dagster/partition"] == {
        "key": "dagster/partition",
        "value": {"applyLimitPerUniqueValue": True},
        "limit": 1,
    }
    assert not limits.keys() & job.run_tags.keys()
