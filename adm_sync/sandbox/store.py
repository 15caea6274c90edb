"""The records of the sandbox's tenant, in memory.

What belongs here: adding, changing, removing, finding and saving records, and the caches that
make long lists cheap to page. What does not: GraphQL, filters, business rules of mutations.

A record is a dict with the names of the API's fields; references are external ids; date-times
are ISO texts in UTC. `__typename` is its type, `_number` the store's own. Every method may be
called from any thread; hold `lock` to do several things as one.
"""

import contextlib
import copy
import json
import os
import tempfile
import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from adm_sync.sandbox.identity import external_id, number_of
from adm_sync.sandbox.record_types import RECORD_TYPES, RecordType
from adm_sync.sandbox.waiting import Wait

StoredRecord = dict[str, Any]

FILE_FORMAT = 1
CACHED_LISTS = 64


class Store:
    """An empty tenant, until records are added."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.version = 0
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._empty()

    def _empty(self) -> None:
        self._tables: dict[str, dict[str, StoredRecord]] = {name: {} for name in RECORD_TYPES}
        self._next = dict.fromkeys(RECORD_TYPES, 1)
        self._by_id: dict[str, StoredRecord] = {}
        self._children: dict[tuple[str, str, str], dict[str, StoredRecord]] = {}
        self._lists: dict[str, list[StoredRecord]] = {}
        self._hidden: dict[str, Wait] = {}
        self._cached: dict[Hashable, list[StoredRecord]] = {}
        self._cached_version = -1

    def clear(self) -> None:
        """Remove every record; numbers start at 1 again."""
        with self.lock:
            self._empty()
            self.version += 1

    def add(self, record_type: str, /, **fields: Any) -> str:
        """Add a record and return its external id.

        Arguments:
            record_type: a name of record_types.py, such as "Location".
            fields: its fields; references as external ids. `id` gives the record an external id
                of your own; without it the next number of the type is used.

        Raises:
            ValueError: the type or a field is unknown, a required field is missing, a reference
                does not exist, or the id is taken.
        """
        with self.lock:
            kind = _kind(record_type)
            identifier = fields.pop("id", None)
            missing = [name for name in kind.required if name not in fields]
            if missing:
                raise ValueError(f"A {record_type} needs {', '.join(missing)}.")
            self._check(kind, fields)
            record = self._new_record(kind, identifier)
            record |= _owned(fields)
            self._insert(kind, record)
            return str(record["id"])

    def _new_record(self, kind: RecordType, identifier: str | None) -> StoredRecord:
        number = number_of(identifier) if identifier else None
        if number is None:
            number = self._next[kind.name]
        identifier = identifier or external_id(kind.prefix, number)
        if identifier in self._by_id:
            raise ValueError(f"The id {identifier} is taken.")
        self._next[kind.name] = max(self._next[kind.name], number + 1)
        record: StoredRecord = {"__typename": kind.name, "_number": number, "id": identifier}
        record |= kind.defaults
        if kind.name == "CustomFieldDefinition":
            record["key"] = identifier
        if kind.dated:
            record["createdAt"] = record["updatedAt"] = self.now()
        return record

    def update(self, identifier: str, **fields: Any) -> None:
        """Change fields of a record.

        Raises:
            KeyError: there is no such record.
            ValueError: a field is unknown, or a reference does not exist.
        """
        with self.lock:
            record = self._by_id[identifier]
            kind = _kind(record["__typename"])
            self._check(kind, fields)
            self._unlink(kind, record)
            if kind.dated:
                record["updatedAt"] = self.now()
            record |= _owned(fields)
            self._link(kind, record)
            self._changed(kind)

    def remove(self, identifier: str) -> None:
        """Remove a record; what refers to it then refers to nothing.

        Raises:
            KeyError: there is no such record.
        """
        with self.lock:
            record = self._by_id.pop(identifier)
            kind = _kind(record["__typename"])
            del self._tables[kind.name][identifier]
            self._unlink(kind, record)
            self._changed(kind)

    def get(self, identifier: str) -> StoredRecord:
        """A copy of a record.

        Raises:
            KeyError: there is no such record.
        """
        with self.lock:
            return _public(self._by_id[identifier])

    def all(self, record_type: str) -> list[StoredRecord]:
        """Copies of all records of a type, in the order of their numbers; hidden ones too.

        Raises:
            ValueError: the type is unknown.
        """
        with self.lock:
            _kind(record_type)
            return [_public(record) for record in self._in_order(record_type)]

    def counts(self) -> dict[str, int]:
        """How many records of each type there are."""
        with self.lock:
            return {name: len(table) for name, table in self._tables.items()}

    def find(self, identifier: Any, record_type: str | None = None) -> StoredRecord | None:
        """The record itself, to be read only; None if there is none, or not of that type."""
        record = self._by_id.get(identifier)
        if record is None or (record_type and record["__typename"] != record_type):
            return None
        return record

    def records(self, record_type: str) -> Sequence[StoredRecord]:
        """The records themselves in the order of their numbers, to be read only."""
        if self._hidden:
            return self._visible(self._in_order(record_type))
        return self._in_order(record_type)

    def _in_order(self, record_type: str) -> list[StoredRecord]:
        records = self._lists.get(record_type)
        if records is None:
            records = list(self._tables[record_type].values())
            records.sort(key=_number)
            self._lists[record_type] = records
        return records

    def children(self, record_type: str, reference: str, parent: str) -> Sequence[StoredRecord]:
        """The records of a type whose reference is the parent, to be read only."""
        children = self._children.get((record_type, reference, parent))
        if not children:
            return ()
        records = list(children.values())
        return self._visible(records) if self._hidden else records

    def cached(self, key: Hashable, make: Callable[[], list[StoredRecord]]) -> list[StoredRecord]:
        """What `make` returns; kept under `key` until anything in the store changes."""
        if self._cached_version != self.version:
            self._cached.clear()
            self._cached_version = self.version
        if key not in self._cached:
            if len(self._cached) >= CACHED_LISTS:
                self._cached.clear()
            self._cached[key] = make()
        return self._cached[key]

    def hide(self, identifiers: Iterable[str], wait: Wait) -> None:
        """Leave records out of every list until the wait is over."""
        with self.lock:
            self._hidden |= dict.fromkeys(identifiers, wait)
            self.version += 1

    def count_request(self) -> None:
        """Count one request towards the return of hidden records."""
        with self.lock:
            if not self._hidden:
                return
            self._hidden = {
                name: wait.counted() for name, wait in self._hidden.items() if not wait.is_over
            }
            self.version += 1

    def age(self, seconds: float) -> None:
        """Make everything so much older: dates of creation and change, and what is hidden."""
        with self.lock:
            for record in self._by_id.values():
                for name in ("createdAt", "updatedAt", "cancelledAt"):
                    if moment := record.get(name):
                        earlier = datetime.fromisoformat(moment) - timedelta(seconds=seconds)
                        record[name] = _instant(earlier)
            self._hidden = {name: wait.aged(seconds) for name, wait in self._hidden.items()}
            self.version += 1

    def now(self) -> str:
        """This moment as Administrate writes it: UTC with microseconds and `Z`."""
        return _instant(self.clock())

    def save(self, path: Path | str) -> None:
        """Write all records to a JSON file, atomically."""
        with self.lock:
            content = {
                "format": FILE_FORMAT,
                "next": self._next,
                "records": {
                    name: [_public(record) | {"_number": record["_number"]} for record in records]
                    for name, table in self._tables.items()
                    if (records := list(table.values()))
                },
            }
        _write_atomically(Path(path), json.dumps(content, ensure_ascii=False))

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """A store with the records of a file that `save` wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is not a file that `save` wrote.
        """
        store = cls()
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            if content["format"] != FILE_FORMAT:
                raise ValueError(f"format {content['format']}")
            for name, records in content["records"].items():
                for record in records:
                    store._insert(_kind(name), {"__typename": name} | record)
            store._next |= {name: int(number) for name, number in content["next"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} does not hold the records of a sandbox: {error}") from error
        return store

    def _insert(self, kind: RecordType, record: StoredRecord) -> None:
        self._tables[kind.name][record["id"]] = record
        self._by_id[record["id"]] = record
        self._link(kind, record)
        self._changed(kind)

    def _check(self, kind: RecordType, fields: StoredRecord) -> None:
        for name, value in fields.items():
            if not kind.knows(name):
                raise ValueError(f"A {kind.name} has no field {name}.")
            if name in kind.references and value is not None:
                self._check_reference(kind, name, value, kind.references[name])
            for item in (value or ()) if name in kind.reference_lists else ():
                self._check_reference(kind, name, item, kind.reference_lists[name])

    def _check_reference(self, kind: RecordType, name: str, value: Any, target: str) -> None:
        if self.find(value, target) is None:
            raise ValueError(f"{kind.name}.{name}: there is no {target} with the id {value!r}.")

    def _link(self, kind: RecordType, record: StoredRecord) -> None:
        for reference in kind.children_by:
            if parent := record.get(reference):
                key = (kind.name, reference, parent)
                self._children.setdefault(key, {})[record["id"]] = record

    def _unlink(self, kind: RecordType, record: StoredRecord) -> None:
        for reference in kind.children_by:
            children = self._children.get((kind.name, reference, record.get(reference, "")))
            if children:
                children.pop(record["id"], None)

    def _changed(self, kind: RecordType) -> None:
        self._lists.pop(kind.name, None)
        self.version += 1

    def _visible(self, records: list[StoredRecord]) -> list[StoredRecord]:
        return [record for record in records if record["id"] not in self._hidden]


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _kind(record_type: str) -> RecordType:
    try:
        return RECORD_TYPES[record_type]
    except KeyError:
        known = ", ".join(RECORD_TYPES)
        raise ValueError(f"There are no {record_type} records; there are {known}.") from None


def _number(record: StoredRecord) -> int:
    return int(record["_number"])


def _public(record: StoredRecord) -> StoredRecord:
    return _owned({name: value for name, value in record.items() if name != "_number"})


def _owned(fields: StoredRecord) -> StoredRecord:
    """The fields with copies of what could be changed from outside."""
    return {
        name: copy.deepcopy(value) if isinstance(value, (dict, list)) else value
        for name, value in fields.items()
    }


def _write_atomically(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(temporary).unlink()
        raise
