"""What a corrected workbook changes of events that were imported before.

What belongs here: planning the changes and making them on this side. What does not: seeing what
is changed since (`known`), and taking the changes back (`undo`).
"""
