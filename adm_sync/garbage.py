"""The garbage collector of a process of ours.

Starting makes thousands of classes, and none of them is ever garbage: looking for it among them
takes a quarter of a short command's time, and once more as much at its end.
"""

import atexit
import gc

# Objects made between two looks, and how many looks of one generation make one of the next.
RARELY = (50_000, 20, 20)


def look_rarely() -> None:
    """Look for garbage rarely, and no more when the process ends."""
    gc.set_threshold(*RARELY)
    atexit.register(gc.freeze)
