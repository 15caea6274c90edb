"""`desk`: the pages for planners and data administrators."""

import click

from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.serving import refuse_unusable
from adm_sync.cli.terminal import say
from adm_sync.cli.workplace import debug_option, open_only_database
from adm_sync.settings import Settings


@click.command(short_help="Run the desk: pages for planners and data administrators.")
@click.option("--host", help="The address it listens on (ADM_SYNC_DESK_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Its port (ADM_SYNC_DESK_PORT).")
@debug_option
def desk(*, host: str | None, port: int | None, debug: bool) -> None:
    """Run the desk in the foreground, until Ctrl-C: a small web page beside Dagster's own.

    It shows what ran and what waits for somebody, and takes decisions. On this machine alone, it
    takes whoever opens it for the account that it runs as; docs/desk.md says how others use it.

    \b
    Example:
      adm-sync desk
    """
    from adm_sync.addresses import local_url
    from adm_sync.desk.serving import serve
    from adm_sync.desk.shared import open_desk

    log_to_stderr(debug=debug)
    settings = Settings.load()
    host, port = host or settings.adm_sync_desk_host, port or settings.adm_sync_desk_port
    refuse_unusable(host, port, "The desk", "ADM_SYNC_DESK")
    with open_only_database(settings) as database:
        shared = open_desk(settings, database, host)
        serve(
            shared,
            host,
            port,
            lambda: say(f"The desk is at {local_url(host, port)}   Ctrl-C ends it."),
        )
