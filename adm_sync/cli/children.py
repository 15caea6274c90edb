"""Processes that a command starts beside itself, and that end when it does, however it ends.

What belongs here: starting and ending them, and telling the lifeline of them. What does not: which
they are (`serving`), and what the lifeline does when its command is gone (`lifeline`).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from adm_sync.cli.lifeline import DONE, end_group

SECONDS_TO_END = 20


@dataclass(frozen=True, slots=True)
class Lifeline:
    """The process that ends what is left if this one is killed; it is told what there is."""

    told: IO[bytes]

    def tell(self, word: str) -> None:
        """What is to be ended before all that it was told of earlier: a group, or a word."""
        with suppress(OSError):  # it was killed; then this process ends its children alone
            self.told.write(f"{word}\n".encode())
            self.told.flush()


@contextmanager
def lifeline(environment: Mapping[str, str]) -> Iterator[Lifeline]:
    """Have one for as long as this lasts; what it was told of has ended by then."""
    process = subprocess.Popen(
        [sys.executable, "-m", "adm_sync.cli.lifeline"],
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    line = Lifeline(process.stdin)
    try:
        yield line
    finally:
        line.tell(DONE)
        with suppress(OSError):
            process.stdin.close()
        process.wait()


@contextmanager
def started(
    command: list[str],
    environment: Mapping[str, str],
    line: Lifeline,
    *,
    quiet: bool = False,
    keep: Callable[[bytes], object] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own group, so that Ctrl-C reaches it only through us; ended on leaving.

    What it says on standard error goes on to ours until it is told to end: what it says of that, as
    Python does with a trace while it starts, is news to nobody.

    Args:
        command: what it is.
        environment: its own.
        line: is told of it.
        quiet: what it says on standard output is for nobody.
        keep: takes each line that it says, wherever, so that none is shown.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter with our own arguments
        command,
        env=dict(environment),
        start_new_session=True,
        stdout=subprocess.DEVNULL if quiet else subprocess.PIPE if keep else None,
        stderr=subprocess.STDOUT if keep else subprocess.PIPE,
    )
    line.tell(str(child.pid))
    spoken = child.stdout if keep else child.stderr
    assert spoken is not None
    is_ending = threading.Event()
    told = (spoken, keep or _show, is_ending)
    said = threading.Thread(target=_pass_on, args=told, daemon=True)
    said.start()
    try:
        yield child
    finally:
        is_ending.set()
        child.send_signal(signal.SIGINT)
        try:
            child.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        end_group(child.pid)
        said.join(1)


def _pass_on(said: IO[bytes], to: Callable[[bytes], object], is_ending: threading.Event) -> None:
    # Where nobody hears it any more, the child is to find that out as if it spoke itself.
    with said, suppress(OSError, ValueError):
        for line in said:
            if not is_ending.is_set():
                to(line)


def _show(line: bytes) -> None:
    if sys.__stderr__ is not None:
        sys.__stderr__.buffer.write(line)
        sys.__stderr__.flush()
