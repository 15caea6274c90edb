"""The workbook: an Excel file of events and their sessions, read, checked and resolved.

What belongs here: from bytes to events that could be recorded, and every problem on the way, each
at its place; and the copy of the workbook that shows them. What does not: the database, Dagster,
Administrate. Everything here takes values and gives values.

What a column is, is said once: in `columns`, in the words of `entries`. The walk of one row:

    bytes             reading         a file, opened within its limits
      │ parsing, a process of its own that only parses
    sheet.Row         table           raw values under recognised headers
      │ rules.cells, rules.screening  what is wrong with any cell
    Cells             rules.groups    rows that stand together: a Draft
      │ rules.readers, rules.moments  what each cell means
    Reading, Slot     rules.*         an event and its sessions, as far as they can be read
      │ checking                      no error is left
    events.EventRow   resolving       an event as the workbook means it
      │ lookup.*                      everything that it names is found on both sides
    ResolvedEvent     imports.*       recorded, sent, and compared by the names of `columns`

A rule that finds something makes a `Finding` of a `Code` that stands beside it; a cell, row or
header gives the finding its place. `imports.catalogue` lists all codes.
"""
