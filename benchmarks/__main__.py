"""`make bench`: what the project is measured by, part by part."""

import argparse
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import desk, report, stage, starting
from benchmarks.aims import plan as aims_plan
from benchmarks.aims import report as aims_report
from benchmarks.document import TITLES, with_section
from benchmarks.imports import pushing_plan, pushing_report, reading_plan, reading_report
from benchmarks.plan import FULL, QUICK, measure_all


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=f"only these of {', '.join(TITLES)}"
    )
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/")
    parser.add_argument("--quick", action="store_true", help="only the small scenes")
    parser.add_argument(
        "--before", type=Path, metavar="CHECKOUT", help="for starting: measure this one too"
    )
    options = parser.parse_args()
    if unknown := set(options.parts) - set(TITLES):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    # Else the database server would outlive this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    parts = {**PARTS, "starting": partial(_starting, before=options.before)}
    for part in options.parts or TITLES:
        text = parts[part](options.quick)
        print(f"\n{text}")
        if options.write:
            _keep(part, text)


def _aims(quick: bool) -> str:
    return aims_report.section(aims_plan.measure_all(aims_plan.QUICK if quick else aims_plan.FULL))


def _reference(quick: bool) -> str:
    rows = []
    for row in measure_all(QUICK if quick else FULL):
        rows.append(row)
        sys.stderr.write(f"{report.line(row)}\n")
    return report.section(rows)


def _reading(quick: bool) -> str:
    return reading_report.section(reading_plan.measure_all(quick))


def _push(quick: bool) -> str:
    return pushing_report.section(pushing_plan.measure_all(quick))


def _desk(quick: bool) -> str:
    return desk.section(desk.measure_all(quick), quick)


def _starting(quick: bool, before: Path | None) -> str:
    return starting.section(starting.measure_all(quick, before))


PARTS: dict[str, Callable[[bool], str]] = {
    "aims": _aims,
    "reference": _reference,
    "reading": _reading,
    "push": _push,
    "desk": _desk,
}


def _keep(part: str, text: str) -> None:
    path = stage.ROOT / "docs" / "benchmarks.md"
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(with_section(old, part, text), encoding="utf-8")
    print(f"Written to {path.relative_to(stage.ROOT)}.")


if __name__ == "__main__":
    main()
