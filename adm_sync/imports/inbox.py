"""The inbox: a folder that workbooks are dropped into.

What belongs here: which files in it have landed whole, and putting them away. What does not:
opening them, and Dagster's memory of them (`defs`).
"""

from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".xlsx", ".xlsm", ".xls"}
LOCK_PREFIXES = ("~$", ".~lock.")


@dataclass(frozen=True, slots=True)
class Landed:
    """A file as it was at one look: its name, size in bytes, and time of change in ns."""

    path: Path
    size: int
    changed: int

    @property
    def sign(self) -> str:
        """The same again only if nobody has written to it in between."""
        return f"{self.size}:{self.changed}"


def look(folder: Path) -> list[Landed]:
    """The workbooks in the folder that nobody has open, by name.

    Raises:
        OSError: the folder cannot be read; it is made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = {entry.name for entry in folder.iterdir()}
    found = []
    for path in sorted(folder.iterdir()):
        if _is_workbook(path) and not _is_open(path, names):
            state = path.stat()
            found.append(Landed(path, state.st_size, state.st_mtime_ns))
    return found


def _is_workbook(path: Path) -> bool:
    return (
        path.suffix.lower() in SUFFIXES
        and not path.name.startswith((".", *LOCK_PREFIXES))
        and path.is_file()
    )


def _is_open(path: Path, names: set[str]) -> bool:
    """Excel and LibreOffice put a lock file beside what they have open."""
    # Excel leaves out the first two characters of a long name.
    excel = {f"~${path.name}", f"~${path.name[2:]}"}
    return bool(names & {*excel, f".~lock.{path.name}#"})
