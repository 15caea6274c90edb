"""The life of one record or event: every change, with before and after, by whom, when, and why.

What belongs here: finding the record that is meant, and its history as values in words. What does
not: SQL (`database.history`), and how it is printed or shown. What the tutorial application and
Administrate changed by themselves is only in it as far as a sync or a comparison has met it.

subjects.py   which record or event is meant
entries.py    an entry, and a page of them
words.py      from a row of the record to an entry
reading.py    the history of a subject, page by page, and as rows of a table
"""
