"""Every assumption about a tenant, once.

What belongs here: what is assumed, what the project does otherwise, and which question asks about
it. What does not: the questions (`questions`), and the trial that decides what reading cannot
(`trial`), which finds its assumptions here by name.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from adm_sync.administrate.contract import MAY_BE_REFUSED
from adm_sync.assumptions import questions
from adm_sync.assumptions.asking import EVER, Tenant
from adm_sync.assumptions.assumption import Assessed, Assumption, Observed, Ruling, undecided
from adm_sync.errors import AccessRefused, AdministrateError, ContractBroken, RequestRejected
from adm_sync.push.requests import DOCUMENTS

# No record has these; the id is of the form that the API's have.
_NAME, _ID = "adm_sync: nothing is called so", "Q291cnNlOjk5OTk5OTk5OQ=="
_NEVER = {"from": EVER["until"], "until": EVER["until"]}
_NOT_WRITTEN = "The list counts as not fetched, its entity fails, and nothing of it is written."
_MORE = "More is asked for than is needed, and compared here."
ONLY_TRIED = "only adm-sync doctor --tenant --write-probe can tell"

_LISTS = (
    Assumption(
        "page_cap",
        "A page has 100 rows at most, whatever is asked for.",
        "Never more than 100 are asked for, and how many a page has is seen from the first one.",
        questions.page_cap,
    ),
    Assumption(
        "totals",
        "totalRecords is how many distinct records a list has.",
        _NOT_WRITTEN,
        questions.totals,
        is_needed=True,
    ),
    Assumption(
        "offset",
        "offset leaves out so many rows of a list's beginning.",
        _NOT_WRITTEN,
        questions.offset,
        is_needed=True,
    ),
    Assumption(
        "order_kept",
        "A list has the same order each time that it is asked for by id.",
        _NOT_WRITTEN,
        questions.order_kept,
        is_needed=True,
    ),
    Assumption(
        "cursors",
        "A cursor is base64 of Cursor: and a place.",
        "Nothing else: pages are asked for by offset.",
        questions.cursors,
    ),
    Assumption(
        "several_parts",
        "Several questions may travel in one request.",
        "They are asked one by one, which takes longer.",
        questions.several_parts,
    ),
)

# Document -> (variables that let nothing pass, what is done where it does not hold).
_FILTERED: dict[str, tuple[dict[str, Any], str]] = {
    "events_by_title": ({"titles": [_NAME]}, "One title is asked for at a time."),
    "events_of_title": (
        {"title": _NAME},
        "An event that is there already is looked for by its start alone, and compared here.",
    ),
    "events_between": (
        _NEVER,
        "adm-sync reconcile fails, or reads and names events of other times.",
    ),
    "events_starting": (_NEVER, _MORE),
    "events_with_notes_between": (
        _NEVER,
        "A comparison knows doubles by title and start alone, not by marks in internal notes.",
    ),
    "events_created": (
        {"codes": [_NAME], "since": EVER["until"]},
        "What came of a creation is looked for by template and start.",
    ),
    "events_of_templates": ({"codes": [_NAME], **_NEVER}, _MORE),
    "events_now": ({"ids": [_ID]}, _MORE),
    "template_codes": ({"ids": [_ID]}, _MORE),
    "approved_of_templates": (
        {"ids": [_ID]},
        "The approved instructors of each template are asked for one by one.",
    ),
    "instructors_apart": (
        {"ids": [_ID]},
        "Instructors of one name are told apart by their ids alone.",
    ),
    "find_course_template": (
        {"code": _NAME},
        "create-missing cannot see whether a template is there already, and creates none.",
    ),
}


def _filters() -> Iterator[Assumption]:
    for document, (nothing, otherwise) in _FILTERED.items():
        yield Assumption(
            f"filters_of_{document}",
            f"The filters of {document} are taken, and let nothing pass that they do not mean.",
            otherwise,
            questions.filtering(document, nothing),
        )


TRIED = (
    Assumption(
        "made_as_draft",
        "A new event is a draft.",
        "It may be seen at once: import nothing before that is changed in Administrate.",
        is_needed=True,
    ),
    Assumption(
        "made_with_sessions",
        "A new event comes with the sessions of its template.",
        "A session of a workbook for which there is none is an error (no_session_slot).",
    ),
    Assumption(
        "title_kept",
        "A title is stored as it was sent.",
        "Titles are compared loosely; what is only near waits for a person.",
    ),
    Assumption(
        "mark_kept",
        "A mark comes back as it was sent.",
        "A creation that was not answered is known again by its template, start and title; what "
        "is not surely ours waits for a person.",
    ),
    Assumption(
        "listed_at_once",
        "A new event is in lists at once.",
        "Absence is believed slowly, at the times of ADM_SYNC_PUSH_LOOK_UPS.",
    ),
    Assumption(
        "session_changed",
        "A session takes a new title and new times.",
        "Its step waits for a person, and says what Administrate refused.",
        is_needed=True,
    ),
    Assumption(
        "draft_deleted",
        "A draft that nobody booked can be deleted.",
        "adm-sync undo leaves it there, and says so.",
    ),
)

ASSUMPTIONS = (
    Assumption(
        "access",
        "The credentials get a token, and the API answers with it.",
        "Nothing is read or sent; every command says so.",
        questions.access,
        is_needed=True,
    ),
    Assumption(
        "token_life",
        "A token says how long it lives.",
        "An hour is assumed, and a token that is refused is renewed once.",
        questions.token_life,
    ),
    Assumption(
        "schema_readable",
        "The API lets its schema be read.",
        "What is sent is taken to be right, and a mark needs a custom field (below).",
        questions.schema_readable,
    ),
    Assumption(
        "queries",
        "The schema has everything that is asked for.",
        "What asks for it fails, and nothing of it is written.",
        questions.in_schema(None),
        is_needed=True,
    ),
    Assumption(
        "mutations",
        "The schema has everything that is sent.",
        "A push stops before anything is sent; what was recorded stays.",
        questions.in_schema(DOCUMENTS),
        is_needed=True,
    ),
    Assumption(
        "shorter_questions",
        "The schema has what makes answers shorter.",
        _MORE,
        questions.in_schema(sorted(MAY_BE_REFUSED)),
    ),
    Assumption(
        "reference_mutations",
        "Reference records can be created through the API.",
        "create-missing prints what a person has to enter.",
        questions.reference_mutations,
    ),
    *_LISTS,
    *_filters(),
    Assumption(
        "found_again",
        "An event is found by its title, and by its start.",
        "An event that is there already may not be found before it is created: import nothing "
        "before this is understood.",
        questions.finding,
        is_needed=True,
    ),
    Assumption(
        "by_id",
        "An event can be read by its id.",
        "Events that were imported are neither changed nor taken back.",
        questions.by_id,
        is_needed=True,
    ),
    Assumption(
        "ids",
        "Ids are base64 of a known word and a number.",
        "Nothing else: ids are passed on as they are.",
        questions.ids,
    ),
    Assumption(
        "times",
        "An event's start comes as an instant, and as a local time.",
        "An event whose start cannot be read is not taken for ours; a person decides.",
        questions.times,
    ),
    Assumption(
        "states",
        "An event is draft, published or cancelled.",
        "Any other word counts as none of these, and nothing is done that needs a draft.",
        questions.states,
    ),
    Assumption(
        "custom_fields",
        "Each type of record answers for its custom fields.",
        "What is known of the others stays, and the sync of custom fields is partial.",
        questions.custom_fields,
    ),
    Assumption(
        "mark_place",
        "New events have a place for a mark.",
        "Without one events are created one by one, and known again by template, start and title. "
        "A custom field on events labelled adm_sync makes a place.",
        questions.mark_place,
    ),
    Assumption(
        "clock",
        "Administrate's clock is within a minute of this machine's.",
        "Its difference is taken off where times are compared.",
        questions.clock,
    ),
    Assumption(
        "rate_unsaid",
        "Answers do not say how many requests are left.",
        "It is not read: requests are spaced by ADM_SYNC_RATE_LIMIT, and a 429 slows all down.",
        questions.rate_unsaid,
    ),
    *TRIED,
)


def judged(tenant: Tenant) -> Iterator[Assessed]:
    """Ask about each assumption, in order; what could not be asked about is said to be so."""
    for one in ASSUMPTIONS:
        yield Assessed(one, _found(one, tenant))


def _found(one: Assumption, tenant: Tenant) -> Observed:
    if one.ask is None:
        return undecided(ONLY_TRIED)
    try:
        return one.ask(tenant)
    except (RequestRejected, ContractBroken) as error:
        # Its own sentence may hold a value that it was asked with.
        refused = isinstance(error, RequestRejected)
        return Observed(Ruling.NOT_HELD, "it is refused" if refused else "its answer is another")
    except AdministrateError as error:
        if isinstance(error, AccessRefused):
            is_first = one is ASSUMPTIONS[0]
            ruling = Ruling.NOT_HELD if is_first else Ruling.UNASKED
            return Observed(ruling, "the credentials are refused")
        return Observed(Ruling.UNASKED, "Administrate did not answer")


def with_trial(found: Sequence[Assessed], tried: dict[str, Observed]) -> list[Assessed]:
    """The same, with what a trial has found."""
    return [Assessed(o.assumption, tried.get(o.assumption.name, o.found)) for o in found]
