"""The codes of findings that come of comparing a workbook with what is recorded."""

from adm_sync.workbook.findings import Code

CODES = (
    Code(
        "differs",
        "warning",
        "The event was imported before, and this value has been changed since: in the tutorial "
        "tables, in Administrate, or in the workbook. The sentence says what it was imported as, "
        "and what it is on each side now.",
        "Max places was imported as 14; it is 14 here and 20 in Administrate now",
        "Nothing is overwritten. Change by hand what is wrong: the tutorial event, Administrate or "
        "the workbook. Once all of them agree, nothing is said any more.",
    ),
    Code(
        "conflict",
        "warning",
        "The workbook says something else than what was last written, and somebody has changed the "
        "value since, here or in Administrate. Neither side is touched.",
        "Max places was last written as 14; it is 14 here and 20 in Administrate now, and the "
        "workbook says 16",
        "Decide whose value holds, and import with --update and --take workbook, administrate or "
        "here; for one value: --take 'TITLE: Max places=here'.",
    ),
    Code(
        "session_gone",
        "warning",
        "A session was imported before, and the workbook has no row for it any more. Nothing is "
        "removed.",
        "Day 6 of CB1-LO-6-26A is not in the workbook any more",
        "If it is not to be held, import with --update and --remove-sessions.",
    ),
    Code(
        "not_changeable",
        "error",
        "The event is known and is to be changed, and it never is in this way: its learning mode "
        "or time zone would be another one; or it is cancelled or deleted in Administrate.",
        "A blended event that the workbook now has as classroom",
        "Put the value back, or undo the import of the event and import it as a new one.",
    ),
    Code(
        "update_waits",
        "error",
        "The event is known and is to be changed, and Administrate does not yet have all of what "
        "was imported before, or could not be asked. Nothing of it is changed.",
        "Administrate is away while a corrected workbook is imported",
        "Run adm-sync push, and import the workbook again when Administrate is back.",
    ),
    Code(
        "is_published",
        "error",
        "The event is known and is to be changed, and it is published in Administrate, where "
        "people see a change at once. Nothing of it is changed.",
        "A published event that the workbook moves to another day",
        "Import with --update and --published, if it is to be changed all the same.",
    ),
    Code(
        "moved",
        "error",
        "An event of this title, course template and sitting is known, and starts at another time; "
        "or the tutorial tables have one of this title and product from before any import. It is "
        "not recorded a second time, nor is it moved.",
        "CB1-LO-6-26A was imported with the start 12/01/2026, and is now on 19/01/2026",
        "If the event has moved, change its dates in the tutorial application and in Administrate, "
        "and import again. If the workbook is wrong, put the start back. If it is another event, "
        "give it another title.",
    ),
    Code(
        "same_title_twice",
        "error",
        "Another row has an event of this title, course template and sitting, with another start. "
        "The first one is imported, or the one that was imported before.",
        "CB1-LO-6-26A on 12/01/2026 in row 4 and on 19/01/2026 in row 20",
        "If it is one event, keep the row that is right. If they are two, give each a title of its "
        "own, such as CB1-LO-6-26A (evening). Where events do share their titles, "
        "ADM_SYNC_SAME_TITLES=allow lets them; their starts then tell them apart.",
    ),
    Code(
        "instructor_not_approved",
        "error",
        "Administrate takes only approved instructors as staff; this one is not approved for the "
        "course template, and ADM_SYNC_APPROVE_INSTRUCTORS is no.",
        "Ada Example, whom nobody has approved for CB1_LO_6",
        "Approve them in Administrate for the course template, or name somebody who is. With "
        "ADM_SYNC_APPROVE_INSTRUCTORS=yes the import approves them.",
    ),
    Code(
        "not_compared",
        "warning",
        "Events were imported before, and Administrate could not be asked how they are there now.",
        "Administrate is away while a workbook is imported again",
        "Import the workbook again, or run adm-sync reconcile, when Administrate is back.",
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
        "not_storable",
        "error",
        "The cell holds a character that the database cannot store; the sentence says which.",
        "A Polish letter, and a database with the encoding LATIN1",
        "Write it without that character. Whoever looks after the database can make room for every "
        "character: adm-sync doctor says how.",
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
