"""The codes of findings about rows and groups of rows.

What belongs here: the entries of the catalogue for `groups`, `belonging`, `skips` and `checking`.
What does not: the rules themselves, and single cells (`codes_cells`).
"""

from adm_sync.workbook.findings import Code

CODES: tuple[Code, ...] = (
    # --------------------------------------------------------------- what a row is
    Code(
        "orphan_session",
        "error",
        "A session stands before any event. It is attached to nothing.",
        "the first row of data has no course template code, and is titled CB1-LO-6-26A-2",
        "Put the row under its event, or give the event's row back.",
    ),
    Code(
        "code_missing",
        "error",
        "The row has what only an event has (title, learning mode, sitting, LMS dates), but no "
        "course template code. It and the sessions under it are not imported, nor attached to the "
        "event before.",
        "a blank Course template code beside an Event title and a Sitting",
        "Fill in the course template code.",
    ),
    Code(
        "not_an_event_or_session",
        "error",
        "The row is neither: it has no code with an event beside it, no date, and no title that "
        "goes on from an event's. The events around it are not touched.",
        "a row of totals, or a remark",
        "Remove the row, or move the remark into Extra information.",
    ),
    # --------------------------------------------------------------- what belongs together
    Code(
        "belongs_elsewhere",
        "error",
        "The session's title does not go on from the title of the event above; the event that it "
        "seems to belong to is named, if there is one. Nothing is attached by resemblance. "
        "Where two event titles would do, the longer one counts.",
        "CM1-LO-2-26A-3 under the event CB1-LO-6-26A",
        "Move the row under its event, or correct the title.",
    ),
    Code(
        "session_title_mismatch",
        "error",
        "The first session's title, which stands on the event row, is not the event's title, a "
        "hyphen and more. If no title under the event fits, the event's own is the one to correct.",
        "Event title CB1-LO-6-26A with Session title CB1-LO-5-26A-1",
        "Correct the title.",
    ),
    Code(
        "day_sequence",
        "error",
        "The Days of an event do not run 1, 2, 3 and so on from the event row down. A blank or "
        "unreadable Day is reported by itself.",
        "1, 2, 4",
        "Put the missing row back, or number the Days anew.",
    ),
    Code(
        "location_differs",
        "error",
        "A session is at another location than its event.",
        "Leeds, under an event in London",
        "Correct it, or move the row under its event.",
    ),
    Code(
        "venue_differs",
        "error",
        "A session has another venue than its event. TBC counts as a venue here.",
        "Quay House, under an event at Holborn House",
        "Correct it, or move the row under its event.",
    ),
    Code(
        "zone_differs",
        "warning",
        "A session has another time zone than its event; the event's is used. A blank one is the "
        "event's.",
        "Europe - Paris, under an event with Europe - London",
        "Correct it, and check the times.",
    ),
    Code(
        "taken_from_event",
        "warning",
        "Location or venue of a session is blank; the event's is taken.",
        "a blank Location on the row of Day 2",
        "Nothing, if that is meant.",
    ),
    Code(
        "event_value_on_session",
        "warning",
        "A session row says something that counts only on the event row, and not the same. It is "
        "ignored.",
        "Max places 30 on the row of Day 2, and 24 on the event's",
        "Correct the event row, or empty the cells.",
    ),
    Code(
        "session_of_lms_only",
        "error",
        "A session row stands under an event that is held in the LMS only.",
        "a session under OC_CB1",
        "Remove the row, move it under its event, or correct code and learning mode of the event.",
    ),
    Code(
        "ignored_on_lms_only",
        "warning",
        "An event that is held in the LMS only has no use for classroom dates and times, places, a "
        "venue, a session's instructor or its address; they are ignored. Session title and Day are "
        "ignored without a word.",
        "Max places 24 on the row of OC_CB1",
        "Empty the cells; or correct code and learning mode, if there are sessions.",
    ),
    Code(
        "duplicate_event",
        "error",
        "A row above holds the same event: same course template code, title and start. The first "
        "one is imported.",
        "CB1-LO-6-26A in rows 4 and 20",
        "Remove one of the two, or correct what should differ.",
    ),
    # --------------------------------------------------------------- what is left out
    Code(
        "skipped_cancelled",
        "warning",
        "The event is marked as cancelled, in the column Cancelled or at the end of its title "
        "(' - CANC', ' cancelled'). It is skipped with its sessions.",
        "CB1-LO-6-26A - CANC",
        "Nothing, if that is meant. An event that Administrate has already is cancelled there.",
    ),
    Code(
        "skipped_by_title",
        "warning",
        "The title has the word IGNORE or TEST in capitals, or ends in -old. The event is skipped "
        "with its sessions.",
        "TEST CB1-LO-6-26A",
        "Change the title, if the event is to be imported.",
    ),
    Code(
        "skipped_hidden",
        "warning",
        "The row is hidden, and hidden rows are to be skipped. A hidden event takes its sessions "
        "with it.",
        "a row that a filter hides",
        "Show the row, or import hidden rows as well.",
    ),
    Code(
        "session_cancelled",
        "error",
        "One session of an event that goes on is marked as cancelled. Without it the Days would no "
        "longer run 1, 2, 3, so nothing of the event is imported until it is settled.",
        "Y in Cancelled on the row of Day 2",
        "Remove the row and number the Days anew; or empty the cell, import, and cancel the "
        "session in Administrate.",
    ),
    Code(
        "seems_laid_aside",
        "warning",
        "The title has the word ignore or test, but not in capitals. The event is imported.",
        "CB1 mock test",
        "Nothing; or write the word in capitals to have the event skipped.",
    ),
)
