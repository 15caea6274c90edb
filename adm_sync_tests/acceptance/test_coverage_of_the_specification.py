"""Everything that the specification asks for has a test that names it.

The numbers are the specification's own; what each asks for is said by the tests that name it.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

SCENARIOS = {"us1": 4, "us2": 7, "us3": 6, "us4": 2}
WANTED = {
    *(f"{story} scenario {n}" for story, count in SCENARIOS.items() for n in range(1, count + 1)),
    *(f"fr {n:03}" for n in range(1, 23)),
    *(f"sc {n:03}" for n in range(1, 7)),
}
EDGE_CASES = {
    "the API is unreachable": "unreachable",
    "a code matches several templates": "several",
    "nobody is there to answer": "without a terminal",
    "a course template code is in neither": "unknown course template code",
    "an instructor has no tutorial instructor": "instructor without a tutorial instructor",
    "the event is created and a session update fails": "session update fails",
    "a workbook holds an event twice": "duplicate event row",
}


@cache
def named_in_tests() -> list[str]:
    """Name and docstring of each test of this folder, in small letters and plain words."""
    found = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                text = f"{node.name} {ast.get_docstring(node) or ''}"
                found.append(re.sub(r"[\W_]+", " ", text).lower())
    return found


@pytest.mark.parametrize("wanted", sorted(WANTED))
def test_every_requirement_is_named_by_a_test(wanted: str) -> None:
    assert any(f" {wanted} " in f" {text} " for text in named_in_tests())


@pytest.mark.parametrize("case", EDGE_CASES)
def test_every_edge_case_is_named_by_a_test(case: str) -> None:
    assert any("edge case" in text and EDGE_CASES[case] in text for text in named_in_tests())


def test_no_test_names_a_requirement_that_there_is_not() -> None:
    """A wrong number would look like coverage."""
    pattern = re.compile(r"\b(?:us\d scenario \d+|(?:fr|sc) \d{3})\b")
    named = {match for text in named_in_tests() for match in pattern.findall(text)}
    assert named == WANTED
