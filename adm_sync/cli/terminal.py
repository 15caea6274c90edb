"""Talking to whoever sits at the terminal: lines, JSON, questions, progress.

What belongs here: what a terminal can and cannot take. What does not: words about a sync
(`printing`).
"""

import json
import os
import sys
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import ProgressColumn

ONE_PAGE = 100
WRONG_USAGE = 2
UNASKED = "Nothing was done: nobody is there to ask. Add --yes to do what is shown."


def harmless(text: str) -> str:
    """The text without what steers a terminal: names come from outside. Lines stay lines."""
    return "\n".join(map(one_line, text.split("\n")))


def one_line(text: str) -> str:
    """The same on one line, so that a name cannot look like a line of ours."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def say(line: str = "") -> None:
    """One line on standard output. That nobody can read it is no reason to stop working."""
    with suppress(OSError):
        click.echo(one_line(line))


def say_aside(line: str) -> None:
    """A remark on standard error, about what is going on."""
    say_on_stderr(f"  … {one_line(line)}")


def say_on_stderr(text: str) -> None:
    """Something on standard error. That nobody can read it is no reason to stop working."""
    with suppress(OSError):
        click.echo(text, err=True)


def fall_silent() -> None:
    """The last of what was said, while the process ends; that nobody can read it is no fault."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_json(document: Any) -> None:
    """The one document of `--json`; in ASCII, so that no name can steer a terminal."""
    click.echo(json.dumps(document))


def interactive() -> bool:
    """Whether somebody sits there who can answer."""
    return is_terminal(sys.stdin) and is_terminal(sys.stdout)


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether the stream is open and a terminal."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:
        return False


def consents(question: str, *, yes: bool, as_json: bool) -> bool | None:
    """Whether a person wants what was shown; `yes` says so beforehand.

    Returns:
        None if nobody is there to ask, which is said and ends with `WRONG_USAGE`.
    """
    if yes:
        return True
    if as_json or not interactive():
        click.echo(f"Error: {UNASKED}", err=True)
        return None
    return click.confirm(question)


class Progress:
    """Records fetched and to come, with the rate and the time left, where somebody can see it.

    It is on the screen only while records arrive, so it never gets between other lines.
    """

    def __init__(self) -> None:
        self._visible = is_terminal(sys.stderr)
        self._bar: RichProgress | None = None

    def show(self, done: int, total: int) -> None:
        """So many records of so many have arrived; a single page is not worth showing."""
        if not self._visible or total <= ONE_PAGE:
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.add_task("records", total=total, rate="…")
            self._bar.start()
        task = self._bar.tasks[0]
        self._bar.update(task.id, completed=done, rate=f"{task.speed or 0:.0f}")
        if done >= total:
            self.stop()

    def stop(self) -> None:
        """Take it off the screen."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = None


def time_left() -> "ProgressColumn":
    """The column of a bar that says how long it still takes, as soon as that is known."""
    from rich.progress import ProgressColumn, Task, TimeRemainingColumn
    from rich.text import Text

    class TimeLeft(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            is_known = task.total is not None and task.time_remaining is not None
            return self._time.render(task).append(" left") if is_known else Text()

        _time = TimeRemainingColumn()

    return TimeLeft()


def _bar() -> "RichProgress":
    from rich import progress as rich
    from rich.console import Console

    columns = (
        rich.TextColumn("  fetching"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TextColumn("records, {task.fields[rate]} a second,"),
        time_left(),
    )
    # Standard output is not its business: it may go to a file while standard error is a terminal.
    return rich.Progress(
        *columns, console=Console(stderr=True), transient=True, redirect_stdout=False
    )
