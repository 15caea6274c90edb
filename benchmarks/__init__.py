"""How fast a full sync is, beside the pattern that it replaces and the floor of what is possible.

job.py                what one measured run has to do; the list of contenders
lists.py              the seven lists, for the two contenders that are not adm_sync
replaced_pattern.py   (a) page after page, one look-up and one transaction for each record
floor.py              (b) bare concurrent requests, COPY, one merge
adm_sync_itself.py    adm_sync
measuring.py          wall time, own time, statements, memory: the same for all three
child.py              one measured run, in a process of its own
stage.py              the sandbox, the database and the tutorial rows
plan.py               which runs are made
report.py             the table
"""
