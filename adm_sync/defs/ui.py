"""The webserver of `adm-sync dev`: Dagster's own, that answers only to this machine's names.

Otherwise a page from elsewhere, whose name is made to lead to this machine, could start runs.

What belongs here: starting it. What does not: everything that it shows.
"""

import os
from typing import Any

from dagster_webserver import app
from dagster_webserver.cli import main
from dagster_webserver.webserver import DagsterWebserver
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from adm_sync.addresses import OWN_NAMES, names_of


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
