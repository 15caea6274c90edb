"""What each document does, in the words of a person who has never heard of documents.

What belongs here: a gerund for each, which opens a sentence such as «… failed». What does not: the
documents, and what goes wrong with them.
"""

_CREATING_EVENTS = "creating events"
_LOOKING_FOR_EVENTS = "looking for events"
_READING_EVENTS = "reading events"
_READING_FIELDS = "reading the custom fields"
_READING_PRICES = "reading the prices of course templates"
_READING_APPROVED = "reading who is approved for course templates"
_READING_TEMPLATES = "reading the course templates"
_ADDING_STAFF = "adding staff"

DOINGS = {
    "add_event_staff": _ADDING_STAFF,
    "add_session_staff": _ADDING_STAFF,
    "approve_instructors": "approving instructors for a course template",
    "approved_instructors": _READING_APPROVED,
    "approved_of_templates": _READING_APPROVED,
    "course_template_price_levels": _READING_PRICES,
    "course_template_prices_rest": _READING_PRICES,
    "course_templates": _READING_TEMPLATES,
    "create_blended_event": _CREATING_EVENTS,
    "create_classroom_event": _CREATING_EVENTS,
    "create_course_template": "creating a course template",
    "create_lms_event": _CREATING_EVENTS,
    "cursors": "asking how lists are read",
    "custom_fields": _READING_FIELDS,
    "custom_fields_of_type": _READING_FIELDS,
    "delete_events": "deleting events",
    "delete_sessions": "deleting sessions",
    "event": _READING_EVENTS,
    "event_now": _READING_EVENTS,
    "event_sessions_rest": "reading the sessions of an event",
    "event_to_change": _READING_EVENTS,
    "event_to_undo": _READING_EVENTS,
    "event_with_notes": _READING_EVENTS,
    "events_between": _LOOKING_FOR_EVENTS,
    "events_by_title": _LOOKING_FOR_EVENTS,
    "events_created": _LOOKING_FOR_EVENTS,
    "events_now": _READING_EVENTS,
    "events_of_templates": _LOOKING_FOR_EVENTS,
    "events_of_title": _LOOKING_FOR_EVENTS,
    "events_starting": _LOOKING_FOR_EVENTS,
    "events_with_notes_between": _LOOKING_FOR_EVENTS,
    "find_course_template": "looking for a course template",
    "hello": "asking Administrate whether it is there",
    "instructors": "reading the instructors",
    "instructors_apart": "reading what tells instructors of one name apart",
    "locations": "reading the locations",
    "price_levels": "reading the price levels",
    "remove_event_staff": "removing staff",
    "schema": "asking what Administrate's API takes",
    "staff_contacts": "reading the names of the staff",
    "template_codes": _READING_TEMPLATES,
    "update_event": "changing events",
    "update_session": "changing sessions",
    "venues": "reading the venues",
}


def doing(documents: str) -> str:
    """What a document does, or several that travel together; the opening of a sentence.

    Args:
        documents: its name, or the names of several with `and` between them.
    """
    first, *others = dict.fromkeys(DOINGS[name] for name in documents.split(" and "))
    return " and ".join((first[0].upper() + first[1:], *others))
