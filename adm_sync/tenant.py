"""The way to the tenant of the settings: its client, ready to use, and what tells it from others.

What belongs here: making a client and a limiter out of the settings and the open database. What
does not: what is done with them.
"""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from socket import gethostname
from urllib.parse import urlsplit

import sqlalchemy as sa

from adm_sync.addresses import LOOPBACK, web_origin
from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import audit, journal, placement
from adm_sync.database.engine import Database, database_errors
from adm_sync.database.rate_limit import SharedLimiter
from adm_sync.errors import DatabaseLayoutError, WrongInstance
from adm_sync.refusals import Refusals
from adm_sync.settings import Settings


def check_placement(database: Database) -> None:
    """Make sure that every table is there and up to date.

    Raises:
        DatabaseLayoutError: says what is wrong and what to run.
    """
    with database_errors():
        faults = placement.check(database.engine)
    if faults:
        raise DatabaseLayoutError("\n".join(faults))


def check_instance(connection: sa.Connection, instance: str) -> None:
    """Make sure that the tenant is the one that the database was synced with.

    Raises:
        WrongInstance: it is another one.
    """
    known = journal.known_instance(connection)
    if known is not None and known != instance:
        raise WrongInstance(
            f"This database belongs to {known}, and the settings lead to {instance}. Nothing was "
            "read or sent. Set ADMINISTRATE_INSTANCE_URL (or ADMINISTRATE_API_URL) right; if the "
            "tenant really has moved, run adm-sync doctor --accept-instance."
        )


@contextmanager
def open_client(
    settings: Settings, database: Database, who: str = ""
) -> Iterator[AdministrateClient]:
    """A client for the tenant of the settings, paced together with all processes of the database.

    Every mutation that it sends is kept in the audit log, and what Administrate refuses for lack of
    something (rights, a field of its API) is kept until it takes it again.

    Args:
        settings: must hold the access to Administrate.
        database: where the limit is shared and the log is kept.
        who: on whose behalf.

    Raises:
        SettingsError: the access to Administrate is missing.
    """
    with (
        closing(SharedLimiter(database.engine, settings.adm_sync_rate_limit)) as limiter,
        closing(Refusals(database.engine)) as refusals,
        AdministrateClient(
            settings.administrate(),
            limiter=limiter,
            timeout=settings.adm_sync_request_timeout_seconds,
            retry_budget=settings.adm_sync_retry_budget_seconds,
            pages=settings.adm_sync_concurrent_pages,
            heard=refusals.hear,
        ) as client,
    ):
        act_for(client, database, who or f"adm-sync on {gethostname()}")
        yield client


def act_for(client: AdministrateClient, database: Database, who: str) -> None:
    """Let the audit log say of each mutation that it was sent on behalf of this one."""
    client.audit = partial(audit.keep, database.engine, who)


def event_page(settings: Settings, external_id: str | None) -> str | None:
    """Where people see an event in Administrate; None if its id does not tell its number."""
    origin = settings.administrate_instance_url
    try:
        text = b64decode(external_id or "", validate=True).decode()
    except ValueError:
        return None
    number = text.rpartition(":")[2]
    is_told = origin and text != number and number.isascii() and number.isdigit()
    return f"{origin}/beta#/events/events/{number}" if is_told else None


def instance_of(settings: Settings) -> str:
    """What tells this tenant from another: its own address, else the API's.

    The port of a server on this machine does not count, since a sandbox has another each time.
    """
    origin = settings.administrate_instance_url or web_origin(settings.administrate().api_url)
    return "this machine" if urlsplit(origin).hostname in LOOPBACK else origin
