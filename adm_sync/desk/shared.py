"""What all requests to the desk share.

What belongs here: the database, the settings and what follows from them, for as long as the desk
runs. What does not: one request (`visit`).
"""

import hashlib
import json
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from adm_sync.addresses import names_of
from adm_sync.database.engine import Database
from adm_sync.desk.guards import Rates, Signer
from adm_sync.desk.users import Users
from adm_sync.errors import SettingsError
from adm_sync.imports.opening import limits
from adm_sync.imports.sheet_view import SheetViews
from adm_sync.moments import clock_time
from adm_sync.names.differing import visible
from adm_sync.pages import WITHIN, for_browsers, parts
from adm_sync.reference.entities import BY_NAME
from adm_sync.settings import Settings

SECONDS_TO_READ = 20.0  # a workbook, for a page
KEY_FILE, KEY_BYTES = "desk.key", 32
STATIC = files("adm_sync.desk").joinpath("static")
HTMX = json.dumps(
    {
        "allowEval": False,
        "allowScriptTags": False,
        "historyCacheSize": 0,
        "includeIndicatorStyles": False,
        "selfRequestsOnly": True,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            # Who asks every other second goes on; what stands there was true a moment ago.
            {"code": "429|503", "swap": False, "error": True},
            {"code": "[45]..", "swap": True, "error": True, "target": "this", "select": "unset"},
        ],
    }
)


@dataclass(frozen=True)
class Desk:
    """The parts that every request may use.

    `names` are those by which the desk may be asked for, `sheets` the workbooks that were looked
    at lately.
    """

    settings: Settings
    database: Database
    users: Users
    signer: Signer
    names: frozenset[str]
    templates: Environment
    sheets: SheetViews
    rates: Rates = field(default_factory=Rates)


def open_desk(settings: Settings, database: Database, host: str) -> Desk:
    """What a desk that listens on this address works with.

    Raises:
        SettingsError: the settings would let in anybody, or the key of the forms cannot be kept.
    """
    users = Users(settings, host)
    public = urlsplit(settings.desk_url).hostname
    names = frozenset(name.lower() for name in (*names_of(host), host, public) if name)
    quick = replace(limits(settings), seconds=SECONDS_TO_READ)
    sheets = SheetViews(database.engine, quick, settings.columns)
    signer = Signer(_key(settings.home))
    return Desk(settings, database, users, signer, names, _templates(settings), sheets)


def _key(home: Path) -> bytes:
    """The key that makes tokens of this desk; it stays, so that open pages outlive a restart."""
    file = home / KEY_FILE
    fresh = home / f".{KEY_FILE}.{secrets.token_hex(8)}"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            fresh.touch(mode=0o600, exist_ok=False)
            fresh.write_bytes(secrets.token_bytes(KEY_BYTES))
            with suppress(FileExistsError):  # another desk was quicker, and its key counts
                os.link(fresh, file)
        key = file.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The desk cannot keep the key of its forms in {file}: {error.strerror}. Set "
            "ADM_SYNC_HOME to a folder that it may write."
        ) from None
    finally:
        with suppress(OSError):
            fresh.unlink()
    if len(key) < KEY_BYTES:
        raise SettingsError(f"{file} is no key of the desk. Remove it; the desk makes another.")
    return key


def _templates(settings: Settings) -> Environment:
    made = Environment(
        loader=PackageLoader("adm_sync.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(htmx=HTMX, ui_url=settings.ui_url, stamp=_stamp())
    made.filters.update(
        when=partial(clock_time, zone=settings.adm_sync_time_zone),
        linked=_links(made),
        visible=_visible,
    )
    return made


def _stamp() -> str:
    """Another one with every change of the files of pages, which browsers keep."""
    drawn_with = sorted(STATIC.iterdir(), key=lambda file: file.name)
    return hashlib.sha256(b"".join(file.read_bytes() for file in drawn_with)).hexdigest()[:12]


def _visible(text: object) -> str:
    """Text from outside, its lines and whatever looks like a space as they are."""
    said = str(text)
    if said.isprintable():
        return said
    return "".join(one if one.isspace() else visible(one) for one in said)


def _links(templates: Environment) -> Callable[[object], str]:
    """What makes a sentence for people one with links to the page of each command it names."""

    def linked(sentence: object) -> str:
        found = list(parts(for_browsers(_visible(sentence)), WITHIN, frozenset(BY_NAME)))
        drawn: Any = templates.get_template("linked.html").module
        return cast(str, drawn.linked(found))

    return linked
