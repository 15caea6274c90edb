"""What is said of problems.

What belongs here: titles and texts of messages. What does not: what a problem is, and sending.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from adm_sync.alerts.addresses import Letter
from adm_sync.database.alerts import Message, Problem
from adm_sync.database.states import News
from adm_sync.pages import Pages

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
        there = moment.astimezone(ZoneInfo(self.time_zone))
        return f"{there:%d/%m/%Y %H:%M} ({self.time_zone})"

    def what_to_do(self, remedy: str, page: str) -> str:
        """Where to act: the desk's page, where there is one, and the command."""
        return "\n  ".join(filter(None, [self.link(page), remedy]))

    def link(self, page: str) -> str:
        """The address of a page of the desk; empty if there is none."""
        return self.pages.at(page) if self.pages else ""


def letter_of(messages: Sequence[Message], manner: Manner) -> Letter:
    """One letter for everything that an address is to hear now."""
    opened = [one for one in messages if one.news == News.OPENED]
    recovered = [one for one in messages if one.news == News.RECOVERED]
    paragraphs = [_opened(one, manner) for one in opened]
    paragraphs += [_recovered(one, manner) for one in recovered]
    return Letter(_title(opened, recovered), "\n\n".join(map(_plain, paragraphs)))


def _title(opened: Sequence[Message], recovered: Sequence[Message]) -> str:
    if len(opened) == 1:
        title = f"{KINDS[opened[0].kind]}: {opened[0].sentence}"
    elif opened:
        title = f"{len(opened)} problems"
    elif len(recovered) == 1:
        title = f"put right: {recovered[0].sentence}"
    else:
        title = f"{len(recovered)} problems are put right"
    return f"adm_sync: {_plain(title)}"


def _opened(one: Message, manner: Manner) -> str:
    return (
        f"{KINDS[one.kind].upper()} since {manner.when(one.since)}\n{one.sentence}\n"
        f"What to do: {manner.what_to_do(one.remedy, one.page)}"
    )


def _recovered(one: Message, manner: Manner) -> str:
    when = manner.when(one.recovered_at or one.since)
    return f"PUT RIGHT, as was seen {when}\n{one.sentence}"


def digest_of(found: Sequence[Problem], manner: Manner) -> Letter:
    """The letter of every day: what is open, even if it is nothing."""
    count = "1 problem is" if len(found) == 1 else f"{len(found)} problems are"
    title = f"adm_sync: {count} open" if found else "adm_sync: nothing is wrong"
    lines = [
        f"{KINDS[one.kind].upper()} since {manner.when(one.since)}\n{one.sentence}\n"
        f"What to do: {manner.what_to_do(one.remedy, one.page)}"
        for one in found
    ]
    return Letter(title, _plain("\n\n".join(lines) or "No problem is open."))


def trial_letter(manner: Manner, now: datetime) -> Letter:
    """The letter that says nothing but that it arrived."""
    text = f"Sent {manner.when(now)} by adm-sync alerts --test. There is nothing to do."
    return Letter("adm_sync: a test", text)


def _plain(text: str) -> str:
    """Names come from outside, and are not to steer whatever shows them."""
    return "".join(_signs(text))


def _signs(text: str) -> Iterator[str]:
    for sign in text:
        if sign == "\n" or sign.isprintable():
            # Chat programs call everybody for <!channel>, and show links that say otherwise.
            yield {"<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"}.get(sign, sign)
        else:
            yield " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}"
