"""Is one of these events of Administrate the one that a creation makes, or may have made?

The mark decides. Without one: course template and start, which no server rewrites, and a title
that is the same but for what servers do to titles. Once a creation has been sent, what was made
since then with its start or its title may be it, whatever somebody has made of it since: a person
decides.

What belongs here: judging and saying why. What does not: finding the events (`finding`), and what
follows (`creation`).
"""

import html
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from adm_sync.database.remote_ids import Candidate
from adm_sync.database.states import LifecycleState
from adm_sync.names.keys import normalise
from adm_sync.push.remote import RemoteEvent
from adm_sync.push.wording import REOPEN

# Titles that agree so far may be one title that was cut.
COMMON_BEGINNING = 30
# A server may go on with an event for a moment after it was made; later, it is people who do.
MAKING_TAKES = timedelta(minutes=1)
_QUOTES = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u2036\u00ab\u00bb\uff02", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'")
)
_ENDS_IN_WORD = re.compile(r"\w\Z")
_BEGINS_WITH_WORD = re.compile(r"\A\w")

Likeness = Literal["absent", "ours", "unsure", "doubled"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The event that a creation makes.

    `mark` is None where it carries none; `sent` is the earliest time by Administrate's clock at
    which it can have been made, None if it was never sent. `asked_about` are the ids of those
    that a person was asked about before it was tried again.
    """

    template: str
    title: str
    starts: datetime
    mark: str | None = None
    sent: datetime | None = None
    asked_about: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the look: `events` are those that the verdict is about.

    `absent`: none of them. `ours`: one, surely. `unsure`: a person decides. `doubled`: there is
    more than one, and that is one too many. `sentence` says of the last two what was found.
    """

    verdict: Likeness
    events: tuple[RemoteEvent, ...] = ()
    sentence: str = ""


def judge(wanted: Wanted, found: Sequence[RemoteEvent], of_others: Collection[str] = ()) -> Judged:
    """Judge the events that a look-up found.

    Args:
        wanted: the event that is looked for.
        found: all that may be it; others do no harm.
        of_others: ids of those that are known to belong to other events here.
    """
    alike = [one for one in found if is_alike(wanted, one, of_others)]
    living = [one for one in alike if one.state != LifecycleState.CANCELLED]
    sure = [one for one in living if is_surely(wanted, one)]
    if sure:
        # Beside one that is surely ours, another group of a long name is another group.
        living = [one for one in living if one in sure or is_called(wanted, one)]
    if not alike:
        return Judged("absent")
    likely = [one for one in living if one in sure or is_near(wanted, one)]
    if len(likely) > 1:
        return Judged("doubled", tuple(likely), many(wanted, likely))
    if sure and len(living) == len(sure):
        return Judged("ours", tuple(sure))
    asked = [one for one in alike if one.state != LifecycleState.CANCELLED] or alike
    return Judged("unsure", tuple(asked), _not_sure(wanted, asked))


def twins(
    wanted: Wanted, own_id: str, found: Sequence[RemoteEvent], of_others: Collection[str] = ()
) -> list[RemoteEvent]:
    """The events, cancelled ones left out, that are this one once more; `own_id` is linked here."""
    return [
        one
        for one in found
        if one.external_id != own_id
        and one.state != LifecycleState.CANCELLED
        and is_alike(wanted, one, of_others)
        and (is_surely(wanted, one) or (is_there_and_then(wanted, one) and is_called(wanted, one)))
    ]


def suspects(
    wanted: Wanted,
    own_id: str,
    found: Sequence[RemoteEvent],
    of_others: Collection[str],
    settled: datetime,
) -> list[RemoteEvent]:
    """The events, cancelled ones left out, that may be this one once more, under any title
    or moved.

    Until `settled`, by Administrate's clock, it was known or decided which event this one is: what
    somebody had worked on by then is another.
    """
    return [
        one
        for one in found
        if one.external_id not in {own_id, *of_others}
        and one.state != LifecycleState.CANCELLED
        and is_ours_in_part(wanted, one)
        and is_made_since(wanted, one)
        and not ((changed := changed_at(one)) and changed <= settled)
    ]


def unsure_ones(wanted: Wanted, found: Sequence[RemoteEvent]) -> dict[str, Candidate]:
    """Those that may belong to another event: by id, what tells whose they are."""
    return {
        one.external_id: Candidate({normalise(one.title), loose(one.title)}, one.starts, one.marks)
        for one in found
        if is_ours_in_part(wanted, one) and not is_surely(wanted, one)
    }


def is_alike(wanted: Wanted, one: RemoteEvent, of_others: Collection[str] = ()) -> bool:
    """Whether it may be the event; one that belongs to another event here only if it surely is."""
    if is_surely(wanted, one):
        return True
    may_be = is_near(wanted, one) or may_have_become(wanted, one)
    return may_be and one.external_id not in of_others


def is_surely(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether it is the event, by its mark or by what is the same."""
    return is_marked(wanted, one) or is_same(wanted, one)


def is_marked(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether it carries the mark of this very creation."""
    return wanted.mark is not None and wanted.mark in one.marks


def is_same(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether template, start and, loosely, title agree."""
    return is_there_and_then(wanted, one) and loose(one.title) == loose(wanted.title)


def is_near(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether template and start agree, and the title may have been cut or added to."""
    return is_there_and_then(wanted, one) and near(one.title, wanted.title)


def is_made_since(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether it was not there before the creation was sent."""
    return wanted.sent is not None and one.created is not None and one.created >= wanted.sent


def may_have_become(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether it may be what was sent, under another title, or moved since."""
    if not is_made_since(wanted, one):
        return False
    if is_there_and_then(wanted, one):
        return changed_at(one) is None or not is_decided(wanted, one)
    return is_ours_in_part(wanted, one)


def is_ours_in_part(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether its course template agrees, and its start or its title."""
    agrees = one.template == wanted.template and is_called(wanted, one)
    return agrees or is_there_and_then(wanted, one)


def is_called(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether its title may be this one, with all of the shorter of the two in the other."""
    return near(wanted.title, one.title, strictly=True)


def is_decided(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether a person was asked about it, and has had the creation tried again."""
    return one.external_id in wanted.asked_about


def changed_at(one: RemoteEvent) -> datetime | None:
    """When somebody, or a job of the server's, last worked on it; None if nobody has."""
    made, changed = one.created, one.updated
    return changed if made and changed and changed > made + MAKING_TAKES else None


def is_there_and_then(wanted: Wanted, one: RemoteEvent) -> bool:
    """Whether course template and start agree."""
    return one.template == wanted.template and wanted.starts.astimezone(UTC) in one.starts


def loose(title: str) -> str:
    """A title as it compares with what a server may have made of it.

    Idempotent: entities decoded, quotes straightened, then folded as all names are.
    """
    title = unicodedata.normalize("NFKC", title)
    while (decoded := unicodedata.normalize("NFKC", html.unescape(title))) != title:
        title = decoded
    return normalise(title.translate(_QUOTES)).translate(_QUOTES)


def near(one: str, other: str, *, strictly: bool = False) -> bool:
    """Whether one title may be the other, cut or with something added.

    Strictly, all of the one has to stand in the other; otherwise a long common beginning will do.
    """
    shorter, longer = sorted((loose(one), loose(other)), key=len)
    if not shorter:
        return False
    if len(shorter) >= COMMON_BEGINNING:
        # A space at the cut is trimmed with the rest.
        beginning = shorter if strictly else shorter[:COMMON_BEGINNING]
        if longer.startswith(beginning):
            return True
    return _is_part(shorter, longer)


def _is_part(part: str, whole: str) -> bool:
    """Whether it stands in there as whole words: not `27A-1` in `27A-10`."""
    at = whole.find(part)
    while at >= 0:
        before, after = whole[:at], whole[at + len(part) :]
        inside = _ENDS_IN_WORD.search(before) and _BEGINS_WITH_WORD.search(part)
        inside = inside or (_ENDS_IN_WORD.search(part) and _BEGINS_WITH_WORD.search(after))
        if not inside:
            return True
        at = whole.find(part, at + 1)
    return False


# ---------------------------------------------------------------------- what is said of them


def many(wanted: Wanted, events: Sequence[RemoteEvent], beside: str | None = None) -> str:
    """How often Administrate has an event, and each of them; `beside` is the id of another."""
    listed = _all(wanted, events)
    if beside:
        return (
            f"Beside {beside}, which is linked here, Administrate had it once more when it was "
            f"looked at: {listed}."
        )
    return f"Administrate had this event {len(events)} times when it was looked at: {listed}."


def too_many(wanted: Wanted, events: Sequence[RemoteEvent], beside: str | None = None) -> str:
    """The same, and what a person does about it."""
    return (
        f"{many(wanted, events, beside)} Delete what is too many there (adm-sync reconcile "
        f"--remove-doubles proposes what), {REOPEN}"
    )


def left(wanted: Wanted, one: RemoteEvent, linked: str, *, is_cancelled: bool) -> str:
    """That one is there while the linked one is gone or cancelled, and what a person does then."""
    gone = "is cancelled in Administrate" if is_cancelled else "is not in Administrate any more"
    return (
        f"The event that is linked here, {linked}, {gone}. Another one that is the same was there "
        f"when it was looked at: {_described(wanted, one)}. adm-sync reconcile --relink proposes "
        f"to link it instead. If it is another event, give it a title of its own, {REOPEN}"
    )


def perhaps(wanted: Wanted, events: Sequence[RemoteEvent], beside: str) -> str:
    """What may be an event once more, `beside` the one that is linked here."""
    what = "an event" if len(events) == 1 else f"{len(events)} events"
    listed = _all(wanted, events)
    return (
        f"Beside {beside}, which is linked here, Administrate has {what} of the same course "
        f"template and start, made since this one was first sent, which may be it once more: "
        f"{listed}."
    )


def _not_sure(wanted: Wanted, events: Sequence[RemoteEvent]) -> str:
    listed = _all(wanted, events)
    if all(one.state == LifecycleState.CANCELLED for one in events):
        return f"Administrate has this event already, cancelled: {listed}."
    what = "an event" if len(events) == 1 else "several events"
    return (
        f"Administrate has {what} that may be this one: {listed}; here it is «{wanted.title}», "
        f"starting {_moment(wanted.starts.astimezone(UTC))}."
    )


def question(judged: Judged) -> str:
    """What a person is asked where it is not sure which event it is."""
    if all(one.state == LifecycleState.CANCELLED for one in judged.events):
        advice = (
            "It was not adopted, and no second one was made. Make it a draft again there, rename "
            "it or delete it;"
        )
    else:
        advice = (
            "It was not adopted, and none is made beside it. If it is the same event, give it this "
            "title and start there; if not, another title of its own;"
        )
    return f"{judged.sentence} {advice} {REOPEN}"


def _all(wanted: Wanted, events: Sequence[RemoteEvent]) -> str:
    return "; ".join(_described(wanted, one) for one in events)


def _described(wanted: Wanted, one: RemoteEvent) -> str:
    # A blended event starts twice: online, and in its classroom.
    starts = one.starts & {wanted.starts.astimezone(UTC)} or one.starts
    when = " or ".join(_moment(start) for start in sorted(starts)) or "at no known time"
    state = one.state or "in an unknown state"
    return f"«{one.title}» ({one.external_id}), {state}, starting {when}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%d/%m/%Y %H:%M UTC")
