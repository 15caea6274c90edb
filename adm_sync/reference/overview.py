"""The reference entities as a table for people: `python -m adm_sync.reference.overview`.

What belongs here: one line for each entry of `ENTITIES`. What does not: the text around it, in
README.md, whose table a test compares with this one.
"""

import sys

from adm_sync.reference.entities import ENTITIES


def overview() -> str:
    """The entities in their order, in Markdown: what each is called, where it is kept, and what
    tells that two records are the same.
    """
    lines = ["| | entity | bridge table | matched by |", "|---|---|---|---|"]
    for number, one in enumerate(ENTITIES, 1):
        lines.append(f"| {number} | `{one.name}` | `{one.bridge.fullname}` | {one.known_by} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(overview())
