"""One request of one user, and all that a handler needs to answer it.

What belongs here: reading what was sent, and making an answer. What does not: checking who may
(`routing`), and anything about what is shown.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match

from adm_sync.desk import actions
from adm_sync.desk.errors import PageError
from adm_sync.desk.shared import Desk
from adm_sync.desk.users import User
from adm_sync.settings.desk import Role

NOTE = "note"
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one user; `form` is empty unless something is to be done."""

    desk: Desk
    request: Request
    user: User
    form: FormData

    @property
    def path(self) -> Mapping[str, Any]:
        """What the path names."""
        return self.request.path_params

    @property
    def query(self) -> QueryParams:
        """What stands behind the `?` of the address."""
        return self.request.query_params

    def may(self, role: Role) -> bool:
        """Whether the user has at least this role."""
        return self.user.role >= role

    def text(self, name: str, longest: int = LONGEST_TEXT) -> str:
        """A field of the form, without white space around it; empty if it was not sent.

        Raises:
            PageError: it is a file, or longer.
        """
        return _read(name, self.form.get(name, ""), longest)

    def texts(self, name: str) -> list[str]:
        """All fields of the form that are called so.

        Raises:
            PageError: one is a file, or longer than `LONGEST_TEXT`.
        """
        return [_read(name, value, LONGEST_TEXT) for value in self.form.getlist(name)]

    def sent(self, name: str, most: int) -> actions.SentFile:
        """A file of the form; of one with more than so many bytes, one byte more than those.

        Raises:
            PageError: none was chosen.
        """
        file = self.form.get(name)
        if not isinstance(file, UploadFile) or not file.filename:
            raise PageError(400, "No file was chosen.")
        return actions.SentFile(file.filename, file.file.read(most + 1))

    def number(self, name: str, otherwise: int = 0) -> int:
        """A whole number behind the `?`.

        Raises:
            PageError: it is none.
        """
        given = self.query.get(name)
        if given is None:
            return otherwise
        if not (given.isascii() and given.isdigit() and len(given) < 19):
            raise PageError(400, f"«{name}» in the address is no number.")
        return int(given)

    def is_at(self, path: str) -> bool:
        """Whether this is the page of that path, or one below it."""
        here = self.request.url.path
        return here == path or (path != "/" and here.startswith(f"{path}/"))

    def has_page(self, path: str) -> bool:
        """Whether the desk has a page of that path."""
        asked = {**self.request.scope, "path": path, "method": "GET"}
        return any(route.matches(asked)[0] == Match.FULL for route in self.request.app.routes)

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        """A connection for reading."""
        with self.desk.database.engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """A connection that keeps what is written when this is left without an error."""
        with self.desk.database.engine.begin() as connection:
            yield connection

    def start(self, *arguments: str, file: actions.SentFile | None = None) -> actions.Work:
        """Start a command of `adm-sync` on behalf of the user; `--json` is added to it.

        Raises:
            PageError: too many are at work.
        """
        return actions.start(self.desk.settings, self.user.name, arguments, file)

    def page(self, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A template with these values."""
        user = self.user.name
        html = self.desk.templates.get_template(template).render(
            visit=self,
            may=SimpleNamespace(**{role.name.lower(): self.may(role) for role in Role}),
            csrf=self.desk.signer.token(user),
            note=self.desk.signer.noted(self.query.get(NOTE, ""), user),
            **values,
        )
        return HTMLResponse(html, status)

    def to(self, path: str, note: str = "") -> RedirectResponse:
        """Lead on to another page, which says the note once.

        Raises:
            PageError: the path leads to another place than the desk.
        """
        if not path.startswith("/") or path[1:2] in {"/", "\\"}:
            raise PageError(400, "That leads away from the desk.")
        if note:
            path, hash_mark, place = path.partition("#")
            mark = "&" if "?" in path else "?"
            path += mark + urlencode({NOTE: self.desk.signer.note(note, self.user.name)})
            path += hash_mark + place
        return RedirectResponse(path, 303)

    def download(self, data: bytes, file_name: str, media_type: str) -> Response:
        """A file that the browser keeps, and never shows."""
        plain = "".join(
            c if c.isascii() and (c.isalnum() or c in " ._()-") else "_" for c in file_name
        )
        named = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
        return Response(data, media_type=media_type, headers={"Content-Disposition": named})


def _read(name: str, value: object, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise PageError(400, f"The field «{name}» cannot be read, or is too long.")
    return value.strip()
