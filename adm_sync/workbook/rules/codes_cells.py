"""The codes of findings about single cells.

What belongs here: the entries of the catalogue for `cells`, `choices`, `counts`, `urls`,
`lengths`, `event_rows` and `session_rows`. What does not: the rules themselves, dates and times
(`codes_times`), and rows (`codes_rows`).
"""

from adm_sync.workbook.findings import Code

CODES: tuple[Code, ...] = (
    Code(
        "required",
        "error",
        "A cell is blank that must not be: docs/workbook.md says which on which rows. Of the two "
        "LMS dates, none or both are there.",
        "no Classroom end time beside a Classroom end date",
        "Fill in the cell.",
    ),
    Code(
        "formula_without_value",
        "error",
        "The cell holds a formula, but the file was saved without its value: it reads as blank, "
        "but is not.",
        '=E4&"-1" in a file that another program wrote',
        "Open the file in Excel and save it again, or paste the values.",
    ),
    Code(
        "excel_error",
        "error",
        "The cell holds an Excel error.",
        "#N/A",
        "Mend the formula, or type the value.",
    ),
    Code(
        "too_long",
        "error",
        "A text is longer than the database takes (code, sitting and recording pin 50; access "
        "duration, moodle code and Sage code 100; titles and tutors 255; addresses 500), or than "
        "10,000 characters.",
        "a session title of 300 characters",
        "Shorten it.",
    ),
    Code(
        "control_characters",
        "warning",
        "A text holds control characters, which cannot be seen; they are left out.",
        "a title that was copied from a terminal",
        "Type the text anew, if it looks odd.",
    ),
    Code(
        "encoding_damage",
        "warning",
        "A text seems to have been read in a wrong encoding on its way into the workbook. It is "
        "imported as it stands.",
        "Caf\u00c3\u00a9 (for Caf\u00e9)",
        "Correct the spelling.",
    ),
    Code(
        "text_became_date",
        "error",
        "A cell of a column of text holds a date or a time: Excel has made it of what was typed.",
        "01/03/2027 in OCR moodle code, typed as 3-1",
        "Format the cell as text, and type it again.",
    ),
    Code(
        "text_became_number",
        "error",
        "A cell of a column of text holds a number that is shown with an exponent: Excel has made "
        "it of a code.",
        "1.00E+05, typed as 1E05",
        "Format the cell as text, and type it again.",
    ),
    Code(
        "digits_lost",
        "error",
        "A cell of a column of text holds a number of more than 15 digits. Excel keeps no more, so "
        "the rest are not those that were typed.",
        "a moodle code of 20 digits",
        "Format the cell as text, and type it again.",
    ),
    Code(
        "shown_otherwise",
        "warning",
        "The number format of a cell hides what it holds, shows another number, or shows what "
        "cannot be told. What the cell holds is taken.",
        "123456789012 as Recording pin, shown as 1.23457E+11; 14 as Max places, shown as 1400%",
        "Format the cell as text (a number as a number), and type it again.",
    ),
    # --------------------------------------------------------------- how an event is held
    Code(
        "mode_unknown",
        "error",
        "The learning mode is none of Blended, Self Paced (LMS) and Classroom.",
        "Webinar",
        "Choose one of the three.",
    ),
    Code(
        "mode_and_code_disagree",
        "error",
        "A course template code with the part OC or WAITLIST is one of an event in the LMS only, "
        "any other code is not; the learning mode says otherwise.",
        "Blended for OC_CB1",
        "Correct the learning mode or the code.",
    ),
    Code(
        "mode_from_column",
        "warning",
        "The letters OC or WAITLIST are in the course template code, but not as a part of their "
        "own between underscores or hyphens. The learning mode counts.",
        "SOC1_LO",
        "Nothing, if the learning mode is right.",
    ),
    Code(
        "zone_unknown",
        "error",
        "The time zone is not one of an area and a city. Abbreviations such as GMT are not "
        "accepted: they do not say when the clocks change.",
        "London",
        "Write it as Europe - London.",
    ),
    Code(
        "sitting_unknown",
        "error",
        "The sitting is not a year and A (April) or S (September), such as 2026A, 26A or 2026 a.",
        "2026X",
        "Correct it.",
    ),
    # --------------------------------------------------------------- numbers and flags
    Code(
        "not_a_whole_number",
        "error",
        "Day or Max places is not a whole number.",
        "14.5",
        "Put a whole number.",
    ),
    Code(
        "number_as_text",
        "warning",
        "Day or Max places is stored as text. It is read as the number.",
        "'14",
        'Nothing; Excel\'s "Convert to Number" mends it.',
    ),
    Code(
        "places_out_of_range",
        "error",
        "Max places is negative or above 100,000.",
        "-1",
        "Correct it.",
    ),
    Code(
        "places_blank",
        "warning",
        "Max places is blank: Administrate takes that of the course template.",
        "a blank cell",
        "Fill it in, if the course template's is not meant.",
    ),
    Code(
        "places_zero",
        "warning",
        "Max places is 0: nobody can book.",
        "0",
        "Correct it, if that is not meant.",
    ),
    Code(
        "day_out_of_range",
        "error",
        "The Day is not from 1 to 1,000.",
        "0",
        "Correct it.",
    ),
    Code(
        "not_yes_or_no",
        "error",
        "Web sale, Recordings or Cancelled is none of Y, N, yes, no, TRUE, FALSE, 1 and 0.",
        "maybe",
        "Put Y or N.",
    ),
    Code(
        "web_sale_blank",
        "warning",
        "Web sale is blank on an event with sessions; N is taken.",
        "a blank cell",
        "Put Y, if the event is sold on the web.",
    ),
    # --------------------------------------------------------------- addresses and people
    Code(
        "url_unreadable",
        "error",
        "An address is not exactly one http or https address without white space. If there is a "
        "hyperlink behind another text, the message names its address.",
        "www.example.org/room",
        "Write it in full: https://www.example.org/room",
    ),
    Code(
        "link_differs",
        "warning",
        "A cell shows one address, and the link behind it leads to another. What it shows is "
        "taken.",
        "https://a.example, typed over a link to https://b.example",
        "Remove the link, or put the right address.",
    ),
    Code(
        "no_instructor",
        "warning",
        "A session has no instructor yet (blank, TBC, TBD, To be confirmed); or the event has none "
        "while its sessions do. It is imported without.",
        "TBC in Session instructor",
        "Fill it in when it is known.",
    ),
)
