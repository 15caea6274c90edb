"""One measured run in a process of its own: a job as JSON on standard input, figures on output."""

import json
import sys
from dataclasses import asdict

from benchmarks.imports import adm_sync_itself, floor, replaced_pattern
from benchmarks.imports.job import ImportJob
from benchmarks.measuring import DatabaseMeter

CONTENDERS = {
    "replaced": replaced_pattern.run,
    "floor": floor.run,
    "adm_sync": adm_sync_itself.run,
}


def main() -> None:
    job = ImportJob(**json.load(sys.stdin))
    meter = DatabaseMeter()
    meter.install()
    print(json.dumps(asdict(CONTENDERS[job.contender](job, meter))))


if __name__ == "__main__":
    main()
