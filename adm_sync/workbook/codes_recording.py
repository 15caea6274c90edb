"""The codes of findings that come of comparing a workbook with what is recorded."""

from adm_sync.workbook.findings import Code

CODES = (
    Code(
        "differs",
        "warning",
        "The event was imported before, and the workbook now says something else here.",
        "Max places is 14, and 12 was recorded",
        "Nothing is overwritten. Change the tutorial event and Administrate by hand, or put the "
        "recorded value back into the workbook.",
    ),
    Code(
        "local_event_deleted",
        "warning",
        "The event was imported before, and its tutorial event has been deleted since.",
        "Somebody deleted the tutorial event in the tutorial application",
        "It is not made again. Undo the import with adm-sync undo first if it is wanted again.",
    ),
    Code(
        "tutorial_event_exists",
        "warning",
        "The tutorial tables have this event already, from before any import.",
        "A tutorial event of this code, product and start date",
        "Nothing: it is used, and only what is missing is added.",
    ),
    Code(
        "database_refused",
        "error",
        "The database refused to record the event.",
        "A rule that the tutorial application has added to its tables",
        "The sentence says what PostgreSQL refused. Mend that, or show it to who looks after the "
        "database; the other events are recorded.",
    ),
)
