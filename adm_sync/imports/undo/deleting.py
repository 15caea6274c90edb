"""Deleting one event from Administrate, once it is decided that it may be deleted.

What belongs here: asking for it, and making sure. What does not: deciding (`evidence`), and what
follows here (`undoing`, `doubles`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.administrate.answers import Answer
from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import audit, steps
from adm_sync.database.engine import database_errors
from adm_sync.database.locks import Lock
from adm_sync.database.recorded import RecordedEvent
from adm_sync.errors import OutcomeUnknown, RequestRejected
from adm_sync.imports.undo.evidence import read_event

TRIES = 2


@dataclass(frozen=True, slots=True)
class Deletion:
    """Deletes events of Administrate for a command.

    Args:
        engine: of the database.
        client: of the tenant.
        lease: seconds that an event may be kept without a sign of life.
        command: whose doing it is, for the log.
    """

    engine: sa.Engine
    client: AdministrateClient
    lease: float
    command: str

    def delete(self, event: RecordedEvent, external_id: str, lock: Lock) -> str | None:
        """Delete an event there; gives why that was refused, if it was.

        Args:
            event: our row of it, claimed by the holder of the lock.
            external_id: which event of Administrate.
            lock: of this process.

        Raises:
            OutcomeUnknown: nobody can tell.
            AdministrateError: it did not happen.
        """
        for left in reversed(range(TRIES)):
            said = self._ask(event, external_id, lock)
            if said == "" or read_event(self.client, external_id) is None:
                return None
            if said is not None:
                return f"Administrate refused to delete it: {said}"
            if not left:
                break
        raise OutcomeUnknown(
            f"Whether «{event.title}» was deleted is not known. Run {self.command} again."
        )

    def _ask(self, event: RecordedEvent, external_id: str, lock: Lock) -> str | None:
        """What Administrate says against it: nothing, or sentences; None if there is no telling."""
        variables = {"input": {"eventIds": [external_id]}}
        started = datetime.now(UTC)

        def before() -> None:
            with database_errors(), self.engine.connect() as connection:
                if not steps.holds(connection, [event.id], lock.key):
                    raise steps.LeaseLost("Another process has taken over. Nothing was deleted.")

        data, said, problem = None, None, ""
        try:
            answer = self.client.mutate("delete_events", variables, before=before)
            data, said = answer.data, _said(answer)
        except OutcomeUnknown as error:
            problem = str(error)
        except RequestRejected as error:
            problem = said = str(error)
        with database_errors(), self.engine.begin() as connection:
            steps.keep(connection, [event.id], lock.key, self.lease)
            audit.add_call(
                connection,
                operation="delete_event",
                document="delete_events",
                variables=variables,
                data=data,
                error=problem or said or "",
                started=started,
                entity_id=external_id,
                command=self.command,
            )
        return said


def _said(answer: Answer) -> str | None:
    """Empty if it went well, sentences if it was refused, None if there is no telling."""
    group = (answer.data or {}).get("event")
    payload = group.get("delete") if isinstance(group, dict) else None
    if not isinstance(payload, dict) or answer.errors:
        return None
    errors = payload.get("errors") or []
    return "; ".join(str(error.get("message") or "no reason given") for error in errors)
