"""A run whose step has a process of its own and waits there; a program for `test_at_work`.

Arguments: a file that the step writes its process's number into. The step ends when that file
is gone.
"""

import os
import sys
import time
from pathlib import Path

import dagster as dg

from adm_sync.defs.at_work import saying_so
from adm_sync.defs.resources import SyncerResource

SIGN = "ADM_SYNC_TEST_SIGN"


@dg.op(required_resource_keys={"syncer"})
def wait() -> None:
    """Say that the step is there, and wait."""
    sign = Path(os.environ[SIGN])
    sign.write_text(str(os.getpid()))
    while sign.exists():
        time.sleep(0.05)


@dg.job(
    executor_def=saying_so(dg.multiprocess_executor), resource_defs={"syncer": SyncerResource()}
)
def split() -> None:
    """One step in a process of its own."""
    wait()


if __name__ == "__main__":
    os.environ[SIGN] = sys.argv[1]
    with dg.DagsterInstance.get() as instance:
        sys.exit(not dg.execute_job(dg.reconstructable(split), instance=instance).success)
