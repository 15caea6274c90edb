"""What a person means of what is proposed to them.

What belongs here: leaving out what was not chosen, and saying what is no more there to be chosen.
What does not: proposing (`doubles`, `relinking`), and asking a person.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from adm_sync.imports.undo.doubles import Double
from adm_sync.imports.undo.relinking import Relink

P = TypeVar("P", Double, Relink)


def chosen(proposed: Sequence[P], ids: Collection[str]) -> list[P]:
    """The same, of which only these events of Administrate are meant; without ids, all."""
    return [
        one if one.reason or not ids or one.external_id in ids else _left_out(one)
        for one in proposed
    ]


def _left_out(one: P) -> P:
    return replace(one, reason="it was not chosen")


def not_proposed(ids: Collection[str]) -> str:
    """That nothing is proposed about these events of Administrate, in a sentence."""
    return f"Nothing is proposed about {', '.join(sorted(ids))} any more."
