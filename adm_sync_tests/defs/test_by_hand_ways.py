"""Every command has a way in Dagster, or a reason why not."""

import click
import pytest

from adm_sync.cli.main import cli
from adm_sync.defs.build import build_defs
from adm_sync.defs.by_hand.ways import WAYS
from adm_sync_tests.cli.workplace import Workplace

# They change how a command speaks, or write a table of what it lists.
HOW_IT_SPEAKS = {"--json", "--debug", "--csv", "--xlsx", "--parquet", "--force"}


@pytest.fixture
def fields(settled: Workplace) -> dict[str, set[str]]:
    """The fields of the launchpad of each job."""
    found: dict[str, set[str]] = {}
    for job in build_defs().resolve_all_job_defs():
        schemas = [node.definition.config_schema.config_type for node in job.nodes]  # type: ignore[attr-defined]
        found[job.name] = {name for one in schemas for name in getattr(one, "fields", None) or ()}
    return found


def commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def keys_of(name: str, command: click.Command) -> dict[str, str]:
    """What the table calls each option and argument, and the name of its value."""
    options = [one for one in command.params if HOW_IT_SPEAKS.isdisjoint(one.opts)]
    return {
        f"{name} {one.opts[0] if isinstance(one, click.Option) else one.name.upper()}": one.name
        for one in options
        if one.name
    }


def is_reason(way: str) -> bool:
    return way.endswith(".")


def test_every_command_has_a_job_or_a_reason() -> None:
    assert commands().keys() - WAYS.keys() == set()


def test_every_option_has_a_field_or_a_reason(fields: dict[str, set[str]]) -> None:
    options = {name: keys_of(name, command) for name, command in commands().items()}
    without = [
        key
        for name, keys in options.items()
        if not is_reason(WAYS[name])
        for key, value in keys.items()
        if key not in WAYS and value not in fields[WAYS[name]]
    ]
    assert without == []
    assert (
        WAYS.keys() - {key for keys in options.values() for key in keys} - options.keys() == set()
    )
    for way in WAYS.values():
        if not is_reason(way):
            job, _, field = way.partition(".")
            assert job in fields, way
            assert not field or field in fields[job], way
