"""Errors of the core as failures of a step.

What belongs here: telling an error that is said in a sentence from one that is not, and from
somebody's Ctrl-C. What does not: the sentences.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dagster as dg

from adm_sync.defs.metadata import on_pages
from adm_sync.defs.undocumented import DagsterUserCodeProcessError, SerializableErrorInfo
from adm_sync.errors import AdmSyncError, SyncBusy
from adm_sync.fault_log import keep_trace
from adm_sync.surroundings import lacking

SOURCE_TAG = "adm_sync/started_from"
RETRIES = 1
SECONDS_TO_RETRY = 60


class KnownFailure(DagsterUserCodeProcessError, dg.Failure):
    """A step failed for a reason that a sentence tells: Dagster shows that, and no trace behind it.

    Of an error of its first class Dagster stores what the error says of itself; of any other, the
    trace too. A step that fails so is not tried again.
    """

    def __init__(self, sentence: str, metadata: Mapping[str, Any] | None = None) -> None:
        sentence = on_pages(sentence)
        told = [SerializableErrorInfo(sentence, [], "Failure")]
        super().__init__(sentence, metadata, False, user_code_process_error_infos=told)  # type: ignore[no-untyped-call]


class TryAgain(DagsterUserCodeProcessError, dg.RetryRequested):
    """The same for a passing trouble: the step is tried once more, a little later."""

    def __init__(self, failure: KnownFailure) -> None:
        told = failure.user_code_process_error_infos
        super().__init__(RETRIES, SECONDS_TO_RETRY, user_code_process_error_infos=told)  # type: ignore[no-untyped-call]


@contextmanager
def failures(context: dg.OpExecutionContext, errors: list[AdmSyncError]) -> Iterator[None]:
    """Let an error of ours fail the step in its own words, and note it in `errors`.

    A passing trouble is tried once more, unless somebody waits at the command line: whoever sits
    there sees the error at once.
    """
    try:
        yield
    except Exception as error:
        stopped = interruption(error)
        if stopped is not None:
            raise stopped from None
        told = _told(error)
        if told is None:
            raise
        errors.append(told)
        failure = KnownFailure(str(told), _metadata(told))
        waits = somebody_waits(context.run) or isinstance(told, SyncBusy)
        if told.transient and not waits and context.retry_number < RETRIES:
            raise TryAgain(failure) from failure
        raise failure from None


@contextmanager
def opening() -> Iterator[None]:
    """Let an error of ours, before the first step can begin, fail the run in its own words."""
    try:
        yield
    except Exception as error:
        told = _told(error)
        if told is None:
            raise
        raise KnownFailure(str(told), _metadata(told)) from None


def _told(error: Exception) -> AdmSyncError | None:
    """The error that says it in a sentence, if there is one; what is behind it is in the log."""
    told = error if isinstance(error, AdmSyncError) else lacking(error)
    keep_trace(told or error)
    return told


def somebody_waits(run: dg.DagsterRun) -> bool:
    """Whether it runs at the command line; one that is run again from the UI inherits its tags."""
    return SOURCE_TAG in run.tags and run.parent_run_id is None


def interruption(error: BaseException | None) -> BaseException | None:
    """What stopped the step, if somebody did.

    Ctrl-C in the middle of a statement makes SQLAlchemy's tidying up fail, and that hides it.
    """
    seen: set[int] = set()  # a chain of errors may bite its own tail
    while isinstance(error, Exception) and id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None if isinstance(error, Exception) else error


def _metadata(error: AdmSyncError) -> dict[str, dg.MetadataValue]:
    return {name: dg.MetadataValue.text(fact) for name, fact in error.facts.items()}
