"""`make bench`: every contender in every scene, one table."""

import argparse
import signal
import sys

from benchmarks import report, stage
from benchmarks.plan import FULL, QUICK, measure_all


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the table in docs/benchmarks.md")
    parser.add_argument("--quick", action="store_true", help="only 1,000 records of each entity")
    options = parser.parse_args()
    # Else the database server would outlive this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    rows = []
    for row in measure_all(QUICK if options.quick else FULL):
        rows.append(row)
        sys.stderr.write(f"{report.line(row)}\n")
    print(f"\n{report.table(rows)}\n\n{report.verdicts(rows)}")
    if options.write:
        path = stage.ROOT / "docs" / "benchmarks.md"
        path.write_text(report.document(rows), encoding="utf-8")
        print(f"\nWritten to {path.relative_to(stage.ROOT)}.")


if __name__ == "__main__":
    main()
