"""What stands between a request and a page: names of the host, headers, sizes, tokens, rates.

What belongs here: each guard, by itself. What does not: who may what (`users`, `routing`), and the
order of the guards (`app`, `routing`).
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TOKEN_FIELD, TOKEN_HEADER = "csrf", "X-CSRF-Token"
# A page that is left open over a working day still works.
TOKEN_SECONDS = 12 * 3600
NOTE_SECONDS = 300


class Headed:
    """Adds to every answer the headers that a browser is to go by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, headed)


def is_asked_by_name(headers: Headers, names: Collection[str]) -> bool:
    """Whether a request names this desk, and not a name that was made to lead here."""
    hosts = headers.getlist("host")
    return len(hosts) == 1 and _host_of(hosts[0]) in names


def comes_from_own_page(headers: Headers, names: Collection[str]) -> bool:
    """Whether the browser says that a page of the desk sent this; an old one says nothing."""
    if headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return False
    # The desk wants no referrer sent, so that its own forms come from "null"; their token tells.
    origin = headers.get("origin", "null")
    return origin == "null" or _host_of(origin.partition("://")[2]) in names


def _host_of(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


class Signer:
    """Makes and knows what only this desk can have said to a user: tokens of forms, and notes."""

    def __init__(self, key: bytes) -> None:
        self._tokens = URLSafeTimedSerializer(key, salt="csrf")
        self._notes = URLSafeTimedSerializer(key, salt="note")

    def token(self, user: str) -> str:
        """What a form of this user has to carry."""
        return str(self._tokens.dumps(user))

    def is_token(self, text: str, user: str) -> bool:
        """Whether it is a token of this user's, and not too old."""
        try:
            return bool(self._tokens.loads(text, max_age=TOKEN_SECONDS) == user)
        except BadSignature:
            return False

    def note(self, sentence: str, user: str) -> str:
        """A sentence that travels in an address, to be said on the next page."""
        return str(self._notes.dumps([user, sentence]))

    def noted(self, text: str, user: str) -> str:
        """The sentence of a note to this user; empty if it is none, or an old one."""
        try:
            named, sentence = self._notes.loads(text, max_age=NOTE_SECONDS)
        except (BadSignature, TypeError, ValueError):
            return ""
        return str(sentence) if named == user else ""


class TooLarge(Exception):
    """More was sent than the route takes."""


def bounded(request: Request, largest: int) -> Request:
    """The request, which raises `TooLarge` instead of reading more than so many bytes."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > largest:
        raise TooLarge
    receive, read = request.receive, 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > largest:
            raise TooLarge
        return message

    return Request(request.scope, counted)


@dataclass
class Rates:
    """How often each user may ask: so many at once, and so many a second after that.

    It is kept in this process: of several desks each counts for itself, and a new one begins anew.
    """

    at_once: int = 120
    a_second: float = 10.0
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)

    def allow(self, user: str) -> bool:
        """Whether this user may ask now, which is counted."""
        now = self.clock()
        left, since = self._left.get(user, (float(self.at_once), now))
        left = min(self.at_once, left + (now - since) * self.a_second)
        self._left[user] = (max(left - 1, 0.0), now)
        if len(self._left) > 10_000:  # as many people as have ever asked
            full = self.at_once / self.a_second
            self._left = {who: one for who, one in self._left.items() if now - one[1] < full}
        return left >= 1
