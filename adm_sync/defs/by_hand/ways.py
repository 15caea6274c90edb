"""What Dagster has of each command: the job that does the same, or why there is none.

What belongs here: every command that changes something, and each option of it. What does not: the
jobs. A test compares it with the command line and with the launchpads.
"""

from collections.abc import Mapping
from types import MappingProxyType

_TERMINAL = "Whoever operates adm_sync does that, on its machine."
_LOOK = "It shows only; the desk has a page that shows the same."
_FOR_SURE = "It asks on a terminal; in a launchpad somebody has filled in what they want."
_SHEETS = "It writes a file where the command runs. The desk has it as a download."

# A command, or an option of one (or what stands behind it, in capitals): the job, or `job.field`
# where that is not named like the option; or a sentence that says why there is none.
WAYS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("demo", "dev", "desk", "sandbox", "db", "doctor", "alerts"), _TERMINAL),
        **dict.fromkeys(("today", "unmatched", "imports", "history"), _LOOK),
        **dict.fromkeys(("template", "columns"), _SHEETS),
        "version": "It shows only.",
        "sync": "sync_all",
        "sync ENTITIES": "Each entity has a job, named like it.",
        "sync --page-size": "In the launchpad, under resources: page_size of syncer.",
        "sync --no-prompt": "A job asks nothing.",
        "sync --dry-run": "It shows only. What would remove too much is held by itself.",
        "sync-all": "sync_all",
        "sync-all --skip-errors": "In Dagster a failed entity stops only what needs it.",
        "sync-all --page-size": "In the launchpad, under resources: page_size of syncer.",
        "sync-all --no-prompt": "A job asks nothing.",
        "sync-all --dry-run": "It shows only. What would remove too much is held by itself.",
        "link": "decide",
        "link --withdraw": "decide.take_back",
        "never": "decide",
        "never --withdraw": "decide.take_back",
        "ignore": "decide",
        "ignore --tutorial": "decide.tutorial_id",
        "ignore --administrate": "decide.external_id",
        "ignore --withdraw": "decide.take_back",
        "decide": "Dagster takes no files. The desk's page Decisions does.",
        "decisions": "withdraw",
        "decisions ENTITY": "It only narrows down what is listed.",
        "decisions --withdraw": "withdraw.decision",
        "create-missing": "create_missing",
        "create-missing --dry-run": "create_missing.carry_out",
        "create-missing --yes": "create_missing.carry_out",
        "release": "release",
        "release --yes": _FOR_SURE,
        "import-events": "import_events",
        "import-events FILE": "A workbook in the inbox is imported by inbox_sensor, and is a "
        "partition of the job from then on.",
        "import-events --dry-run": "import_dry_run",
        "import-events --report": _SHEETS,
        "import-events --plan": "Stages may run in processes of their own, of which the later ones "
        "know of no agreement. The desk imports exactly the plan that it has shown.",
        "import-events --kept": "A job is always about a workbook that is kept: a partition.",
        "push": "reopen",
        "push --reopen": "The job does that. Without it: push_pending, or adm/events materialized "
        "for a partition.",
        "report": "import_events",
        "report PARTITION": "The partition of the run: workbook/report is materialized for it.",
        "report --to": _SHEETS,
        "undo": "undo",
        "undo --yes": "undo.carry_out",
        "undo --dry-run": "undo.carry_out",
        "reconcile": "reconcile",
        "reconcile --sitting": "reconcile.sittings",
        "reconcile --remove-doubles": "remove_doubles",
        "reconcile --relink": "relink",
        "reconcile --yes": "remove_doubles.carry_out",
        "reconcile --dry-run": "relink.carry_out",
        "reconcile --only": "relink.only",
        "reconcile --last": "It shows only. The check reconciled of adm/events says the same.",
    }
)
