"""How events are made in Administrate."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from adm_sync.settings.group import SettingsGroup

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def times(value: str) -> tuple[float, ...]:
    """Times such as `30s, 2m, 10m`, in seconds; a number alone is seconds.

    Raises:
        ValueError: they are something else, or not one after the other.
    """
    found = [re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", one.strip()) for one in value.split(",")]
    seconds = tuple(float(one[1]) * _SECONDS[one[2]] for one in found if one)
    if len(seconds) < len(found) or list(seconds) != sorted(set(seconds)):
        raise ValueError("must be times one after the other, such as 30s, 2m, 10m")
    return seconds


def _times(value: str) -> str:
    times(value)
    return value


def _together(value: object) -> object:
    """Before it was a number this setting was yes or no, and of the changes to one event only."""
    word = str(value).strip().lower()
    if word in {"yes", "true", "on"}:
        return 5
    return 0 if word in {"no", "false", "off"} else value


class PushSettings(SettingsGroup):
    """How events are made."""

    administrate_tax_type_id: str | None = Field(
        None,
        description="The id of the tax type that new events get. Unset: what Administrate gives "
        "them itself.",
    )
    adm_sync_concurrent_pushes: int = Field(
        32,
        ge=1,
        le=32,
        description="Requests at the same time, at most, when events are pushed, undone or "
        "reconciled; there are as many as the rate needs.",
    )
    adm_sync_push_together: Annotated[int, BeforeValidator(_together)] = Field(
        5,
        ge=0,
        le=50,
        description="How many events travel in one request, as far as Administrate takes that: 1 "
        "for one by one, 0 for each change by itself.",
    )
    adm_sync_push_attempts: int = Field(
        8, ge=1, description="How often a step is sent before it waits for a person."
    )
    adm_sync_push_mark: bool = Field(
        True,
        description="Whether a created event carries a mark, by which it is known again: in the "
        "custom field adm_sync of events, else in its internal notes.",
    )
    adm_sync_push_look_ups: Annotated[str, AfterValidator(_times)] = Field(
        "30s, 2m, 10m",
        description="When a create that was not answered is looked up, counted from its sending; "
        "only after the last is it sent again.",
    )
    adm_sync_push_retry_seconds: float = Field(
        60.0, gt=0, description="How long until a step is tried again; doubled each time."
    )
    adm_sync_push_lease_seconds: float = Field(
        300.0,
        gt=0,
        description="How long a process may keep a step to itself without a sign of life.",
    )
