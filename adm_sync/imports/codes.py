"""What an import finds about events that are known here or there: the codes of its findings.

What belongs here: what each says, and what to do about it. What does not: when it is found
(`planning`, `known.changed` …), and codes that stand beside their rules: those of an update
(`updates.findings`), and those of the workbook alone (`adm_sync.workbook`).
"""

from adm_sync.workbook.findings import error, warning

DIFFERS = warning(
    "differs",
    "{what} was imported as {imported}{now}. Nothing is overwritten.",
    "Max places was imported as 14; it is 14 here and 20 in Administrate now",
    "Change by hand what is wrong: the tutorial event, Administrate or the workbook. Once all of "
    "them agree, nothing is said any more. Or import with --update, if the workbook is right.",
    note="The value has been changed since: in the tutorial tables, in Administrate, or in the "
    "workbook.",
)
MOVED = error(
    "moved",
    "«{title}» is known with the start {known}, and the workbook now says {starts:%d/%m/%Y %H:%M}. "
    "It is not recorded a second time, nor is it moved.",
    "CB1-LO-6-26A was imported with the start 12/01/2026, and is now on 19/01/2026",
    "If the event has moved, change its dates in the tutorial application and in Administrate, and "
    "import again; if the workbook is wrong, put the start back; if it is another event, give it "
    "another title.",
    note="An event of this title, course template and sitting is known; or the tutorial tables "
    "have one of this title and product from before any import.",
    suggests=True,
)
NO_SESSION_SLOT = error(
    "no_session_slot",
    "Day {day} of «{title}» is new, and the event has no session for it in Administrate, where "
    "there are {there}; its API cannot add one.",
    "Day 3 again, whose session was removed there with --remove-sessions",
    "Add a session to the event in Administrate, and import again; or take the row out.",
    note="Nothing of the event is recorded or sent before that.",
)
LOOKS_RENAMED = warning(
    "looks_renamed",
    "«{title}» is recorded as a new event. «{known}» ({remote}) has the same course template, "
    "sitting and start, was imported before, and is not in this workbook.",
    "CB1-LO-6-26A was imported, and the workbook now calls it CB1 London 26A",
    "If it is the same event, put its old title back: events are known by it. If it is another, "
    "nothing.",
    note="A guess, so that nothing is kept back for it. It is looked for in a workbook that has "
    "another event of the one that was imported before, or its file name and nearly the same "
    "title.",
)
SAME_TITLE_TWICE = error(
    "same_title_twice",
    "«{title}» stands in row {row} too, for the same course template and sitting and with another "
    "start.",
    "CB1-LO-6-26A on 12/01/2026 in row 4 and on 19/01/2026 in row 20",
    "If it is one event, keep the row that is right. If they are two, give each a title of its "
    "own, such as CB1-LO-6-26A (evening). Where events do share their titles, "
    "ADM_SYNC_SAME_TITLES=allow lets them; their starts then tell them apart.",
    note="The first one is imported, or the one that was imported before.",
)
INSTRUCTOR_NOT_APPROVED = error(
    "instructor_not_approved",
    "{person} is not an approved instructor of the course template {template} in Administrate.",
    "Ada Example, whom nobody has approved for CB1_LO_6",
    "Approve them there for the course template, or name somebody who is. With "
    "ADM_SYNC_APPROVE_INSTRUCTORS=yes the import approves them.",
    note="Administrate takes only approved instructors as staff.",
    suggests=True,
)
NOT_COMPARED = warning(
    "not_compared",
    "Administrate could not be asked about {events} imported before: {why}. Whether they were "
    "changed there is not known.",
    "Administrate is away while a workbook is imported again",
    "Import the workbook again, or run adm-sync reconcile, when Administrate is back.",
    suggests=True,
)
LOCAL_EVENT_DELETED = warning(
    "local_event_deleted",
    "The event «{title}» was imported before, and its tutorial event has been deleted since. It is "
    "not made again.",
    "Somebody deleted the tutorial event in the tutorial application",
    "If it is wanted again, first take that one event back: adm-sync undo IMPORT --only ID.",
    suggests=True,
)
TUTORIAL_EVENT_EXISTS = warning(
    "tutorial_event_exists",
    "The tutorial tables have the event «{title}» already; it is used, and only what is missing is "
    "added.",
    "A tutorial event of this code, product and start date, from before any import",
    "Nothing, if it is the one that is meant.",
)
NOT_STORABLE = error(
    "not_storable",
    "{column} {obstacle}.",
    "A Polish letter, and a database with the encoding LATIN1",
    "Write it without that character. adm-sync doctor says how the database gets room for it.",
    note="The database cannot store the character.",
    suggests=True,
)
DATABASE_REFUSED = error(
    "database_refused",
    "{message}",
    "A rule that the tutorial application has added to its tables",
    "The sentence says what PostgreSQL refused. Mend that, or show it to who looks after the "
    "database; the other events are recorded.",
    note="The database refused to record the event.",
)
FINDINGS_REMOVED = warning(
    "findings_removed",
    "What was found in this workbook is older than ADM_SYNC_KEEP_DAYS, and is not kept any more.",
    "A workbook that was imported three years ago",
    "Import the workbook again: then all of it is found again.",
)
