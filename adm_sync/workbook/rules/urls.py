"""Addresses on the web in cells.

What belongs here: reading one. What does not: whether anything answers there.
"""

import re
from urllib.parse import unquote, urlsplit

from adm_sync.workbook.findings import shown
from adm_sync.workbook.rules.cells import Unreadable, clean
from adm_sync.workbook.sheet import Raw

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[^\s<>\"'\\^`{|}]+")


def read_url(raw: Raw) -> str | Unreadable:
    """One http or https address, trimmed."""
    if not isinstance(raw, str):
        return _not_one(f"'{shown(raw)}' is not one")
    text = clean(raw)
    if len(_SCHEME.findall(text)) > 1 and re.search(r"[\s,;|]", text):
        return _not_one("it holds more than one", "Keep one of them.")
    if not _SCHEME.match(text):
        return _without_scheme(text)
    if re.search(r"\s", text):
        return _not_one("it holds white space", re.sub(r"\s", "%20", text))
    try:
        host = urlsplit(text).hostname
    except ValueError:
        host = None
    if not host or not _HOST.fullmatch(host):
        return _not_one(f"'{shown(text)}' names no site")
    return text


def read_link(text: str, address: str) -> str | Unreadable:
    """The address in a cell behind which there is a hyperlink: what is shown counts, if it is one.

    Args:
        text: what the cell shows.
        address: what the link leads to.
    """
    read = read_url(text)
    if not isinstance(read, Unreadable):
        return read
    target = read_url(address)
    return _not_one(
        f"it shows '{shown(text)}', and the address behind it is {shown(address)}",
        None if isinstance(target, Unreadable) else target,
    )


def leads_to(address: str, target: str) -> bool:
    """Whether two addresses are one, but for escapes, case of the site, and a slash at the end."""
    return _folded(address) == _folded(target)


def _folded(address: str) -> tuple[str, ...]:
    try:
        scheme, site, path, query, fragment = urlsplit(unquote(address.strip()))
    except ValueError:
        return (address,)
    return scheme.lower(), site.lower(), path.rstrip("/"), query, fragment


def _without_scheme(text: str) -> Unreadable:
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])", text)
    if scheme:
        return _not_one(f"'{scheme.group()}' is not allowed")
    suggestion = f"https://{text.lstrip('/')}" if "." in text and " " not in text else None
    return _not_one("it does not begin with https://", suggestion)


def _not_one(why: str, suggestion: str | None = None) -> Unreadable:
    return Unreadable("url_unreadable", f"must be one http or https address; {why}.", suggestion)
