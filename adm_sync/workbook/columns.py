"""The columns of the workbook.

What belongs here: which there are. What does not: which must be there (`needs`), finding them in a
sheet (`table`), and reading their cells.
"""

from enum import StrEnum


class Column(StrEnum):
    """A column; its value is the header as the template has it."""

    CODE = "Course template code"
    TITLE = "Event title"
    SESSION_TITLE = "Session title"
    MODE = "Learning mode"
    LOCATION = "Location"
    VENUE = "Venue"
    ZONE = "Time Zone"
    START_DATE = "Classroom start date"
    START_TIME = "Classroom start time"
    END_DATE = "Classroom end date"
    END_TIME = "Classroom end time"
    LMS_START_DATE = "LMS start date"
    LMS_START_TIME = "LMS start time"
    LMS_END_DATE = "LMS end date"
    LMS_END_TIME = "LMS end time"
    MAX_PLACES = "Max places"
    ACCESS_DURATION = "Access Duration"
    INSTRUCTOR = "Instructor"
    SESSION_INSTRUCTOR = "Session instructor"
    ADMINISTRATOR = "Event administrator"
    DAY = "Day"
    EVENT_URL = "Event url"
    SESSION_URL = "Session url"
    FINALISATION_DATE = "Finalisation date"
    WEB_SALE = "Web sale"
    SITTING = "Sitting"
    MOODLE_CODE = "OCR moodle code"
    RECORDINGS = "Recordings"
    RECORDING_PIN = "Recording pin"
    TUTORS = "Tutors"
    SAGE_CODE = "Sage code"
    CANCELLED = "Cancelled"
    EXTRA_INFORMATION = "Extra information"
    UNNAMED = ""
    REGISTRATION_DEADLINE = "Registration Deadline Date"


# The column that an annotated copy adds; not one of the workbook's, and not read.
STATUS_HEADER = "adm_sync status"
