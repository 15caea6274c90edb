"""The page docs/tables.md, made from the declarations.

What belongs here: what the page says around them. What does not: the declarations (`declared`).
"""

import sys
from collections.abc import Iterator

from adm_sync.tables.declared import FRAMES, LISTED, TypedTable

_BEGINNING = """\
# Tables

## In a notebook

```python
from adm_sync import tables

tables.discrepancies("venues", is_open=True).groupby("kind").size()
tables.changes("locations").query("field == 'tutorial_location_id'")
tables.steps("Sitting 2027A.xlsx-1c0345d5")
```

Each gives a `pandas.DataFrame` whose columns always have the types below, also when it is empty:
`Int64`, `Float64`, `boolean` and `string` know what is missing (`pandas.NA`), moments are in UTC.
They read the database of the settings; `engine=` names another. Nothing is written.

## In a file

`--csv FILE`, `--xlsx FILE` and `--parquet FILE` of `adm-sync unmatched`, `imports`, `push`,
`reconcile`, `decisions` and `history` write the whole list, whatever the terminal shows of it;
several may be given at once. A file is whole or not there, for its owner alone, and replaced only
with `--force`.
No text in it is taken for a formula: in Excel it is marked as text, in a CSV file it has an
apostrophe before it. Parquet needs the extra `parquet`, and has the types below.

| command | table |
|---|---|
| `unmatched` | discrepancies (those that are open) |
| `imports` | imports; with a partition groups |
| `push` | steps: what was done now, and what is still to be done |
| `reconcile` | differences |
| `decisions` | decisions (those in force) |
| `history` | history |
"""
_TABLES = """
## The tables
"""


def markdown() -> str:
    """The page docs/tables.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _BEGINNING
    yield _TABLES
    for table in (*FRAMES, *LISTED):
        yield from _about(table)
    yield "This page is made from the code, by `python -m adm_sync.tables.guide`."


def _about(table: TypedTable) -> Iterator[str]:
    call = f" (`tables.{table.name}()`)" if table in FRAMES else ""
    yield f"### {table.name.capitalize()}{call}\n"
    yield f"A row is {table.about}.\n"
    yield "| column | type | what it is |\n|---|---|---|"
    for column in table.columns:
        dtype = "string" if column.type.dtype.startswith("string") else column.type.dtype
        about = column.about.replace("|", "\\|")
        yield f"| `{column.name}` | {column.type.words} (`{dtype}`) | {about} |"
    yield ""


if __name__ == "__main__":
    sys.stdout.write(markdown())
