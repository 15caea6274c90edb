"""The sync of the reference entities: plain Python between Administrate and PostgreSQL.

entity.py, entities.py     what an entity is, and each of them           <- add an entity here
nodes.py, reading.py, fetching.py    from answers to records
matching.py                which tutorial record a record belongs to
planning.py                what would be written, and whether the guard holds it
findings.py, suggestions.py    what a person should look at
judging.py, writing.py     evidence against the tables, and writing what follows
sync.py, results.py, remarks.py      one sync from fetch to record, and what it came to
overview.py                the entities as README.md lists them
syncer.py                  everything a sync works with
decisions.py, choosing.py   what a person decides, and some of it at once
known_records.py           what is known of the records that are decided about
creating.py                what a person lets be created
"""
