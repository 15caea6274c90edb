"""Where the desk is, and who may do what there.

What follows from these settings is in `desk`.
"""

import re
from enum import IntEnum
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from adm_sync.addresses import local_url
from adm_sync.settings.forms import WebUrl
from adm_sync.settings.group import SettingsGroup

HEADER = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
EVERYBODY = "*"


class Role(IntEnum):
    """How much somebody may do at the desk; each includes those before it.

    `ANYONE` is what needs no user: the stylesheet, and whether the desk works.
    """

    ANYONE = 0
    LOOK = 1
    PLAN = 2
    DECIDE = 3


ROLE_WORDS = {role.name.lower(): role for role in Role if role != Role.ANYONE}


def role_of(text: str, name: str, *, otherwise: Role) -> Role:
    """The role that `ADM_SYNC_DESK_ROLES` gives to somebody.

    Args:
        text: the setting; capital letters make no difference.
        name: who it is.
        otherwise: the role of whoever is not named, unless the setting says who may look.
    """
    named = _read_roles(text)
    if Role.LOOK in named:
        otherwise = Role.ANYONE
    given = [role for role, names in named.items() if names & {EVERYBODY, _lower(name)}]
    return max(given, default=otherwise)


def _lower(name: str) -> str:
    """With small letters instead of capitals; other signs that look like them are other people."""
    return "".join(c.lower() if c.lower().upper() == c else c for c in name)


def _read_roles(text: str) -> dict[Role, frozenset[str]]:
    found: dict[Role, frozenset[str]] = {}
    for part in filter(str.strip, text.split(";")):
        word, equals, names = part.partition("=")
        role = ROLE_WORDS.get(word.strip().lower())
        people = frozenset(_lower(name.strip()) for name in names.split(",") if name.strip())
        if not equals or "=" in names or role is None or role in found or not people:
            raise ValueError(
                "must be roles and who has them, such as "
                "look=*; plan=anna@example.com, ben@example.com; decide=carla@example.com"
            )
        found[role] = people
    return found


def _roles(value: str) -> str:
    _read_roles(value)
    return value.strip()


def _proxies(value: str) -> str:
    try:
        for one in filter(None, map(str.strip, value.split(","))):
            ip_network(one)
    except ValueError:
        raise ValueError("must be addresses or networks, such as 127.0.0.1, 10.1.0.0/16") from None
    return value


def _header(value: str) -> str:
    if not HEADER.fullmatch(value.strip()):
        raise ValueError("must be the name of a header, such as X-Forwarded-Email")
    return value.strip()


class DeskSettings(SettingsGroup):
    """What `adm-sync desk` goes by, and where its pages are found."""

    adm_sync_desk_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="The address that the desk listens on. Another one than this machine's own "
        "needs ADM_SYNC_DESK_AUTH=header.",
    )
    adm_sync_desk_port: int = Field(3001, ge=1, le=65535, description="The port of the desk.")
    adm_sync_desk_url: WebUrl | None = Field(
        None,
        description="The address at which people open the desk, for links to it. Unset: what "
        "adm-sync dev runs links to its port on this machine, and nothing else links to it.",
    )
    adm_sync_desk_auth: Literal["local", "header"] = Field(
        "local",
        description="Who a user of the desk is: local (the account that it runs as), or header "
        "(whom the proxy in front of it names).",
    )
    adm_sync_desk_user_header: Annotated[str, AfterValidator(_header)] = Field(
        "X-Forwarded-Email",
        description="The header in which the proxy names the user, with ADM_SYNC_DESK_AUTH=header.",
    )
    adm_sync_desk_proxies: Annotated[str, AfterValidator(_proxies)] = Field(
        "",
        description="The addresses or networks of the proxies that are believed, such as "
        "127.0.0.1, 10.1.0.0/16; needed with ADM_SYNC_DESK_AUTH=header.",
    )
    adm_sync_desk_roles: Annotated[str, AfterValidator(_roles)] = Field(
        "",
        description="Who may what at the desk: look, plan (look, and upload workbooks) or decide "
        "(everything), as in look=*; plan=anna@example.com; decide=carla@example.com. Whoever is "
        "not named may look, or decide with ADM_SYNC_DESK_AUTH=local; once look is named, nothing.",
    )

    @property
    def desk_url(self) -> str:
        """Where a link to the desk leads, without a slash at the end."""
        return self.adm_sync_desk_url or local_url(self.adm_sync_desk_host, self.adm_sync_desk_port)
