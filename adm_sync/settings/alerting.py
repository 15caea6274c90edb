"""Who is told, of what, and when."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from adm_sync.settings.forms import Cron
from adm_sync.settings.group import SettingsGroup


def alert_urls(text: str) -> list[str]:
    """The addresses in a list of Apprise's, which commas or white space part.

    Raises:
        ValueError: one of them is none; says nothing of it, as it may hold a password.
    """
    parts = re.split(r"[\s,]+(?=[a-z][a-z0-9]*://)", text.strip(), flags=re.IGNORECASE)
    urls = [one.strip(", \t\r\n") for one in parts if one]
    if not urls or not all(re.fullmatch(r"(?i)[a-z][a-z0-9]*://\S+", one) for one in urls):
        raise ValueError(
            "must be addresses as Apprise has them, such as mailtos://user:password@example.com, "
            "with commas or white space between them"
        )
    return urls


def _alerts(value: SecretStr) -> SecretStr:
    alert_urls(value.get_secret_value())
    return value


def domains(text: str) -> frozenset[str]:
    """The domains in a list such as `example.com, example.org`.

    Raises:
        ValueError: one of them is none.
    """
    found = [one.lstrip("@").rstrip(".").lower() for one in re.split(r"[\s,]+", text.strip())]
    if not all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", one) for one in found):
        raise ValueError("must be domains such as example.com, example.org")
    return frozenset(found)


def _domains(value: str) -> str:
    domains(value)
    return value


class AlertSettings(SettingsGroup):
    """Who is told, of what, and when."""

    adm_sync_answer_domains: Annotated[str, AfterValidator(_domains)] | None = Field(
        None,
        description="The domains of planners whose workbooks are answered by mail, such as "
        "example.com: the contact that the workbook names, and whoever uploads it at the desk if "
        "the proxy knows them by their address. Unset: nobody is.",
    )
    adm_sync_alerts: Annotated[SecretStr, AfterValidator(_alerts)] | None = Field(
        None,
        description="Who is told of problems: addresses as Apprise has them (mail, chat, web "
        "hooks), with commas between them. Unset: nobody. Secret.",
    )
    adm_sync_alert_level: Literal["warning", "error"] = Field(
        "warning",
        description="What they are told of: error (what a person has to see to), or warning (also "
        "what is partial, or pending for long).",
    )
    adm_sync_digest_cron: Cron | None = Field(
        None,
        description="When they are sent a list of what is open, such as 0 8 * * *. Unset: never.",
    )
