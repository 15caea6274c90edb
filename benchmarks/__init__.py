"""What the project is measured by, beside what it replaces and the floor of what is possible.

aims/                 what was to be reached: figures of all kinds, judged
history.py            a database with five years behind it

A full sync:

job.py                what one measured run has to do; the list of contenders
lists.py              the seven lists, for the two contenders that are not adm_sync
replaced_pattern.py   (a) page after page, one look-up and one transaction for each record
floor.py              (b) bare concurrent requests, COPY, one merge
adm_sync_itself.py    adm_sync
child.py              one measured run, in a process of its own
plan.py               which runs are made
report.py             their table

imports/              the same for imports: reading a workbook, and pushing what it brought

For all:

measuring.py          wall time, own time, statements, memory: the same for all contenders
stage.py              the sandbox, the database and the tutorial rows
tables.py             tables and verdicts
document.py           docs/benchmarks.md, a section for each part
"""
