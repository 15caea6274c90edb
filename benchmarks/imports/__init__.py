"""How fast an import is: reading and checking, and the push beside what it replaces.

rows.py               the rows of a workbook of any size, right or all wrong
excel_file.py         a file of such rows, as Excel writes it
reading.py            one measured reading, in a process of its own
reading_plan.py       which readings are made
reading_report.py     their tables
job.py                what one run of the push has to do
company_sandbox.py    a sandbox of the fictional company, in a process of its own
stage.py              that sandbox, a database that was synced with it, and the runs
adm_sync_itself.py    adm_sync: every stage of an import, measured by itself
recorded.py           what an import has recorded, for the two contenders that are not adm_sync
replaced_pattern.py   (a) one request after another
floor.py              (b) as few and as concurrent requests as adm_sync's, and nothing else
watch.py              the watch that divides a run into stages
child.py              one measured run, in a process of its own
pushing_plan.py       which runs are made
pushing_report.py     their tables
"""
