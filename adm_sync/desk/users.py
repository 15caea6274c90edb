"""Who asks: the account that the desk runs as, or whom the proxy in front of it names.

What belongs here: who a request comes from, and what their role is. What does not: what each role
may (`routing`).
"""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from starlette.requests import HTTPConnection

from adm_sync.acting import readable_name, user_name
from adm_sync.addresses import LOOPBACK
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings
from adm_sync.settings.desk import Role, role_of


@dataclass(frozen=True, slots=True)
class User:
    """Somebody at the desk; `name` is what stands in every row of what they do."""

    name: str
    role: Role


class Users:
    """Tells who a request comes from, by the settings."""

    def __init__(self, settings: Settings, host: str) -> None:
        """Take the settings for a desk that listens on this address.

        Raises:
            SettingsError: the settings would let in anybody.
        """
        self._is_local = settings.adm_sync_desk_auth == "local"
        self._header = settings.adm_sync_desk_user_header
        self._roles = settings.adm_sync_desk_roles
        given = filter(None, map(str.strip, settings.adm_sync_desk_proxies.split(",")))
        self._proxies = [ip_network(one) for one in given]
        if self._is_local and host not in LOOPBACK:
            raise SettingsError(
                f"The desk cannot listen on {host}: with ADM_SYNC_DESK_AUTH=local it takes whoever "
                "reaches it for the account that it runs as. Leave ADM_SYNC_DESK_HOST at "
                "127.0.0.1, or put a proxy with a login in front of it and set "
                "ADM_SYNC_DESK_AUTH=header (docs/desk.md)."
            )
        if not self._is_local and not self._proxies:
            raise SettingsError(
                "ADM_SYNC_DESK_PROXIES is missing: with ADM_SYNC_DESK_AUTH=header the desk has to "
                "know which proxy to believe. Set it to the proxy's address, such as 127.0.0.1."
            )

    def who_asks(self, connection: HTTPConnection) -> User | None:
        """The user that a request comes from; None if nobody is named by whom it can believe."""
        name = user_name() if self._is_local else self._named(connection)
        if not name:
            return None
        unnamed = Role.DECIDE if self._is_local else Role.LOOK
        return User(name, role_of(self._roles, name, otherwise=unnamed))

    def _named(self, connection: HTTPConnection) -> str:
        if not self._is_proxy(connection.client.host if connection.client else ""):
            return ""
        # A proxy that adds its header to one of the browser's leaves two.
        values = connection.headers.getlist(self._header)
        if len(values) != 1:
            return ""
        try:
            given = values[0].encode("latin-1").decode("utf-8")
        except UnicodeError:
            return ""
        name = readable_name(given)
        # Another name than was sent would be another person; several in one are nobody.
        return name if name == given.strip(" \t") and "," not in name else ""

    def _is_proxy(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._proxies)
