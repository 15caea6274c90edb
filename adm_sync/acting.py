"""On whose behalf this process works: the name that decisions, runs, imports and calls carry.

What belongs here: finding it out. What does not: who may do what (`desk`).
"""

import getpass
import os

# Whoever starts a command for somebody else says so in its environment, as the desk does. It is no
# setting: a file `.env` cannot say it.
ACTING_FOR = "ADM_SYNC_ACTING_FOR"
LONGEST = 200


def user_name() -> str:
    """Who is at work: whom the starter of this process names, else as the machine knows them."""
    named = readable_name(os.environ.get(ACTING_FOR, ""))
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def readable_name(text: str) -> str:
    """The name of a user as it is kept: on one line, without signs that cannot be seen."""
    return "".join(c for c in text if c.isprintable()).strip()[:LONGEST]
