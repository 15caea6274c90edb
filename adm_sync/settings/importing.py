"""What a workbook may be, and what its import does."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from adm_sync.settings.group import SettingsGroup


class ImportSettings(SettingsGroup):
    """What a workbook may be, and what its import does."""

    adm_sync_workbook_megabytes: float = Field(
        25.0, gt=0, description="A larger workbook is refused; unpacked it may be 20 times that."
    )
    adm_sync_workbook_rows: int = Field(
        100_000, ge=1, description="A workbook with more rows is refused."
    )
    adm_sync_workbook_seconds: float = Field(
        120.0, gt=0, description="A workbook that takes longer to read is refused."
    )
    adm_sync_hidden_rows: Literal["process", "skip"] = Field(
        "process", description="What becomes of hidden rows: process (with a warning) or skip."
    )
    adm_sync_columns: Path | None = Field(
        None,
        description="The file that says how workbooks with headers of their own are read; adm-sync "
        "columns proposes one. Unset: the headers of the template.",
    )
    adm_sync_same_titles: Literal["refuse", "allow"] = Field(
        "refuse",
        description="Whether several events of one course template and sitting may have one title: "
        "refuse or allow.",
    )
    adm_sync_update: Literal["no", "always"] = Field(
        "no",
        description="Whether a corrected workbook in the inbox changes what it made before: no (it "
        "says what differs), or always (as import-events --update does).",
    )
    adm_sync_approve_instructors: Literal["yes", "no"] = Field(
        "yes",
        description="Whether an import approves instructors for the course templates that they are "
        "to teach: yes, or no (then an event with somebody who is not approved is rejected).",
    )

    @property
    def columns(self) -> Path | None:
        """`ADM_SYNC_COLUMNS` as an absolute path."""
        file = self.adm_sync_columns
        return file.expanduser().absolute() if file else None
