"""The addresses that are told, and sending to one of them.

What belongs here: reading ADM_SYNC_ALERTS, what may be shown of an address, and Apprise. What does
not: what is said, and to whom it was said before (`telling`).

Of an address nothing is shown but its scheme and, of those that lead to a server by its name, that
name: with many services a token stands where a host would.
"""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any, Literal
from urllib.parse import urlsplit

from adm_sync.settings import Settings
from adm_sync.settings.alerting import alert_urls

log = logging.getLogger("adm_sync.alerts")

NAMED_BY_HOST = frozenset({"mailto", "mailtos", "json", "jsons", "form", "forms", "xml", "xmls"})
MAIL = frozenset({"mailto", "mailtos"})
# Seconds: for a connection, for an answer, and for everything together.
CONNECT, ANSWER, ALL = 5.0, 8.0, 20.0
LONGEST_TITLE = 200
# After each try that did not arrive; the last holds for all that follow.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120))

NOT_ARRIVED = "it was refused, or nobody answered in time"
NO_ADDRESS = "it is no address that Apprise understands"


@dataclass(frozen=True, slots=True)
class Address:
    """One address; `name` is what may be shown of it, and what it is known by."""

    name: str
    url: str = field(repr=False)

    @property
    def is_mail(self) -> bool:
        """Whether it leads to a mail server, which takes mail to anybody."""
        return urlsplit(self.url).scheme.lower() in MAIL


def addresses(settings: Settings) -> list[Address]:
    """Those of the settings, in their order."""
    if settings.adm_sync_alerts is None:
        return []
    found, seen = [], Counter[str]()
    for url in alert_urls(settings.adm_sync_alerts.get_secret_value()):
        name = _name(url)
        seen[name] += 1
        found.append(Address(name if seen[name] == 1 else f"{name} ({seen[name]})", url))
    return found


def _name(url: str) -> str:
    scheme = url.partition("://")[0].lower()
    if scheme not in NAMED_BY_HOST:
        return f"{scheme}://…"
    try:
        host = urlsplit(url).hostname or "…"
    except ValueError:
        host = "…"
    return f"{scheme}://{host}"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: a title on one line, a text, and a file beside it if there is one.

    `tone` is how chat programs and hooks are to show it; `to` is whom it goes to, by a mail server:
    by itself an address has its own.
    """

    title: str
    text: str
    tone: Literal["info", "success", "warning", "failure"] = "info"
    attached: Path | None = None
    to: str = ""


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries that did not arrive."""
    return PAUSES[min(tries, len(PAUSES)) - 1]


def send(address: Address, letter: Letter) -> str | None:
    """Send it; gives why it did not arrive, without anything of the address, or None if it did.

    It never raises, and comes back in time whatever the other side does.
    """
    return send_all([(address, letter)])[0]


def send_all(letters: Sequence[tuple[Address, Letter]]) -> list[str | None]:
    """The same for several at once, which take no longer than one."""
    begun = [_begin(address, letter) for address, letter in letters]
    until = time.monotonic() + ALL
    return [_outcome(one, until) for one in begun]


def _begin(address: Address, letter: Letter) -> Future[str | None]:
    outcome: Future[str | None] = Future()

    def work() -> None:
        try:
            outcome.set_result(_send(address, letter))
        except Exception as error:  # its text may hold the address
            log.info("sending to %s failed: %s", address.name, type(error).__name__)
            outcome.set_result(NOT_ARRIVED)

    # Nobody waits for it when the process ends.
    Thread(target=work, name=f"alert to {address.name}", daemon=True).start()
    return outcome


def _outcome(begun: "Future[str | None]", until: float) -> str | None:
    try:
        return begun.result(timeout=max(0.0, until - time.monotonic()))
    except TimeoutError:
        return NOT_ARRIVED


def is_understood(address: Address) -> bool:
    """Whether Apprise knows what to do with it; nothing is sent."""
    return _service(address) is not None


def _service(address: Address) -> Any:
    _hush()
    import apprise

    asset = apprise.AppriseAsset(
        app_id="adm_sync",
        app_desc="adm_sync",
        app_url="",
        async_mode=False,
        secure_logging=True,
        # What is sent to a page that has moved is not read there, though it answers that all is
        # well.
        http_redirects=False,
        # With a limit of its own it would wait in threads that keep the process from ending.
        service_timeout=0,
    )
    try:
        return apprise.Apprise.instantiate(address.url, asset=asset, suppress_exceptions=False)
    except Exception:  # what it raises may hold the address, so that nothing of it is passed on
        return None


def _send(address: Address, letter: Letter) -> str | None:
    import apprise

    service = _service(address)
    if service is None:
        return NO_ADDRESS
    service.socket_connect_timeout = min(service.socket_connect_timeout, CONNECT)
    service.socket_read_timeout = min(service.socket_read_timeout, ANSWER)
    # What is too long for a service is cut there, and not sent in parts.
    service.overflow_mode = apprise.OverflowMode.TRUNCATE
    if letter.to:
        vars(service).update(targets=[(False, letter.to)], cc=set(), bcc=set())
    if letter.attached is not None and not letter.attached.is_file():
        return "the file that belongs to it is gone"
    sender = apprise.Apprise(asset=service.asset)
    sender.add(service)
    arrived = sender.notify(
        title=" ".join(letter.title.split())[:LONGEST_TITLE],
        body=letter.text,
        body_format=apprise.NotifyFormat.TEXT,
        notify_type=apprise.NotifyType(letter.tone),
        attach=str(letter.attached) if letter.attached else None,
    )
    return None if arrived else NOT_ARRIVED


def _hush() -> None:
    """What these libraries log holds tokens, at their own levels more than at higher ones."""
    for name in ("apprise", "urllib3", "requests"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))
    own = logging.getLogger("apprise")
    own.propagate = False
    if not own.handlers:
        own.addHandler(logging.NullHandler())
