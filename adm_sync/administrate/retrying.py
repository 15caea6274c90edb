"""What to do when a call fails: the one place that decides.

`RULES` is the decision table. A *query* may be repeated as often as one likes. A *mutation* may be
repeated only when it certainly did not happen; when nobody can tell, its outcome is unknown, and
to find out is the caller's business.

What belongs here: kinds of failure, what follows from them, and how long to wait. What does not:
recognising a failure (wire.py, auth.py, answers.py) and acting on the decision (calling.py).
"""

import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from adm_sync.errors import (
    AccessRefused,
    AdministrateError,
    ContractBroken,
    OutcomeUnknown,
    RequestRejected,
    Throttled,
    Unreachable,
)

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
# What Administrate asks for beyond this is asked for again: a day may be a mistake of its own.
LONGEST_PAUSE = 3600.0
# Less than this of a budget is as good as nothing.
SHORTEST_REST = 0.001


class FailureKind(Enum):
    """The ways a call fails."""

    NEVER_SENT = auto()  # connection refused, DNS, TLS, connect timeout, no token to be had
    UNTRUSTED = auto()  # the other side's certificate is not to be trusted
    NO_ANSWER = auto()  # read timeout, reset, a body that was cut
    THROTTLED = auto()  # 429, or a GraphQL error that says so
    OUTAGE = auto()  # 408, 5xx, or a page of HTML instead of an answer
    SERVER_ERROR = auto()  # 500 with GraphQL errors: as often as not a wrong query
    UNAUTHORIZED = auto()  # 401: the token has run out or been revoked
    REFUSED = auto()  # 403, or credentials for which there is no token
    NOT_FOUND = auto()  # 404
    REDIRECTED = auto()  # 3xx
    BAD_REQUEST = auto()  # 400 and every other 4xx
    MALFORMED = auto()  # JSON, but not a GraphQL answer, or too big to read


class Then(Enum):
    """What follows from a failure."""

    RETRY = auto()  # wait, and again until the budget is used up
    RETRY_ONCE = auto()
    RENEW = auto()  # once more at once, with a new token
    STOP = auto()
    UNKNOWN = auto()  # stop; it may have happened


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows for a query and for a mutation, and which error it ends as."""

    query: Then
    mutation: Then
    error: type[AdministrateError]
    advice: str


_LATER = "It may pass: run it again later."
_URL = "Check ADMINISTRATE_API_URL."
_KEYS = "Check ADMINISTRATE_API_KEY and ADMINISTRATE_API_SECRET, and what their user may do."
_AWAY = (
    "Check the network, ADMINISTRATE_API_URL and ADMINISTRATE_AUTH_URL; else run it again later."
)

RULES = {
    FailureKind.NEVER_SENT: Rule(Then.RETRY, Then.RETRY, Unreachable, _AWAY),
    FailureKind.UNTRUSTED: Rule(
        Then.STOP, Then.STOP, Unreachable, "Check the certificates this machine trusts."
    ),
    FailureKind.NO_ANSWER: Rule(Then.RETRY, Then.UNKNOWN, Unreachable, _LATER),
    FailureKind.THROTTLED: Rule(
        Then.RETRY, Then.RETRY, Throttled, "Lower ADM_SYNC_RATE_LIMIT, or run it again later."
    ),
    FailureKind.OUTAGE: Rule(Then.RETRY, Then.UNKNOWN, Unreachable, _LATER),
    FailureKind.SERVER_ERROR: Rule(Then.RETRY_ONCE, Then.UNKNOWN, Unreachable, _LATER),
    FailureKind.UNAUTHORIZED: Rule(Then.RENEW, Then.RENEW, AccessRefused, _KEYS),
    FailureKind.REFUSED: Rule(Then.STOP, Then.STOP, AccessRefused, _KEYS),
    FailureKind.NOT_FOUND: Rule(Then.STOP, Then.STOP, RequestRejected, _URL),
    FailureKind.REDIRECTED: Rule(Then.STOP, Then.STOP, RequestRejected, _URL),
    FailureKind.BAD_REQUEST: Rule(
        Then.STOP, Then.STOP, RequestRejected, "It will not work as it is; please report it."
    ),
    FailureKind.MALFORMED: Rule(Then.STOP, Then.UNKNOWN, ContractBroken, _URL),
}
OUTAGES = {FailureKind.NEVER_SENT, FailureKind.NO_ANSWER, FailureKind.OUTAGE}

# What is said of a whole document, before anything of it is executed.
_DOCUMENT_WORDS = re.compile(
    r"(?i)complex|\bdepth\b|\balias|\btoo (?:many|large|long|big|deep)\b|exceed|\blimit|\bcost\b"
    r"|\bat most\b|\bmaximum\b|^variable \W?\$|got invalid value|cannot query field"
    r"|unknown (?:argument|field|type)|syntax error"
)
# What graphql says of a document that its schema has nothing for.
_LACKS_WORDS = re.compile(
    r"(?i)cannot query field|unknown (?:argument|field|type)|is not defined by type"
    r"|does not exist in .* enum|of required type .* was not provided"
)


class Failed(Exception):
    """One attempt failed. Never leaves this package.

    `sentence` is without a full stop and holds no secret; `retry_after` is in seconds;
    `errors` are Administrate's own sentences.
    """

    def __init__(
        self,
        kind: FailureKind,
        sentence: str,
        retry_after: float | None = None,
        errors: tuple[str, ...] = (),
    ) -> None:
        super().__init__(sentence)
        self.kind = kind
        self.sentence = sentence
        self.retry_after = retry_after
        self.errors = errors

    @property
    def pause(self) -> float | None:
        """The seconds to wait because Administrate asked for it; None if it did not."""
        if self.retry_after is None:
            return None
        # Zero would be a storm.
        return min(max(self.retry_after, FIRST_DELAY), LONGEST_PAUSE)


@dataclass(slots=True)
class Attempts:
    """The attempts of one call, counted against its budget in seconds of wall time.

    With `only_one` nothing is repeated but a call whose token had run out.
    """

    mutation: bool
    budget: float
    only_one: bool = False
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[], float] = random.random
    now: Callable[[], float] = time.time
    made: int = 0
    _kinds: list[FailureKind] = field(default_factory=list)
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        """The budget begins."""
        self._started = self.clock()

    @property
    def elapsed(self) -> float:
        """Seconds since the first attempt began."""
        return self.clock() - self._started

    @property
    def remaining(self) -> float:
        """Seconds of the budget that are left."""
        rest = self.budget - self.elapsed
        return rest if rest > SHORTEST_REST else 0.0

    def delay_after(self, failed: Failed) -> float | None:
        """How many seconds to wait before the next attempt; None if there is none."""
        self.made += 1
        before = self._kinds.count(failed.kind)
        self._kinds.append(failed.kind)
        then = self._then(failed.kind)
        if then is Then.RENEW:
            return 0.0 if before == 0 else None
        if then in {Then.STOP, Then.UNKNOWN} or self.only_one or self.remaining <= 0:
            return None
        if then is Then.RETRY_ONCE and before:
            return None
        if failed.pause is not None:
            # To ask before that would not be what was asked for.
            return failed.pause if failed.pause <= self.remaining else None
        # Full jitter: callers that failed together do not come back together.
        highest = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(self.made, 16))
        return min(self.draw() * highest, self.remaining)

    def used_up_on_outage(self, failed: Failed) -> bool:
        """Whether the whole budget went on Administrate being away."""
        return failed.kind in OUTAGES and self.remaining <= 0

    def error(self, failed: Failed, doing: str) -> AdministrateError:
        """What the caller gets when there is no further attempt; `doing` opens the sentence."""
        error = self._error(failed, doing)
        error.retry_after = failed.pause
        return error

    def _error(self, failed: Failed, doing: str) -> AdministrateError:
        rule = RULES[failed.kind]
        tries = "" if self.made == 1 else f" Tried {self.made} times in {self.elapsed:.0f} s."
        happened = f"{doing} failed: {failed.sentence}.{tries}"
        if self._then(failed.kind) is Then.UNKNOWN:
            return OutcomeUnknown(
                f"{happened} It may or may not have happened: look in Administrate before it is "
                "done again."
            )
        message = f"{happened} {self._advice(failed)}"
        if rule.error is RequestRejected:
            never_began = says_it_never_began(failed.errors)
            return RequestRejected(message, failed.errors, never_began=never_began)
        return rule.error(message)

    def _then(self, kind: FailureKind) -> Then:
        return RULES[kind].mutation if self.mutation else RULES[kind].query

    def _advice(self, failed: Failed) -> str:
        """What to do; if Administrate asked for a pause, until when."""
        if failed.pause is None or failed.retry_after is None:
            return RULES[failed.kind].advice
        until = datetime.fromtimestamp(self.now() + failed.pause).astimezone()
        nothing_before = f"nothing is sent before {until:%d/%m/%Y %H:%M:%S %Z}"
        if failed.retry_after <= LONGEST_PAUSE:
            return f"Administrate asked to wait: {nothing_before}."
        return (
            f"Administrate asked to wait {failed.retry_after / 3600:.1f} hours, which is more than "
            f"is believed: {nothing_before}, and then it is asked again."
        )


def retry_after_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds in a Retry-After header (RFC 9110 10.2.3: seconds, or an HTTP date).

    A date is compared with the answer's own, since the sender's clock may be wrong.

    Args:
        headers: of the answer; names in any case if they are httpx's.
        now: the time of day, in seconds since 1970, for an answer without a date.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until, sent = timestamp(text), timestamp(headers.get("Date", ""))
    if until is None:
        return None
    return max(0.0, until - (now if sent is None else sent))


def timestamp(date: str) -> float | None:
    """An HTTP date in seconds since 1970; None if it is none."""
    try:
        when = parsedate_to_datetime(date)
    except (ValueError, TypeError, OverflowError):
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def says_it_never_began(sentences: Sequence[str]) -> bool:
    """Whether errors of an answer without data are about the document, and not about its work."""
    return bool(sentences) and all(_DOCUMENT_WORDS.search(one) for one in sentences)


def says_it_lacks(sentences: Sequence[str]) -> bool:
    """Whether errors say that the API has no such field, argument or type (any more)."""
    return any(_LACKS_WORDS.search(one) for one in sentences)
