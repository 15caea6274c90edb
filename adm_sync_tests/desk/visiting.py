"""A browser without a screen: asks the desk, without a server in between.

What belongs here: asking. What does not: what is expected.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from adm_sync.database.engine import open_database
from adm_sync.desk import actions
from adm_sync.desk.app import make_app
from adm_sync.desk.shared import Desk, open_desk
from adm_sync.settings import Settings

HOST = "127.0.0.1"
PROXY = "10.1.2.3"
HEADER = "X-Forwarded-Email"
ROLES = "look=*; plan=planner@example.com; decide=admin@example.com"
LOOKER, PLANNER, ADMIN = "looker@example.com", "planner@example.com", "admin@example.com"


@dataclass
class Browser:
    """Somebody's browser; `headers` are sent with each request."""

    app: ASGIApp
    desk: Desk
    user: str
    headers: dict[str, str]
    peer: str = HOST
    address: str = f"http://{HOST}:3001"

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, token: str | None = None, **fields: str) -> httpx.Response:
        """Send a form, with the user's token unless another one is given."""
        given = self.desk.signer.token(self.user) if token is None else token
        return self.send("POST", path, data={"csrf": given, **fields})

    def press(self, page: str, action: str, **fields: str) -> httpx.Response:
        """Press the button of a page that leads there, as the page has it."""
        form = re.search(
            rf'<form[^>]* action="{re.escape(action)}".*?</form>', self.get(page).text, re.DOTALL
        )
        assert form, action
        hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
        return self.send("POST", action, data={**hidden, **fields})

    def send(
        self, method: str, path: str, headers: dict[str, str] | None = None, **content: Any
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, client=(self.peer, 50_000))
            async with httpx.AsyncClient(transport=transport, base_url=self.address) as client:
                sent = {**self.headers, **(headers or {})}
                return await client.request(method, path, headers=sent, **content)

        return asyncio.run(ask())


@contextmanager
def opened_desk(host: str = HOST) -> Iterator[tuple[ASGIApp, Desk]]:
    """The desk of the settings as they are."""
    settings = Settings.load()
    with open_database(settings) as database:
        desk = open_desk(settings, database, host)
        yield make_app(desk), desk


@contextmanager
def local_browser() -> Iterator[Browser]:
    """The browser of whoever the desk runs as."""
    from adm_sync.acting import user_name

    with opened_desk() as (app, desk):
        yield Browser(app, desk, user_name(), {})


def behind_proxy(app: ASGIApp, desk: Desk, user: str) -> Browser:
    """The browser of somebody whom the proxy names."""
    return Browser(app, desk, user, {HEADER: user}, PROXY)


def left_command(
    home: Path, name: str, arguments: Sequence[str], document: Any, said: str = "", file: str = ""
) -> str:
    """What a command leaves behind that a user had the desk start; gives its page."""
    folder = home / "desk" / name
    folder.mkdir(parents=True)
    told = {"arguments": [*arguments], "who": said, "file": file}
    told["started_at"] = "2027-01-01T00:00:00+00:00"
    (folder / actions.COMMAND).write_text(json.dumps(told))
    (folder / actions.ANSWER).write_text(json.dumps(document))
    (folder / actions.SAID).write_text(said)
    (folder / actions.AT_WORK).touch()
    return f"/commands/{name}"


def text_of(browser: Browser, address: str) -> str:
    """A page as it reads, without its markup."""
    page = browser.get(address)
    assert page.status_code == 200, page.text
    body = page.text.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())
