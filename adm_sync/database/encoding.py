"""Which text this database can hold.

What belongs here: finding a character that the database's encoding has no room for, and, for what
is only kept to be read, writing it with the characters that there are. What does not: what becomes
of titles and other values that have to be right (whoever plans to store them).
"""

import codecs
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.adapt import Loader
from psycopg.types.json import set_json_dumps

# As Python calls them; the others have the same name in both. SQL_ASCII takes what it is given.
CODECS = {"SQL_ASCII": "utf-8", "KOI8R": "koi8-r", "KOI8U": "koi8-u"}
ANY_OTHER = 0
TEXTS = ("text", "varchar", "bpchar", "name", ANY_OTHER)


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding of PostgreSQL's: its name there, and Python's; None if Python has none."""

    name: str
    codec: str | None

    @property
    def holds_all(self) -> bool:
        """Whether it has room for every character."""
        return self.codec == "utf-8"

    def obstacle(self, value: Any) -> str:
        """Why a text, or a list or mapping with texts in it, cannot be stored; '' if it can be."""
        for text in (value,) if isinstance(value, str) else _texts(value):
            strange = self._strange(text)
            if strange:
                return f"holds {described(strange)}, which {self._lacking}"
        return ""

    @property
    def _lacking(self) -> str:
        if self.holds_all:
            return "PostgreSQL cannot store"
        return f"this database cannot store (its encoding is {self.name})"

    def _strange(self, text: str) -> str:
        """The first character that cannot be stored; '' if there is none that is known."""
        if "\0" in text:
            return "\0"
        # Every encoding of PostgreSQL's has room for ASCII.
        if text.isascii() or self.codec is None:
            return ""
        try:
            text.encode(self.codec)
        except UnicodeEncodeError as error:
            return text[error.start]
        return ""


def encoding_of(connection: sa.Connection) -> Encoding:
    """The encoding of the database that this is a connection to."""
    name = _told(_session(connection))
    try:
        return Encoding(name, codecs.lookup(CODECS.get(name, name).replace("WIN", "cp")).name)
    except LookupError:
        return Encoding(name, None)


def storable(connection: sa.Connection, value: Any) -> Any:
    """The same text, list or mapping, with an escape in the place of what cannot be stored.

    No two texts become the same one by it, so that what is found by such a text is the right one.
    """
    # Every encoding of PostgreSQL's has room for these.
    codec = encoding_of(connection).codec or "ascii"

    def fit(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("\0", "\\x00").encode(codec, "backslashreplace").decode(codec)
        if isinstance(value, Mapping):
            return {fit(name): fit(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [fit(one) for one in value]
        return value

    return fit(value)


def described(character: str) -> str:
    """A character by its sign, if it has one that can be seen, and its number and name."""
    number = f"U+{ord(character):04X}"
    known = unicodedata.name(character, "")
    named = f"{number}, {known}" if known else number
    return f"«{character}» ({named})" if character.isprintable() else named


def any_text(session: "psycopg.Connection[Any]") -> None:
    """Let a new session send every character as itself, and read whatever bytes are there.

    SQL_ASCII has no way from the escapes of JSON to a character, and checks what it is given only
    where the session's encoding is another.
    """
    set_json_dumps(partial(json.dumps, ensure_ascii=False), session)
    if _told(session) == "SQL_ASCII":
        for kind in TEXTS:
            session.adapters.register_loader(kind, _Unchecked)


class _Unchecked(Loader):
    """Text of a server that checks none: what is no UTF-8 is read as the sign for that."""

    def load(self, data: Any) -> str:
        return bytes(data).decode("utf-8", "replace")


def _session(connection: sa.Connection) -> "psycopg.Connection[Any]":
    session = connection.connection.driver_connection
    if not isinstance(session, psycopg.Connection):
        raise TypeError("the engine has to use psycopg 3")
    return session


def _told(session: "psycopg.Connection[Any]") -> str:
    return session.info.parameter_status("server_encoding") or "SQL_ASCII"


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.items()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
