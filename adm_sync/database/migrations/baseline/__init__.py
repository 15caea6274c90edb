"""The parts of the first migration, in the order in which it runs them.

    misquoted.py         tables that a mistake in quoting put into the wrong schema
    tutorial_layout.py   the tables of the tutorial application, where they are missing
    bridge_mends.py      what the bridge tables of events and sessions need besides
    own_tables.py        the project's own tables, from whatever state earlier versions left

Each looks before it changes anything, so that it can run on any database, and again.
"""
