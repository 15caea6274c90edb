"""What `workspace.yaml` loads: the whole project as Dagster sees it."""

import dagster as dg

from adm_sync.defs.build import build_defs


@dg.definitions
def defs() -> dg.Definitions:
    """All assets, checks, jobs and schedules."""
    return build_defs()
