"""Cells that take one of a few words: yes or no, learning mode, sitting, time zone, no venue yet.

What belongs here: reading one. What does not: what follows from it.
"""

import re
import sys
from functools import lru_cache
from zoneinfo import available_timezones

from adm_sync.names.keys import normalise
from adm_sync.names.nearest import Nearest
from adm_sync.workbook.events import Mode, Sitting
from adm_sync.workbook.findings import shown
from adm_sync.workbook.rules.cells import Unreadable
from adm_sync.workbook.rules.windows_zones import windows_zone
from adm_sync.workbook.sheet import Raw

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
# Distinct unknown zones are few; each costs a tenth of a millisecond.
_UNLIMITED = sys.maxsize
_LMS_PARTS = {"oc", "waitlist"}


def read_flag(raw: Raw) -> bool | Unreadable:
    """Yes or no."""
    flag = _FLAGS.get(normalise(shown(raw)))
    if flag is None:
        return Unreadable("not_yes_or_no", f"must be Y or N; '{shown(raw)}' is neither.")
    return flag


def read_mode(raw: Raw) -> Mode | Unreadable:
    """A learning mode, in the words of the template or Administrate's."""
    mode = _MODES.get(re.sub("[ -]", "", normalise(shown(raw))))
    if mode is None:
        words = "Blended, Self Paced (LMS) or Classroom"
        return Unreadable("mode_unknown", f"must be {words}; '{shown(raw)}' is none of them.")
    return mode


def read_sitting(raw: Raw) -> Sitting | Unreadable:
    """A sitting such as 2026A, 26A or 2026 a."""
    found = _SITTING.fullmatch(normalise(shown(raw)))
    if not found:
        return Unreadable(
            "sitting_unknown",
            f"must be a year and A (April) or S (September); '{shown(raw)}' is not.",
            _sitting_meant(normalise(shown(raw))),
        )
    year, season = 2000 + int(found.group(1)), found.group(2)
    letter, month = _SEASONS[season]
    return Sitting(f"{year}{letter}", f"{year}-{month}")


def _sitting_meant(text: str) -> str | None:
    year = re.search(r"(?<![0-9])20[0-9]{2}(?![0-9])", text)
    return f"{year.group()}A or {year.group()}S" if year else None


def read_zone(raw: Raw) -> str | Unreadable:
    """The IANA name of a zone written `Europe - London` or `Europe/London`."""
    return _zone(shown(raw))


@lru_cache(maxsize=1024)
def _zone(text: str) -> str | Unreadable:
    key = _zone_key(text)
    name = _zones().get(key)
    if name:
        return name
    return Unreadable(
        "zone_unknown",
        f"must be a time zone such as 'Europe - London'; '{text}' is not one.",
        _zone_meant(key),
    )


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
    if windows := windows_zone(key):
        return windows.replace("/", " - ").replace("_", " ")
    by_city, names, nearest = _zone_names()
    near: list[str] = [names[position] for position, _ in nearest.to(key)]
    meant = (*by_city.get(key, ()), *near)
    return meant[0].replace("/", " - ").replace("_", " ") if meant else None


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
