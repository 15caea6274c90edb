"""The tutorial application's own log of calls to the API: `adm.api_audit_log`.

What belongs here: adding what the push sends. What does not: reading it. No credential is ever
part of a call's variables or answer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from adm_sync.database import adm

COMMAND = "adm-sync push"


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
) -> None:
    """Note one mutation and its answer; `error` is empty if it was answered."""
    now = datetime.now(UTC)
    connection.execute(
        sa.insert(adm.api_audit_log).values(
            command=command,
            operation=operation[:50],
            graphql_query=document,
            variables=_storable(variables),
            response_body=_storable(data),
            status_code=None,
            success=not error,
            error_message=storable(error),
            started_at=started,
            completed_at=now,
            duration_ms=round((now - started).total_seconds() * 1000),
            entity_type="event",
            entity_id=entity_id[:255],
            records_processed=0 if error else 1,
        )
    )


def storable(text: str) -> str:
    """Text without what PostgreSQL cannot hold: NUL and halves of characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value
