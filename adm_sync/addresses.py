"""Addresses that people open in a browser, and the names by which this machine may be asked.

What belongs here: what such an address is, spelled one way. What does not: settings that hold one.
"""

import re
import socket
from urllib.parse import urlsplit, urlunsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what it means is said to whoever chooses it
OWN_NAMES = ["127.0.0.1", "localhost"]
HOST = re.compile(r"[a-z0-9_.-]+|[0-9a-f:.]+", re.ASCII)
DEFAULT_PORTS = {"https": 443, "http": 80}


def web_origin(value: str) -> str:
    """`https://host`, with a port only where it is unusual: the same for every spelling of it.

    Raises:
        ValueError: it is no address of a web server, or not a safe one.
    """
    return _read_web_url(value)[0]


def web_url(value: str) -> str:
    """The same with its path, and no slash at the end.

    Raises:
        ValueError: it is no address of a web server, or not a safe one.
    """
    origin, path = _read_web_url(value)
    return (origin + path).rstrip("/")


def local_url(host: str, port: int) -> str:
    """Where a browser on this machine finds what listens on this address."""
    name = OWN_NAMES[0] if host == EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}"


def names_of(host: str) -> list[str]:
    """The names by which the one that listens on this address may be asked for."""
    if host in LOOPBACK:
        return OWN_NAMES
    if host != EVERYWHERE:
        return [*OWN_NAMES, host]
    import psutil  # type: ignore[import-untyped]

    addresses = [one.address for own in psutil.net_if_addrs().values() for one in own]
    return [*OWN_NAMES, socket.gethostname(), socket.getfqdn(), *addresses]


def _read_web_url(value: str) -> tuple[str, str]:
    text = value.strip()
    bare = "://" not in text
    parts = urlsplit(f"https://{text.lstrip('/')}" if bare else text)
    scheme, host = parts.scheme, (parts.hostname or "").rstrip(".")
    if scheme not in DEFAULT_PORTS or not HOST.fullmatch(host):
        raise ValueError("must be an https:// URL")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or password")
    if bare and host in LOOPBACK:
        scheme = "http"
    if scheme == "http" and host not in LOOPBACK:
        raise ValueError("must be https: plain http is refused except to this machine")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("has a port that is no number up to 65535") from None
    usual = port is None or port == DEFAULT_PORTS[scheme]
    name = f"[{host}]" if ":" in host else host
    rest = urlunsplit(("", "", parts.path, parts.query, ""))
    return f"{scheme}://{name}{'' if usual else f':{port}'}", rest
