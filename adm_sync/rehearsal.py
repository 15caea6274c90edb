"""The sandbox that stands in for Administrate where nothing is set and the demo has been.

What belongs here: when it does. What does not: what is in it (`demo`), and how it answers
(`sandbox`).
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from adm_sync.addresses import web_origin
from adm_sync.errors import AdmSyncError
from adm_sync.settings import Settings

if TYPE_CHECKING:
    from adm_sync.sandbox import Access

log = logging.getLogger(__name__)


def sandbox_state(settings: Settings) -> Path:
    """Where the sandbox of the demo and of `adm-sync dev` keeps its records."""
    return settings.home / "sandbox.json"


def is_rehearsal(settings: Settings) -> bool:
    """Whether neither a database nor a tenant is set, so that nothing real is touched."""
    return settings.administrate_api_url is None and settings.adm_sync_database_url is None


@contextmanager
def rehearsing(settings: Settings) -> Iterator[Settings]:
    """These settings; in a rehearsal, with the sandbox that the demo has left as the tenant.

    That of `adm-sync dev` is joined; else one runs for as long as this lasts.

    Raises:
        AdmSyncError: the sandbox cannot run.
    """
    state = sandbox_state(settings)
    if not is_rehearsal(settings) or not state.exists():
        yield settings
        return
    with ExitStack() as stack:
        try:
            access = stack.enter_context(_joined(state))
        except (OSError, ValueError) as error:
            raise AdmSyncError(f"The sandbox of adm-sync demo cannot run: {error}") from None
        log.warning("No tenant is set, so the sandbox of adm-sync demo stands in for Administrate.")
        yield leading_to(access, settings)


def leading_to(access: "Access", settings: Settings) -> Settings:
    """These settings, with a sandbox as the tenant."""
    return settings.model_copy(
        update={
            "administrate_api_url": access.api_url,
            "administrate_auth_url": access.auth_url,
            "administrate_instance_url": web_origin(access.api_url),
            "administrate_api_key": access.client_id,
            "administrate_api_secret": SecretStr(access.client_secret),
        }
    )


def _joined(state: Path) -> AbstractContextManager["Access"]:
    from adm_sync.sandbox import joined

    return joined(state)
