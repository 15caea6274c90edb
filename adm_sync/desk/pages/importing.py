"""`/upload`, and what is done with a workbook: check it, decide, import exactly that plan, go on.

What belongs here: from a form to a command. What does not: showing what came of it (`imports`).
"""

from datetime import UTC, datetime

from starlette.responses import Response

from adm_sync.alerts.answering import mailing_of
from adm_sync.desk import actions
from adm_sync.desk.actions import Work
from adm_sync.desk.errors import PageError
from adm_sync.desk.pages.import_words import IMPORTING, goes_on
from adm_sync.desk.pages.imports import address, look, plan_of
from adm_sync.desk.routing import action, page
from adm_sync.desk.visit import Visit
from adm_sync.errors import SurroundingsError
from adm_sync.imports.arrivals import take_upload
from adm_sync.imports.looking import LookedAt
from adm_sync.imports.opening import limits
from adm_sync.imports.updates.options import SOURCES, Take, UpdateOptions
from adm_sync.settings import Settings
from adm_sync.settings.desk import Role
from adm_sync.workbook.contact import plain_address
from adm_sync.workbook.file.archive import MEGABYTE
from adm_sync.workbook.findings import WorkbookRefused

ROOM_FOR_THE_FORM = 16 * 1024
MOST_DECISIONS = 200
BYTES_OF_DECISIONS = 1024 * 1024
BEGUN_SINCE = (
    "An import of it has begun since that plan was shown, so none was started again. This is how "
    "it stands now."
)
# How far a check goes, by the names of the form: the option of `import-events`.
HOW = {
    "remove_sessions": "--remove-sessions",
    "cancel": "--cancel",
    "published": "--published",
}


def form(visit: Visit, refused: WorkbookRefused | None = None) -> Response:
    """The form, and why what was sent with it is refused."""
    most = visit.desk.settings.adm_sync_workbook_megabytes
    address = plain_address(visit.user.name)
    is_mailed = address and not mailing_of(visit.desk.settings).obstacle(address)
    return visit.page(
        "upload.html",
        422 if refused else 200,
        refused=refused,
        most=most,
        mailed_to=address if is_mailed else "",
    )


def upload(visit: Visit) -> Response:
    """Keep a workbook, and check it."""
    allowed = limits(visit.desk.settings)
    sent = visit.sent("workbook", int(allowed.megabytes * MEGABYTE))
    try:
        engine, who = visit.desk.database.engine, visit.user.name
        partition = take_upload(engine, sent.name, sent.data, allowed, who)
    except WorkbookRefused as refused:
        return form(visit, refused)
    try:
        work = visit.start("import-events", "--kept", "--dry-run", "--update", "--", partition)
    except (PageError, SurroundingsError) as error:
        return visit.to(address(partition), f"It is kept, and could not be checked: {error}")
    return visit.to(address(partition, work=work.name))


def largest_upload(settings: Settings) -> int:
    """How many bytes a form with a workbook may have."""
    return int(settings.adm_sync_workbook_megabytes * MEGABYTE) + ROOM_FOR_THE_FORM


def check(visit: Visit) -> Response:
    """Look again what an import would do, with what was decided."""
    looked = look(visit)
    update = bool(visit.text("update"))
    given = ["--update"] if update else []
    given += [option for name, option in HOW.items() if update and visit.text(name)]
    given += [f"--take={one}" for one in _takes(visit, looked)] if update else []
    return _started(visit, looked, "import-events", "--kept", "--dry-run", *given)


def _takes(visit: Visit, looked: LookedAt) -> list[Take]:
    """What was decided before, and what is decided now, which outranks it."""
    found = {one.about: one for one in (looked.update.take if looked.update else ())}
    for number in range(MOST_DECISIONS):
        about, source = visit.text(f"about.{number}"), visit.text(f"take.{number}")
        chosen = next((one for one in SOURCES if one == source), None)
        if about and chosen:
            found[about] = Take(chosen, about)
        else:
            found.pop(about, None)
    return list(found.values())


def import_(visit: Visit) -> Response:
    """Import exactly what was shown."""
    looked, fingerprint = look(visit), visit.text("plan")
    if not (fingerprint.isascii() and fingerprint.isalnum()):
        raise PageError(400, "The page did not say which plan is to be carried out.")
    if (at_work := _at_work(visit, looked)) is not None:
        return at_work
    if looked.dry_run and looked.dry_run.fingerprint == fingerprint and plan_of(looked) is None:
        return visit.to(address(looked.listed.workbook.partition), BEGUN_SINCE)
    given = [f"--plan={fingerprint}", *_as_arguments(looked.update)]
    return _started(visit, looked, "import-events", "--kept", *given)


def _at_work(visit: Visit, looked: LookedAt) -> Response | None:
    """The way to the import of it that is going on, if one is."""
    partition, now = looked.listed.workbook.partition, datetime.now(UTC)
    for work in actions.recent(visit.desk.settings, now):
        if work.is_running and partition in work.arguments and goes_on(looked, work) == IMPORTING:
            note = f"{work.who} was importing it already, so it was not started a second time."
            return visit.to(address(partition, work=work.name), note)
    if looked.progress is None:
        return None
    note = f"{looked.listed.workbook.who} was importing it already, so none was started beside it."
    return visit.to(address(partition), note)


def _as_arguments(update: UpdateOptions | None) -> list[str]:
    """The options of a dry run, as the command line takes them."""
    if update is None:
        return []
    how = [option for name, option in HOW.items() if getattr(update, name)]
    return ["--update", *how, *(f"--take={one}" for one in update.take)]


def push(visit: Visit) -> Response:
    """Try again what is not done in Administrate; what failed too, if that is wanted."""
    given = ["--reopen"] if visit.text("reopen") else []
    return _started(visit, look(visit), "push", *given)


def _started(visit: Visit, looked: LookedAt, *arguments: str) -> Response:
    partition = looked.listed.workbook.partition
    work: Work = visit.start(*arguments, "--", partition)
    return visit.to(address(partition, work=work.name))


MENU = None
ROUTES = (
    page("/upload", form, Role.PLAN),
    action("/upload", upload, Role.PLAN, largest=largest_upload),
    action("/imports/{partition}/check", check, Role.PLAN, largest=BYTES_OF_DECISIONS),
    action("/imports/{partition}/import", import_, Role.DECIDE),
    action("/imports/{partition}/push", push, Role.DECIDE),
)
