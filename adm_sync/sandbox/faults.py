"""Faults on demand: which there are, and which are due for a request.

What belongs here: the table of faults, and counting them down. What does not: carrying them out
(application.py for those that need the connection or the store, faulty_answers.py for those that
change an answer).
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adm_sync.sandbox.rewriting import WAYS

KINDS: Mapping[str, Mapping[str, Any]] = {
    # Instead of an answer. `executed` says whether the request is carried out all the same.
    # `retry_after` is in seconds; with `as_date` it is sent as an HTTP date.
    "status": {
        "code": 503,
        "retry_after": None,
        "as_date": False,
        "body": "json",
        "executed": False,
    },
    "html": {"executed": False},
    "errors": {"message": "Something went wrong", "null_data": False, "executed": False},
    "drop_before": {"reset": False},
    "drop_after": {"reset": False},
    "cut_body": {"share": 0.5, "reset": False},
    # The request is carried out later: after so many more requests or, if given, seconds.
    "commit_late": {"requests": 1, "seconds": None, "code": None},
    # Only queries that have to do with one event: its title, or its template and local start.
    "poisoned": {"title": None, "template": None, "start": None, "code": 500},
    # Beside the answer.
    "slow": {"seconds": 1.0, "executed": True},
    # What the request adds is in no list for so many requests or, if given, seconds; `node` has
    # it. With `nested`, what belongs to it (sessions, staff) comes late too.
    "list_late": {"requests": 1, "seconds": None, "nested": True},
    # `field` of a mutation's input, or the custom field of that label, is stored another way:
    # rewriting.py has the ways.
    "stored_otherwise": {"field": "title", "how": "cut", "length": 40},
    # Somebody cancels the events that the request makes as soon as they are made.
    "then_cancelled": {},
    "shift": {"remove": None, "add": None},
    "another_tenant": {"store": None},
    # Of the `nth` mutation of a request, from 0; of all if None.
    "payload_errors": {"message": "The record was refused", "keep_object": False, "nth": None},
    # The answer itself. `field` is the key of the list meant, at any depth; the lists of the
    # root fields if None. `rows` is how many of its first rows are meant; all if None.
    "errors_beside_data": {"message": "Something went wrong", "null": None},
    "payload_list": {},
    "short_page": {"field": None, "rows": 1},
    "empty_list": {"field": None},
    "wrong_total": {"field": None, "total": None, "by": 1},
    "no_next_page": {"field": None},
    "endless": {"field": None},
    "no_page_info": {"field": None, "null": False},
    "null_edges": {"field": None},
    "doubled_rows": {"field": None, "rows": 1},
    "int_ids": {"field": None, "rows": None},
    "missing_field": {"field": None, "rows": None, "name": "id"},
    "null_field": {"field": None, "rows": None, "name": "name"},
    "field_value": {"field": None, "rows": None, "name": "name", "value": ""},
    "unknown_word": {"field": None, "rows": None, "name": "lifecycleState", "word": "quantum"},
}

BODIES = ("json", "errors", "html", "text")
NUMBERS = {"code", "seconds", "requests", "length", "rows", "share", "by", "nth"}
# Whether one of these happens is known once the answer is.
DECIDED_BY_THE_ANSWER = {"poisoned"}


@dataclass(frozen=True, slots=True)
class Occasion:
    """A request that a fault may be due for.

    `kind` is "query", "mutation" or "token" (a request for a token).
    """

    kind: str
    operation: str | None = None
    root_fields: tuple[str, ...] = ()

    def names(self) -> Iterator[str]:
        """What a fault's `match` may say to mean this request."""
        yield self.kind
        if self.operation:
            yield self.operation
        for field in self.root_fields:
            yield field
            yield from field.split(".")


@dataclass(slots=True)
class Fault:
    """A fault that waits for its requests.

    `match` is the name of an operation or root field (`event.createBlended`, `createBlended`),
    or "query", "mutation", "token"; None means every GraphQL request. `skip` matching requests
    pass first, then the fault happens `times` times, or for ever if None.
    """

    kind: str
    match: str | None
    times: int | None
    skip: int
    details: Mapping[str, Any]
    happened: int = 0

    def means(self, occasion: Occasion) -> bool:
        """Whether it is a fault for such a request."""
        if self.kind == "poisoned" and occasion.kind != "query":
            return False
        if self.match is None:
            return occasion.kind != "token"
        return self.match in occasion.names()

    def take(self) -> bool:
        """Count a matching request; True if the fault happens to it."""
        if self.skip > 0:
            self.skip -= 1
            return False
        self.happened += 1
        if self.times is not None:
            self.times -= 1
        return True

    @property
    def is_over(self) -> bool:
        """Whether it has happened as often as it was meant to."""
        return self.times == 0


class Faults:
    """The faults that a sandbox plays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(
        self,
        kind: str,
        match: str | None = None,
        times: int | None = 1,
        skip: int = 0,
        **details: Any,
    ) -> Fault:
        """Let something go wrong; see KINDS for the kinds and their details, Fault for the rest.

        Raises:
            ValueError: the kind or a detail is unknown, or a number makes no sense.
        """
        if kind not in KINDS:
            raise ValueError(f"There is no fault {kind!r}; there are {', '.join(KINDS)}.")
        unknown = [name for name in details if name not in KINDS[kind]]
        if unknown:
            known = ", ".join(KINDS[kind]) or "none"
            raise ValueError(f"{kind} has no {', '.join(unknown)}; its details: {known}.")
        if details.get("body", "json") not in BODIES:
            raise ValueError(f"body is one of {', '.join(BODIES)}.")
        if details.get("how", "cut") not in WAYS:
            raise ValueError(f"how is one of {', '.join(WAYS)}.")
        for name in NUMBERS & details.keys():
            if not isinstance(details[name], int | float | None):
                raise ValueError(f"{name} is a number.")
        if details.get("as_date") and not isinstance(details.get("retry_after"), int | float):
            raise ValueError("as_date needs retry_after in seconds.")
        known_by = ("title",) if details.get("title") else ("template", "start")
        if kind == "poisoned" and not all(isinstance(details.get(n), str) for n in known_by):
            raise ValueError("poisoned needs a title, or a template and a start.")
        if skip < 0 or (times is not None and times < 1):
            raise ValueError("times must be at least 1 (or None), and skip at least 0.")
        fault = Fault(kind, match, times, skip, {**KINDS[kind], **details})
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._faults.clear()

    @property
    def active(self) -> list[Fault]:
        """The faults that are not over, in the order they were added."""
        with self._lock:
            return list(self._faults)

    def due(self, occasion: Occasion) -> list[Fault]:
        """The faults that happen to this request; it is counted."""
        with self._lock:
            due = [
                fault
                for fault in self._faults
                if fault.means(occasion) and (fault.kind in DECIDED_BY_THE_ANSWER or fault.take())
            ]
            self._faults = [fault for fault in self._faults if not fault.is_over]
            return due

    def take(self, fault: Fault) -> bool:
        """Count a fault that was decided by the answer; whether it happens."""
        with self._lock:
            happens = not fault.is_over and fault.take()
            self._faults = [fault for fault in self._faults if not fault.is_over]
            return happens
