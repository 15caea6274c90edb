"""`decide`: decisions that come back in a list of `unmatched`."""

from pathlib import Path
from typing import Any

import click

from adm_sync.acting import user_name
from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import EXIT_STATUS, json_option, open_only_database
from adm_sync.settings import Settings

SHOWN, MOST_FINDINGS = 20, 100


@click.command(short_help="Make the decisions of a list that comes back filled in.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be decided; decide nothing.")
@click.option("--who", default=user_name, help="Who decides (default: your user name).")
@json_option
def decide(file: Path, *, dry_run: bool, who: str, as_json: bool) -> None:
    """Make the decisions in FILE, a list that `adm-sync unmatched` wrote.

    Each row with a Decision is one: link, never or ignore, as those commands make them, with its
    Reason. If anything is wrong with one of them, or has changed since the list was written, all
    of that is said and nothing is decided.

    \b
    Examples:
      adm-sync unmatched venues --xlsx open.xlsx
      adm-sync decide open.xlsx --dry-run
      adm-sync decide open.xlsx
    """
    from adm_sync.imports.opening import limits
    from adm_sync.tables.deciding import FileOfDecisions, decide_in_file
    from adm_sync.workbook.findings import WorkbookRefused
    from adm_sync.workbook.reading import open_content

    log_to_stderr(debug=False)
    settings = Settings.load()
    allowed = limits(settings)
    try:
        content = open_content(file, allowed)
        with open_only_database(settings) as database:
            result = decide_in_file(database.engine, content, allowed, who, dry_run=dry_run)
    except WorkbookRefused as refused:
        result = FileOfDecisions(findings=[refused.finding])
    if as_json:
        told = {"dry_run": True} if dry_run else {}
        print_json({"file": file.name, **result.as_json(), **told})
    else:
        _tell(result, dry_run=dry_run)
    raise click.exceptions.Exit(EXIT_STATUS[result.status])


def _tell(result: Any, *, dry_run: bool) -> None:
    from adm_sync.cli.import_words import counted
    from adm_sync.cli.printing import short

    if result.findings:
        say(f"Nothing is decided: {counted(len(result.findings), 'finding')}.")
        for finding in result.findings[:MOST_FINDINGS]:
            say(f"  ✗ {_place(finding)}{finding.message}")
            if finding.suggestion:
                say(f"      {finding.suggestion}")
        if len(result.findings) > MOST_FINDINGS:
            say(f"  … and {len(result.findings) - MOST_FINDINGS} more with --json")
        return
    if not result.decided:
        say("No row holds a decision, so nothing is decided.")
        return
    new = [one for one in result.decided if one.is_new]
    # Two rows may be the two sides of one pair.
    made = {one.statement.key for one in new}
    verb = "would be decided" if dry_run else "decided"
    pairs = f" (in {len(new)} rows)" if len(made) < len(new) else ""
    say(f"{len(made)} {verb}{pairs}; {len(result.decided) - len(new)} were decided so already.")
    for one in new[:SHOWN]:
        named = f" «{short(one.label)}»" if one.label else ""
        why = f": {one.why}" if one.why else ""
        say(f"  - row {one.row}{named}: {one.statement}{why}")
        say(f"      {one.effect}")
    if len(new) > SHOWN:
        say(f"  … and {len(new) - SHOWN} more with --json")
    if result.entities and not dry_run:
        say(f"The next sync honours them: adm-sync sync {' '.join(result.entities)}")


def _place(finding: Any) -> str:
    if finding.row is None:
        return ""
    return f"row {finding.row}, column {finding.column}: "
