"""The steps of the work in detail, for whoever asks with `--debug`: requests, pages, decisions.

What belongs here: the logger for them. It stands apart from the others, because Dagster takes
over their levels and keeps what they say with the run.
"""

import logging

trace = logging.getLogger("adm_sync.trace")
trace.propagate = False
trace.setLevel(logging.CRITICAL)
