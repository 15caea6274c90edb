"""Looking up what a cell refers to.

What belongs here: what `resolving` is made of. What does not: the values of both sides
(`references`).
"""
