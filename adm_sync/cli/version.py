"""`version`: what is installed, as whoever helps wants to know it.

What belongs here: reading it from what is installed. What does not: whether it works (`doctor`).
"""

import platform
from importlib.metadata import PackageNotFoundError, metadata, requires
from importlib.metadata import version as version_of

import click
from packaging.requirements import Requirement

from adm_sync import __version__
from adm_sync.cli.terminal import print_json
from adm_sync.cli.workplace import json_option


@click.command(short_help="Say which versions are at work.")
@json_option
def version(*, as_json: bool) -> None:
    """Say which version of adm_sync this is, with which extras, and on what it runs."""
    facts = {
        "adm-sync": __version__,
        "extras": ", ".join(_extras()) or "none",
        "Python": platform.python_version(),
        "Dagster": version_of("dagster"),
        "system": platform.platform(),
    }
    if as_json:
        print_json(facts)
        return
    for name, fact in facts.items():
        click.echo(f"{name} {fact}" if fact[0].isdigit() else f"{name}: {fact}")


def _extras() -> list[str]:
    """Those of which everything is installed."""
    names = metadata("adm_sync").get_all("Provides-Extra") or []
    wanted = [Requirement(text) for text in requires("adm_sync") or []]
    return [
        name
        for name in names
        if all(
            _is_installed(one)
            for one in wanted
            if one.marker and one.marker.evaluate({"extra": name})
        )
    ]


def _is_installed(wanted: Requirement) -> bool:
    try:
        return wanted.specifier.contains(version_of(wanted.name), prereleases=True)
    except PackageNotFoundError:
        return False
