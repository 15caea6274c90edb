"""A process that ends what `adm-sync dev` has started if that was killed and could not do it.

It reads from a pipe of which only its command has the other end: when that is closed without a word
the command is gone. Works wherever there are pipes and process groups, so on macOS too.

What belongs here: that, with little loaded, because it waits for as long as `dev` runs.
"""

import os
import signal
import sys
import time
from contextlib import suppress

# What a line may be beside the number of a process group: the commands that the desk has started,
# the embedded server, and that all has ended.
COMMANDS, SERVER, DONE = "commands", "server", "done"
SECONDS_TO_END = 20


def main() -> None:
    """Wait for the end of the command, and end what it has left, the latest first."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    told = [line.strip() for line in sys.stdin]
    if DONE in told:
        return
    for word in reversed(told):
        if word == COMMANDS:
            _stop_commands()
        elif word == SERVER:
            _leave_server()
        else:
            _end(int(word))


def end_group(group: int) -> None:
    """Dagster's code servers outlive it by half a minute; nothing is to be left behind."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        for _ in range(50):
            try:
                os.killpg(group, sent)
            except ProcessLookupError:
                return
            except PermissionError:  # macOS says so of a group whose processes have all ended
                return
            time.sleep(0.1)


def _end(group: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(group, signal.SIGINT)
        ends = time.monotonic() + SECONDS_TO_END
        while time.monotonic() < ends:
            os.kill(group, 0)
            time.sleep(0.1)
    end_group(group)


def _stop_commands() -> None:
    from adm_sync.desk import actions
    from adm_sync.settings import Settings

    actions.stop_all(Settings.load(), lambda _: None)


def _leave_server() -> None:
    """The last one that leaves the embedded server stops it."""
    from adm_sync.database.embedded import embedded_server
    from adm_sync.settings import Settings

    with embedded_server(Settings.load().home):
        pass


if __name__ == "__main__":
    main()
