"""What Administrate refuses for lack of something (rights, a field of its API), or altogether.

What belongs here: keeping that until it is taken again, so that people can be told of it, and
naming it in the error, so that they are told of it as the cause of what failed. What does not:
telling them (`alerts`), and what a refusal means for the work that met it.
"""

import logging
from datetime import UTC, datetime

import sqlalchemy as sa

from adm_sync.administrate.contract import MAY_BE_REFUSED
from adm_sync.database import alerts
from adm_sync.database.alerts import CREDENTIALS, OUTAGE
from adm_sync.database.states import ProblemKind
from adm_sync.errors import AccessRefused, AdministrateError, Throttled, Unreachable

log = logging.getLogger("adm_sync.administrate")

# Between the names of documents that travel in one request.
JOINED = " and "


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
        if document in MAY_BE_REFUSED:
            return
        kind, subject = _known_as(document, error)
        error.cause = f"{kind} {subject}"
        if isinstance(error, Throttled):
            return  # until when it is left alone is kept by itself
        if not document:
            self._taken.clear()
        self._taken -= {*document.split(JOINED)}
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
                over = {*self._taken, CREDENTIALS, OUTAGE}
                alerts.forget_api_faults(connection, over, JOINED)
        except sa.exc.SQLAlchemyError as lost:
            log.info("what Administrate takes could not be kept: %s", type(lost).__name__)


def _known_as(document: str, error: AdministrateError) -> tuple[ProblemKind, str]:
    """The kind and the subject of the problem."""
    if isinstance(error, Unreachable | Throttled):
        return ProblemKind.FAILED, OUTAGE
    if isinstance(error, AccessRefused):
        return ProblemKind.ACCESS_REFUSED, document or CREDENTIALS
    return ProblemKind.API_CHANGED, document
