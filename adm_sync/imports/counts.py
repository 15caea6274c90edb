"""What is counted of the events and the sessions of an import, in the order in which it is told.

What belongs here: the names alone, so that a command that fails early knows them as quickly. What
does not: counting (`summary`).
"""

COUNTS = (
    "in_workbook",
    "created",
    "updated",
    "unchanged",
    "rejected",
    "skipped",
    "not_recorded",
    "pushed",
    "adopted",
    "pending",
    "failed",
    "conflicts",
)
