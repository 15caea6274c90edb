"""The top of the command line: the list of commands, and what becomes of an error.

Exit status: 0 all done, 1 failed or held, 2 wrong usage or settings, 3 partial.
"""

import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from adm_sync import __version__
from adm_sync.cli import failures
from adm_sync.cli.terminal import fall_silent, harmless, print_json, say_on_stderr
from adm_sync.errors import AdmSyncError, SettingsError
from adm_sync.garbage import look_rarely

STOPPED = 130
NOT_HERE = "adm-sync runs on Linux and macOS. On Windows, run it in WSL or in a container."

# Command: the module that holds it, and its line in the list. The modules load when needed.
COMMANDS = {
    "demo": ("demonstrating", "Show everything with a fictional company: sync, import, outage."),
    "dev": ("serving", "Run the Dagster UI, its daemon, and whatever else is not configured."),
    "desk": ("desk", "Run the desk: pages for planners and data administrators."),
    "sandbox": ("sandbox", "Run a local Administrate to rehearse against."),
    "doctor": ("doctor", "Check settings, database, Administrate and Dagster."),
    "today": ("today", "Say what ran last, and what waits for somebody."),
    "alerts": ("alerting", "List what is wrong now, or tell people of it."),
    "db": ("database", "Look after the database's tables."),
    "sync": ("sync", "Sync some reference entities."),
    "sync-all": ("sync", "Sync all reference entities, in order."),
    "unmatched": ("decisions", "List what does not match, with suggestions."),
    "link": ("decisions", "Decide: this tutorial record is that Administrate record."),
    "never": ("decisions", "Decide: these two are not the same."),
    "ignore": ("decisions", "Decide: this record has no counterpart, and that is fine."),
    "decide": ("deciding", "Make the decisions of a list that comes back filled in."),
    "decisions": ("decisions", "List the decisions in force."),
    "create-missing": ("creating", "Create unmatched tutorial records in Administrate."),
    "release": ("releasing", "Apply a plan that the guard held."),
    "template": ("template", "Write a fresh workbook with the current drop-downs."),
    "columns": ("columns", "Propose how the headers of a workbook are to be read."),
    "import-events": ("importing", "Import events and sessions from a workbook."),
    "push": ("pushing", "Do in Administrate what is recorded here and still to be done."),
    "imports": ("imports", "List the imports, or show one."),
    "report": ("imports", "Write the report of an import again."),
    "undo": ("imports", "Take an import back, as far as nobody has worked on it since."),
    "reconcile": ("pushing", "Compare the imported events with Administrate."),
    "history": ("history", "Say what happened to a record or an event, by whom and when."),
    "version": ("version", "Say which versions are at work."),
}


class Commands(click.Group):
    """Loads a command's module when it is called, and ends every error in a sentence."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **options: Any) -> NoReturn:
        """Run one command, and leave with its exit status."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # A terminal that cannot show a sign shows a question mark.
                stream.reconfigure(errors="replace")
        arguments = list(sys.argv[1:] if args is None else args)
        options["standalone_mode"] = False
        failures.begin()
        run = partial(super().main, arguments, *others, **options)
        status, sentence = _status(run)
        if sentence is not None and "--json" in arguments:
            with suppress(OSError):  # which may be what is told
                print_json(failures.document(arguments, sentence))
        fall_silent()
        sys.exit(status)

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
    from adm_sync.cli.logs import log_to_stderr
    from adm_sync.home import keep_private, write_privately
    from adm_sync.settings import Settings

    write_privately()
    log_to_stderr(debug=False)
    with suppress(SettingsError):  # whoever needs the home says what is wrong with it
        keep_private(Settings.load().home)


def main() -> NoReturn:
    """The command `adm-sync`."""
    if sys.platform == "win32":
        click.echo(NOT_HERE, err=True)
        sys.exit(1)
    look_rarely()
    # A shell starts what it puts in the background with SIGINT ignored, and Dagster does with
    # SIGTERM what is done with SIGINT: then neither would end it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for ending in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        if signal.getsignal(ending) == signal.SIG_DFL:
            signal.signal(ending, signal.default_int_handler)
    cli.main()


def _status(command: Callable[[], Any]) -> tuple[int, str | None]:
    """Run it, and turn whatever it raises into an exit status and a sentence (None if it ran)."""
    try:
        status = command()
    except click.ClickException as error:
        error.show()
        return error.exit_code, error.format_message()
    except (click.Abort, KeyboardInterrupt):
        return _said(STOPPED, "Stopped.")
    except SettingsError as error:
        return _said(2, str(error))
    except Exception as error:
        return _said(1, _sentence(error))
    return (status if isinstance(status, int) else 0), None


def _said(status: int, sentence: str) -> tuple[int, str]:
    start = "" if status == STOPPED else "Error: "
    sentence = _on_pages(sentence)
    say_on_stderr(start + harmless(sentence))
    return status, sentence


def _on_pages(sentence: str) -> str:
    """With the pages of the desk, where people who have no terminal do what the commands do."""
    if "adm-sync " not in sentence:
        return sentence
    from adm_sync.pages import pages_of, with_pages
    from adm_sync.reference.entities import BY_NAME
    from adm_sync.settings import Settings

    with suppress(SettingsError):
        return with_pages(sentence, pages_of(Settings.load()), frozenset(BY_NAME))
    return sentence


def _sentence(error: Exception) -> str:
    """What is said of an error; what stands behind it is for the log."""
    from adm_sync import fault_log
    from adm_sync.surroundings import lacking

    told = error if isinstance(error, AdmSyncError) else lacking(error)
    if told is not None:
        fault_log.keep_trace(told)
        return str(told)
    sentence = f"adm-sync hit a fault of its own ({type(error).__name__})."
    where = fault_log.log_file()
    try:
        fault_log.keep(sentence, error)
    except OSError as refused:
        return f"{sentence} The details could not be written to {where} ({refused.strerror})."
    return f"{sentence} The details are in {where}."
