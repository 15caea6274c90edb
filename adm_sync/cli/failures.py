"""What `--json` prints of a command that failed: a document with all the keys of a good one.

What belongs here: the shapes, and what is known of the work when it fails. What does not: telling
a failure from a success (`main`).
"""

from collections.abc import Sequence
from typing import Any

from adm_sync.imports.counts import COUNTS

# Command: the keys of its document beside the status and the message.
_KEYS: dict[str, dict[str, Any]] = {
    "import-events": {
        "workbook": None,
        "partition": None,
        "rows": 0,
        "events": dict.fromkeys(COUNTS, 0),
        "sessions": dict.fromkeys(COUNTS, 0),
        "findings": [],
        "report": None,
        "requests": 0,
        "warnings": [],
        "plan": [],
        "state": None,
        "in_all": None,
    },
    "push": {
        "partition": None,
        # It may have been stopped in the middle: nobody has counted.
        **dict.fromkeys(("pushed", "adopted", "sessions", "requests")),
        "pending": [],
        "failed": [],
        "conflicts": [],
    },
    "reconcile": {"sittings": [], "compared": 0, "requests": 0, "differences": []},
    "imports": {"imports": []},
    "history": {"kind": None, "subject": None, "entries": [], "following": None, "matches": []},
    "report": {"partition": None, "report": None, "findings": None, "problems": []},
    "undo": {"partition": None, "events": []},
    "create-missing": {"entity": None, "possible": False, "missing": [], "done": []},
    "decide": {"file": None, "decisions": [], "findings": []},
}
_DEFAULT: dict[str, Any] = {"entities": []}

_known: dict[str, Any] = {}


def begin() -> None:
    """A command begins: nothing is known of it yet."""
    _known.clear()


def know(**values: Any) -> None:
    """Should the command fail from here on, its document says this under these keys."""
    _known.update(values)


def document(arguments: Sequence[str], sentence: str) -> dict[str, Any]:
    """The document of a command line that failed for the reason that the sentence gives."""
    command = next((one for one in arguments if not one.startswith("-")), "")
    keys = _KEYS.get(command, _DEFAULT)
    known = {key: value for key, value in _known.items() if key in keys}
    return {"status": "failed", **keys, **known, "message": sentence}
