"""Taking back what imports made: a whole import, or an event that Administrate has twice.

What belongs here: whether it may be taken back, what would happen, and doing it. What does not:
the statements of it, which stand in `database`.
"""
