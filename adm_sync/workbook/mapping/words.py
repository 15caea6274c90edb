"""The words of a workbook with headers of its own, for what is said of it.

What belongs here: what it calls a column, and putting the place of a finding into that. What does
not: finding them out (`applying`), and sentences, which are made of them from the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adm_sync.workbook.findings import Finding


@dataclass(frozen=True, slots=True)
class Words:
    """What a sheet calls the columns; by default the same as the table of columns.

    Attributes:
        file: the name of the mapping file.
        headers: the sheet's header by ours, where it is another.
        constants: by our header, the value that the file gives for a column that the sheet lacks.
    """

    file: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def header(self, ours: str) -> str:
        """The sheet's header of a column."""
        return self.headers.get(ours, ours)

    def told(self, finding: Finding) -> Finding:
        """A finding under the sheet's own header; one of a constant says where that stands."""
        ours = finding.header or ""
        if ours in self.constants:
            suggestion = f"Correct '{ours}' under [constants] in {self.file}."
            if finding.suggestion:
                suggestion = f"{finding.suggestion} {suggestion}"
            value = self.constants[ours]
            return replace(finding, column=None, value=value, suggestion=suggestion)
        return replace(finding, header=self.header(ours) or finding.header)
