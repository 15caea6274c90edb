"""The file that a sandbox keeps its records in: who works with it, and when it is written.

What belongs here: that, and where whoever has the file listens. What does not: the records
themselves (`store`), and listening (`server`).
"""

import contextlib
import fcntl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from adm_sync.sandbox.store import Store

SECONDS_BETWEEN_SAVES = 0.5


class InUse(OSError):
    """Another sandbox works with the file."""


@contextlib.contextmanager
def alone(state_file: Path | None) -> Iterator[Callable[[str], None]]:
    """Have the file for oneself: two sandboxes would overwrite each other's records.

    Yields:
        What tells the others the address at which this one listens.

    Raises:
        InUse: another one has it.
    """
    if state_file is None:
        yield lambda _: None
        return
    with _lock_of(state_file).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"another sandbox works with the records in {state_file}. End that one first "
                "(adm-sync dev runs one), or name another file with --state."
            ) from None

        def tell(address: str) -> None:
            lock.truncate(0)
            lock.write(address)
            lock.flush()

        tell("")
        try:
            yield tell
        finally:
            tell("")


def address_of(state_file: Path) -> str:
    """Where the one that has the file listens; empty until it does."""
    return _lock_of(state_file).read_text(encoding="utf-8")


@contextlib.contextmanager
def kept(store: Store, state_file: Path | None) -> Iterator[None]:
    """Save the store shortly after each change, from a thread of its own, and at the end."""
    if state_file is None:
        yield
        return
    store.save(state_file)
    ended = threading.Event()
    saver = threading.Thread(target=_save_changes, args=(store, state_file, ended), name="saver")
    saver.start()
    try:
        yield
    finally:
        ended.set()
        saver.join()
        store.save(state_file)


def _save_changes(store: Store, state_file: Path, ended: threading.Event) -> None:
    saved = store.version
    while not ended.wait(SECONDS_BETWEEN_SAVES):
        version = store.version
        if version != saved:
            with contextlib.suppress(OSError):  # the save at the end says what is wrong
                store.save(state_file)
                saved = version


def _lock_of(state_file: Path) -> Path:
    return state_file.with_suffix(".lock")
