"""What came back from Administrate, checked before anybody relies on it.

What belongs here: from the bytes of a body to an `Answer`. What does not: HTTP statuses (wire.py)
and the shape of a connection (paging.py).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from adm_sync.administrate.redaction import Redactor
from adm_sync.administrate.retrying import Failed, FailureKind

SENTENCES_KEPT = 20
SENTENCE_LENGTH = 300

_THROTTLED_CODES = {"THROTTLED", "RATELIMITED", "RATELIMITEXCEEDED", "TOOMANYREQUESTS", "429"}
_THROTTLED_WORDS = re.compile(r"(?i)\bthrottled\b|\brate limit|\btoo many requests\b")


@dataclass(frozen=True, slots=True)
class GraphQLFault:
    """One GraphQL error: Administrate's own sentence, and the field it is about."""

    message: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL answer; data and errors may both be there.

    `cause` is what the problem is known by that it shows, if it lacks something (`refusals`).
    """

    data: dict[str, Any] | None
    errors: tuple[GraphQLFault, ...] = ()
    cause: str = ""

    @property
    def said(self) -> str:
        """What its errors say: the first few, and how many more."""
        parts = []
        for fault in self.errors[:3]:
            where = ".".join(str(step) for step in fault.path)
            parts.append(f'"{fault.message}"' + (f" (at {where})" if where else ""))
        more = len(self.errors) - len(parts)
        return "; ".join(parts) + (f"; and {more} more" if more else "") + "."


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def parse_json(body: bytes) -> Any:
    """The JSON value in a body.

    Raises:
        ValueError: it is not JSON in UTF-8, or nested beyond reason.
    """
    try:
        return _DECODER.decode(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def parse_answer(body: bytes) -> dict[str, Any]:
    """The GraphQL answer in a body: an object with `data` (an object or null) and `errors` (a list
    of objects).

    Raises:
        Failed: it is not JSON, as behind a broken proxy, or JSON of another shape.
    """
    try:
        answer = parse_json(body)
    except ValueError:
        raise Failed(
            FailureKind.OUTAGE, "Administrate answered with something that is not JSON"
        ) from None
    if not isinstance(answer, dict):
        raise Failed(FailureKind.MALFORMED, "the answer is not a JSON object")
    data, errors = answer.get("data"), _listed(answer.get("errors"))
    if data is not None and not isinstance(data, dict):
        raise Failed(FailureKind.MALFORMED, "`data` in the answer is not an object")
    if data is None and not errors:
        raise Failed(FailureKind.MALFORMED, "the answer has neither `data` nor `errors`")
    return {"data": data, "errors": errors}


def faults(errors: Sequence[Mapping[str, Any]], redactor: Redactor) -> tuple[GraphQLFault, ...]:
    """GraphQL errors as people may read them, at most `SENTENCES_KEPT`."""
    return tuple(_fault(error, redactor) for error in errors[:SENTENCES_KEPT])


def says_throttled(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of these GraphQL errors means: too many requests, not executed."""
    return any(_is_throttling(error) for error in errors)


def _is_throttling(error: Mapping[str, Any]) -> bool:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    if re.sub(r"[\W_]", "", str(code)).upper() in _THROTTLED_CODES:
        return True
    return _THROTTLED_WORDS.search(str(error.get("message"))) is not None


def _listed(errors: Any) -> list[dict[str, Any]]:
    if not errors:
        return []
    entries = errors if isinstance(errors, list) else [errors]
    return [entry if isinstance(entry, dict) else {"message": str(entry)} for entry in entries]


def _fault(error: Mapping[str, Any], redactor: Redactor) -> GraphQLFault:
    message = error.get("message")
    sentence = redactor.sentence(str(message), SENTENCE_LENGTH) if message else "(no message)"
    path = error.get("path")
    steps = path if isinstance(path, list) else []
    return GraphQLFault(sentence, tuple(step for step in steps if isinstance(step, str | int)))
