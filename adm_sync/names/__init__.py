"""How a record is recognised by its name: what counts as the same, and what as near.

What belongs here: folding and comparing text, for the sync of reference entities and for the
workbook alike. What does not: what follows from a match.
"""
