"""Names from outside print harmlessly: they steer no terminal and look like no line of ours."""

import pytest

from adm_sync.cli.printing import short
from adm_sync.cli.terminal import harmless, one_line
from adm_sync_tests.cli.workplace import Workplace

pytestmark = pytest.mark.thorough(all_but_each=3)

HOSTILE = {
    "an escape sequence": "\x1b[2J\x1b[31mred",
    "a title sequence": "\x1b]0;owned\x07",
    "the short escape": "\x9b31mred",
    "a carriage return": "\r  ✓ Locations: all is well",
    "a line of ours": "Nice\n  ✓ Locations: all is well",
    "a bell": "\x07\x08\x7f",
    "text in the other direction": "abc\u202egnp.exe",
    "a line separator": "one\u2028two\u0085three",
}
LONG = "long " * 5_000


@pytest.fixture
def hostile(settled: Workplace) -> Workplace:
    """A tenant full of such names."""
    for number, name in enumerate(HOSTILE.values()):
        settled.sandbox.store.add("Location", name=name, code=f"X{number}")
    settled.sandbox.store.add("Location", name=LONG, code="LONG")
    return settled


def assert_harmless(text: str) -> None:
    assert text.replace("\n", "").isprintable()
    assert max(len(line) for line in text.splitlines()) < 500


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_that_steers_is_left(text: str) -> None:
    assert one_line(text).isprintable()
    assert harmless(text).replace("\n", "").isprintable()


def test_odd_spaces_become_spaces_and_letters_stay() -> None:
    assert one_line("Milton\u00a0Keynes\tZo\u00eb \u8def") == "Milton Keynes Zo\u00eb \u8def"
    assert one_line("zero\u200bwidth") == "zero\ufffdwidth"
    assert harmless("two\nlines") == "two\nlines"


def test_what_nobody_reads_to_the_end_is_cut() -> None:
    assert short("x" * 120) == "x" * 120
    assert short("x" * 121) == "x" * 119 + "…"


def test_a_sync_prints_them_on_one_line_each(hostile: Workplace) -> None:
    text = hostile.run("sync", "locations").stdout

    assert_harmless(text)
    assert "\n  ✓ Locations: all is well" not in text
    assert text.count("  - Location: ") == len(HOSTILE) + 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync-all", "--dry-run", "--skip-errors"],
        ["unmatched", "locations"],
        ["create-missing", "locations"],
    ],
)
def test_other_commands_print_them_harmlessly(hostile: Workplace, arguments: list[str]) -> None:
    hostile.sync("locations")

    result = hostile.run(*arguments)

    assert_harmless(result.stdout)
    assert_harmless(result.stderr + "\n")


def test_json_holds_them_whole_and_in_ascii(hostile: Workplace) -> None:
    text = hostile.run("sync", "locations", "--json").stdout

    assert text.isascii()
    assert text.removesuffix("\n").isprintable()
    labels = {one["label"] for one in hostile.json("unmatched", "locations")}
    assert HOSTILE["an escape sequence"] in labels


def test_what_administrate_says_in_an_error_is_harmless(settled: Workplace) -> None:
    settled.sandbox.faults.add(
        "errors", match="locations", times=None, message="\x1b[2Jgone\n=== Sync Complete ==="
    )

    text = settled.run("sync", "locations", status=1).stdout

    assert_harmless(text)
    assert "\n=== Sync Complete ===" not in text


def test_a_decision_of_a_hostile_person_is_harmless(settled: Workplace) -> None:
    settled.run(
        *("ignore", "locations", "--administrate", "x\x1b[2Jy"),
        *("--why", "because\n1. link locations", "--who", "\x9bme"),
    )

    text = settled.run("decisions").stdout

    assert_harmless(text)
    assert text.count("\n") == 1
