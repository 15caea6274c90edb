"""The pages of the desk where a person can see and act, and which of them a command's remedy has.

What belongs here: their addresses, and naming one in a sentence that names a command. What does
not: what the pages show, and whether anybody runs a desk (`settings`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote

from adm_sync.errors import SettingsError
from adm_sync.settings import Settings


@dataclass(frozen=True, slots=True)
class Pages:
    """The addresses of the desk's pages; `desk` is that of the first of them."""

    desk: str

    def imports(self) -> str:
        """All imports."""
        return self._at("imports")

    def one_import(self, partition: str) -> str:
        """One import: its findings, its steps, what can be done about them."""
        return self._at("imports", partition)

    def upload(self) -> str:
        """Where a workbook is handed in."""
        return self._at("upload")

    def template(self) -> str:
        """The fresh template."""
        return self._at("template")

    def unmatched(self, entity: str = "") -> str:
        """What does not match of a reference entity (or of all), and deciding about it."""
        return self._at("unmatched", entity)

    def held(self, entity: str = "") -> str:
        """The plan of a reference entity that is held, or all such plans."""
        return self._at("held", entity)

    def reconcile(self, sitting: str = "") -> str:
        """What differs of a sitting, or how all of them compare."""
        return self._at("reconcile", sitting)

    def history(self, kind: str, record: str) -> str:
        """Every change of a record or an event."""
        return self._at("history", kind, record)

    def decisions(self) -> str:
        """The decisions in force."""
        return self._at("decisions")

    def at(self, within: str) -> str:
        """The address here of a page of `WITHIN`; empty if that is."""
        return f"{self.desk.rstrip('/')}{within}" if within else ""

    def _at(self, *parts: str) -> str:
        named = (quote(part, safe=":") for part in parts if part)
        return "/".join((self.desk.rstrip("/"), *named))


# Addresses within the desk, wherever that is.
WITHIN = Pages("")


def pages_of(settings: Settings) -> Pages | None:
    """The pages, if it is known where the desk is."""
    try:
        url = settings.adm_sync_desk_url
    except SettingsError:
        return None  # whoever runs the desk is told what is wrong with it
    return Pages(url) if url else None


# ---------------------------------------------------------------------- in a sentence

Address = Callable[[Pages, str], str]


# Command: the page on which a person does the same. What follows the command may be an entity.
_PAGES: Mapping[str, Address] = MappingProxyType(
    {
        "unmatched": Pages.unmatched,
        "link": Pages.unmatched,
        "never": Pages.unmatched,
        "ignore": Pages.unmatched,
        "release": Pages.held,
        "sync": Pages.unmatched,
        "reconcile": lambda pages, _: pages.reconcile(),
        "push": lambda pages, _: pages.imports(),
        "imports": lambda pages, _: pages.imports(),
        "report": lambda pages, _: pages.imports(),
        "undo": lambda pages, _: pages.imports(),
        "import-events": lambda pages, _: pages.upload(),
        "decisions": lambda pages, _: pages.decisions(),
        "template": lambda pages, _: pages.template(),
    }
)
_COMMAND = re.compile(
    rf"(?P<run>\b[Rr]un:? )?(?P<tick>`?)adm-sync (?P<name>{'|'.join(_PAGES)})(?![\w-])"
    r"(?: (?P<entity>[a-z_]+)\b)?"
)


def page_of(sentence: str, entities: frozenset[str]) -> str:
    """Where in the desk a person does what the first command of the sentence does; '' if nowhere.

    Args:
        sentence: for a person.
        entities: the names of the reference entities.
    """
    found = _COMMAND.search(sentence)
    if found is None:
        return ""
    entity = found["entity"] if found["entity"] in entities else ""
    return _PAGES[found["name"]](WITHIN, entity or "")


def with_pages(sentence: str, pages: Pages | None, entities: frozenset[str]) -> str:
    """The sentence, with the page of each command that it names in front of it.

    Args:
        sentence: for a person.
        pages: where the desk is; None leaves the sentence as it is.
        entities: the names of the reference entities.
    """
    if pages is None:
        return sentence
    known = pages

    def with_page(found: re.Match[str]) -> str:
        entity = found["entity"] if found["entity"] in entities else ""
        page = _PAGES[found["name"]](known, entity or "")
        if not found["run"]:
            return f"{page}, or {found[0]}"
        opening = "Open" if found["run"][0] == "R" else "open"
        command = found[0].removeprefix(found["run"])
        return f"{opening} {page}, or run {command}"

    return _COMMAND.sub(with_page, sentence)
