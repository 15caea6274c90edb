"""The addresses of the desk's pages, and the page that a command's remedy has."""

import click
import pytest

from adm_sync.cli.main import cli
from adm_sync.pages import OPERATED, WITHIN, Pages, for_browsers, parts, with_pages

PAGES = Pages("https://desk.example.com/tools/")
ENTITIES = frozenset({"venues", "course_templates"})
AT = "https://desk.example.com/tools"


def test_each_page_has_its_address() -> None:
    assert PAGES.imports() == f"{AT}/imports"
    assert PAGES.unmatched("venues") == f"{AT}/unmatched/venues"
    assert PAGES.held("venues") == f"{AT}/held/venues"
    assert PAGES.reconcile("2027A") == f"{AT}/reconcile/2027A"
    assert PAGES.history("venues", "7") == f"{AT}/history/venues/7"


def test_a_name_from_outside_stays_in_its_place_of_the_address() -> None:
    address = PAGES.one_import("../a b?x=1#y.xlsx-1c0345d5")

    assert address == f"{AT}/imports/..%2Fa%20b%3Fx%3D1%23y.xlsx-1c0345d5"


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        (
            "Held. If it is right so, run `adm-sync release venues`.",
            f"Held. If it is right so, open {AT}/held/venues, or run `adm-sync release venues`.",
        ),
        (
            "Mend it; then run adm-sync push --reopen.",
            f"Mend it; then open {AT}/imports, or run adm-sync push --reopen.",
        ),
        (
            "Run: adm-sync sync venues.",
            f"Open {AT}/unmatched/venues, or run adm-sync sync venues.",
        ),
        ("Not there yet: adm-sync push.", f"Not there yet: {AT}/imports, or adm-sync push."),
        ("adm-sync link rooms 1 x", f"{AT}/unmatched, or adm-sync link rooms 1 x"),
        ("Run adm-sync reconcile first.", f"Open {AT}/reconcile, or run adm-sync reconcile first."),
        ("Run adm-sync db upgrade.", "Run adm-sync db upgrade."),
        ("adm-sync sync-all", f"{AT}, or adm-sync sync-all"),
        (
            "Add it (adm-sync create-missing venues helps).",
            f"Add it ({AT}/unmatched/venues, or adm-sync create-missing venues helps).",
        ),
        ("Once filled in: adm-sync decide", f"Once filled in: {AT}/decisions, or adm-sync decide"),
        ("Nothing to run.", "Nothing to run."),
    ],
)
def test_a_remedy_names_the_page_and_then_the_command(sentence: str, told: str) -> None:
    assert with_pages(sentence, PAGES, ENTITIES) == told
    assert with_pages(sentence, None, ENTITIES) == sentence


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Run adm-sync db upgrade.", f"Run adm-sync db upgrade{OPERATED}."),
        ("See `adm-sync doctor --tenant`.", f"See `adm-sync doctor --tenant`{OPERATED}."),
        (
            "Run adm-sync db upgrade, and adm-sync doctor if that does not mend it.",
            f"Run adm-sync db upgrade{OPERATED}, and adm-sync doctor if that does not mend it.",
        ),
        ("Run adm-sync push.", "Run adm-sync push."),
        ("adm-sync desktop", "adm-sync desktop"),
    ],
)
def test_without_a_terminal_somebody_else_runs_what_only_a_terminal_can(
    sentence: str, told: str
) -> None:
    assert for_browsers(sentence) == told


def test_the_parts_of_a_sentence_are_the_sentence_and_its_pages() -> None:
    sentence = "Mend it; then run adm-sync push --reopen. Or: adm-sync undo IMPORT."
    found = list(parts(sentence, WITHIN, ENTITIES))
    assert [text for text, page in found if page] == ["Imports", "Imports"]
    assert [page for _, page in found if page] == ["/imports", "/imports"]
    assert "".join(page or text for text, page in found) == with_pages(sentence, WITHIN, ENTITIES)
    assert list(parts(sentence, None, ENTITIES)) == [(sentence, "")]


@pytest.mark.parametrize("name", cli.list_commands(click.Context(cli)))
def test_each_command_has_a_page_or_somebody_who_runs_it(name: str) -> None:
    sentence = f"Run adm-sync {'db upgrade' if name == 'db' else name}."
    assert for_browsers(sentence) != sentence or with_pages(sentence, PAGES, ENTITIES) != sentence
