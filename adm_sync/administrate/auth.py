"""Access tokens: OAuth 2.0 client credentials (RFC 6749 4.4).

What belongs here: getting a token, keeping it while it is good, renewing it once for everybody.
What does not: repeating a call whose token was refused (calling.py).
"""

import math
import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import httpx

from adm_sync.administrate.answers import parse_json
from adm_sync.administrate.redaction import Redactor
from adm_sync.administrate.retrying import Failed, FailureKind, retry_after_seconds
from adm_sync.administrate.wire import Received, exchange
from adm_sync.settings import AdministrateAccess

# A token is renewed when so much of its life is over, as Administrate's own plugin does.
RENEWED_AT = 0.9
# Administrate does not say how long a token lives; an hour is what its clients assume.
ASSUMED_LIFE = 3600.0
LONGEST_LIFE = 86_400.0
LARGEST_BODY = 64 * 1024

_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and when it is time for another, on the clock that was given."""

    text: str = field(repr=False)
    renew_at: float


@dataclass(slots=True)
class TokenSource:
    """Holds the current token. Thread-safe: however many ask, one request is made."""

    access: AdministrateAccess
    transport: httpx.BaseTransport
    redactor: Redactor
    clock: Callable[[], float]
    now: Callable[[], float]
    _lock: Lock = field(default_factory=Lock)
    _current: Token | None = None
    _renewal: Future[Token] | None = None
    _refused: Failed | None = None

    def token(self, timeout: httpx.Timeout) -> str:
        """A token that should be valid.

        Raises:
            Failed: REFUSED, from then on without asking again; NEVER_SENT when the token endpoint
                is out of order, since then the call itself has not been sent.
        """
        with self._lock:
            if self._refused:
                raise self._refused
            if self._current and self.clock() < self._current.renew_at:
                return self._current.text
            ours = self._renewal is None
            renewal = self._renewal = self._renewal or Future()
        if ours:
            self._renew(renewal, timeout)
        return renewal.result().text

    @property
    def is_refused(self) -> bool:
        """Whether it was said that these credentials get no token."""
        return self._refused is not None

    def discard(self, token: str) -> None:
        """Do not hand this token out again: Administrate refused it."""
        with self._lock:
            if self._current and self._current.text == token:
                self._current = None

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def _renew(self, renewal: Future[Token], timeout: httpx.Timeout) -> None:
        try:
            token = self._ask(timeout)
        except BaseException as error:
            with self._lock:
                self._renewal = None
                if isinstance(error, Failed) and error.kind is FailureKind.REFUSED:
                    self._refused = error
            renewal.set_exception(error)
        else:
            with self._lock:
                self._renewal = None
                self._current = token
            renewal.set_result(token)

    def _ask(self, timeout: httpx.Timeout) -> Token:
        asked_at = self.clock()
        request = httpx.Request(
            "POST",
            f"{self.access.auth_url.rstrip('/')}/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.access.api_key,
                "client_secret": self.access.api_secret.get_secret_value(),
            },
            headers={"Accept": "application/json", "User-Agent": "adm-sync"},
            extensions={"timeout": timeout.as_dict()},
        )
        try:
            received = exchange(self.transport, request, self.redactor, self.clock, LARGEST_BODY)
        except Failed as failed:
            # Whatever became of the token request, the call it was for has not been sent.
            kind = (
                FailureKind.UNTRUSTED
                if failed.kind is FailureKind.UNTRUSTED
                else FailureKind.NEVER_SENT
            )
            raise Failed(kind, f"no access token to be had: {failed.sentence}") from None
        return self._read(received, asked_at)

    def _read(self, received: Received, asked_at: float) -> Token:
        if received.status != 200:
            raise self._refusal(received)
        try:
            answer = parse_json(received.body)
        except ValueError:
            answer = None
        text = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(text, str) or not _TOKEN.fullmatch(text):
            raise Failed(
                FailureKind.NEVER_SENT,
                f"no access token to be had: {self._host} answered without a usable one",
            )
        self.redactor.learn(text)
        life = _life(answer.get("expires_in"))
        return Token(text, asked_at + RENEWED_AT * life)

    def _refusal(self, received: Received) -> Failed:
        status = received.status
        excerpt = self.redactor.excerpt(received.body)
        said = f"{self._host} answered {status}" + (f' ("{excerpt}")' if excerpt else "")
        if status in {408, 429} or status >= 500:
            retry_after = retry_after_seconds(received.headers, self.now())
            return Failed(FailureKind.NEVER_SENT, f"no access token to be had: {said}", retry_after)
        if 300 <= status < 400 or status == 404:
            said += "; check ADMINISTRATE_AUTH_URL"
        return Failed(FailureKind.REFUSED, f"the credentials got no access token: {said}")

    @property
    def _host(self) -> str:
        return httpx.URL(self.access.auth_url).host


def _life(expires_in: Any) -> float:
    try:
        seconds = float(expires_in)
    except (TypeError, ValueError, OverflowError):
        return ASSUMED_LIFE
    if isinstance(expires_in, bool) or not math.isfinite(seconds) or seconds <= 0:
        return ASSUMED_LIFE
    return min(seconds, LONGEST_LIFE)
