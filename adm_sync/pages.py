"""The pages of the desk where a person can see and act, and which of them a command's remedy has.

What belongs here: their addresses, and naming one in a sentence that names a command. What does
not: what the pages show, and whether anybody runs a desk (`settings`).
"""

import re
from collections.abc import Callable, Iterator, Mapping
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

    def undo(self, partition: str) -> str:
        """Where an import is taken back."""
        return self._at("imports", partition, "undo")

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

    def histories(self) -> str:
        """Where a record or an event is looked for, to see its history."""
        return self._at("history")

    def today(self) -> str:
        """What ran, and what waits for somebody."""
        return self._at() or "/"

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


def _alone(address: Callable[[Pages], str]) -> Address:
    """That of a page which no entity has one of its own of."""
    return lambda pages, _entity: address(pages)


# Command: what the page is called on which a person does the same, and its address. What follows
# the command may be an entity.
_PAGES: Mapping[str, tuple[str, Address]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("unmatched", "link", "never", "ignore", "sync", "create-missing"),
            ("Unmatched", Pages.unmatched),
        ),
        **dict.fromkeys(
            ("push", "imports", "report", "undo", "columns"), ("Imports", _alone(Pages.imports))
        ),
        **dict.fromkeys(("decide", "decisions"), ("Decisions", _alone(Pages.decisions))),
        **dict.fromkeys(("today", "sync-all"), ("Today", _alone(Pages.today))),
        "release": ("Held", Pages.held),
        "reconcile": ("Reconcile", lambda pages, _: pages.reconcile()),
        "history": ("History", _alone(Pages.histories)),
        "import-events": ("Upload", _alone(Pages.upload)),
        "template": ("the template", _alone(Pages.template)),
    }
)
_COMMAND = re.compile(
    rf"(?P<run>\b[Rr]un:? )?(?P<tick>`?)adm-sync (?P<name>{'|'.join(_PAGES)})(?![\w-])"
    r"(?: (?P<entity>[a-z_]+)\b)?"
)
# Those that need a terminal of the machine, whatever a page could do.
_OF_OPERATORS = re.compile(
    r"`?adm-sync (?:alerts|db upgrade|demo|desk|dev|doctor|sandbox|version)(?![\w-])"
    r"(?: --[a-z-]+)*`?"
)
OPERATED = " (whoever operates adm_sync runs that)"


def parts(
    sentence: str, pages: Pages | None, entities: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """A sentence in parts, with the page of each command that it names in front of it.

    Args:
        sentence: for a person.
        pages: where the desk is; None leaves the sentence as it is.
        entities: the names of the reference entities.

    Yields:
        Text and '', or what a page is called and its address.
    """
    if pages is None:
        yield sentence, ""
        return
    reached = 0
    for found in _COMMAND.finditer(sentence):
        title, address = _PAGES[found["name"]]
        command, opening, joining = found[0], "", ", or "
        if found["run"]:
            command = found[0].removeprefix(found["run"])
            opening = "Open " if found["run"][0] == "R" else "open "
            joining = ", or run "
        yield sentence[reached : found.start()] + opening, ""
        entity = found["entity"] if found["entity"] in entities else ""
        yield title, address(pages, entity or "")
        yield joining + command, ""
        reached = found.end()
    yield sentence[reached:], ""


def with_pages(sentence: str, pages: Pages | None, entities: frozenset[str]) -> str:
    """The sentence with the addresses of those pages; see `parts`."""
    return "".join(address or text for text, address in parts(sentence, pages, entities))


def for_browsers(sentence: str) -> str:
    """The sentence for somebody without a terminal: who runs what only a terminal can."""
    return _OF_OPERATORS.sub(lambda found: found[0] + OPERATED, sentence, count=1)
