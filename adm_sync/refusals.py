"""What Administrate refuses for lack of something: rights, or a field of its API.

What belongs here: keeping that until it is taken again, so that people can be told of it. What does
not: telling them (`alerts`), and what a refusal means for the work that met it.
"""

import logging
from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.administrate.contract import MAY_BE_REFUSED
from adm_sync.database import alerts
from adm_sync.database.states import ProblemKind
from adm_sync.errors import AccessRefused, AdministrateError

log = logging.getLogger("adm_sync.administrate")

# Between the names of documents that travel in one request.
JOINED = " and "
# Of what is refused whatever is asked for.
CREDENTIALS = "credentials"


class Refusals:
    """What one client hears. That it cannot be kept is no reason to fail."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._taken = set[str]()

    def hear(self, document: str, error: AdministrateError | None) -> None:
        """See `AdministrateClient.heard`."""
        if error is None:
            self._taken |= {*document.split(JOINED)}
            return
        subject = document or CREDENTIALS
        if subject in MAY_BE_REFUSED:
            return
        if subject == CREDENTIALS:
            self._taken.clear()
        self._taken -= {*subject.split(JOINED)}
        is_access = isinstance(error, AccessRefused)
        kind = ProblemKind.ACCESS_REFUSED if is_access else ProblemKind.API_CHANGED
        try:
            with self._engine.begin() as connection:
                alerts.note_api_fault(connection, kind, subject, str(error), datetime.now(UTC))
        except sa.exc.SQLAlchemyError as lost:
            log.info("what Administrate refuses could not be kept: %s", type(lost).__name__)

    def close(self) -> None:
        """What was taken is refused no longer."""
        if not self._taken:
            return
        try:
            with self._engine.begin() as connection:
                alerts.forget_api_faults(connection, {*self._taken, CREDENTIALS}, JOINED)
        except sa.exc.SQLAlchemyError as lost:
            log.info("what Administrate takes could not be kept: %s", type(lost).__name__)
