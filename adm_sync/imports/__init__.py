"""The import of a workbook as a whole: check, record, push, report, and undo.

What belongs here: putting the workbook, the database and the push together. What does not: the
parts themselves, Dagster, and what the command line prints.
"""
