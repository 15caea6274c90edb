"""The workbook: an Excel file of events and their sessions, read, checked and resolved.

What belongs here: from bytes to events that could be recorded, and every problem on the way, each
at its place; and the copy of the workbook that shows them. What does not: the database, Dagster,
Administrate. Everything here takes values and gives values.
"""
