"""What was to be reached, each figure measured in one run and judged.

row.py         a figure, what was to be reached, and their table
starting.py    whole commands, from typing to the prompt
syncing.py     a full sync, and discrepancies that nobody has looked at
importing.py   an import and its undo, on a database with and without a past
reading.py     workbooks: dry runs, annotated copies
inbox.py       an inbox that is full of known files
workplace.py   the environment of a process that is the project's own
plan.py        all of them
report.py      their section
"""
