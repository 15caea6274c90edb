"""docs/benchmarks.md: a section for each part, so that each can be measured by itself."""

import re

TITLES = {
    "aims": "What was to be reached",
    "reference": "A full sync",
    "reading": "Reading and checking a workbook",
    "push": "Importing a workbook",
    "desk": "The pages of the desk",
    "starting": "Starting the command line",
}
HEAD = """\
# Benchmarks

Written by `make bench ARGS=--write`, or one part at a time: `make bench ARGS="--write push"` (the
parts are `aims`, `reference`, `reading`, `push`, `desk` and `starting`, in the order of the
sections below).
"""
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def with_section(document: str, part: str, text: str) -> str:
    """The document with that part's section replaced or added; the others stay as they are."""
    _, *pieces = HEADING.split(document)
    sections = dict(zip(pieces[::2], pieces[1::2], strict=True)) | {TITLES[part]: text}
    kept = [title for title in TITLES.values() if title in sections]
    return "\n".join([HEAD, *(f"## {title}\n\n{sections[title].strip()}\n" for title in kept)])
