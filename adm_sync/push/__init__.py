"""The push: doing in Administrate what was recorded locally, once, whatever happens.

What belongs here: steps, sending them, finding out what became of those without an answer,
comparing events with Administrate. What does not: the workbook they came from.
"""
