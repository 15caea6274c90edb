"""The logs of what was sent to Administrate: `adm_sync.calls`, and the tutorial application's own.

What belongs here: adding to them. `adm_sync.calls` has every mutation of every command,
`adm.api_audit_log` what becomes of events and reference records. What does not: reading them. No
credential is ever part of a call's variables or answer.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import adm
from adm_sync.database.encoding import storable
from adm_sync.database.engine import singly
from adm_sync.database.operations import calls
from adm_sync.trace import trace

COMMAND = "adm-sync push"

log = logging.getLogger(__name__)


def keep(engine: sa.Engine, who: str, **call: Any) -> None:
    """Keep one mutation and its answer, whatever becomes of what is written about it.

    A log that cannot be written is no reason to lose what was answered.

    Args:
        engine: the database.
        who: on whose behalf it was sent.
        call: the other columns of `adm_sync.calls`.
    """
    try:
        with singly(engine).connect() as connection:
            values = storable(connection, {"who": who, **call})
            connection.execute(sa.insert(calls).values(values))
    except sa.exc.SQLAlchemyError as error:
        log.warning(
            "A call to Administrate (%s) could not be kept in adm_sync.calls: the database did not "
            "answer, or refused it.",
            call["document"],
        )
        trace.debug("adm_sync.calls: %s", type(error).__name__)


def add_call(
    connection: sa.Connection,
    *,
    operation: str,
    document: str,
    variables: Mapping[str, Any],
    data: Mapping[str, Any] | None,
    error: str,
    started: datetime,
    entity_id: str,
    command: str = COMMAND,
    entity_type: str = "event",
    success: bool | None = None,
) -> None:
    """Note one mutation and its answer; `error` is empty if it was answered.

    Unless it is said, it was a success if there is no error.
    """
    now = datetime.now(UTC)
    success = not error if success is None else success
    connection.execute(
        sa.insert(adm.api_audit_log).values(
            command=command,
            operation=operation[:50],
            graphql_query=document,
            variables=storable(connection, variables),
            response_body=storable(connection, data),
            status_code=None,
            success=success,
            error_message=storable(connection, error),
            started_at=started,
            completed_at=now,
            duration_ms=round((now - started).total_seconds() * 1000),
            entity_type=entity_type,
            entity_id=entity_id[:255],
            records_processed=int(success),
        )
    )
