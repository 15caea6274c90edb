"""The doors that Administrate does not have: for people, tests and other processes.

What belongs here: seeding, looking at and changing records, the log of calls, faults, all below
/sandbox, and the page of the events; without a token, since the sandbox only listens on this
machine. What does not:
anything that a client of Administrate may use.
"""

import json
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


class SideDoors:
    """The handlers of /sandbox/…"""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def health(self, _request: Request) -> Response:
        """GET /sandbox/health."""
        counts = self._application.store.counts()
        records = {name: count for name, count in counts.items() if count}
        return JSONResponse({"status": "ok", "records": records})

    async def seed(self, request: Request) -> Response:
        """POST /sandbox/seed: `{"Location": [{...}]}` answers `{"Location": ["id"]}`.

        Types are added in the order given, so that later ones may refer to ids of earlier calls.
        """
        store = self._application.store
        with store.lock:
            return JSONResponse(
                {
                    record_type: [store.add(record_type, **fields) for fields in records]
                    for record_type, records in (await request.json()).items()
                },
                201,
            )

    async def calls(self, request: Request) -> Response:
        """GET /sandbox/calls, with `?last=N`."""
        last = int(request.query_params.get("last", KEPT_CALLS))
        return JSONResponse(self._application.calls.summary(last))

    async def clear_calls(self, _request: Request) -> Response:
        """DELETE /sandbox/calls."""
        self._application.calls.clear()
        return Response(status_code=204)

    async def records(self, request: Request) -> Response:
        """GET /sandbox/records/{record_type}."""
        return JSONResponse(self._application.store.all(request.path_params["record_type"]))

    async def events(self, _request: Request) -> Response:
        """GET /beta, at the address of Administrate's own page of an event."""
        return event_page(self._application.store)

    async def update_record(self, request: Request) -> Response:
        """PATCH /sandbox/records/{record_type}/{identifier}."""
        store, identifier = self._application.store, self._identifier(request)
        store.update(identifier, **await request.json())
        return JSONResponse(store.get(identifier))

    async def remove_record(self, request: Request) -> Response:
        """DELETE /sandbox/records/{record_type}/{identifier}."""
        self._application.store.remove(self._identifier(request))
        return Response(status_code=204)

    def _identifier(self, request: Request) -> str:
        identifier = str(request.path_params["identifier"])
        if (
            self._application.store.get(identifier)["__typename"]
            != (request.path_params["record_type"])
        ):
            raise KeyError(identifier)
        return identifier

    async def faults(self, _request: Request) -> Response:
        """GET /sandbox/faults."""
        return JSONResponse([_described(fault) for fault in self._application.faults.active])

    async def add_fault(self, request: Request) -> Response:
        """POST /sandbox/faults: `{"kind", "match", "times", "skip", …details}`."""
        return JSONResponse(_described(self._application.faults.add(**await request.json())), 201)

    async def clear_faults(self, _request: Request) -> Response:
        """DELETE /sandbox/faults."""
        self._application.faults.clear()
        return Response(status_code=204)

    async def options(self, _request: Request) -> Response:
        """GET /sandbox/options."""
        return JSONResponse(self._application.options.as_dict())

    async def change_options(self, request: Request) -> Response:
        """PATCH /sandbox/options: `{"name": value}`, any of options.Options."""
        self._application.options.change(**await request.json())
        return await self.options(request)

    async def age(self, request: Request) -> Response:
        """POST /sandbox/age: `{"seconds"}`; as if so much time had passed."""
        self._application.age(float((await request.json())["seconds"]))
        return Response(status_code=204)

    async def revoke_tokens(self, _request: Request) -> Response:
        """DELETE /sandbox/tokens."""
        self._application.tokens.revoke()
        return Response(status_code=204)


def build(application: Application) -> Any:
    """The ASGI application with every route."""
    doors = SideDoors(application)
    routes = [
        Route("/graphql", application.graphql, methods=["POST"]),
        Route("/oauth/token", application.token, methods=["POST"]),
        Route("/oauth/authorize", application.authorize, methods=["GET"]),
        Route("/beta", doors.events, methods=["GET"]),
        Route("/sandbox/health", doors.health, methods=["GET"]),
        Route("/sandbox/seed", doors.seed, methods=["POST"]),
        Route("/sandbox/calls", doors.calls, methods=["GET"]),
        Route("/sandbox/calls", doors.clear_calls, methods=["DELETE"]),
        Route("/sandbox/records/{record_type}", doors.records, methods=["GET"]),
        Route(
            "/sandbox/records/{record_type}/{identifier:path}",
            doors.update_record,
            methods=["PATCH"],
        ),
        Route(
            "/sandbox/records/{record_type}/{identifier:path}",
            doors.remove_record,
            methods=["DELETE"],
        ),
        Route("/sandbox/faults", doors.faults, methods=["GET"]),
        Route("/sandbox/faults", doors.add_fault, methods=["POST"]),
        Route("/sandbox/faults", doors.clear_faults, methods=["DELETE"]),
        Route("/sandbox/options", doors.options, methods=["GET"]),
        Route("/sandbox/options", doors.change_options, methods=["PATCH"]),
        Route("/sandbox/age", doors.age, methods=["POST"]),
        Route("/sandbox/tokens", doors.revoke_tokens, methods=["DELETE"]),
    ]
    handlers: Any = {
        ValueError: _wrong,
        TypeError: _wrong,
        AttributeError: _wrong,
        KeyError: _missing,
        json.JSONDecodeError: _wrong,
    }
    return with_transport(
        with_date(Starlette(routes=routes, exception_handlers=handlers), application.clock)
    )


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
