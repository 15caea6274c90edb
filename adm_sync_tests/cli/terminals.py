"""A pseudo-terminal with `adm-sync` on it, for tests that have to be somebody who sits there."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from adm_sync_tests.cli.workplace import Workplace

SECONDS = 60
# How long a person waits before pressing a key again.
PATIENCE = 10


class Terminal:
    """What is on the screen, and what is typed."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.text = ""

    def wait_for(self, text: str) -> None:
        """Read until this text is on the screen."""
        self._read_until(lambda: text in self.text, text)

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._master, f"{text}\n".encode())

    def press_ctrl_c(self, process: Any) -> str:
        """Press Ctrl-C until it has ended, as a person does; gives everything, as `read_to_end`.

        Python hears a signal that comes between its writing a prompt and its waiting for the
        answer only when there is an answer.
        """
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        return self.read_to_end()

    def read_to_end(self) -> str:
        """Everything, until the process has ended; gives the text with plain line ends."""
        self._read_until(lambda: False, None)
        return self.text.replace("\r\n", "\n")

    def _read_until(self, done: Any, wanted: str | None) -> None:
        ends = time.monotonic() + SECONDS
        while not done():
            ready, _, _ = select.select([self._master], [], [], max(0, ends - time.monotonic()))
            assert ready, f"waited in vain for {wanted!r}; on the screen is {self.text!r}"
            try:
                read = os.read(self._master, 65536)
            except OSError:  # the other end is closed
                read = b""
            if not read:
                assert wanted is None, f"ended before {wanted!r}; on the screen is {self.text!r}"
                return
            self.text += read.decode()


@contextmanager
def on_terminal(
    place: Workplace, *arguments: str, **streams: Any
) -> Iterator[tuple[Terminal, Any]]:
    """Run `adm-sync` on a terminal; streams that are given go elsewhere."""
    master, slave = pty.openpty()
    try:
        process = place.start(
            *arguments, **{"stdin": slave, "stdout": slave, "stderr": slave, **streams}
        )
        os.close(slave)
        yield Terminal(master), process
        process.wait(SECONDS)
    finally:
        os.close(master)
        process.kill()
        process.wait()
