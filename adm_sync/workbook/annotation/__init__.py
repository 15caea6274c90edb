"""Writing remarks into a copy of a workbook.

What belongs here: what `report` is made of. What does not: deciding what is remarked.
"""
