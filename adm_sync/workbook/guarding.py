"""The guard around work on files from outside: what a process of its own may use and see.

What belongs here: its limits and its environment. What does not: what it does (`file.parsing`,
`report`).
"""

import os
from contextlib import suppress
from pathlib import Path

import adm_sync

# Nothing else: it needs no settings, and some are secret.
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")


def environment() -> dict[str, str]:
    """The variables that such a process gets."""
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
