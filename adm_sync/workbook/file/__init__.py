"""Reading the file: from bytes to raw sheets, in a process of its own.

What belongs here: what `reading` and `table` are made of. What does not: what a cell means.
"""
