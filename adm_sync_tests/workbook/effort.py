"""How much work something takes, counted: the same on every machine, however busy it is."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

Result = TypeVar("Result")
CALLS = frozenset({"call", "c_call"})


def calls(action: Callable[..., Result], *arguments: Any, **options: Any) -> tuple[Result, int]:
    """What the action gives, and how many calls of functions, ours or built in, it made."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in CALLS

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        result = action(*arguments, **options)
    finally:
        sys.setprofile(before)
    return result, count
