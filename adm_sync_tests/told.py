"""Findings for tests of what is done with findings."""

from adm_sync.workbook.findings import Finding, Place, Severity


def told(
    place: Place, severity: Severity, code: str, message: str, suggestion: str | None = None
) -> Finding:
    """A finding at a place."""
    return Finding(severity, code, message, suggestion=suggestion).at(place)
