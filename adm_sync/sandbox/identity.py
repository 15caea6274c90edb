"""External ids as Administrate builds them: base64 of `<prefix>:<number>`.

What belongs here: making and taking apart ids. What does not: which types there are
(record_types.py).
"""

import base64
import binascii


def external_id(prefix: str, number: int | str) -> str:
    """The external id of a record: `external_id("Location", 1)` is base64 of `Location:1`."""
    return base64.b64encode(f"{prefix}:{number}".encode()).decode("ascii")


def number_of(identifier: str) -> int | None:
    """The number within an external id; None if the id is not of the usual form."""
    try:
        text = base64.b64decode(identifier, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    number = text.rpartition(":")[2]
    return int(number) if number.isdecimal() else None
