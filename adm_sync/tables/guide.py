"""The page docs/tables.md, made from the declarations.

What belongs here: what the page says around them. What does not: the declarations (`declared`).
"""

import sys
from collections.abc import Iterator

from adm_sync.tables.deciding import CODES
from adm_sync.tables.declared import FRAMES, LISTED, TypedTable
from adm_sync.tables.to_decide import DECISION, REASON

_BEGINNING = f"""\
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

## Decisions that come back

`adm-sync unmatched --xlsx open.xlsx` (or `--csv`) adds two columns to the list: *{DECISION}*, in
Excel with a drop-down of what can be decided about the record, and *{REASON}*. There everything
else is protected from a slip of the hand (without a password), and the numbers by which the rows
are known again are hidden.

- `link to NAME (ID)`: the record is that candidate. Another one than the candidates: `link to ID`.
- `never NAME (ID)`: they are not the same.
- `ignore`: it has no counterpart, and that is fine.

`adm-sync decide open.xlsx --dry-run` says what would be decided and what the next sync would do;
`adm-sync decide open.xlsx` decides it, in the name of whoever runs it. Rows without a decision are
left alone. If anything is wrong with one, or has changed since the list was written, all of that
is said with its row, and nothing is decided at all:

| finding | says | what to do |
|---|---|---|"""
_TABLES = """
## The tables
"""


def markdown() -> str:
    """The page docs/tables.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _BEGINNING
    for code in CODES:
        said = code.message.format_map(_Places())
        opening = "" if said[0].isupper() else "… "
        yield f"| `{code.name}` | {opening}{said} | {code.remedy.format_map(_Places())} |"
    yield _TABLES
    for table in (*FRAMES, *LISTED):
        yield from _about(table)
    yield "This page is made from the code, by `python -m adm_sync.tables.guide`."


class _Places(dict[str, str]):
    """What a finding fills in, by its name."""

    def __missing__(self, name: str) -> str:
        return f"*{name}*"


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
