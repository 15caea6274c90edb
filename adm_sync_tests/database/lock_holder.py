"""A process that holds a lock: says that it does, and lets go when its input ends."""

import sys

from adm_sync.database.engine import create_engine
from adm_sync.database.locks import exclusive

with exclusive(create_engine(sys.argv[1]), sys.argv[2], 0, print):
    sys.stdout.write("held\n")
    sys.stdout.flush()
    sys.stdin.read()
