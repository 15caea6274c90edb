"""The desk as one application.

What belongs here: putting its routes together, behind what guards them all. What does not: the
guards, and the routes.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from adm_sync.desk.errors import PageError, error_page
from adm_sync.desk.guards import Headed, is_asked_by_name
from adm_sync.desk.pages import MODULES
from adm_sync.desk.routing import DeskRoute
from adm_sync.desk.shared import Desk
from adm_sync.settings.desk import Role


def make_app(desk: Desk) -> ASGIApp:
    """The application.

    Raises:
        TypeError: a route does not say who may use it.
    """
    routes = routes_of_pages()
    check_roles(routes)
    entries = (module.MENU for module in map(_module, MODULES))
    desk.templates.globals["menu"] = [entry for entry in entries if entry is not None]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _refuse})
    app.router.redirect_slashes = False
    app.state.desk = desk
    return Headed(_Named(app, desk))


def routes_of_pages() -> list[DeskRoute]:
    """The routes of all pages."""
    return [route for name in MODULES for route in _module(name).ROUTES]


def check_roles(routes: Sequence[BaseRoute]) -> None:
    """Make sure that every route says who may use it.

    Raises:
        TypeError: one does not.
    """
    for route in routes:
        if not isinstance(route, DeskRoute) or not isinstance(route.role, Role):
            raise TypeError(f"{route} does not say which role it needs.")


def _module(name: str) -> Any:
    return import_module(f"adm_sync.desk.pages.{name}")


async def _refuse(request: Request, error: Exception) -> Response:
    return error_page(request.app.state.desk.templates, request, error)


class _Named:
    """Refuses a request that asks for another host."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        app = self._app
        if not is_asked_by_name(request.headers, self._desk.names):
            refused = PageError(400, "The desk is not called that. Open it at its own address.")
            app = error_page(self._desk.templates, request, refused)
        await app(scope, receive, send)
