"""The rules of checking: what a cell, a row and a group may be.

What belongs here: what `checking` is made of. What does not: anything that needs looking up.
"""
