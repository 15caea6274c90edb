"""One measured run in a process of its own: a job as JSON on standard input, figures on output.

A process for each run, because peak memory and CPU time belong to a process.
"""

import json
import sys
from dataclasses import asdict

from benchmarks import adm_sync_itself, floor, replaced_pattern
from benchmarks.job import Job
from benchmarks.measuring import DatabaseMeter, measure


def main() -> None:
    job = Job(**json.load(sys.stdin))
    meter = DatabaseMeter()
    meter.install()
    contenders = {
        "replaced": lambda: replaced_pattern.run(job),
        "floor": lambda: floor.run(job),
        "adm_sync": lambda: adm_sync_itself.run(job, meter),
    }
    print(json.dumps(asdict(measure(contenders[job.contender], meter))))


if __name__ == "__main__":
    main()
