"""The doors that Administrate does not have: for people, tests and other processes.

What belongs here: seeding, looking at and changing records, the log of calls, faults, all below
/sandbox, and the page of the events; without a token, since the sandbox only listens on this
machine. What does not: anything that a client of Administrate may use.
"""

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adm_sync.sandbox.application import Application
from adm_sync.sandbox.calls import KEPT_CALLS
from adm_sync.sandbox.connections import with_date, with_transport
from adm_sync.sandbox.event_page import event_page
from adm_sync.sandbox.faults import Fault

Door = Callable[[Application, Request], Awaitable[Response]]
DOORS: list[tuple[str, str, Door]] = []
RECORD = "/sandbox/records/{record_type}/{identifier:path}"


def _door(method: str, path: str) -> Callable[[Door], Door]:
    def kept(door: Door) -> Door:
        DOORS.append((method, path, door))
        return door

    return kept


@_door("GET", "/sandbox/health")
async def _health(application: Application, _request: Request) -> Response:
    counts = application.store.counts()
    records = {name: count for name, count in counts.items() if count}
    return JSONResponse({"status": "ok", "records": records})


@_door("POST", "/sandbox/seed")
async def _seed(application: Application, request: Request) -> Response:
    """`{"Location": [{...}]}` answers `{"Location": ["id"]}`.

    Types are added in the order given, so that later ones may refer to ids of earlier calls.
    """
    store = application.store
    with store.lock:
        added = {
            record_type: [store.add(record_type, **fields) for fields in records]
            for record_type, records in (await request.json()).items()
        }
        return JSONResponse(added, 201)


@_door("GET", "/sandbox/calls")
async def _calls(application: Application, request: Request) -> Response:
    """With `?last=N`."""
    last = int(request.query_params.get("last", KEPT_CALLS))
    return JSONResponse(application.calls.summary(last))


@_door("DELETE", "/sandbox/calls")
async def _clear_calls(application: Application, _request: Request) -> Response:
    application.calls.clear()
    return Response(status_code=204)


@_door("GET", "/beta")
async def _events(application: Application, _request: Request) -> Response:
    """At the address of Administrate's own page of an event."""
    return event_page(application.store)


@_door("GET", "/sandbox/records/{record_type}")
async def _records(application: Application, request: Request) -> Response:
    return JSONResponse(application.store.all(request.path_params["record_type"]))


@_door("PATCH", RECORD)
async def _update_record(application: Application, request: Request) -> Response:
    store, identifier = application.store, _identifier(application, request)
    store.update(identifier, **await request.json())
    return JSONResponse(store.get(identifier))


@_door("DELETE", RECORD)
async def _remove_record(application: Application, request: Request) -> Response:
    application.store.remove(_identifier(application, request))
    return Response(status_code=204)


def _identifier(application: Application, request: Request) -> str:
    identifier = str(request.path_params["identifier"])
    if application.store.get(identifier)["__typename"] != request.path_params["record_type"]:
        raise KeyError(identifier)
    return identifier


@_door("GET", "/sandbox/faults")
async def _faults(application: Application, _request: Request) -> Response:
    return JSONResponse([_described(fault) for fault in application.faults.active])


@_door("POST", "/sandbox/faults")
async def _add_fault(application: Application, request: Request) -> Response:
    """`{"kind", "match", "times", "skip", …details}`."""
    return JSONResponse(_described(application.faults.add(**await request.json())), 201)


@_door("DELETE", "/sandbox/faults")
async def _clear_faults(application: Application, _request: Request) -> Response:
    application.faults.clear()
    return Response(status_code=204)


@_door("GET", "/sandbox/options")
async def _options(application: Application, _request: Request) -> Response:
    return JSONResponse(application.options.as_dict())


@_door("PATCH", "/sandbox/options")
async def _change_options(application: Application, request: Request) -> Response:
    """`{"name": value}`, any of options.Options."""
    application.options.change(**await request.json())
    return JSONResponse(application.options.as_dict())


@_door("POST", "/sandbox/age")
async def _age(application: Application, request: Request) -> Response:
    """`{"seconds"}`; as if so much time had passed."""
    application.age(float((await request.json())["seconds"]))
    return Response(status_code=204)


@_door("DELETE", "/sandbox/tokens")
async def _revoke_tokens(application: Application, _request: Request) -> Response:
    application.tokens.revoke()
    return Response(status_code=204)


def build(application: Application) -> Any:
    """The ASGI application with every route."""
    routes = [
        Route("/graphql", application.graphql, methods=["POST"]),
        Route("/oauth/token", application.token, methods=["POST"]),
        Route("/oauth/authorize", application.authorize, methods=["GET"]),
        *(Route(path, partial(door, application), methods=[verb]) for verb, path, door in DOORS),
    ]
    handlers: Any = {
        **dict.fromkeys((ValueError, TypeError, AttributeError, json.JSONDecodeError), _wrong),
        KeyError: _missing,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    return with_transport(with_date(app, application.clock))


async def _wrong(request: Request, error: Exception) -> Response:
    if not request.url.path.startswith("/sandbox/"):
        raise error
    return JSONResponse({"error": str(error)}, 400)


async def _missing(request: Request, error: Exception) -> Response:
    if not request.url.path.startswith("/sandbox/"):
        raise error
    return JSONResponse({"error": f"There is no record {error}."}, 404)


def _described(fault: Fault) -> dict[str, Any]:
    details = {name: value for name, value in fault.details.items() if name != "store"}
    return {
        "kind": fault.kind,
        "match": fault.match,
        "times": fault.times,
        "skip": fault.skip,
        "happened": fault.happened,
        "details": details,
    }
