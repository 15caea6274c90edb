"""Events that were imported before: which of a workbook they are, and what is changed since.

What belongs here: recognizing them, and comparing what was recorded with what is here and there
now. What does not: changing them (`updates`) and taking them back (`undo`).
"""
