"""The guard around work on files from outside: what a process of its own may use and see.

What belongs here: how it is called, and its limits. What does not: what it does (`file.parsing`,
`report`).
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

import adm_sync

# Nothing else: it needs no settings, and some are secret.
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")


def command(*arguments: str) -> list[str]:
    """What starts such a process, with these arguments of Python's."""
    # -P: a file in the current folder, where workbooks lie, must not be taken for a module.
    return [sys.executable, "-P", *arguments]


def environment() -> dict[str, str]:
    """The variables that such a process gets: no settings."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    package = Path(adm_sync.__file__).parent.parent
    return kept | {"PYTHONPATH": str(package), "PYTHONUTF8": "1"}


def limit(memory: int, seconds: float) -> None:
    """Give this process less than it could do harm with.

    Args:
        memory: bytes of address space.
        seconds: of processor time.
    """
    try:
        import resource
    except ImportError:
        return  # not on Windows; the process that asked still ends this one in time
    for kind, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, int(seconds) + 1),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # macOS knows RLIMIT_AS and does not take it.
        with suppress(OSError, ValueError):
            resource.setrlimit(kind, (wanted, hard))
