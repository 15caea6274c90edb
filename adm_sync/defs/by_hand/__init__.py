"""Jobs by which a person acts in the Dagster UI, as commands do.

What belongs here: their launchpads, each with one call to the core, what came of it as metadata,
and what Dagster has of each command (`ways`). What does not: anything that is done.
"""

from adm_sync.defs.by_hand import events, records

JOBS = (*records.JOBS, *events.JOBS)
