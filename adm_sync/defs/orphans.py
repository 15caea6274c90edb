"""Runs whose process was killed: nobody else would end them, or only hours later.

What belongs here: telling which process a run belongs to, and ending the run of a dead one. What
does not: starting it again, which Dagster does with those that it started itself.
"""

import os
import socket

import dagster as dg
import psutil  # type: ignore[import-untyped]

# So named, the UI does not show it: it is nothing for people.
PROCESS_TAG = ".dagster/adm_sync_process"
_UNFINISHED = [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED]
# The clock may have been set right in the meantime.
_SECONDS_OF_DOUBT = 5


def process_tag() -> dict[str, str]:
    """The tag that names this process: its machine, its number, and when it was born."""
    born = psutil.Process().create_time()
    return {PROCESS_TAG: f"{socket.gethostname()} {os.getpid()} {born:.0f}"}


def end_orphans(instance: dg.DagsterInstance) -> None:
    """Mark the runs as failed whose process, on this machine, is dead."""
    for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)):
        if PROCESS_TAG in run.tags and _is_dead(run.tags[PROCESS_TAG]):
            instance.report_run_failed(run, "Its process ended in the middle.")


def _is_dead(process: str) -> bool:
    machine, number, born = process.rsplit(" ", 2)
    if machine != socket.gethostname():
        return False
    try:
        found = psutil.Process(int(number))
        same = abs(found.create_time() - float(born)) < _SECONDS_OF_DOUBT
        return not same or found.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
