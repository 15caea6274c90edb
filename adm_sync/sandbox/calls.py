"""The log of the requests that a sandbox received.

What belongs here: what was asked, in order, and exact counts. What does not: answers. Only the
last calls are kept; the counts are of all of them.
"""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

KEPT_CALLS = 10_000


@dataclass(frozen=True, slots=True)
class ReceivedCall:
    """One GraphQL request.

    `kind` is "query", "mutation" or "invalid"; a mutation's root fields are `group.field`;
    `time` is Unix time in seconds; `authorised` says whether its token was good.
    """

    operation: str | None
    kind: str
    root_fields: tuple[str, ...]
    variables: dict[str, Any]
    time: float
    authorised: bool


class Calls:
    """The last calls, oldest first, and how many there were."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self.clear()

    def clear(self) -> None:
        """Forget everything and count from 0."""
        with self._lock:
            self._calls: deque[ReceivedCall] = deque(maxlen=KEPT_CALLS)
            self.requests = 0
            self.queries = 0
            self.mutations = 0
            self.tokens = 0
            self.open = 0
            self.most_at_once = 0
            self._count += 1

    def add(self, call: ReceivedCall) -> None:
        """Log a GraphQL request; `requests` counts them all, refused ones too."""
        with self._lock:
            self._calls.append(call)
            self.requests += 1
            self.queries += call.kind == "query"
            self.mutations += call.kind == "mutation"

    def add_token(self) -> None:
        """Count a request for a token."""
        with self._lock:
            self.tokens += 1

    def begin(self) -> int:
        """Count a GraphQL request as open; the result is for `end`."""
        with self._lock:
            self.open += 1
            self.most_at_once = max(self.most_at_once, self.open)
            return self._count

    def end(self, begun: int) -> None:
        """Count an open request as answered, unless it was forgotten meanwhile."""
        with self._lock:
            self.open -= begun == self._count

    def named(self, name: str) -> list[ReceivedCall]:
        """The calls of this operation name, or with this root field (`event.createBlended`)."""
        return [call for call in self if name == call.operation or name in call.root_fields]

    def __iter__(self) -> Iterator[ReceivedCall]:
        """The kept calls, oldest first."""
        with self._lock:
            return iter(list(self._calls))

    def __len__(self) -> int:
        """How many calls are kept."""
        return len(self._calls)

    def __getitem__(self, index: int) -> ReceivedCall:
        """A kept call; 0 is the oldest, -1 the last."""
        with self._lock:
            return self._calls[index]

    def summary(self, last: int) -> dict[str, Any]:
        """The counts and the last calls, ready for JSON."""
        with self._lock:
            calls = list(islice(reversed(self._calls), last))
            return {
                "requests": self.requests,
                "queries": self.queries,
                "mutations": self.mutations,
                "tokens": self.tokens,
                "most_at_once": self.most_at_once,
                "calls": [asdict(call) for call in reversed(calls)],
            }
