"""The top of the command line: the list of commands, and what becomes of an error.

Exit status: 0 all done, 1 failed or held, 2 wrong usage or settings, 3 partial.
"""

import os
import sys
import traceback
from importlib import import_module
from typing import Any

import click

from adm_sync import __version__
from adm_sync.errors import AdmSyncError, SettingsError

# Command: the module that holds it, and its line in the list. The modules load when needed.
COMMANDS = {
    "demo": ("serving", "Fill both sides with a fictional company and sync them."),
    "dev": ("serving", "Run the Dagster UI, its daemon, and whatever else is not configured."),
    "sandbox": ("serving", "Run a local Administrate to rehearse against."),
    "doctor": ("doctor", "Check settings, database, Administrate and Dagster."),
    "db": ("database", "Look after the database's tables."),
    "sync": ("sync", "Sync some reference entities."),
    "sync-all": ("sync", "Sync all reference entities, in order."),
    "unmatched": ("decisions", "List what does not match, with suggestions."),
    "link": ("decisions", "Decide: this tutorial record is that Administrate record."),
    "never": ("decisions", "Decide: these two are not the same."),
    "ignore": ("decisions", "Decide: this record has no counterpart, and that is fine."),
    "decisions": ("decisions", "List the decisions in force."),
    "create-missing": ("creating", "Create unmatched tutorial records in Administrate."),
    "release": ("releasing", "Apply a plan that the guard held."),
}


class Commands(click.Group):
    """Loads a command's module when it is called, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table, which is the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"adm_sync.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, without loading any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 all done, 1 failed or held, 2 wrong usage or settings, 3 partial.",
)
@click.version_option(__version__, prog_name="adm-sync")
def cli() -> None:
    """Keep the tutorial company's database and its Administrate tenant in step.

    Start with `adm-sync demo`, which needs nothing. With your own tenant and database: set the
    variables that `adm-sync doctor` asks for, then `adm-sync db upgrade` and `adm-sync sync-all`.
    """


def main() -> Any:
    """Run one command; every error ends in a sentence and an exit status."""
    try:
        status = cli.main(standalone_mode=False)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.Abort:
        click.echo("Stopped.", err=True)
        status = 130
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except SettingsError as error:
        click.echo(f"Error: {error}", err=True)
        status = 2
    except AdmSyncError as error:
        click.echo(f"Error: {error}", err=True)
        status = 1
    except KeyboardInterrupt:
        click.echo("Stopped.", err=True)
        status = 130
    except BrokenPipeError:
        # Whoever read our output has gone; nothing may be written to it any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except Exception as error:
        status = _own_fault(error)
    sys.exit(status if isinstance(status, int) else 0)


def _own_fault(error: Exception) -> int:
    """A fault of ours: one sentence for the reader, the traceback for the log."""
    from adm_sync.cli.workplace import log_file

    name, where = type(error).__name__, log_file()
    try:
        with where.open("a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
        details = f"The details are in {where}."
    except OSError as refused:
        details = f"The details could not be written to {where} ({refused.strerror})."
    click.echo(f"Error: adm-sync hit a fault of its own ({name}). {details}", err=True)
    return 1
