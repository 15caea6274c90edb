"""What Dagster writes down of a run in this process, and what is said when it cannot.

What belongs here: its own database that is lost or refuses something, as an error of ours. What
does not: running something (`launching`).
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import sqlalchemy as sa
from dagster_postgres.utils import DagsterPostgresException

from adm_sync.defs.undocumented import (
    StructuredLoggerMessage,
    construct_event_record,
    get_log_record_metadata,
)
from adm_sync.errors import DatabaseUnreachable
from adm_sync.fault_log import FaultHandler, keep_trace


@contextmanager
def quietly(when: str) -> Iterator[None]:
    """Within, Dagster prints no words of a driver about its own database.

    Args:
        when: for the sentence of the error, such as "in the middle of a run".

    Raises:
        DatabaseUnreachable: that database was lost or refused something.
    """
    # With each try to connect Dagster warns by the root logger, which prints if nobody handles it.
    root, handler = logging.getLogger(), FaultHandler()
    root.addHandler(handler)
    try:
        yield
    except (sa.exc.SQLAlchemyError, DagsterPostgresException) as error:
        raise DatabaseUnreachable(
            f"Dagster's own database was lost, or refused something, {when}."
        ) from error
    finally:
        root.removeHandler(handler)


@contextmanager
def writing_quietly(instance: dg.DagsterInstance) -> Iterator[None]:
    """Within, a run is written down `quietly`; what cannot be is in the log.

    Raises:
        DatabaseUnreachable: Dagster's database was lost or refused something, and the run with it.
    """
    make = instance.get_event_log_handler
    vars(instance)["get_event_log_handler"] = lambda: _Handler(instance)
    try:
        with quietly("in the middle of a run"):
            yield
    finally:
        vars(instance)["get_event_log_handler"] = make


class _Handler(logging.Handler):
    """As Dagster's own, which prints whatever the driver says."""

    def __init__(self, instance: dg.DagsterInstance) -> None:
        super().__init__(logging.DEBUG)
        self._instance = instance

    def emit(self, record: logging.LogRecord) -> None:
        """Write it down; a run cannot do without its events, but well without a remark."""
        facts = get_log_record_metadata(record)
        message = StructuredLoggerMessage(record.name, record.msg, record.levelno, facts, record)
        event = construct_event_record(message)
        batch = facts["dagster_event_batch_metadata"]
        try:
            self._instance.handle_new_event(event, batch_metadata=batch)
        except Exception as error:
            keep_trace(error)
            if event.dagster_event:
                raise
