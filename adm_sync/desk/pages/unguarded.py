"""What needs no user: `/health`, and the files that pages are drawn with.

What belongs here: nothing that anybody may not know.
"""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from adm_sync.database import migrating
from adm_sync.desk.routing import page
from adm_sync.desk.shared import STATIC
from adm_sync.desk.visit import Visit
from adm_sync.errors import DatabaseError
from adm_sync.settings.desk import Role

MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
FILES = {file.name: file for file in STATIC.iterdir()}
A_DAY = "public, max-age=86400"


def health(visit: Visit) -> Response:
    """Whether the desk can work."""
    try:
        is_current = migrating.is_current(visit.desk.database.engine)
    except DatabaseError:
        return _ill("The database does not answer.")
    if not is_current:
        return _ill("The tables are not up to date: run adm-sync db upgrade.")
    return JSONResponse({"status": "ok"})


def static(visit: Visit) -> Response:
    """A stylesheet, a script or a picture."""
    file = FILES.get(visit.path["name"])
    media_type = MEDIA_TYPES.get("." + visit.path["name"].rpartition(".")[2])
    if file is None or media_type is None:
        raise HTTPException(404)
    return Response(file.read_bytes(), media_type=media_type, headers={"Cache-Control": A_DAY})


def _ill(sentence: str) -> Response:
    return JSONResponse({"status": "failed", "message": sentence}, 503)


MENU = None
ROUTES = (
    page("/health", health, Role.ANYONE),
    page("/static/{name}", static, Role.ANYONE),
)
