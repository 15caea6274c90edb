"""Numbers, flags, URLs, and the words that some columns take."""

from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.bad_inputs.cases import (
    REJECTED,
    Case,
    Make,
    error,
    event,
    online,
    warning,
)
from adm_sync_tests.workbooks import Text

PLACES = 'Max places blank / 0 / 14.0 / "14 " / 1e9 / negative'
WEB_SALE = "Web sale `Y/N/yes/TRUE/1/blank/maybe`"
URL = "URL without scheme, with spaces, `javascript:`, two URLs"
SITTING = "Sitting `2026A`, `26A`, `2026 a`, `2026S`, `2026X`, blank"
MODE = "Learning mode `blended/Blended/Self Paced (LMS)/classroom/other`"

SITE = "https://learn.larkfield.example"
# A course whose code has OC in one of its parts.
SUBSTRING = "CB3_DOCK_1"


def refused(row: str, what: str, make: Make, code: str, column: Column, **more: object) -> Case:
    return Case(row, what, make, (error(code, column, **more),), REJECTED)


def bad_url(what: str, url: object, **more: object) -> Case:
    make = event(event_url=url)
    return refused(URL, what, make, "url_unreadable", Column.EVENT_URL, **more)


CASES = (
    Case(
        PLACES,
        "blank",
        event(max_places=None),
        (warning("places_blank", Column.MAX_PLACES),),
        kept={"max_places": None},
    ),
    Case(
        PLACES,
        "0",
        event(max_places=0),
        (warning("places_zero", Column.MAX_PLACES),),
        kept={"max_places": 0},
        there={"maxPlaces": 0},
    ),
    Case(PLACES, "14.0", event(max_places=14.0), kept={"max_places": 14}),
    Case(
        PLACES,
        '"14 "',
        event(max_places=Text("14 ")),
        (warning("number_as_text", Column.MAX_PLACES),),
        kept={"max_places": 14},
    ),
    refused(PLACES, "1e9", event(max_places=1e9), "places_out_of_range", Column.MAX_PLACES),
    refused(PLACES, "negative", event(max_places=-1), "places_out_of_range", Column.MAX_PLACES),
    refused(PLACES, "14.5", event(max_places=14.5), "not_a_whole_number", Column.MAX_PLACES),
    *(
        Case(WEB_SALE, f"{word!r}", event(web_sale=word), kept={"web_sale": True})
        for word in ("yes", "TRUE", True, 1)
    ),
    *(
        Case(WEB_SALE, f"{word!r}", event(web_sale=word), kept={"web_sale": False})
        for word in ("N", False)
    ),
    Case(
        WEB_SALE,
        "blank",
        event(web_sale=""),
        (warning("web_sale_blank", Column.WEB_SALE, says="N is taken", suggestion="N"),),
        kept={"web_sale": False},
    ),
    refused(
        WEB_SALE,
        "maybe",
        event(web_sale="maybe"),
        "not_yes_or_no",
        Column.WEB_SALE,
        says="Web sale",
    ),
    bad_url("no scheme", "learn.larkfield.example/cb3", suggestion=f"{SITE}/cb3"),
    bad_url("spaces", f"{SITE}/cb 3", suggestion=f"{SITE}/cb%203"),
    bad_url("javascript", "javascript:alert(1)"),
    bad_url("two", f"{SITE}/a {SITE}/b", suggestion="Keep one"),
    refused(
        URL,
        "of a session",
        event(session_url="meet.larkfield.example"),
        "url_unreadable",
        Column.SESSION_URL,
        suggestion="https://meet.larkfield.example",
    ),
    Case(URL, "trimmed", event(event_url=f" {SITE}/cb3\n"), kept={"url": f"{SITE}/cb3"}),
    *(
        Case(SITTING, word, event(sitting=word), kept={"sitting": "2027A"})
        for word in ("2027A", "27A", "2027 a")
    ),
    Case(SITTING, "2027S", event(sitting="2027S"), kept={"sitting": "2027S"}),
    refused(
        SITTING,
        "2027X",
        event(sitting="2027X"),
        "sitting_unknown",
        Column.SITTING,
        suggestion="2027A or 2027S",
    ),
    refused(SITTING, "blank", event(sitting=None), "required", Column.SITTING),
    *(
        Case(MODE, word, event(mode=word), kept={"mode": "blended"})
        for word in ("blended", "Blended")
    ),
    *(
        Case(MODE, word, online(mode=word), kept={"mode": "lms"})
        for word in ("Self Paced (LMS)", "self paced")
    ),
    Case(
        MODE,
        "classroom",
        event(
            code="CB3_BR_1",
            location="Bristol",
            mode="classroom",
            lms_start_date=None,
            lms_start_time=None,
            lms_end_date=None,
            lms_end_time=None,
        ),
        kept={"mode": "classroom"},
        there={"learningMode": "classroom"},
    ),
    refused(MODE, "other", event(mode="Webinar"), "mode_unknown", Column.MODE),
    Case(
        MODE,
        "WAITLIST as a part",
        online(code="WAITLIST_SP1"),
        kept={"mode": "lms"},
        there={"learningMode": "lms"},
    ),
    refused(
        MODE,
        "Blended for OC",
        online(mode="Blended"),
        "mode_and_code_disagree",
        Column.MODE,
        suggestion="Self Paced (LMS)",
    ),
    refused(
        MODE,
        "LMS without OC",
        online(code="CB3_LO_1"),
        "mode_and_code_disagree",
        Column.MODE,
        suggestion="Blended or Classroom",
    ),
    Case(
        MODE,
        "OC only within a part",
        event(code=SUBSTRING),
        (
            warning("mode_from_column", Column.CODE, says="the learning mode counts"),
            warning("product_ambiguous", Column.CODE),
        ),
        kept={"mode": "blended"},
    ),
)
