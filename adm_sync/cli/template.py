"""`template`."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import say
from adm_sync.cli.workplace import (
    debug_option,
    open_only_database,
    refuse_to_replace,
    write_file,
)
from adm_sync.settings import Settings


@click.command(short_help="Write a fresh workbook with the current drop-downs.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@debug_option
def template(file: Path, *, force: bool, debug: bool) -> None:
    """Write to FILE a fresh workbook to fill in; .xlsx is added to its name if it lacks that.

    Its drop-downs offer what an import can use now: course templates, locations, venues and
    instructors that are linked with Administrate, the staff who look after events, and the
    sittings to come.

    \b
    Examples:
      adm-sync template "Sitting 2027A.xlsx"
      adm-sync template template.xlsx --force
    """
    from adm_sync.imports.offering import offered
    from adm_sync.workbook.template import template_bytes

    log_to_stderr(debug=debug)
    settings = Settings.load()
    if file.suffix.lower() != ".xlsx" and not file.is_dir():
        file = file.with_name(f"{file.name}.xlsx")
    refuse_to_replace(file, force=force)
    zone = settings.adm_sync_time_zone
    with open_only_database(settings) as database, database.engine.connect() as connection:
        lists = offered(connection, zone, datetime.now(ZoneInfo(zone)).date())
    write_file(file, template_bytes(lists), force=force)
    say(
        f"{file} is written. It offers {len(lists.templates)} course templates, "
        f"{len(lists.locations)} locations, {len(lists.venues)} venues, "
        f"{len(lists.instructors)} instructors and {len(lists.sittings)} sittings."
    )
    if not lists.templates:
        say(
            "No course template is linked yet: adm-sync sync-all links those that Administrate has."
        )
