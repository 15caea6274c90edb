"""Reading the fields of one node of an answer, which is hostile until checked.

What belongs here: getting a value of the right type and size out of a node, or saying why not.
What does not: which fields an entity has.
"""

import re
from decimal import Decimal
from reprlib import repr as brief
from typing import Any

import sqlalchemy as sa

from adm_sync.administrate.paging import Node
from adm_sync.errors import ContractBroken

_PLAIN_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")


class RefusedError(ValueError):
    """A record cannot be taken in as it is; the message says why."""


def required(node: Node, name: str) -> Any:
    """The field `name` of `node`, which may be null but not missing.

    Raises:
        ContractBroken: the field is not there.
    """
    try:
        return node[name]
    except (KeyError, TypeError):
        raise ContractBroken(
            f"Administrate's answer has no field '{name}' where the contract has one. Nothing was "
            "written. Its API may have changed: compare its schema with the project's."
        ) from None


def external_id(node: Node, column: "sa.Column[Any]", name: str = "id") -> str:
    """The id of a node.

    Raises:
        RefusedError: it is no text, is empty, or does not fit the column.
    """
    value = required(node, name)
    if not isinstance(value, str):
        raise RefusedError(f"its id is {brief(value)}, which is not text")
    if not value.strip():
        raise RefusedError("its id is empty")
    return str(text(value, column))


def reference(node: Node, name: str) -> str | None:
    """The id of the node that the field `name` refers to, if it refers to one.

    Raises:
        RefusedError: that id is no text.
    """
    target = required(node, name)
    return words(target, "id") or None if target else None


def words(node: Node, name: str) -> str:
    """The field `name` as text of any length; '' for null.

    Raises:
        RefusedError: it is no text, or holds what PostgreSQL cannot store.
    """
    value = required(node, name)
    return "" if value is None else storable(value, name)


def flag(node: Node, name: str) -> bool:
    """The field `name` as yes or no; no for null.

    Raises:
        RefusedError: it is neither.
    """
    value = required(node, name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise RefusedError(f"{name} is {brief(value)}, which is neither true nor false")
    return value


def several(node: Node, name: str) -> list[Any] | None:
    """The field `name` as a list; None for null.

    Raises:
        RefusedError: it is no list.
    """
    value = required(node, name)
    if value is not None and not isinstance(value, list):
        raise RefusedError(f"{name} is {brief(value)}, which is not a list")
    return value


def text(value: Any, column: "sa.Column[Any]") -> str | None:
    """`value` as text that fits `column`; None where the column allows it, '' where not.

    Raises:
        RefusedError: it is no text, too long, or holds what PostgreSQL cannot store.
    """
    if value is None:
        return None if column.nullable else ""
    worded = storable(value, column.name)
    length = getattr(column.type, "length", None)
    if length is not None and len(worded) > length:
        raise RefusedError(
            f"{column.name} has {len(worded)} characters and the column holds {length}"
        )
    return worded


def storable(value: Any, name: str) -> str:
    """`value`, if it is text that PostgreSQL can hold.

    Raises:
        RefusedError: it is no text, or holds a null character or half a surrogate pair.
    """
    if not isinstance(value, str):
        raise RefusedError(f"{name} is {brief(value)}, which is not text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RefusedError(f"{name} holds half a surrogate pair") from None
    if "\x00" in value:
        raise RefusedError(f"{name} holds a null character")
    return value


def legible(value: Any) -> str:
    """An id or a name as it can be shown and stored, whatever it is; '' if there is none."""
    if not isinstance(value, str | int) or not str(value).strip():
        return ""
    written = str(value).encode("utf-8", "backslashreplace").decode()
    return written.replace("\x00", "\\x00")


def amount(value: Any, column: "sa.Column[Any]") -> Decimal:
    """A price, exact.

    Raises:
        RefusedError: it is not a plain number, or the column cannot hold it exactly.
    """
    written = str(value)
    if isinstance(value, bool) or not _PLAIN_NUMBER.fullmatch(written):
        raise RefusedError(f"{column.name} is {brief(value)}, which is not a plain number")
    number = Decimal(written)
    precision, scale = column.type.precision, column.type.scale  # type: ignore[attr-defined]
    rounded = round(number, scale)
    if rounded != number:
        raise RefusedError(f"{column.name} is {written}, with more than {scale} decimals")
    if number >= 10 ** (precision - scale):
        raise RefusedError(f"{column.name} is {written}, which is too large")
    return Decimal(rounded)


def personal_name(node: Node) -> tuple[str, str]:
    """First and last name of a contact; `personalName` fills in what the contact leaves out."""
    named = node.get("personalName") or {"firstName": None, "lastName": None}
    first = words(node, "firstName") or words(named, "firstName")
    last = words(node, "lastName") or words(named, "lastName")
    return first, last
