"""The catalogue of what resolving finds.

What belongs here: an entry for each code that resolving uses. What does not: the rules behind
them (`registers`, `people`, `products` …).
"""

from adm_sync.workbook.findings import Code
from adm_sync.workbook.lookup.registers import INSTRUCTOR, LOCATION, TEMPLATE, VENUE, Kind

_EXAMPLES = {
    TEMPLATE: ("CB1_L0_6 (a zero for the letter O)", "SA1_LO_2", "CB1_LO_6", "CB1_LO_6"),
    LOCATION: ("Lodnon", "Edinburgh", "London", "Leeds"),
    VENUE: ("Bell Yard Rooms at Leeds", "Guildhall Chambers", "Quayside House", ""),
    INSTRUCTOR: ("A Tolliver", "Katherine Ashdown", "Imogen Vale", "Rupert Lindmoor"),
}


def _of_kind(kind: Kind) -> list[Code]:
    """Every kind of reference fails in the same ways."""
    noun, entity = kind.noun, kind.entity
    unknown, not_linked, ambiguous, inactive = _EXAMPLES[kind]
    where = " at this location" if kind is VENUE else ""
    codes = [
        Code(
            f"{kind.name}_unknown",
            "error",
            f"The tutorial tables have no {noun} of this name{where}.",
            unknown,
            f"Correct the cell; or add the {noun} to the tutorial tables and run: adm-sync sync "
            f"{entity}. If Administrate has it and the tutorial tables have it by another name: "
            f"adm-sync link {entity} TUTORIAL_ID EXTERNAL_ID, and use that name.",
        ),
        Code(
            f"{kind.name}_not_linked",
            "error",
            f"The tutorial tables have this {noun}, but it is not linked with Administrate, or its "
            "record there is gone.",
            not_linked,
            f"Run: adm-sync sync {entity}. If Administrate has it by another name: adm-sync link "
            f"{entity} TUTORIAL_ID EXTERNAL_ID.",
        ),
        Code(
            f"{kind.name}_ambiguous",
            "error",
            f"The name fits several {noun}s of the tutorial tables, or the {noun} several records "
            "of Administrate.",
            ambiguous,
            f"Rename one; or decide: adm-sync link {entity} TUTORIAL_ID EXTERNAL_ID, or adm-sync "
            f"ignore {entity} --tutorial TUTORIAL_ID. Then run: adm-sync sync {entity}.",
        ),
    ]
    if kind is VENUE:
        return codes
    return [
        *codes,
        Code(
            f"{kind.name}_inactive",
            "error",
            f"The {noun} is inactive in the tutorial tables.",
            inactive,
            f"Name another {noun}; or make it active and run: adm-sync sync {entity}.",
        ),
    ]


CODES: tuple[Code, ...] = (
    *(code for kind in (TEMPLATE, LOCATION, VENUE, INSTRUCTOR) for code in _of_kind(kind)),
    Code(
        "venue_elsewhere",
        "error",
        "Administrate has the venue at another location than the tutorial tables, and would refuse "
        "the event.",
        "Quayside House, at Manchester here and at Bristol in Administrate",
        "Run: adm-sync sync locations venues; or correct the venue's location on one side.",
    ),
    Code(
        "administrator_not_asked",
        "warning",
        "The event administrator is not known in the tutorial tables, and Administrate could not "
        "be asked. The event is recorded here, and waits for Administrate.",
        "Doris Amberly, while Administrate is away",
        "Nothing; if Administrate does not know the name either, an error says so then.",
    ),
    Code(
        "administrator_unknown",
        "error",
        "The event administrator is neither among the staff of the tutorial tables nor among the "
        "administrators of Administrate.",
        "Dorris Amberly",
        "Correct the name, or add the person on one of the two sides.",
    ),
    Code(
        "administrator_not_linked",
        "error",
        "The event administrator is known in the tutorial tables, but Administrate has no staff "
        "contact of that name.",
        "Doris Amberly, who has no contact in Administrate",
        "Add the contact as staff in Administrate; for an instructor run: adm-sync sync "
        "instructors.",
    ),
    Code(
        "administrator_ambiguous",
        "error",
        "The event administrator can be several members of staff, or several contacts of "
        "Administrate.",
        "Imogen Vale, a name of two contacts",
        "Write the full name; or for an instructor: adm-sync link instructors TUTORIAL_ID "
        "EXTERNAL_ID; or rename or merge contacts in Administrate.",
    ),
    Code(
        "product_unknown",
        "error",
        "No product goes with the course template code and the sitting; the message says which "
        "link is missing (subject, exam session, subject in that exam session, product).",
        "CB1_LO_6 in sitting 2029A",
        "Correct the code or the sitting, or add what is missing to the catalogue of the tutorial "
        "tables.",
    ),
    Code(
        "product_ambiguous",
        "warning",
        "Several products go with the course template code and the sitting; the one with the "
        "lowest id was taken.",
        "CB1_LO with products LO_6H and LO_3H",
        "Deactivate the products that are not sold, if the wrong one was taken.",
    ),
    Code(
        "learning_mode_incompatible",
        "error",
        "The event has a classroom, but Administrate makes events for the LMS alone from its "
        "course template.",
        "Blended, with the course template OC_CB1",
        "Correct the learning mode or the course template code; if the template was changed in "
        "Administrate, run: adm-sync sync course_templates.",
    ),
    Code(
        "learning_mode_differs",
        "warning",
        "The event's learning mode is not the one that its course template has in Administrate.",
        "Classroom, with a blended course template",
        "Correct the learning mode if it is wrong; if the template was changed in Administrate, "
        "run: adm-sync sync course_templates.",
    ),
    Code(
        "same_event_twice",
        "error",
        "Another row names the same event, though they look different: course template, title and "
        "the instant of the start are equal.",
        "one code, title and start, in row 4 with Europe - London, in row 12 with Europe - Dublin",
        "Delete one of the two rows, or correct it.",
    ),
    Code(
        "matched_after_folding",
        "warning",
        "The name was found only after dashes, apostrophes or forms of letters were made equal.",
        "Mairead O\u2019Tarrant for Mairead O'Tarrant",
        "Write it as the tutorial tables do, to be sure that it is the one that is meant.",
    ),
    Code(
        "name_matched_in_part",
        "warning",
        "A person was found by first name and surname; middle names or hyphens differ.",
        "Agnes Mary Tolliver for Agnes Tolliver",
        "Write the name as the tutorial tables do, if it is the right person.",
    ),
    Code(
        "people_separator",
        "warning",
        "People in one cell are separated by 'and' or '&'.",
        "Agnes Tolliver and Benedict Oakhurst",
        "Separate people by / or ;",
    ),
    Code(
        "instructor_double_booked",
        "warning",
        "The instructor teaches another session of this workbook at the same time.",
        "Agnes Tolliver from 09:00 to 12:00 in rows 4 and 12 of one day",
        "Change the instructor or the times of one of them, if this is not meant.",
    ),
    Code(
        "zone_differs_from_venue",
        "warning",
        "The location is a city that has a time zone of its own, and the times are those of "
        "another one.",
        "Dublin with Europe - London",
        "Put the zone that the times are local to.",
    ),
    Code(
        "custom_field_missing",
        "error",
        "Administrate has no custom field of this label, and the workbook has values for it. "
        "Nothing of the workbook is recorded. A warning if the column is blank in all rows.",
        "OCR Moodle Code",
        "Create the custom field in Administrate, then run: adm-sync sync custom_fields.",
    ),
    Code(
        "custom_field_ambiguous",
        "error",
        "Administrate has several custom fields of this label, and the workbook has values for it. "
        "Nothing of the workbook is recorded. A warning if the column is blank in all rows.",
        "two custom fields called Sitting",
        "Rename all but one in Administrate, then run: adm-sync sync custom_fields.",
    ),
    Code(
        "custom_fields_unknown",
        "error",
        "No custom field of Administrate is known here. Nothing of the workbook is recorded.",
        "the first import before the first sync",
        "Run: adm-sync sync custom_fields.",
    ),
)
