"""An Administrate that answers what a test tells it to, and a clock that a test moves.

What belongs here: the far end for tests of single parts. What does not: real HTTP; that is the
sandbox's, and wild_server.py's where HTTP itself is broken.
"""

import json
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import httpx
from pydantic import SecretStr

from adm_sync.administrate.client import AdministrateClient
from adm_sync.settings import AdministrateAccess

SECRET = "hush-hush-7314"
ACCESS = AdministrateAccess(
    api_url="https://api.example.test/graphql",
    auth_url="https://auth.example.test/oauth",
    instance_url=None,
    api_key="key-1",
    api_secret=SecretStr(SECRET),
)

Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class ManualTime:
    """Time that passes only in `sleep`."""

    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


class Scripted:
    """Gives the replies in turn, the last one for ever; token requests have their own.

    A function is asked for each query of a request, unless it is to see requests as a `whole`.
    """

    def __init__(
        self, *replies: Reply, tokens: list[Reply] | None = None, whole: bool = False
    ) -> None:
        self._whole = whole
        self._replies = list(replies)
        self._tokens = list(tokens) if tokens else [token()]
        self._lock = Lock()
        self.calls: list[httpx.Request] = []
        self.token_calls: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        is_token = request.url.path.endswith("/token")
        with self._lock:
            (self.token_calls if is_token else self.calls).append(request)
            replies = self._tokens if is_token else self._replies
            reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        if callable(reply):
            whole = self._whole or is_token
            return reply(request) if whole else together(reply, request)
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)


class PauseRecorder:
    """A limiter that only remembers what it was asked."""

    rate = 0.0

    def __init__(self) -> None:
        self.acquired = 0
        self.pauses: list[float] = []
        self.held_back: list[float] = []
        self.rest = 0.0

    def acquire(self) -> float:
        self.acquired += 1
        return self.rest

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def hold_back(self, seconds: float) -> None:
        self.held_back.append(seconds)


def token(text: str = "token-one-1234", **fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"access_token": text, "expires_in": 3600, **fields})


def data(**fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": fields})


def page_of(rows: Iterable[Any], total: Any) -> dict[str, Any]:
    """A connection that holds these rows and claims that total."""
    return {"pageInfo": {"totalRecords": total}, "edges": [{"node": row} for row in rows]}


def errors(*messages: str, status: int = 200, **rest: Any) -> httpx.Response:
    listed = [{"message": message} for message in messages]
    return httpx.Response(status, json={"errors": listed, **rest})


def status(code: int, body: str = "", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(code, text=body, headers=named)


def together(
    reply: Callable[[httpx.Request], httpx.Response], request: httpx.Request
) -> httpx.Response:
    """The answer to a request of several queries, from those to each of them."""
    asked = parts_of(request)
    if len(asked) == 1:
        return reply(request)
    answers, faults = {}, []
    for number, variables in enumerate(asked):
        sent = {**json.loads(request.content), "variables": variables}
        answer = reply(httpx.Request("POST", request.url, json=sent))
        if answer.status_code != 200:
            return answer
        given = answer.json()
        faults += given.get("errors", [])
        answers |= {f"s{number}": value for value in (given.get("data") or {}).values()}
    return httpx.Response(200, json={"data": answers, **({"errors": faults} if faults else {})})


def parts_of(request: httpx.Request) -> list[dict[str, Any]]:
    """The variables of each query of a request."""
    sent = json.loads(request.content)
    if sent.get("operationName") != "Together":
        return [sent.get("variables") or {}]
    parts: dict[str, dict[str, Any]] = {}
    for name, value in sent["variables"].items():
        part, _, own = name.partition("_")
        parts.setdefault(part, {})[own] = value
    return list(parts.values())


def variables_of(request: httpx.Request) -> dict[str, Any]:
    sent = json.loads(request.content)["variables"]
    assert isinstance(sent, dict)
    return sent


def client_of(api: Scripted, time: ManualTime | None = None, **options: Any) -> AdministrateClient:
    """A client whose requests go to the script, and whose waits take no time."""
    time = time or ManualTime()
    options = {"clock": time.clock, "sleep": time.sleep, "draw": lambda: 0.5, **options}
    return AdministrateClient(ACCESS, transport=httpx.MockTransport(api), **options)
