"""The HTTP application: GraphQL and OAuth.

What belongs here: what happens to a request from its bytes to the bytes of the answer, with the
faults that are due for it. What does not: the doors for people and tests (side_doors.py), and
the server around it (server.py).
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from graphql import GraphQLSchema
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)

from adm_sync.sandbox.calls import Calls, ReceivedCall
from adm_sync.sandbox.connections import CutOff, Dropped
from adm_sync.sandbox.execution import Prepared, execute, prepare
from adm_sync.sandbox.faults import Fault, Faults, Occasion
from adm_sync.sandbox.faulty_answers import change
from adm_sync.sandbox.options import Options, RequestContext
from adm_sync.sandbox.poison import touches
from adm_sync.sandbox.resolvers import QUERIES
from adm_sync.sandbox.schema import load_schema
from adm_sync.sandbox.store import Store
from adm_sync.sandbox.tokens import TokenOffice, TokenRefused
from adm_sync.sandbox.waiting import Wait

HTML = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


class Malformed(Exception):
    """The body is not a GraphQL request."""


class Application:
    """One tenant behind HTTP."""

    def __init__(self, store: Store, options: Options, tokens: TokenOffice) -> None:
        self.store = store
        self.options = options
        self.tokens = tokens
        self.faults = Faults()
        self.calls = Calls()
        self.closing = asyncio.Event()
        self.resets = 0
        self._late: list[tuple[Wait, Callable[[], object]]] = []
        store.clock = self.clock

    def clock(self) -> datetime:
        """The time of day at the tenant."""
        return datetime.now(UTC) + timedelta(seconds=self.options.clock_ahead)

    def reset(self) -> None:
        """Forget faults, calls, tokens, and requests that wait for their execution."""
        self.resets += 1
        self.faults.clear()
        self.calls.clear()
        self._late.clear()
        self.tokens.revoke()

    async def token(self, request: Request) -> Response:
        """POST /oauth/token: form fields in the body, or in the query string."""
        self.calls.add_token()
        body = (await request.body()).decode("utf-8", "replace")
        faults = self.faults.due(Occasion("token"))
        await self._delays(faults)
        if response := _instead(faults):
            return response
        form = dict(request.query_params) | dict(parse_qsl(body))
        try:
            granted = self.tokens.grant(form, self.options.token_seconds)
        except TokenRefused as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status)
        if not self.options.token_life_said:
            del granted["expires_in"]
        return JSONResponse(granted)

    async def authorize(self, request: Request) -> Response:
        """GET /oauth/authorize: the code, without asking anybody."""
        query = request.query_params
        try:
            code = self.tokens.code(query.get("client_id", ""))
        except TokenRefused as refusal:
            return JSONResponse({"error": refusal.error}, refusal.status)
        answer = {"code": code} | ({"state": query["state"]} if "state" in query else {})
        if "redirect_uri" not in query:
            return JSONResponse(answer)
        return RedirectResponse(f"{query['redirect_uri']}?{urlencode(answer)}", 302)

    async def graphql(self, request: Request) -> Response:
        """POST /graphql."""
        begun = self.calls.begin()
        try:
            response = await self._graphql(request)
            if self.options.rate_headers:
                response.headers["X-RateLimit-Remaining"] = "5999"
            return response
        finally:
            self.calls.end(begun)

    async def _graphql(self, request: Request) -> Response:
        resets = self.resets
        authorised = self.tokens.is_good(request.headers.get("authorization"))
        try:
            text, variables, name = _parse(await request.body())
        except Malformed as error:
            self.calls.add(ReceivedCall(None, "invalid", (), {}, time.time(), authorised))
            return _errors(str(error), 400)
        prepared = prepare(self.schema(), text)
        occasion = self._log(prepared, variables, name, authorised)
        if not authorised:
            return _errors("The access token is missing or not valid.", 401)
        self._count_request()
        most = self.options.most_mutations
        if occasion.kind == "mutation" and most is not None and len(occasion.root_fields) > most:
            return _errors(f"A request may hold {most} mutations at most.", 200)
        faults = self.faults.due(occasion)
        work = _Work(self, resets, prepared, variables, name, occasion, faults)
        return await work.response()

    def schema(self) -> GraphQLSchema:
        """The schema that the options make."""
        return load_schema(
            create_mutations=self.options.create_mutations,
            internal_notes=self.options.internal_notes,
        )

    def _log(
        self, prepared: Prepared, variables: dict[str, Any], name: str | None, authorised: bool
    ) -> Occasion:
        operation = prepared.operation(name)
        kind = operation.kind if operation else "invalid"
        fields = operation.root_fields if operation else ()
        name = operation.name if operation else name
        self.calls.add(ReceivedCall(name, kind, fields, variables, time.time(), authorised))
        return Occasion(kind, name, fields)

    def _count_request(self) -> None:
        """Let go what was to wait for some more requests."""
        with self.store.lock:
            self.store.count_request()
            self._commit_due()
            self._late = [(wait.counted(), commit) for wait, commit in self._late]

    def _commit_due(self) -> None:
        with self.store.lock:
            late = self._late
            self._late = [(wait, commit) for wait, commit in late if not wait.is_over]
            for wait, commit in late:
                if wait.is_over:
                    commit()

    def commit_later(
        self, requests: int, seconds: float | None, commit: Callable[[], object]
    ) -> None:
        """Carry something out after so many more requests or, if given, seconds."""
        with self.store.lock:
            self._late.append((Wait.of(requests, seconds), commit))
        if seconds is not None:
            # A little later: the loop calls a little early.
            asyncio.get_running_loop().call_later(seconds + 0.01, self._commit_due)

    def age(self, seconds: float) -> None:
        """As if so much time had passed: records are older, and what waits waits less."""
        with self.store.lock:
            self.store.age(seconds)
            self._late = [(wait.aged(seconds), commit) for wait, commit in self._late]
            self._commit_due()

    async def wait(self, seconds: float) -> None:
        """Let time pass for this request only; less of it when the server stops."""
        if seconds > 0:
            try:
                await asyncio.wait_for(self.closing.wait(), seconds)
            except TimeoutError:
                return

    async def _delays(self, faults: list[Fault]) -> None:
        await self.wait(sum(fault.details["seconds"] for fault in faults if fault.kind == "slow"))


@dataclass(slots=True)
class _Work:
    """One GraphQL request, with the faults that are due for it; `resets` is how many there were."""

    _application: Application
    _resets: int
    _prepared: Prepared
    _variables: dict[str, Any]
    _operation_name: str | None
    _occasion: Occasion
    _faults: list[Fault]

    async def response(self) -> Response:
        application = self._application
        slow_first = self._of("slow", executed=False)
        await application.wait(sum(fault.details["seconds"] for fault in slow_first))
        if application.resets != self._resets or (slow_first and application.closing.is_set()):
            return Dropped(reset=False)
        body = None
        if not self._is_prevented():
            answer = self._answer()
            if poison := self._poison(answer):
                return _errors("Internal server error", poison.details["code"])
            body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
        slow_after = sum(fault.details["seconds"] for fault in self._of("slow", executed=True))
        await application.wait(application.options.latency + slow_after)
        instead = _instead(self._faults)
        if instead or body is None:
            return instead or Dropped(reset=False)
        for fault in self._of("cut_body"):
            return CutOff(body, share=fault.details["share"], reset=fault.details["reset"])
        return Response(body, media_type="application/json")

    def _of(self, kind: str, **details: Any) -> list[Fault]:
        wanted = details.items()
        return [
            fault
            for fault in self._faults
            if fault.kind == kind and wanted <= dict(fault.details).items()
        ]

    def _is_prevented(self) -> bool:
        """Whether a fault keeps the request from being executed now."""
        for fault in self._of("commit_late"):
            self._application.commit_later(
                fault.details["requests"], fault.details["seconds"], self._execute
            )
            return True
        return any(
            fault.kind == "drop_before" or fault.details.get("executed") is False
            for fault in self._faults
            if fault.kind != "slow"
        )

    def _answer(self) -> dict[str, Any]:
        with self._application.store.lock:
            for fault in self._of("shift"):
                self._shift(fault.details)
            answer = self._execute()
        for fault in self._faults:
            change(answer, fault.kind, fault.details)
        return answer

    def _execute(self) -> dict[str, Any]:
        application = self._application
        context = RequestContext(self._store(), application.options)
        for fault in self._of("payload_errors"):
            said = context.warn if fault.details["keep_object"] else context.refuse
            said[fault.details["nth"]] = fault.details["message"]
        context.rewrites = [fault.details for fault in self._of("stored_otherwise")]
        schema = application.schema()
        with context.store.lock:
            answer = execute(schema, self._prepared, self._variables, self._operation_name, context)
            for fault in self._of("list_late"):
                _list_late(context, fault.details)
            if self._of("then_cancelled"):
                _cancel(context)
        return answer

    def _poison(self, answer: dict[str, Any]) -> Fault | None:
        faults, store = self._application.faults, self._store()
        for fault in self._of("poisoned"):
            touched = touches(fault.details, store, self._variables, answer.get("data"))
            if touched and faults.take(fault):
                return fault
        return None

    def _store(self) -> Store:
        for fault in self._of("another_tenant"):
            if fault.details["store"] is not None:
                store: Store = fault.details["store"]
                return store
        return self._application.store

    def _shift(self, details: Mapping[str, Any]) -> None:
        """Remove or add a record; without a word which, remove the first that is listed."""
        store = self._application.store
        if details["add"]:
            store.add(details["add"]["type"], **details["add"]["fields"])
        elif details["remove"]:
            store.remove(details["remove"])
        else:
            listed = (QUERIES[name] for name in self._occasion.root_fields if name in QUERIES)
            for record in store.records(next(listed, "Location"))[:1]:
                store.remove(record["id"])


def _list_late(context: RequestContext, details: Mapping[str, Any]) -> None:
    store, roots = context.store, set(QUERIES.values())
    late = [
        name
        for name in context.added
        if details["nested"] or store.get(name)["__typename"] in roots
    ]
    store.hide(late, Wait.of(details["requests"], details["seconds"]))


def _cancel(context: RequestContext) -> None:
    for name in context.added:
        if context.store.find(name, "Event"):
            context.store.update(name, lifecycleState="cancelled", cancelledAt=context.store.now())


def _parse(body: bytes) -> tuple[str, dict[str, Any], str | None]:
    try:
        content = json.loads(body)
    except ValueError:
        raise Malformed("The body is not JSON.") from None
    if not isinstance(content, dict) or not isinstance(content.get("query"), str):
        raise Malformed("The body has no query.")
    variables = content.get("variables")
    variables = {} if variables is None else variables
    if not isinstance(variables, dict):
        raise Malformed("variables is not an object.")
    return content["query"], variables, content.get("operationName") or None


def _errors(message: str, status: int) -> Response:
    return JSONResponse({"errors": [{"message": message}]}, status)


def _instead(faults: list[Fault]) -> Response | None:
    """What a fault sends instead of an answer."""
    for fault in faults:
        details = fault.details
        match fault.kind:
            case "status":
                return _status(details)
            case "html":
                return HTMLResponse(HTML.format("Scheduled maintenance"))
            case "errors":
                null = {"data": None} if details["null_data"] else {}
                return JSONResponse({"errors": [{"message": details["message"]}]} | null)
            case "drop_before" | "drop_after":
                return Dropped(reset=details["reset"])
            case "commit_late":
                if details["code"] is None:
                    return Dropped(reset=False)
                return HTMLResponse(HTML.format("Gateway time-out"), details["code"])
    return None


def _retry_after(details: Mapping[str, Any]) -> str:
    after = details["retry_after"]
    if details.get("as_date"):
        return format_datetime(datetime.now(UTC) + timedelta(seconds=after), usegmt=True)
    return str(after)


def _status(details: Mapping[str, Any]) -> Response:
    code, text = details["code"], f"Status {details['code']}"
    headers = {}
    if details["retry_after"] is not None:
        headers["Retry-After"] = _retry_after(details)
    match details["body"]:
        case "json":
            return JSONResponse({"error": text}, code, headers)
        case "errors":
            return JSONResponse({"errors": [{"message": text}]}, code, headers)
        case "html":
            return HTMLResponse(HTML.format(text), code, headers)
    return PlainTextResponse(text, code, headers)
