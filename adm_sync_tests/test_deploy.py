"""What `deploy/` says is what there is: settings, commands, files, and Dagster's own instance."""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import distribution, entry_points
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from dagster._config import validate_config

from adm_sync.cli.main import cli
from adm_sync.defs.launching import DAGSTER_YAML
from adm_sync.settings import Settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
# Read by Dagster, PostgreSQL, Python, a container or the proxy, and by nothing of ours.
FOREIGN = {
    *("DAGSTER_HOME", "DAGSTER_CODE_SERVER", "DAGSTER_DAEMON_HEARTBEAT_TOLERANCE"),
    *("PYTHON_IMAGE", "PYTHONUNBUFFERED", "PATH", "HEALTHCHECK", "POSTGRES_USER"),
    *("POSTGRES_PASSWORD", "UI_ADDRESS", "UI_USER", "UI_PASSWORD_HASH", "UI_UPSTREAM", "INBOX"),
    *("DESK_ADDRESS", "DESK_UPSTREAM", "PROXY_IP", "NETWORK"),
}
SETTING = re.compile(r"\b(?:ADM_SYNC|ADMINISTRATE)_[A-Z_]*[A-Z]\b")
VARIABLE = re.compile(r"\$\{?([A-Z_]+)")
COMMANDS = {"dagster", "dagster-webserver", "dagster-daemon", "celery", "adm-sync", "python"}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def texts() -> Iterator[tuple[str, str]]:
    for path in [*DEPLOY.rglob("*"), ROOT / ".dockerignore"]:
        if path.is_file() and path.suffix != ".lock":
            yield path.name, path.read_text(encoding="utf-8")


def command_lines() -> Iterator[list[str]]:
    """Every command of the compose file, the image and the units."""
    services = read("compose.yaml")["services"]
    for service in services.values():
        if isinstance(service.get("command"), list):
            yield service["command"]
        test = service.get("healthcheck", {}).get("test", [""])
        if test[0] == "CMD":
            yield test[1:]
    for line in re.findall(r"CMD (\[.*\])", (DEPLOY / "Dockerfile").read_text(encoding="utf-8")):
        yield yaml.safe_load(line)
    for unit in UNITS:
        (line,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
        program, *rest = line.split()
        yield [Path(program).name, *rest]


# ---------------------------------------------------------------------- what is named, there is


def test_every_setting_that_is_named_is_one() -> None:
    known = {name.upper() for name in Settings.model_fields}
    named = {setting for _, text in texts() for setting in SETTING.findall(text)}

    assert len(named) > 10
    # ADM_SYNC_STORAGE is where reports are kept; older settings do not have it.
    assert named - known <= {"ADM_SYNC_STORAGE"}


def test_every_variable_is_somebodys() -> None:
    known = {name.upper() for name in Settings.model_fields} | FOREIGN
    used = {name for _, text in texts() for name in VARIABLE.findall(text)}

    assert used <= known


def test_every_command_is_one_that_the_image_has() -> None:
    lines = list(command_lines())
    scripts = {one.name for one in entry_points(group="console_scripts")} | {"python"}

    assert len(lines) > 8
    assert {line[0] for line in lines} <= COMMANDS
    assert {line[0] for line in lines} <= scripts
    for line in lines:
        if line[0] == "adm-sync":
            assert line[1] in cli.list_commands(click.Context(cli))


def test_every_module_that_is_named_can_be_imported() -> None:
    named = {
        word for line in command_lines() for flag, word in pairwise(line) if flag in {"-m", "-A"}
    }
    (deployment,) = read("helm/values.yaml")["dagster-user-deployments"]["deployments"]
    named.add(deployment["codeServerArgs"][1])

    assert named == {"adm_sync.definitions", "adm_sync.defs.celery_worker"}
    assert all(find_spec(name) for name in named)


def test_every_file_that_the_image_takes_is_there_and_is_given_to_its_build() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copies = re.findall(r"^COPY (?!--from)(?:--\S+ )?(.*) \S+$", text, re.MULTILINE)
    taken = {name for line in copies for name in line.split()}
    given = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert len(taken) > 5
    assert all((ROOT / name).exists() for name in taken)
    assert all(
        any(f"!{parent}" in given for parent in [name, *map(str, Path(name).parents)])
        for name in taken
    )


def test_the_image_is_built_of_pins_with_hashes_and_runs_as_nobody_in_particular() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    installs = re.findall(r"pip install (.*?)(?:\n(?! )|&&|$)", text.replace("\\\n", ""))

    assert all("--no-deps" in line for line in installs)
    assert "--require-hashes" in installs[0]
    assert re.search(r"^flit-core==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["10001"]


# ---------------------------------------------------------------------- who knows what


def test_only_what_starts_work_has_the_secrets_of_the_tenant() -> None:
    services = read("compose.yaml")["services"]

    having = {name for name, service in services.items() if "env_file" in service}
    assert having == {"code-server", "desk"}
    for service in services.values():
        assert not [name for name in service.get("environment", {}) if "ADMINISTRATE" in name]


def test_no_page_is_open_to_others_without_a_login() -> None:
    services = read("compose.yaml")["services"]

    open_ports = [
        port
        for name, service in services.items()
        if name != "proxy"
        for port in service.get("ports", [])
        if not port.startswith("127.0.0.1:")
    ]
    assert open_ports == []
    assert "basic_auth" in (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert read("helm/values.yaml")["ingress"] == {"enabled": False}


def test_the_desk_believes_the_proxy_alone_which_names_the_user_itself() -> None:
    services = read("compose.yaml")["services"]
    told = services["desk"]["environment"]

    assert "ports" not in services["desk"]
    address = services["proxy"]["networks"]["default"]["ipv4_address"]
    assert told["ADM_SYNC_DESK_PROXIES"] == address
    header = told["ADM_SYNC_DESK_USER_HEADER"]
    caddy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    assert f"header_up {header} {{http.auth.user.id}}" in caddy


def test_no_secret_is_written_down() -> None:
    example = (DEPLOY / "adm_sync.env.example").read_text(encoding="utf-8")

    assert re.findall(r"^(?!#).*(?:SECRET|KEY|PASSWORD)=(.+)$", example, re.MULTILINE) == []
    helm = read("helm/values.yaml")
    assert "postgresqlPassword" not in helm["postgresql"]
    assert helm["generatePostgresqlPasswordSecret"] is False


# ---------------------------------------------------------------------- Dagster's instance


def test_the_instance_for_celery_differs_only_in_what_celery_needs() -> None:
    usual = yaml.safe_load(DAGSTER_YAML.read_text(encoding="utf-8"))
    celery = read("celery/dagster.yaml")

    launcher = celery.pop("run_launcher")
    assert launcher == {"module": "adm_sync.defs.celery_launcher", "class": "Launcher"}
    for settings in (usual, celery):
        del settings["concurrency"]["runs"]["max_concurrent_runs"]
        del settings["run_monitoring"]["start_timeout_seconds"]
    assert celery == usual


def test_the_instance_in_kubernetes_keeps_the_same_order_and_the_same_records() -> None:
    usual = yaml.safe_load(DAGSTER_YAML.read_text(encoding="utf-8"))
    helm = read("helm/values.yaml")
    daemon = helm["dagsterDaemon"]
    queue = dict(daemon["runCoordinator"]["config"]["customRunCoordinator"]["config"])

    assert queue.pop("max_concurrent_runs") > 1
    limits = usual["concurrency"]["runs"]["tag_concurrency_limits"]
    assert queue == {"tag_concurrency_limits": limits, **usual["run_queue"]}
    assert snake(daemon["runRetries"]) == usual["run_retries"]
    slots = daemon["runMonitoring"]["freeSlotsAfterRunEndSeconds"]
    assert slots == usual["run_monitoring"]["free_slots_after_run_end_seconds"]
    kept = {name: {"purge_after_days": one["purgeAfterDays"]} for name, one in days(helm)}
    assert kept == usual["retention"]
    assert helm["pythonLogs"]["managedPythonLoggers"] == ["adm_sync"]
    assert helm["additionalInstanceConfig"] == {"nux": usual["nux"]}


def test_the_queue_in_kubernetes_is_one_that_dagster_takes() -> None:
    coordinator = read("helm/values.yaml")["dagsterDaemon"]["runCoordinator"]["config"]
    given = coordinator["customRunCoordinator"]
    named = getattr(import_module(given["module"]), given["class"])

    assert validate_config(named.config_type(), given["config"]).success


def snake(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keys as Dagster writes them."""
    return {re.sub("[A-Z]", lambda one: f"_{one[0].lower()}", key): values[key] for key in values}


def days(helm: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in helm["retention"].items() if name != "enabled"]


def test_kubernetes_takes_the_chart_of_the_dagster_that_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (dagster,) = re.findall(r"^dagster==([\d.]+)", lock, re.MULTILINE)
    text = (DEPLOY / "helm" / "values.yaml").read_text(encoding="utf-8")
    helm = read("helm/values.yaml")
    images = [helm["dagsterWebserver"], helm["dagsterDaemon"]]
    images += helm["dagster-user-deployments"]["deployments"]

    assert f"--version {dagster} " in text
    assert {one["image"]["tag"] for one in images} == {distribution("adm_sync").version}


def test_the_launcher_of_kubernetes_is_one_that_dagster_takes() -> None:
    pytest.importorskip("dagster_k8s", reason="the extra k8s is not installed")
    from dagster_k8s import K8sRunLauncher

    given = read("helm/values.yaml")["runLauncher"]["config"]["k8sRunLauncher"]
    config = {
        **snake(given),
        "env_secrets": [one["name"] for one in given["envSecrets"]],
        "run_k8s_config": snake(given["runK8sConfig"]),
        "instance_config_map": "dagster-instance",
        "dagster_home": "/var/lib/adm_sync/dagster",
        "postgres_password_secret": "dagster-postgresql-secret",
        "service_account_name": "dagster",
    }

    assert validate_config(K8sRunLauncher.config_type(), config).success


# ---------------------------------------------------------------------- systemd


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_runs_as_its_own_user_with_settings_from_one_file(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")

    assert "\nUser=adm_sync\n" in text
    assert "\nEnvironmentFile=/etc/adm_sync.env\n" in text
    assert "\nNoNewPrivileges=yes\n" in text
    assert "SECRET" not in text


def test_what_the_image_needs_beside_the_package_is_locked() -> None:
    needed = {"dagster-celery", "dagster-k8s", "redis"}
    lock = (DEPLOY / "requirements.lock").read_text(encoding="utf-8")

    assert all(re.search(rf"^{name}==", lock, re.MULTILINE) for name in needed)
    assert distribution("dagster").version in lock


def test_the_folders_of_the_units_are_ones_that_the_user_of_the_guide_may_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guide = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    (home,) = re.findall(r"^useradd .*--home-dir (\S+)", guide, re.MULTILINE)
    texts = [(DEPLOY / "systemd" / "adm-sync").read_text(encoding="utf-8")]
    texts += [unit.read_text(encoding="utf-8") for unit in UNITS]
    folders = {re.findall(r"ADM_SYNC_HOME=(\S+)", text)[0] for text in texts}

    monkeypatch.setenv("HOME", home)
    (folder,) = folders
    monkeypatch.setenv("ADM_SYNC_HOME", folder)
    assert "ADM_SYNC_HOME" not in Settings.load().wrong
