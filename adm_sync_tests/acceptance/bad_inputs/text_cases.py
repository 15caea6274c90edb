"""Text and encoding: what is the same name all the same, and what only looks like it."""

from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.bad_inputs.cases import (
    REJECTED,
    Case,
    Found,
    error,
    event,
    warning,
)
from adm_sync_tests.workbooks import Text

SPACES = "leading/trailing/double spaces, tabs, newlines"
NARROW = "NBSP, narrow NBSP, figure space"
ACCENTS = "NFD vs NFC accents (`é`)"
FOLDED = "`\u2019` vs `'`, `\u2013` vs `-`, `\u2160`, full-width letters"
ALIKE = "homoglyph / look-alike (Cyrillic `\u0421`M1, `O`/`0`, `l`/`1`)"
CASELESS = "ß/ss, Turkish i"
LITERAL = "literal `NA`, `None`, `null`, `N/A`, `-`, `TBC`"
FORMULA = "value starting `= + - @`"
CONTROLS = "control characters, emoji, 4-byte chars"
MOJIBAKE = "mojibake (`Â£`, `â€™`)"

FREE_TEXTS = (
    *("extra_information", "tutors", "moodle_code"),
    *("sage_code", "recording_pin", "access_duration"),
)
# Instructors who are linked on both sides, for what ASCII names cannot show.
SHARP, DOTTED = "Nele Wei\u00dfkopf", "\u0130pek Ilgaz"


def folded(column: Column) -> tuple[Found, ...]:
    return (warning("matched_after_folding", column, suggestion="Write it as the tutorial tables"),)


def unknown(code: str, column: Column, suggestion: str) -> tuple[Found, ...]:
    return (error(code, column, suggestion=suggestion),)


def taught_by(name: str) -> dict[str, object]:
    """Early in the morning, when nobody else teaches."""
    return {"session_instructor": name, "start_time": "07:00", "end_time": "08:00"}


# Texts that other programs take for nothing, and for formulas, by a column that takes any text.
WORDS = dict(zip(FREE_TEXTS, ("NA", "None", "null", "N/A", "-", "TBC"), strict=True))
FORMULAS = dict(zip(FREE_TEXTS, ("=1+1", "+1+1", "-1+1", "@A1", "=", "-"), strict=True))


CASES = (
    Case(
        SPACES,
        "around and inside",
        event(
            code="  CB3_LO_1\t",
            location=" \tLondon ",
            administrator="Marguerite \n  Pellow ",
            mode=" Blended  ",
            zone="Europe  -  London ",
            venue="\tBell  Yard\nRooms",
            sitting=" 2027A\n",
        ),
        kept={"venue": "Bell Yard Rooms", "administrators": ["Marguerite Pellow"]},
    ),
    Case(
        NARROW,
        "in names that are looked up",
        event(
            location="London\u00a0",
            venue="Bell\u202fYard\u2007Rooms",
            administrator="Marguerite\u00a0Pellow",
        ),
        kept={"venue": "Bell Yard Rooms"},
    ),
    Case(
        NARROW,
        "in a finding the original is displayed",
        event(venue="Bell\u00a0Yard\u202fAttic"),
        (error("venue_unknown", Column.VENUE, value="Bell\u00a0Yard\u202fAttic"),),
        REJECTED,
    ),
    Case(
        ACCENTS,
        "decomposed",
        event(**taught_by("Zoe\u0308 Hartigan")),
        kept={"sessions.instructors": ["Zo\u00eb Hartigan"]},
    ),
    Case(
        ACCENTS,
        "composed",
        event(**{**taught_by("Zo\u00eb Hartigan"), "start_time": "08:00", "end_time": "09:00"}),
        kept={"sessions.instructors": ["Zo\u00eb Hartigan"]},
    ),
    Case(
        FOLDED,
        "apostrophe",
        event(**taught_by("Mairead O\u2019Tarrant")),
        folded(Column.SESSION_INSTRUCTOR),
        kept={"sessions.instructors": ["Mairead O'Tarrant"]},
    ),
    Case(
        FOLDED,
        "dash",
        event(**taught_by("Cedric Mawson\u2013Leigh")),
        folded(Column.SESSION_INSTRUCTOR),
        kept={"sessions.instructors": ["Cedric Mawson-Leigh"]},
    ),
    Case(
        FOLDED,
        "Roman numeral",
        event(code="CB3_MA_1", location="Manchester", venue="\u2160rwell House"),
        folded(Column.VENUE),
        kept={"venue": "Irwell House"},
    ),
    Case(
        FOLDED,
        "full-width letters",
        event(code="\uff23\uff22\uff13_LO_1", location="\uff2c\uff4f\uff4e\uff44\uff4f\uff4e"),
        (*folded(Column.CODE), *folded(Column.LOCATION)),
        kept={"location": "London"},
    ),
    Case(
        FOLDED,
        "dash in a session's title, where nothing is looked up",
        event(session_title=lambda slot: f"{slot.title} \u2013 Day 1"),
    ),
    Case(
        ALIKE,
        "Cyrillic C",
        event(code="\u0421M1_LO_4"),
        unknown("template_unknown", Column.CODE, "'CM1_LO_4'"),
        REJECTED,
    ),
    Case(
        ALIKE,
        "O and 0",
        event(code="CB3_L0_1"),
        unknown("template_unknown", Column.CODE, "'CB3_LO_1'"),
        REJECTED,
    ),
    Case(
        ALIKE,
        "l and 1",
        event(code="CB3_LO_l"),
        unknown("template_unknown", Column.CODE, "'CB3_LO_1'"),
        REJECTED,
    ),
    Case(
        ALIKE,
        "Cyrillic o in a town",
        event(location="L\u043end\u043en"),
        unknown("location_unknown", Column.LOCATION, "'London'"),
        REJECTED,
    ),
    Case(
        CASELESS,
        "ss for ß",
        event(**taught_by("NELE WEISSKOPF")),
        kept={"sessions.instructors": [SHARP]},
    ),
    Case(
        CASELESS,
        "dotted I in capitals",
        event(**taught_by("\u0130PEK ILGAZ")),
        kept={"sessions.instructors": [DOTTED]},
    ),
    Case(
        CASELESS,
        "an I without its dot is another letter",
        event(session_instructor="Ipek Ilgaz"),
        unknown("instructor_unknown", Column.SESSION_INSTRUCTOR, f"'{DOTTED}'"),
        REJECTED,
    ),
    Case(LITERAL, "in text columns", event(**WORDS), kept=WORDS),
    *(
        Case(LITERAL, f"{word} as venue", event(venue=word), kept={"venue": None})
        for word in ("TBC", "TBD", "To be confirmed")
    ),
    Case(
        LITERAL,
        "NA as venue",
        event(venue="NA"),
        (error("venue_unknown", Column.VENUE),),
        REJECTED,
    ),
    Case(
        FORMULA,
        "in text columns",
        event(**{name: Text(text) for name, text in FORMULAS.items()}),
        kept=FORMULAS,
    ),
    Case(
        FORMULA,
        "in a name that nobody has",
        event(session_instructor=Text("=HYPERLINK(1)")),
        (error("instructor_unknown", Column.SESSION_INSTRUCTOR, value="=HYPERLINK(1)"),),
        REJECTED,
    ),
    Case(
        CONTROLS,
        "control characters",
        event(extra_information="Bring\x07 a\x01 ruler"),
        (warning("control_characters", Column.EXTRA_INFORMATION, suggestion="Bring a ruler"),),
        kept={"extra_information": "Bring a ruler"},
    ),
    Case(
        CONTROLS,
        "emoji and letters of four bytes",
        event(
            title=lambda slot: f"{slot.title} \U0001f4d0\U00020bb7",
            tutors="\U0001f469\u200d\U0001f3eb",
        ),
        kept={"tutors": "\U0001f469\u200d\U0001f3eb"},
    ),
    Case(
        MOJIBAKE,
        "pound sign",
        event(extra_information="Costs \u00c2\u00a3395"),
        (warning("encoding_damage", Column.EXTRA_INFORMATION, suggestion="Costs \u00a3395"),),
        kept={"extra_information": "Costs \u00c2\u00a3395"},
    ),
    Case(
        MOJIBAKE,
        "apostrophe",
        event(tutors="The tutor\u00e2\u20ac\u2122s choice"),
        (warning("encoding_damage", Column.TUTORS, suggestion="The tutor\u2019s choice"),),
    ),
)
