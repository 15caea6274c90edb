"""What is said of problems.

What belongs here: titles and texts of messages. What does not: what a problem is, and sending.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from adm_sync.alerts.addresses import Letter
from adm_sync.alerts.items import Weight, heaviest, weight_of
from adm_sync.database.alerts import Message, Problem
from adm_sync.database.states import News
from adm_sync.moments import clock_time
from adm_sync.pages import Pages, pages_of
from adm_sync.settings import Settings

# So many paragraphs a letter has, or it would be cut where nobody chose to.
MOST = 40
KINDS = {
    "failed": "failed",
    "held": "held",
    "doubled": "doubled",
    "api_changed": "Administrate's API has changed",
    "access_refused": "Administrate refuses the credentials",
    "not_run": "did not run as it should",
    "partial": "partial",
    "pending": "pending",
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How times and links are written: the time zone, and the desk's pages if there is one."""

    time_zone: str
    pages: Pages | None = None

    def when(self, moment: datetime) -> str:
        """A time for people."""
        return clock_time(moment, self.time_zone)

    def what_to_do(self, remedy: str, page: str) -> str:
        """Where to act: the desk's page, where there is one, and the command."""
        return "\n  ".join(filter(None, [self.link(page), remedy]))

    def link(self, page: str) -> str:
        """The address of a page of the desk; empty if there is none."""
        return self.pages.at(page) if self.pages else ""


def manner_of(settings: Settings) -> Manner:
    """How the settings want times and links to be written."""
    return Manner(settings.adm_sync_time_zone, pages_of(settings))


def letter_of(messages: Sequence[Message], manner: Manner) -> Letter:
    """One letter for everything that an address is to hear now, the gravest first."""
    opened = [one for one in messages if one.news == News.OPENED]
    opened.sort(key=lambda one: -weight_of(one.kind))
    over = [one for one in messages if one.news == News.RECOVERED]
    text = _text([*(_open(one, manner) for one in opened), *(_over(one, manner) for one in over)])
    return Letter(_title(opened, over), text, _tone(opened))


def _title(opened: Sequence[Message], over: Sequence[Message]) -> str:
    if opened:
        more = f" (and {len(opened) - 1} more)" if len(opened) > 1 else ""
        title = f"{KINDS[opened[0].kind]}: {_in_short(opened[0].sentence)}{more}"
    elif len(over) == 1:
        title = f"no longer so: {_in_short(over[0].sentence)}"
    else:
        title = f"{len(over)} problems are over"
    return f"adm_sync: {plain(title)}"


def _in_short(sentence: str) -> str:
    """What a sentence says before it gives the reason."""
    return sentence.partition(": ")[0].rstrip(".")


def _tone(opened: Sequence[Message | Problem]) -> Literal["success", "warning", "failure"]:
    if not opened:
        return "success"
    grave = heaviest(weight_of(one.kind) for one in opened) == Weight.ALARMS
    return "failure" if grave else "warning"


def _open(one: Message | Problem, manner: Manner) -> str:
    return (
        f"{KINDS[one.kind].upper()} since {manner.when(one.since)}\n{one.sentence}\n"
        f"What to do: {manner.what_to_do(one.remedy, one.page)}"
    )


def _over(one: Message, manner: Manner) -> str:
    when = manner.when(one.recovered_at or one.since)
    return f"NO LONGER SO, as was seen {when}\n{one.sentence}"


def _text(paragraphs: Sequence[str]) -> str:
    rest = len(paragraphs) - MOST
    more = [f"{rest} more are not in this letter: adm-sync alerts lists all."] if rest > 0 else []
    return plain("\n\n".join([*paragraphs[:MOST], *more]))


def digest_of(found: Sequence[Problem], manner: Manner) -> Letter:
    """The letter of every day: what is open, even if it is nothing."""
    count = "1 problem is" if len(found) == 1 else f"{len(found)} problems are"
    title = f"adm_sync: {count} open" if found else "adm_sync: nothing is wrong"
    gravest_first = sorted(found, key=lambda one: -weight_of(one.kind))
    paragraphs = [_open(one, manner) for one in gravest_first] or ["No problem is open."]
    return Letter(title, _text(paragraphs), _tone(found))


def trial_letter(manner: Manner, now: datetime) -> Letter:
    """The letter that says nothing but that it arrived."""
    text = f"Sent {manner.when(now)} by adm-sync alerts --test. There is nothing to do."
    return Letter("adm_sync: a test", text)


def plain(text: str) -> str:
    """Names come from outside, and are not to steer whatever shows them."""
    return "".join(_signs(text))


def _signs(text: str) -> Iterator[str]:
    for sign in text:
        if sign == "\n" or sign.isprintable():
            # Chat programs call everybody for <!channel>, and show links that say otherwise.
            yield {"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"}.get(sign, sign)
        else:
            yield " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}"
