"""A small disk for a test, where this user may mount one.

What belongs here: mounting and filling it. What does not: what is expected of a full one.
"""

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FULL = "No space left on device"


@contextmanager
def small_disk(place: Path, room: str = "size=1m") -> Iterator[Path]:
    """A disk of its own in a new folder; the test is skipped where none may be mounted.

    Args:
        place: the folder.
        room: an option of tmpfs that says how much fits.
    """
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"{room},mode=0700", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("this user may not mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk: Path) -> None:
    """From now on no byte more fits."""
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
