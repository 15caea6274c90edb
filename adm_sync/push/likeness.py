"""When a value that Administrate has is the one that it was sent.

What belongs here: what a server may make of titles, moments and custom fields. What does not:
whether two events are the same (`candidates`).
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from adm_sync.push.candidates import loose
from adm_sync.push.remote import instant

# A title that the server has cut is one of this length or more.
SHORTEST_CUT = 30
# A time that the server has added to one.
_TIME_STAMP = re.compile(r"\W*\d{4}-\d\d-\d\d[t ]\d\d:\d\d(:[\d.]+)?\W*z?\W*")


def is_title(title: object, sent: Iterable[object]) -> bool:
    """Whether a title is one that was sent, or what a server makes of that."""
    now = loose(str(title or ""))
    for one in filter(None, sent):
        given = loose(str(one))
        was_cut = len(now) >= SHORTEST_CUT and given.startswith(now)
        was_stamped = now.startswith(given) and _TIME_STAMP.fullmatch(now, len(given))
        if now == given or was_cut or was_stamped:
            return True
    return False


def start_sent(given: Mapping[str, Any]) -> datetime | None:
    """When the event of a creation starts, by the input of that."""
    local = given.get("classroomStartDateTime") or given.get("lmsStartDateTime")
    return instant(local, given.get("timeZoneName"))


def field_value(value: object) -> str | bool:
    """The value of a custom field; Administrate keeps every one as text."""
    text = unicodedata.normalize("NFC", html.unescape(str(value if value is not None else "")))
    text = " ".join(text.split())
    return text.lower() == "true" if text.lower() in {"true", "false"} else text
