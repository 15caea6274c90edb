"""`columns`."""

from pathlib import Path

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import say, say_aside
from adm_sync.cli.workplace import debug_option, write_file
from adm_sync.errors import WorkbookError
from adm_sync.settings import Settings


@click.command(short_help="Propose how the headers of a workbook are to be read.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", metavar="NAME", help="The sheet with the events, if it is not clear.")
@click.option(
    "--to", type=click.Path(path_type=Path), metavar="MAPPING", help="Write it to this file."
)
@click.option("--force", is_flag=True, help="Replace MAPPING if it is there.")
@debug_option
def columns(file: Path, *, sheet: str | None, to: Path | None, force: bool, debug: bool) -> None:
    """Propose how the headers of the workbook FILE are to be read.

    For workbooks with headers of their own: each is put to the column that it is nearest to. Check
    the proposal, correct it, and set ADM_SYNC_COLUMNS to the file; from then on workbooks with
    these headers, in any order, are read like those of the template.

    \b
    Examples:
      adm-sync columns "Plan 2027.xlsx"
      adm-sync columns "Plan 2027.xlsx" --to columns.toml
    """
    from adm_sync.cli.import_words import counted
    from adm_sync.imports.opening import limits
    from adm_sync.workbook.mapping.proposing import propose, toml
    from adm_sync.workbook.reading import open_content, read_book

    log_to_stderr(debug=debug)
    allowed = limits(Settings.load())
    content = open_content(file, allowed)
    proposal = propose(read_book(content, allowed), sheet)
    if proposal is None:
        what = f"Sheet '{sheet}' of {content.name}" if sheet else f"Every sheet of {content.name}"
        raise WorkbookError(
            f"{what} is missing or has no row that looks like headers of events. Name another "
            "with --sheet, or start with the template: adm-sync template FILE."
        )
    if not proposal.mapped and not proposal.left and not proposal.missing:
        say_aside(f"{content.name} has the headers of the template: it needs no mapping file.")
    if to is None:
        click.echo(toml(proposal), nl=False)
        return
    write_file(to, toml(proposal).encode(), force=force)
    say(
        f"{to} is written: {counted(len(proposal.mapped), 'header')} with a column near to it, "
        f"{len(proposal.left)} without, {counted(len(proposal.missing), 'column')} still to be "
        "found. Check every line, then set ADM_SYNC_COLUMNS to it."
    )
