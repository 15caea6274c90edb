"""How an import goes on, where somebody can see it: the stage, done, total, rate, time left.

What belongs here: showing it. What does not: the stages (`imports`) and what came of them
(`import_words`).
"""

import sys
from typing import TYPE_CHECKING

from adm_sync.cli.terminal import is_terminal, say_aside, time_left

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

# Stage: what it does, and what it counts.
_STAGES = {
    "read": ("reading the workbook", ""),
    "check": ("checking", "{} row{s}"),
    "resolve": ("looking up what is named in", "{} event{s}"),
    "record": ("recording", "{} event{s}"),
    "push": ("pushing", "{} event{s}"),
    "compare": ("looking up", "{} event{s} in Administrate"),
    "undo": ("undoing", "{} event{s}"),
}


class StageProgress:
    """A bar for each stage on a terminal; elsewhere a line for each on standard error.

    A stage that cannot tell how far it is shows that it is at work.
    """

    def __init__(self) -> None:
        self._visible = is_terminal(sys.stderr)
        self._bar: RichProgress | None = None
        self._stage = ""

    def show(self, stage: str, done: int, total: int) -> None:
        """So much of so much is done of this stage."""
        doing, what = _STAGES.get(stage, (stage, ""))
        counted = what.format(total, s="" if total == 1 else "s")
        if stage != self._stage:
            self.stop()
            self._stage = stage
            if not self._visible:
                say_aside(f"{doing} {counted}".strip())
        if not self._visible:
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.add_task(doing, total=None, counted="")
            self._bar.start()
        task = self._bar.tasks[0]
        if not done:
            self._bar.update(task.id, counted=counted)
            return
        rate = f", {task.speed:.0f} a second" if task.speed else ""
        counted = f"{done} of {counted}{rate},"
        self._bar.update(task.id, total=total, completed=done, counted=counted)

    def stop(self) -> None:
        """Take it off the screen."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = None


def _bar() -> "RichProgress":
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("  {task.description}", markup=False),
        rich.BarColumn(),
        rich.TextColumn("{task.fields[counted]}", markup=False),
        time_left(),
    )
    # Standard output is not its business: it may go to a file while standard error is a terminal.
    return rich.Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False
    )
