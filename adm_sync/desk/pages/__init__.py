"""The pages of the desk, a module for each group of them.

What belongs here: which there are, in the order of the menu. What does not: a page that does not
exist yet.
"""

MODULES = (
    *(
        "today",
        "imports",
        "importing",
        "columns",
        "undoing",
        "unmatched",
        "parting",
        "held",
        "decisions",
    ),
    *("reconcile", "history", "work", "unguarded"),
)
