"""That the database is away: a problem that has to be told, and remembered, without it.

What belongs here: a small file in ADM_SYNC_HOME that says since when, and which address was told.
What does not: all other problems, which the database itself remembers (`telling`). Each home tells
for itself; of several processes of one home one tells.
"""

import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from adm_sync.alerts.addresses import Address, addresses, pause_after, send_all
from adm_sync.alerts.words import letter_of, manner_of
from adm_sync.database.alerts import CALM, OLD_NEWS, Message
from adm_sync.database.states import News, ProblemKind
from adm_sync.files import put
from adm_sync.settings import Settings

log = logging.getLogger("adm_sync.alerts")

FILE, LOCK_FILE = "database_away.json", "database_away.lock"
REMEDY = (
    "See that PostgreSQL runs and that ADM_SYNC_DATABASE_URL leads there; adm-sync doctor says "
    "what is wrong."
)


@dataclass(slots=True)
class Telling:
    """How far one address was told: when it is tried next, how often it was, and whether it took
    the news.
    """

    due_at: str
    tries: int = 0
    is_told: bool = False


@dataclass(slots=True)
class Outage:
    """What is remembered; moments are in the form of ISO 8601, and `back_at` is empty until then.

    `opened` and `recovered` are by the names of addresses.
    """

    since: str
    sentence: str
    back_at: str = ""
    opened: dict[str, Telling] = field(default_factory=dict)
    recovered: dict[str, Telling] = field(default_factory=dict)


def tell_of_outage(settings: Settings, why: Exception, now: datetime) -> bool:
    """Tell every address that has not heard of it; whether all of them have by now.

    Args:
        settings: say whom to tell.
        why: what the database, or the way to it, has said.
        now: the time.
    """
    to = addresses(settings)

    def tell(outage: Outage | None) -> Outage:
        outage = outage or Outage(now.isoformat(), f"The database is away: {why}")
        outage.back_at = ""
        outage.recovered.clear()
        _tell(outage, News.OPENED, to, settings, now)
        return outage

    told = _remembering(settings.home, tell)
    return told is not None and all(one.name in _heard(told.opened) for one in to)


def end_outage(settings: Settings, now: datetime) -> None:
    """The database is there: once it has stayed for a while, tell those who heard of its absence.

    Args:
        settings: say whom to tell.
        now: the time.
    """
    if not (settings.home / FILE).exists():
        return

    def tell(outage: Outage | None) -> Outage | None:
        if outage is None:
            return None
        outage.back_at = outage.back_at or now.isoformat()
        calm_for = now - datetime.fromisoformat(outage.back_at)
        if calm_for < CALM:
            return outage
        heard = _heard(outage.opened)
        _tell(
            outage,
            News.RECOVERED,
            [one for one in addresses(settings) if one.name in heard],
            settings,
            now,
        )
        is_over = all(one.is_told for one in outage.recovered.values()) or calm_for > OLD_NEWS
        return None if is_over else outage

    _remembering(settings.home, tell)


def _heard(tellings: dict[str, Telling]) -> frozenset[str]:
    return frozenset(name for name, one in tellings.items() if one.is_told)


def _tell(
    outage: Outage, news: News, to: Sequence[Address], settings: Settings, now: datetime
) -> None:
    tellings = outage.opened if news == News.OPENED else outage.recovered
    for one in to:
        tellings.setdefault(one.name, Telling(now.isoformat()))
    due = [
        one
        for one in to
        if not tellings[one.name].is_told
        and datetime.fromisoformat(tellings[one.name].due_at) <= now
    ]
    since = datetime.fromisoformat(outage.since)
    back_at = datetime.fromisoformat(outage.back_at) if outage.back_at else None
    kind, sentence = ProblemKind.FAILED, outage.sentence
    message = Message(0, "", news, 0, kind, sentence, REMEDY, "", since, back_at)
    letter = letter_of([message], manner_of(settings))
    for one, why in zip(due, send_all([(one, letter) for one in due]), strict=True):
        telling = tellings[one.name]
        telling.tries += 1
        telling.is_told = why is None
        telling.due_at = (now + pause_after(telling.tries)).isoformat()
        if why is not None:
            log.warning("%s could not be told: %s.", one.name, why)


def _remembering(home: Path, change: Callable[[Outage | None], Outage | None]) -> Outage | None:
    """Change what is remembered, unless another process does just now; gives what is after it."""
    try:
        with _alone(home) as is_ours:
            if not is_ours:
                return None
            outage = change(_read(home / FILE))
            if outage is None:
                (home / FILE).unlink(missing_ok=True)
            else:
                put(home / FILE, json.dumps(asdict(outage)).encode(), private=True)
            return outage
    except OSError as error:
        log.warning("That the database is away cannot be remembered: %s.", error.strerror)
        return None


def _read(file: Path) -> Outage | None:
    try:
        told = json.loads(file.read_bytes())
        opened, recovered = (
            {address: Telling(**one) for address, one in told[name].items()}
            for name in ("opened", "recovered")
        )
        return Outage(told["since"], told["sentence"], told["back_at"], opened, recovered)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None  # not there, or spoiled by somebody


@contextmanager
def _alone(home: Path) -> Iterator[bool]:
    handle = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
