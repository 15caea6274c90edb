"""Reading the fields of one node of an answer, which is hostile until checked.

What belongs here: getting a value of the right type and size out of a node, or saying why not.
What does not: which fields an entity has.
"""

import re
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from adm_sync.errors import ContractBroken
from adm_sync.reference.entity import Node

_PLAIN_NUMBER = re.compile(r"\d{1,20}(\.\d{1,20})?")


class RefusedError(ValueError):
    """The database would refuse this record; the message says why."""


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
        raise RefusedError(f"its id is {value!r}, which is not text")
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
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusedError(f"{name} is {value!r}, which is not text")
    return storable(value, name)


def text(value: Any, column: "sa.Column[Any]") -> str | None:
    """`value` as text that fits `column`; None where the column allows it, '' where not.

    Raises:
        RefusedError: it is no text, too long, or holds what PostgreSQL cannot store.
    """
    if value is None:
        return None if column.nullable else ""
    if not isinstance(value, str):
        raise RefusedError(f"{column.name} is {value!r}, which is not text")
    length = getattr(column.type, "length", None)
    if length is not None and len(value) > length:
        raise RefusedError(
            f"{column.name} has {len(value)} characters and the column holds {length}"
        )
    return storable(value, column.name)


def storable(value: str, name: str) -> str:
    """`value`, if PostgreSQL can hold it.

    Raises:
        RefusedError: it holds a null character or half a surrogate pair.
    """
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise RefusedError(f"{name} holds half a surrogate pair") from None
    if "\x00" in value:
        raise RefusedError(f"{name} holds a null character")
    return value


def amount(value: Any, column: "sa.Column[Any]") -> Decimal:
    """A price, exact.

    Raises:
        RefusedError: it is not a plain number, or the column cannot hold it exactly.
    """
    written = str(value)
    if isinstance(value, bool) or not _PLAIN_NUMBER.fullmatch(written):
        raise RefusedError(f"{column.name} is {value!r}, which is not a plain number")
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
