"""Routes: each says its path, its handler and the least role that may; and is guarded by that.

What belongs here: what is checked before a handler is called, in its order. What does not: the
guards themselves (`guards`), and what a handler does (`pages`).
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adm_sync.database.engine import database_errors
from adm_sync.desk.errors import PageError, error_page
from adm_sync.desk.guards import TOKEN_FIELD, TOKEN_HEADER, bounded, comes_from_own_page
from adm_sync.desk.shared import Desk
from adm_sync.desk.users import User
from adm_sync.desk.visit import Visit
from adm_sync.settings import Settings
from adm_sync.settings.desk import Role

Handler = Callable[[Visit], Response] | Callable[[Visit], Awaitable[Response]]
Largest = int | Callable[[Settings], int]

FORM_BYTES = 64 * 1024
FORM_FIELDS, FORM_FILES = 2000, 10
NOBODY = User("", Role.ANYONE)


class _Number(Convertor[int]):
    """A whole number in a path, as far as a database holds them."""

    regex = "[0-9]{1,18}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("number", _Number())


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A link of the menu that stands on every page."""

    path: str
    title: str


class DeskRoute(Route):
    """A route that knows who may use it, and lets nobody else."""

    def __init__(
        self,
        path: str,
        handler: Handler,
        role: Role,
        *,
        method: str = "GET",
        largest: Largest = 0,
        reads_form: bool = False,
    ) -> None:
        self.role, self.handler = role, handler
        self._largest, self._reads_form = largest, reads_form
        super().__init__(path, self._answer, methods=[method])

    def most(self, settings: Settings) -> int:
        """How many bytes may be sent."""
        return self._largest(settings) if callable(self._largest) else self._largest

    async def _answer(self, request: Request) -> Response:
        desk = cast(Desk, request.app.state.desk)
        try:
            user = self._admit(desk, request)
            form = FormData()
            if request.method == "POST":
                request = bounded(request, self.most(desk.settings))
                form = await self._checked_form(desk, request, user)
            visit = Visit(desk, request, user, form)
            with database_errors():
                if inspect.iscoroutinefunction(self.handler):
                    return cast(Response, await self.handler(visit))
                return await run_in_threadpool(cast(Callable[..., Response], self.handler), visit)
        except Exception as error:
            return error_page(desk.templates, request, error)
        finally:
            await request.close()  # files that were sent lie on the disk until then

    def _admit(self, desk: Desk, request: Request) -> User:
        if self.role == Role.ANYONE:
            return NOBODY
        user = desk.users.who_asks(request)
        if user is None:
            raise PageError(
                403,
                "The desk does not know who you are. Open it at its own address, which asks you to "
                "log in.",
            )
        if not desk.rates.allow(user.name):
            raise PageError(429, "That was too much at once. Wait some seconds, then try again.")
        if user.role < self.role:
            raise PageError(
                403,
                f"{user.name} may not do this at the desk. Whoever looks after it gives the right "
                "with ADM_SYNC_DESK_ROLES.",
            )
        return user

    async def _checked_form(self, desk: Desk, request: Request, user: User) -> FormData:
        """The form of a request that one of the desk's own pages sent to this user."""
        if not comes_from_own_page(request.headers, desk.names):
            raise PageError(403, "Another page sent this, and not the desk. Nothing was done.")
        form, token = FormData(), request.headers.get(TOKEN_HEADER, "")
        if self._reads_form:
            form = await request.form(max_files=FORM_FILES, max_fields=FORM_FIELDS)
            token = token or str(form.get(TOKEN_FIELD, ""))
        if not desk.signer.is_token(token, user.name):
            raise PageError(
                403,
                "The page was open for too long, or it was another user's. Nothing was done: go "
                "back, load it again, and repeat it.",
            )
        return form


def page(path: str, handler: Handler, role: Role) -> DeskRoute:
    """A page, or a part of one, that whoever has at least this role may see; it changes nothing."""
    return DeskRoute(path, handler, role)


def action(
    path: str,
    handler: Handler,
    role: Role,
    *,
    largest: Largest = FORM_BYTES,
    reads_form: bool = True,
) -> DeskRoute:
    """Something that whoever has at least this role may do.

    Args:
        path: of the request.
        handler: what does it.
        role: the least that may.
        largest: as many bytes may be sent, or how many that is by the settings.
        reads_form: whether it is a form; otherwise the handler reads the stream itself.
    """
    return DeskRoute(path, handler, role, method="POST", largest=largest, reads_form=reads_form)
