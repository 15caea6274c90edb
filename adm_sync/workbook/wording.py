"""Lists as parts of sentences.

What belongs here: rows, titles and headers, enumerated for a reader. What does not: the sentences.
"""

from collections.abc import Sequence

from adm_sync.workbook.findings import shown

MOST_ROWS = 20


def row_list(numbers: Sequence[int]) -> str:
    """`row 4`, `rows 4, 5 and 6`; of more than 20, the first ones and how many more there are."""
    if len(numbers) == 1:
        return f"row {numbers[0]}"
    shown = [str(number) for number in numbers]
    if len(shown) > MOST_ROWS:
        shown = [*shown[: MOST_ROWS - 1], f"{len(shown) - MOST_ROWS + 1} more"]
    return f"rows {joined(shown)}"


def joined(words: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and C`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def quoted(*names: str) -> str:
    """The names in quotation marks, cut if they are very long: `'A', 'B' and 'C'`."""
    return joined([f"'{shown(name)}'" for name in names])
