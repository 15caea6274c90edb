"""What a cell of each form means: words, numbers, addresses, texts.

What belongs here: reading one cell. What does not: dates and times (`moments`), people and names
(`lookup`), and what follows from a value.
"""

import re
import sys
import unicodedata
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import lru_cache
from urllib.parse import unquote, urlsplit
from zoneinfo import available_timezones

from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Mode, Sitting
from adm_sync.workbook.findings import Code, Finding, error, shown, warning
from adm_sync.workbook.rules.cells import Cells, clean
from adm_sync.workbook.rules.windows_zones import windows_zone
from adm_sync.workbook.sheet import Raw

NOT_YES_OR_NO = error(
    "not_yes_or_no",
    "must be Y or N; '{value}' is neither.",
    "maybe",
    "Put Y or N.",
    note="Yes, no, TRUE, FALSE, 1 and 0 are understood as well.",
)
MODE_UNKNOWN = error(
    "mode_unknown",
    "must be Blended, Self Paced (LMS) or Classroom; '{value}' is none of them.",
    "Webinar",
    "Choose one of the three.",
)
SITTING_UNKNOWN = error(
    "sitting_unknown",
    "must be a year and A (April) or S (September); '{value}' is not.",
    "2026X",
    "Correct it: 2026A, 26A and 2026 a are understood.",
)
ZONE_UNKNOWN = error(
    "zone_unknown",
    "must be a time zone such as 'Europe - London'; '{value}' is not one.",
    "London",
    "Write it as Europe - London.",
    note="Abbreviations such as GMT are not accepted: they do not say when the clocks change.",
)
NOT_A_WHOLE_NUMBER = error(
    "not_a_whole_number",
    "must be a whole number; '{value}' is not.",
    "14.5",
    "Put a whole number.",
)
_OUT_OF_RANGE = "must be from {least} to {most:,}; it is {value}."
PLACES_OUT_OF_RANGE = error("places_out_of_range", _OUT_OF_RANGE, "-1", "Correct it.")
DAY_OUT_OF_RANGE = error("day_out_of_range", _OUT_OF_RANGE, "0", "Correct it.")
URL_UNREADABLE = error(
    "url_unreadable",
    "must be one http or https address; {why}.",
    "www.example.org/room",
    "Write it in full, without white space: https://www.example.org/room",
    note="If there is a hyperlink behind another text, the message names its address.",
)
LINK_DIFFERS = warning(
    "link_differs",
    "shows {url}, but the link behind it leads to {address}; what it shows is taken.",
    "https://a.example, typed over a link to https://b.example",
    "Remove the link, or put the right address.",
)
TOO_LONG = error(
    "too_long",
    "must have at most {limit} characters; it has {length}.",
    "a session title of 300 characters",
    "Shorten it: docs/workbook.md says how long each column may be, and no cell is longer than "
    "10,000 characters.",
)

MOST_PLACES = 100_000
MOST_DAYS = 1_000
LARGEST_EXACT = 10**15

_FLAGS = {"y": True, "yes": True, "true": True, "1": True} | {
    "n": False,
    "no": False,
    "false": False,
    "0": False,
}
_MODES = {
    "blended": Mode.BLENDED,
    "classroom": Mode.CLASSROOM,
    "selfpaced(lms)": Mode.LMS,
    "selfpaced": Mode.LMS,
    "lms": Mode.LMS,
}
_SITTING = re.compile(r"(?:20)?([0-9]{2}) ?([as])")
_SEASONS = {"a": ("A", "04"), "s": ("S", "09")}
_UNNAMED = {"tbc", "tbd", "to be confirmed"}
_LMS_PARTS = {"oc", "waitlist"}
# As Windows shows a zone in its list: (UTC+00:00) Dublin, Edinburgh, Lisbon, London.
_LISTED_CITIES = re.compile(r"\((?:utc|gmt)[^)]*\)\s*(.+)")
# Countries of one zone that are written for it.
_OF_COUNTRIES = dict.fromkeys(("gb", "gb-eire", "uk", "great britain"), "Europe/London") | (
    dict.fromkeys(("eire", "ireland"), "Europe/Dublin")
)
# Distinct unknown zones are few; each costs a tenth of a millisecond.
_UNLIMITED = sys.maxsize
_DIGITS = re.compile(r"[+-]?[0-9]{1,15}(?:\.0*)?")
_SHOWN = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?(?:E[+-][0-9]+)?")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[^\s<>\"'\\^`{|}]+")

# ------------------------------------------------------------------ one of a few words


def read_flag(raw: Raw) -> bool | Finding:
    """Yes or no."""
    flag = _FLAGS.get(normalise(shown(raw)))
    return NOT_YES_OR_NO(value=shown(raw)) if flag is None else flag


def read_mode(raw: Raw) -> Mode | Finding:
    """A learning mode, in the words of the template or Administrate's."""
    mode = _MODES.get(re.sub("[ -]", "", normalise(shown(raw))))
    return MODE_UNKNOWN(value=shown(raw)) if mode is None else mode


def read_sitting(raw: Raw) -> Sitting | Finding:
    """A sitting such as 2026A, 26A or 2026 a."""
    text = normalise(shown(raw))
    found = _SITTING.fullmatch(text)
    if not found:
        return SITTING_UNKNOWN(_sitting_meant(text), value=shown(raw))
    year, season = 2000 + int(found.group(1)), found.group(2)
    letter, month = _SEASONS[season]
    return Sitting(f"{year}{letter}", f"{year}-{month}")


def _sitting_meant(text: str) -> str | None:
    year = re.search(r"(?<![0-9])20[0-9]{2}(?![0-9])", text)
    return f"{year.group()}A or {year.group()}S" if year else None


def read_zone(raw: Raw) -> str | Finding:
    """The IANA name of a zone written `Europe - London` or `Europe/London`."""
    return _zone(shown(raw))


@lru_cache(maxsize=1024)
def _zone(text: str) -> str | Finding:
    key = _zone_key(text)
    return _zones().get(key) or ZONE_UNKNOWN(_zone_meant(key), value=text)


def _zone_key(text: str) -> str:
    parts = re.split(r" - |/", normalise(text).replace("_", " "))
    return "/".join(part.strip() for part in parts)


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Those of an area and a city; an abbreviation such as GMT says nothing about summer."""
    return {
        _zone_key(name): name
        for name in sorted(available_timezones())
        if "/" in name and not name.startswith("Etc/")
    }


def _zone_meant(key: str) -> str | None:
    """The zone that Windows calls so, that of a city that is named alone, or the nearest name."""
    if zone := windows_zone(key) or _OF_COUNTRIES.get(key):
        return _as_written(zone)
    by_city, names, nearest = _zone_names()
    if listed := _LISTED_CITIES.fullmatch(key):
        cities = [found for city in listed[1].split(", ") for found in by_city.get(city, ())]
        return " or ".join(map(_as_written, cities)) or None
    near: list[str] = [names[position] for position, _ in nearest.to(key)]
    meant = (*by_city.get(key, ()), *near)
    return _as_written(meant[0]) if meant else None


def _as_written(zone: str) -> str:
    """The IANA name of a zone as a workbook has it."""
    return zone.replace("/", " - ").replace("_", " ")


@lru_cache(maxsize=1)
def _zone_names() -> tuple[dict[str, list[str]], list[str], Nearest]:
    by_city: dict[str, list[str]] = {}
    for key, name in _zones().items():
        by_city.setdefault(key.rpartition("/")[2], []).append(name)
    return by_city, list(_zones().values()), Nearest(list(_zones()), _UNLIMITED)


def is_to_be_confirmed(text: str) -> bool:
    """Whether a name is still to come (`TBC`, `TBD`, `To be confirmed`)."""
    return normalise(text).replace(".", "") in _UNNAMED


def names_lms_only(code: str) -> bool:
    """Whether a course template code is one of an event without sessions (`OC_CB1`)."""
    return not _LMS_PARTS.isdisjoint(re.split("[_-]", normalise(code).replace(" ", "")))


def seems_lms_only(code: str) -> bool:
    """Whether such a word is in the code, but not as a part of its own (`SOC1_LO`)."""
    folded = normalise(code)
    return any(part in folded for part in _LMS_PARTS) and not names_lms_only(code)


# ------------------------------------------------------------------ whole numbers


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number, and whether it was stored as text."""

    value: int
    is_text: bool = False


def read_count(raw: Raw) -> Count | Finding:
    """A whole number from a number or from text digits."""
    match raw:
        case bool():
            pass
        case int():
            return Count(raw)
        case float() if raw.is_integer():
            return Count(int(raw))
        case str() if _DIGITS.fullmatch(folded := normalise(raw)) and not _has_signs(raw):
            return Count(int(folded.partition(".")[0]), is_text=True)
        case date() | time() | timedelta():
            noun = "date" if isinstance(raw, date) else "time"
            message = f"must be a whole number; Excel has made a {noun} of it ({shown(raw)})."
            return NOT_A_WHOLE_NUMBER.saying(
                message, "Format the cell as a number, and type it again."
            )
    return NOT_A_WHOLE_NUMBER(value=shown(raw))


def _has_signs(text: str) -> bool:
    """Whether a figure is no digit of the number that it stands in, such as the 2 of 1²."""
    return any(letter.isnumeric() and not letter.isdecimal() for letter in text)


def read_places(raw: Raw) -> Count | Finding:
    """A number of places: whole, 0 to 100,000."""
    return _within(raw, 0, MOST_PLACES, PLACES_OUT_OF_RANGE)


def read_day(raw: Raw) -> Count | Finding:
    """The Day of a session: whole, 1 to 1,000."""
    return _within(raw, 1, MOST_DAYS, DAY_OUT_OF_RANGE)


def _within(raw: Raw, least: int, most: int, code: Code) -> Count | Finding:
    count = read_count(raw)
    if isinstance(count, Finding) or least <= count.value <= most:
        return count
    # As people write it; one of more digits than the cell has, as the cell has it.
    told = f"{count.value:,}" if abs(count.value) < LARGEST_EXACT else shown(raw)
    return code(least=least, most=most, value=told)


def is_shown(display: str, value: int) -> bool:
    """Whether a cell shows that number, perhaps among words."""
    return abs(value) in {Decimal(one.replace(",", "")) for one in _SHOWN.findall(display)}


# ------------------------------------------------------------------ texts and addresses


def text_within(cells: Cells, column: Column) -> str:
    """The text of a cell; one that is too long for its column is an error there."""
    text = cells.text(column)
    limit = column.entry.length
    if limit is not None and len(text) > limit:
        cells.tell(column, TOO_LONG(limit=limit, length=len(text)))
    return text


def url_within(cells: Cells, column: Column) -> str:
    """The address in a cell, '' if it is blank; one that is too long is an error there."""
    text_within(cells, column)
    address = cells.link(column)
    if address is None:
        return cells.read(column, read_url) or ""
    if not cells.is_usable(column):
        return ""
    url = cells.take(column, read_link(cells.text(column), address)) or ""
    if url and not leads_to(url, address):
        cells.tell(column, LINK_DIFFERS(address, url=url, address=address))
    return url


def read_url(raw: Raw) -> str | Finding:
    """One http or https address, trimmed."""
    if not isinstance(raw, str):
        return URL_UNREADABLE(why=f"'{shown(raw)}' is not one")
    text = clean(raw)
    if len(_SCHEME.findall(text)) > 1 and re.search(r"[\s,;|]", text):
        return URL_UNREADABLE("Keep one of them.", why="it holds more than one")
    if not _SCHEME.match(text):
        return _without_scheme(text)
    if re.search(r"\s", text):
        return URL_UNREADABLE(_escaped(text), why="it holds white space")
    if unseen := [sign for sign in text if unicodedata.category(sign) == "Cf"]:
        meant = _readable(text.translate(dict.fromkeys(map(ord, unseen))))
        return URL_UNREADABLE(meant, why="it holds characters that cannot be seen")
    try:
        host = urlsplit(text).hostname
    except ValueError:
        host = None
    if not host or not _HOST.fullmatch(host):
        return URL_UNREADABLE(why=f"'{shown(text)}' names no site")
    return text


def read_link(text: str, address: str) -> str | Finding:
    """The address in a cell behind which there is a hyperlink: what is shown counts, if it is one.

    Args:
        text: what the cell shows.
        address: what the link leads to.
    """
    read = read_url(text)
    if not isinstance(read, Finding):
        return read
    target = read_url(address)
    return URL_UNREADABLE(
        None if isinstance(target, Finding) else target,
        why=f"it shows '{shown(text)}', and the address behind it is {shown(address)}",
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


def _without_scheme(text: str) -> Finding:
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])", text)
    if scheme:
        return URL_UNREADABLE(why=f"'{scheme.group()}' is not allowed")
    may_be = "." in text and " " not in text
    suggestion = _readable(f"https://{text.lstrip('/')}") if may_be else None
    return URL_UNREADABLE(suggestion, why="it does not begin with https://")


def _escaped(text: str) -> str | None:
    """An address with white space as it may be meant: %20, but around its site nothing."""
    scheme, site, rest = re.split(r"(?<=//)([^/?#]*)", text, maxsplit=1)
    site, rest = site.strip(), re.sub(r"\s", "%20", rest)
    return None if re.search(r"\s", site) else _readable(f"{scheme}{site}{rest}")


def _readable(address: str) -> str | None:
    """An address that can be suggested, since it would be taken."""
    return None if isinstance(read_url(address), Finding) else address
