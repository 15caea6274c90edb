"""Text as this database can hold it, for what is only kept to be read.

What belongs here: putting something in the place of a character that the database's encoding has no
room for. What does not: titles and other values that have to be right; those are refused.
"""

import codecs
from collections.abc import Mapping
from typing import Any

import psycopg
import sqlalchemy as sa

# As Python calls them; the others have the same name in both.
CODECS = {"SQL_ASCII": "utf-8", "KOI8R": "koi8-r", "KOI8U": "koi8-u"}


def storable(connection: sa.Connection, value: Any) -> Any:
    """The same text, list or mapping, with a sign in the place of what cannot be stored."""
    codec = _codec(connection)

    def fit(value: Any) -> Any:
        if isinstance(value, str):
            text = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
            return text.encode(codec, "replace").decode(codec)
        if isinstance(value, Mapping):
            return {fit(name): fit(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [fit(one) for one in value]
        return value

    return fit(value)


def _codec(connection: sa.Connection) -> str:
    session = connection.connection.driver_connection
    if not isinstance(session, psycopg.Connection):
        raise TypeError("the engine has to use psycopg 3")
    told = session.info.parameter_status("server_encoding") or "SQL_ASCII"
    name = CODECS.get(told, told).replace("WIN", "cp")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "ascii"  # every encoding of PostgreSQL has room for it
