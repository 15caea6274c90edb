"""One HTTP exchange with Administrate, below the GraphQL library.

gql loses the status and the headers of an answer whose body is JSON, so that they must be looked
at before it sees the answer.

What belongs here: sending, reading within limits, and naming what went wrong. What does not:
repeating anything (calling.py) and what is in an answer (answers.py).
"""

import json
import re
import ssl
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from adm_sync.addresses import LOOPBACK
from adm_sync.administrate.answers import faults, parse_answer
from adm_sync.administrate.rate_limit import Limiter
from adm_sync.administrate.redaction import Redactor
from adm_sync.administrate.retrying import Failed, FailureKind, retry_after_seconds
from adm_sync.administrate.traffic import Traffic

# What is to be called in the last moment before a request is sent, as an extension of the request.
BEFORE = "adm_sync.before"
Before = Callable[[], object]

LARGEST_BODY = 64 * 1024 * 1024
CONNECT_SECONDS = 10.0
# Shorter than the five seconds after which many servers close an idle connection: a mutation that
# meets a connection being closed is one whose outcome nobody knows.
KEEP_ALIVE_SECONDS = 4.0

LONGEST_ERROR = 2000  # bytes of a body that are looked at for a sentence
_JSON_BEGINS = re.compile(rb"(?:\xef\xbb\xbf)?\s*[{\[]")
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_STATUS_KINDS = {
    400: FailureKind.BAD_REQUEST,
    401: FailureKind.UNAUTHORIZED,
    403: FailureKind.REFUSED,
    404: FailureKind.NOT_FOUND,
    408: FailureKind.OUTAGE,
    429: FailureKind.THROTTLED,
}


class Tokens(Protocol):
    """Where the wire gets its tokens from."""

    def token(self, timeout: httpx.Timeout) -> str:
        """A token that should be valid."""

    def discard(self, token: str) -> None:
        """This token was refused."""


@dataclass(frozen=True, slots=True)
class Received:
    """An HTTP answer, read whole."""

    status: int
    headers: httpx.Headers
    body: bytes


def direct_transport(url: str, context: ssl.SSLContext, connections: int) -> httpx.BaseTransport:
    """A transport to one address, through the environment's proxy unless it is this machine."""
    return httpx.HTTPTransport(
        verify=context,
        proxy=_proxy_for(url),
        limits=httpx.Limits(
            max_connections=None,
            max_keepalive_connections=connections,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        ),
    )


def timeouts(seconds: float) -> httpx.Timeout:
    """Waiting for an answer so long, and for a connection not longer than is sensible."""
    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def exchange(
    transport: httpx.BaseTransport,
    request: httpx.Request,
    redactor: Redactor,
    clock: Callable[[], float],
    largest: int,
) -> Received:
    """Send a request and read its whole answer.

    Raises:
        Failed: NEVER_SENT, UNTRUSTED, NO_ANSWER, or MALFORMED for a body that is too big.
    """
    seconds = request.extensions["timeout"]["read"]
    started = clock()
    try:
        response = transport.handle_request(request)
        with closing(response):
            parts: list[bytes] = []
            size = 0
            for part in response.iter_bytes():
                size += len(part)
                if size > largest:
                    raise Failed(
                        FailureKind.MALFORMED, f"the answer is larger than {largest:,} bytes"
                    )
                # httpx limits the time between two pieces, not the whole.
                if clock() - started > seconds:
                    raise httpx.ReadTimeout("")
                parts.append(part)
            return Received(response.status_code, response.headers, b"".join(parts))
    except httpx.HTTPError as error:
        raise _failed_sending(error, request.url.host, seconds, redactor) from None


class Wire(httpx.BaseTransport):
    """The transport under gql: paces, authorizes, sends once, and names what went wrong."""

    def __init__(
        self,
        inner: httpx.BaseTransport,
        tokens: Tokens,
        limiter: Limiter,
        traffic: Traffic,
        redactor: Redactor,
        *,
        concurrency: int,
        clock: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self._inner = inner
        self._tokens = tokens
        self._limiter = limiter
        self._traffic = traffic
        self._redactor = redactor
        self._places = BoundedSemaphore(concurrency)
        self._clock = clock
        self._now = now

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request of one GraphQL call.

        Raises:
            Failed: it did not lead to an answer with a body that starts like JSON.
        """
        with self._traffic.waiting(), self._places:
            token = self._tokens.token(httpx.Timeout(**request.extensions["timeout"]))
            request.headers["Authorization"] = f"Bearer {token}"
            if rest := self._limiter.acquire():
                raise Failed(FailureKind.THROTTLED, "it was not sent", rest)
            before = request.extensions.get(BEFORE)
            if before is not None:
                before()
            self._traffic.count_request()
            begun = self._clock()
            try:
                received = exchange(self._inner, request, self._redactor, self._clock, LARGEST_BODY)
            finally:
                self._traffic.note_answer(self._clock() - begun)
        self._traffic.note_date(received.headers.get("Date"), self._now())
        if received.status == 401:
            self._tokens.discard(token)
        self._check(received, request.url)
        return httpx.Response(200, content=received.body, request=request)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()

    def _check(self, received: Received, url: httpx.URL) -> None:
        if not 200 <= received.status < 300:
            raise self._failure(received, url)
        if not _JSON_BEGINS.match(received.body):
            said = self._quoted(received.body)
            raise Failed(
                FailureKind.OUTAGE, f"Administrate answered with something that is not JSON{said}"
            )

    def _failure(self, received: Received, url: httpx.URL) -> Failed:
        status = received.status
        if 300 <= status < 400:
            where = self._redactor.sentence(
                _host_in(received.headers.get("Location", "")) or url.host
            )
            return Failed(FailureKind.REDIRECTED, f"{url.host} redirects to {where} ({status})")
        errors = self._errors_in(received.body)
        said = f": {' / '.join(errors)}" if errors else self._quoted(received.body)
        kind = _STATUS_KINDS.get(
            status, FailureKind.BAD_REQUEST if status < 500 else FailureKind.OUTAGE
        )
        if status == 500 and errors:
            kind = FailureKind.SERVER_ERROR
        if kind is FailureKind.NOT_FOUND:
            said = f": there is nothing at {url.host}{self._redactor.sentence(url.path)}"
        retry_after = retry_after_seconds(received.headers, self._now())
        return Failed(kind, f"Administrate answered {status}{said}", retry_after, errors)

    def _errors_in(self, body: bytes) -> tuple[str, ...]:
        try:
            errors = parse_answer(body)["errors"]
        except Failed:
            return ()
        return tuple(fault.message for fault in faults(errors, self._redactor))

    def _quoted(self, body: bytes) -> str:
        excerpt = self._redactor.excerpt(_sentence_in(body) or body)
        return f' ("{excerpt}")' if excerpt else ""


def _proxy_for(url: str) -> str | None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in LOOPBACK or proxy_bypass(host):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def _sentence_in(body: bytes) -> bytes:
    """What the body of an error says, if it is JSON with one such text; empty of any other."""
    try:
        document = json.loads(body[:LONGEST_ERROR])
    except (ValueError, RecursionError):
        return b""
    told = list(document.values()) if isinstance(document, dict) else []
    is_one = len(told) == 1 and isinstance(told[0], str)
    return told[0].encode(errors="replace") if is_one else b""


def _host_in(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _failed_sending(
    error: httpx.HTTPError, host: str, seconds: float, redactor: Redactor
) -> Failed:
    detail = redactor.sentence(str(error)) or type(error).__name__
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Failed(FailureKind.UNTRUSTED, f"the certificate of {host} is not trusted ({detail})")
    if isinstance(error, _NEVER_SENT):
        return Failed(FailureKind.NEVER_SENT, f"no connection to {host} ({detail})")
    if isinstance(error, httpx.TimeoutException):
        return Failed(FailureKind.NO_ANSWER, f"{host} did not answer within {seconds:g} s")
    return Failed(
        FailureKind.NO_ANSWER, f"the connection to {host} broke before the answer ({detail})"
    )
