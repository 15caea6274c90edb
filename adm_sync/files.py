"""Writing a file so that nobody ever finds half of one, nor loses the one that was there.

What belongs here: putting a whole file in its place. What does not: what is in it, and what is
said when it cannot be written.
"""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from adm_sync.home import open_like_its_folder


def put(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file, or replace it, in one go.

    Args:
        path: where; its folder is there.
        data: all of it.
        private: for the owner alone; otherwise for whoever its folder lets in.

    Raises:
        OSError: it could not be written; what was there before still is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():  # such as /dev/stdout
        path.write_bytes(data)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".adm_sync-")
    fresh = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        if not private:
            open_like_its_folder(fresh)
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise
