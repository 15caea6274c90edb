"""`deploy/helm/values.yaml` is what Dagster's chart takes, and does there what it is to do.

The chart itself is nowhere in this repository. Where it is at hand (`helm pull dagster/dagster
--untar`), `DAGSTER_CHART=dagster pytest adm_sync_tests/test_helm.py` asks it too: its own schema,
and with `helm` on the path what it makes of the values. Elsewhere those tests are left out, and
the chart's keys are those that `TAKEN` says.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

VALUES = Path(__file__).parents[1] / "deploy" / "helm" / "values.yaml"
CHART = Path(os.environ.get("DAGSTER_CHART", "nowhere"))
needs_chart = pytest.mark.skipif(not CHART.is_dir(), reason="DAGSTER_CHART names no chart")
needs_helm = pytest.mark.skipif(shutil.which("helm") is None, reason="there is no helm")

# What the chart hands on to Kubernetes or Dagster as it is.
HANDED_ON = {"type": "object"}
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}


def keys(**known: Any) -> dict[str, Any]:
    """An object with these keys and no other."""
    return {"type": "object", "properties": known, "additionalProperties": False}


def each(of: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


IMAGE = keys(
    repository=TEXT, tag=TEXT, pullPolicy={"enum": ["Always", "IfNotPresent", "Never"]}
) | {"required": ["repository", "pullPolicy"]}
SECRETS = each(keys(name=TEXT))
POD = {
    "image": IMAGE,
    "podSecurityContext": HANDED_ON,
    "resources": keys(requests=HANDED_ON, limits=HANDED_ON),
    "readinessProbe": HANDED_ON,
    "livenessProbe": HANDED_ON,
}
DAYS = keys(purgeAfterDays={"type": ["integer", "object"]})
# The keys of chart 1.13 that are used here; Helm passes over one that it does not know.
TAKEN = keys(
    **{
        "global": keys(postgresqlSecretName=TEXT, dagsterHome=TEXT),
        "dagster-user-deployments": keys(
            enabled=FLAG,
            deployments=each(
                keys(
                    **POD,
                    name=TEXT,
                    codeServerArgs=each(TEXT),
                    port=NUMBER,
                    envSecrets=SECRETS,
                    includeConfigInLaunchedRuns=keys(enabled=FLAG),
                    startupProbe=HANDED_ON,
                )
            ),
        ),
    },
    generatePostgresqlPasswordSecret=FLAG,
    postgresql=keys(
        enabled=FLAG,
        postgresqlHost=TEXT,
        postgresqlUsername=TEXT,
        postgresqlDatabase=TEXT,
        postgresqlScheme=TEXT,
        service=keys(port=NUMBER),
    ),
    extraManifests=each(HANDED_ON),
    dagsterWebserver=keys(
        **POD,
        workspace=keys(enabled=FLAG, servers=each(keys(host=TEXT, port=NUMBER, name=TEXT))),
        service=keys(type=TEXT, port=NUMBER),
    ),
    ingress=keys(enabled=FLAG),
    dagsterDaemon=keys(
        **POD,
        enabled=FLAG,
        heartbeatTolerance=NUMBER,
        runCoordinator=keys(
            enabled=FLAG,
            type={"const": "CustomRunCoordinator"},
            config=keys(
                customRunCoordinator=keys(
                    **{"module": TEXT, "class": TEXT, "config": HANDED_ON},
                )
            ),
        ),
        runMonitoring=keys(
            enabled=FLAG,
            startTimeoutSeconds=NUMBER,
            pollIntervalSeconds=NUMBER,
            freeSlotsAfterRunEndSeconds=NUMBER,
        ),
        runRetries=keys(enabled=FLAG, maxRetries=NUMBER, retryOnAssetOrOpFailure=FLAG),
    ),
    runLauncher=keys(
        type={"const": "K8sRunLauncher"},
        config=keys(
            k8sRunLauncher=keys(
                imagePullPolicy=TEXT,
                envSecrets=SECRETS,
                runK8sConfig=keys(podSpecConfig=HANDED_ON, jobSpecConfig=HANDED_ON),
            )
        ),
    ),
    computeLogManager=keys(type={"const": "NoOpComputeLogManager"}),
    pythonLogs=keys(pythonLogLevel=TEXT, managedPythonLoggers=each(TEXT)),
    telemetry=keys(enabled=FLAG),
    retention=keys(enabled=FLAG, schedule=DAYS, sensor=DAYS),
    additionalInstanceConfig=HANDED_ON,
)


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    """What the file says."""
    return dict(yaml.safe_load(VALUES.read_text(encoding="utf-8")))


def test_every_key_is_one_that_the_chart_takes(values: dict[str, Any]) -> None:
    jsonschema.validate(values, TAKEN)


def test_a_probe_at_the_start_is_switched_on(values: dict[str, Any]) -> None:
    (deployment,) = values["dagster-user-deployments"]["deployments"]

    # The chart leaves out one that does not say so itself.
    assert deployment["startupProbe"]["enabled"] is True


def test_what_the_chart_starts_first_in_a_pod_is_not_refused_as_root(
    values: dict[str, Any],
) -> None:
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    for pod in (deployment, values["dagsterWebserver"], values["dagsterDaemon"]):
        # Its images of PostgreSQL and busybox are root's: to be nobody is not enough.
        assert pod["podSecurityContext"]["runAsNonRoot"] is True
        assert pod["podSecurityContext"]["runAsUser"] == 10001


def test_runs_have_the_limits_of_the_code_server(values: dict[str, Any]) -> None:
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]

    # What the launcher says of it, Dagster passes over.
    assert deployment["includeConfigInLaunchedRuns"] == {"enabled": True}
    assert "limits" in deployment["resources"]
    assert "resources" not in str(launcher)


def test_the_tables_are_brought_up_to_date_before_anything_starts(values: dict[str, Any]) -> None:
    (job,) = values["extraManifests"]
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    (container,) = job["spec"]["template"]["spec"]["containers"]

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert container["command"] == ["adm-sync", "db", "upgrade"]
    image = deployment["image"]
    assert container["image"] == f"{image['repository']}:{image['tag']}"
    assert [one["secretRef"] for one in container["envFrom"]] == deployment["envSecrets"]


# ---------------------------------------------------------------------- the chart itself


def merged(under: Any, over: Any) -> Any:
    """Values over those of the chart, as Helm lays them."""
    if not (isinstance(under, dict) and isinstance(over, dict)):
        return deepcopy(over)
    return {
        **under,
        **{name: merged(under.get(name), value) for name, value in over.items()},
    }


def without_addresses(schema: Any) -> Any:
    """The schema without what it takes from elsewhere, which is Kubernetes' own."""
    if isinstance(schema, list):
        return [without_addresses(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: without_addresses(one)
        for name, one in schema.items()
        if not (name == "$ref" and str(one).startswith("https:"))
    }


@needs_chart
def test_the_schema_of_the_chart_takes_the_values(values: dict[str, Any]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    own = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))

    jsonschema.validate(merged(own, values), without_addresses(schema))


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    """What Helm makes of it."""
    command = ["helm", "template", "adm-sync", str(CHART), "--values", str(VALUES)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    return [one for one in yaml.safe_load_all(made.stdout) if one]


def containers(documents: list[dict[str, Any]], kind: str) -> Iterator[dict[str, Any]]:
    for one in documents:
        if one["kind"] == kind:
            yield from one["spec"]["template"]["spec"]["containers"]


@needs_chart
@needs_helm
def test_every_part_is_looked_at_and_limited(documents: list[dict[str, Any]]) -> None:
    found = list(containers(documents, "Deployment"))

    assert len(found) == 3
    for one in found:
        assert "livenessProbe" in one
        assert "limits" in one["resources"]
    assert ["startupProbe" in one for one in found].count(True) == 1


@needs_chart
@needs_helm
def test_secrets_are_named_and_never_shown(documents: list[dict[str, Any]]) -> None:
    assert "Secret" not in {one["kind"] for one in documents}
    for one in documents:
        if one["kind"] == "ConfigMap":
            text = json.dumps(one)
            assert not re.search(r"ADMINISTRATE_|://[^/\s]*:[^/\s]*@|password: (?!env)\S", text)
    given = [
        source["secretRef"]["name"]
        for one in containers(documents, "Deployment")
        for source in one["envFrom"]
        if "secretRef" in source and not source["secretRef"].get("optional")
    ]
    # The code server alone.
    assert given == ["adm-sync"]


@needs_chart
@needs_helm
def test_dagster_takes_the_instance_that_the_chart_writes(
    documents: list[dict[str, Any]], tmp_path: Path
) -> None:
    from dagster._core.instance.config import dagster_instance_config

    (instance,) = [
        one["data"]["dagster.yaml"]
        for one in documents
        if one["kind"] == "ConfigMap" and "dagster.yaml" in (one["data"] or {})
    ]
    (tmp_path / "dagster.yaml").write_text(instance, encoding="utf-8")

    config, _ = dagster_instance_config(str(tmp_path))

    assert config["run_coordinator"]["class"] == "QueuedRunCoordinator"
    assert config["run_launcher"]["class"] == "K8sRunLauncher"
