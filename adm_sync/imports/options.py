"""How imports go about it, and who hears of it.

What belongs here: options and listeners. What does not: reading settings (`opening`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from adm_sync.folders import Folder, LocalFolder
from adm_sync.push.options import PushOptions
from adm_sync.remote import RemoteFolder
from adm_sync.workbook.checking import HiddenRows
from adm_sync.workbook.reading import Limits

STAGES = ("read", "check", "resolve", "record", "push")
# Besides those of the push, in their order. A test kills the process at each of them.
CRASH_POINTS = ("checked", "recording", "recorded", "reporting")
# In the middle of the transaction of an event that is changed.
UPDATE_POINTS = ("updating",)
StageListener = Callable[[str, int, int], object]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How imports go about it.

    Attributes:
        limits: what a workbook may be.
        hidden_rows: what becomes of hidden rows.
        push: how events are pushed.
        reports: the folder for annotated copies, a folder for each partition.
        who: on whose behalf.
        today: the day that "past" is measured by; by default the current one.
        time_zone: in which that day is.
        same_titles: whether several events may have one template, sitting and title.
        columns: the mapping file, for workbooks with headers of their own.
        outbox: where workbooks of the inbox are answered; None for nowhere.
    """

    limits: Limits
    hidden_rows: HiddenRows
    push: PushOptions
    reports: Folder
    who: str
    today: date | None = None
    time_zone: str = "Europe/London"
    same_titles: Literal["refuse", "allow"] = "refuse"
    columns: Path | None = None
    outbox: LocalFolder | RemoteFolder | None = None

    def current_day(self) -> date:
        """The day that the workbook is judged on."""
        return self.today or datetime.now(ZoneInfo(self.time_zone)).date()


@dataclass(frozen=True, slots=True)
class ImportListener:
    """Who hears how it goes: `progress` gets (stage, done, total), `remark` a sentence.

    `reached` gets the name of each crash point, in the thread that reaches it.
    """

    progress: StageListener = lambda _stage, _done, _total: None
    remark: Callable[[str], object] = lambda _sentence: None
    reached: Callable[[str], object] = lambda _point: None
