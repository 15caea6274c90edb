"""The webserver of `adm-sync dev`: Dagster's own, that answers only to this machine's names.

Otherwise a page from elsewhere, whose name is made to lead to this machine, could start runs.

What belongs here: starting it. What does not: everything that it shows.
"""

import os
import socket
from typing import Any

import psutil  # type: ignore[import-untyped]
from dagster_webserver import app
from dagster_webserver.cli import main
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from adm_sync.settings import EVERYWHERE, LOOPBACK

OWN_NAMES = ["127.0.0.1", "localhost"]


def names_of(host: str) -> list[str]:
    """The names by which the one that listens on this address may be asked for."""
    if host in LOOPBACK:
        return OWN_NAMES
    if host != EVERYWHERE:
        return [*OWN_NAMES, host]
    addresses = [one.address for own in psutil.net_if_addrs().values() for one in own]
    return [*OWN_NAMES, socket.gethostname(), socket.getfqdn(), *addresses]


class Webserver(DagsterWebserver[Any, Any]):
    """Refuses a request that names another host."""

    def build_middleware(self) -> list[Middleware]:
        """The check of the host comes before everything else."""
        names = names_of(os.environ.get("ADM_SYNC_UI_HOST", OWN_NAMES[0]))
        check = Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)
        return [check, *super().build_middleware()]


if __name__ == "__main__":
    vars(app)["DagsterWebserver"] = Webserver
    main()  # type: ignore[no-untyped-call]
