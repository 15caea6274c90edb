"""What becomes of a request that fails: a page with a sentence, and what is behind it in the log.

What belongs here: which status and sentence each error has. What does not: raising them.
"""

from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from adm_sync import fault_log
from adm_sync.desk.guards import TooLarge
from adm_sync.errors import AdmSyncError, DecisionError, WorkbookError
from adm_sync.surroundings import lacking

# What is said of what the server itself refuses.
SENTENCES = {
    404: "Its address is mistyped, or what it showed is gone.",
    405: "This page cannot be asked for that way.",
    413: "That is too large: more was sent than this page takes. Nothing was done.",
}
UNREADABLE = "This request cannot be read. Nothing was done."


class PageError(Exception):
    """A request that ends in a page with a sentence; `status` is that of HTTP."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def error_page(templates: Environment, request: Request, error: Exception) -> HTMLResponse:
    """The page that says what went wrong; for a part of a page, a part."""
    status, sentence = _told(error)
    template = "error_part.html" if "hx-request" in request.headers else "error.html"
    html = templates.get_template(template).render(status=status, sentence=sentence, visit=None)
    headers = {"Retry-After": "10"} if status in {429, 503} else None
    return HTMLResponse(html, status, headers)


def _told(error: Exception) -> tuple[int, str]:
    if isinstance(error, PageError):
        return error.status, str(error)
    if isinstance(error, TooLarge):
        return 413, SENTENCES[413]
    if isinstance(error, HTTPException):
        return error.status_code, SENTENCES.get(error.status_code, UNREADABLE)
    told = error if isinstance(error, AdmSyncError) else lacking(error)
    if told is not None:
        fault_log.keep_trace(told)
        if isinstance(told, DecisionError | WorkbookError):
            return 409, str(told)
        return (503 if told.transient else 500), str(told)
    sentence = f"The desk hit a fault of its own ({type(error).__name__})."
    try:
        fault_log.keep(sentence, error)
    except OSError:
        return 500, f"{sentence} Its log could not be written."
    return 500, f"{sentence} Whoever looks after it finds the details in its log."
