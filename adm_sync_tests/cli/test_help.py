"""Help that teaches: every command has it, and it is quick."""

import json
import platform
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from adm_sync import __version__
from adm_sync.cli.main import COMMANDS, cli

PROMISED = (
    *("demo", "dev", "sandbox", "doctor", "db upgrade", "sync", "sync-all", "unmatched", "link"),
    *("never", "ignore", "decisions", "create-missing", "release", "template", "import-events"),
    *("push", "imports", "report", "undo", "reconcile", "history", "columns", "version"),
    *("desk", "today", "alerts", "decide"),
)
# What is typed without an argument explains itself.
WITH_EXAMPLE = set(PROMISED) - {"demo", "dev", "sandbox", "doctor", "decisions", "version"}


def command(path: str) -> click.Command:
    """The command of that name, or of a group's name and its own."""
    found: click.Command = cli
    for name in path.split():
        assert isinstance(found, click.Group)
        next_one = found.get_command(click.Context(found), name)
        assert next_one is not None, f"there is no command {path}"
        found = next_one
    return found


@pytest.mark.parametrize("path", PROMISED)
def test_every_promised_command_has_help(path: str) -> None:
    text = CliRunner().invoke(cli, [*path.split(), "--help"]).stdout

    assert text.startswith(f"Usage: cli {path} ")
    description = text.split("\n\n")[1]
    assert len(description.split()) > 4
    if path in WITH_EXAMPLE:
        assert f"adm-sync {path}" in text


@pytest.mark.parametrize("path", PROMISED)
def test_every_option_says_what_it_does(path: str) -> None:
    options = [one for one in command(path).params if isinstance(one, click.Option)]

    assert [one.name for one in options if not one.help] == []


def test_the_list_of_commands_is_whole_and_true() -> None:
    assert {path.split()[0] for path in PROMISED} == set(COMMANDS)
    for name, (_, line) in COMMANDS.items():
        assert command(name).get_short_help_str(limit=200) == line.rstrip(".") + "."


def test_without_a_command_the_list_is_shown() -> None:
    text = " ".join(CliRunner().invoke(cli, ["--help"]).stdout.split())

    for name, (_, line) in COMMANDS.items():
        assert name in text
        assert line in text
    assert "Exit status: 0 all done, 1 failed or held" in text


def test_sync_names_the_entities() -> None:
    from adm_sync.reference.entities import ENTITIES

    text = " ".join(CliRunner().invoke(cli, ["sync", "--help"]).stdout.split())

    for entity in ENTITIES:
        assert entity.name in text


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(cli, ["--version"]).stdout == f"adm-sync, version {__version__}\n"


def test_what_it_runs_on_is_told() -> None:
    told = json.loads(CliRunner().invoke(cli, ["version", "--json"]).stdout)

    assert list(told) == ["adm-sync", "extras", "Python", "Dagster", "system"]
    assert told["adm-sync"] == __version__
    lines = CliRunner().invoke(cli, ["version"]).stdout.splitlines()
    assert lines[0] == f"adm-sync {__version__}"
    assert f"Python {platform.python_version()}" in lines


def test_on_windows_one_sentence_says_where_it_runs() -> None:
    # Nothing that Windows lacks may be needed to say it.
    lacking = "import sys; [sys.modules.update({n: None}) for n in ('fcntl', 'grp', 'pwd')]"
    tried = "from adm_sync.cli import main; sys.platform = 'win32'; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"{lacking}; {tried}"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr == (
        "adm-sync runs on Linux and macOS. On Windows, run it in WSL or in a container.\n"
    )


def test_an_unknown_command_is_wrong_usage() -> None:
    assert "No such command 'synch'" in CliRunner().invoke(cli, ["synch"]).stderr


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from adm_sync.cli.main import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'dagster', 'sqlalchemy', 'gql', 'pydantic', 'rich'} & set(sys.modules)\n"
        "print('heavy:', sorted(heavy))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("heavy: []\n")


@pytest.mark.thorough
def test_a_sync_loads_nothing_of_the_import() -> None:
    code = (
        "import sys, adm_sync.cli.sync, adm_sync.defs.launching\n"
        "of_imports = {'adm_sync.imports.importing', 'adm_sync.push.pushing', 'openpyxl'}\n"
        "print(sorted(of_imports & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.thorough
def test_looking_at_imports_loads_nothing_that_makes_them() -> None:
    code = (
        "import sys, adm_sync.cli.imports, adm_sync.cli.import_lists, adm_sync.imports.looking\n"
        "makers = {'adm_sync.imports.importing', 'openpyxl', 'numpy'}\n"
        "print(sorted(makers & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
