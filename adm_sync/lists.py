"""How several things are told in a row.

What belongs here: that. What does not: what is in the row.
"""

from collections.abc import Sequence


def joined(words: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
