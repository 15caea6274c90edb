"""A process that uses the embedded server: says its URL, and leaves when its input ends."""

import sys
from pathlib import Path

from adm_sync.database.cluster import THROWAWAY
from adm_sync.database.embedded import embedded_server

with embedded_server(Path(sys.argv[1]), settings=THROWAWAY) as url:
    sys.stdout.write(url + "\n")
    sys.stdout.flush()
    sys.stdin.read()
