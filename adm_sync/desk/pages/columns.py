"""`/imports/{partition}/columns`: how the headers of a workbook of one's own may be read.

What belongs here: showing what is proposed, and handing it out. What does not: the proposal
(`workbook.mapping`); who sets ADM_SYNC_COLUMNS to the file has the machine.
"""

from starlette.responses import Response

from adm_sync.desk.errors import PageError
from adm_sync.desk.pages.imports import address, look
from adm_sync.desk.routing import page
from adm_sync.desk.visit import Visit
from adm_sync.imports.opening import limits
from adm_sync.imports.own_headers import proposal_for
from adm_sync.settings.desk import Role
from adm_sync.workbook.mapping.proposing import Proposal, toml


def shown(visit: Visit) -> Response:
    """What is proposed, for people."""
    partition, proposal = _proposal(visit)
    return visit.page(
        "columns.html", partition=partition, here=address(partition), proposal=proposal
    )


def handed_out(visit: Visit) -> Response:
    """What is proposed, as the file that is to be checked and set."""
    _, proposal = _proposal(visit)
    return visit.download(toml(proposal).encode(), "columns.toml", "application/toml")


def _proposal(visit: Visit) -> tuple[str, Proposal]:
    partition = look(visit).listed.workbook.partition
    proposal = proposal_for(visit.desk.database.engine, partition, limits(visit.desk.settings))
    if proposal is None:
        raise PageError(
            404,
            f"No sheet of {partition} has a row that looks like headers of events. Start with the "
            "template.",
        )
    return partition, proposal


MENU = None
ROUTES = (
    page("/imports/{partition}/columns", shown, Role.LOOK),
    page("/imports/{partition}/columns.toml", handed_out, Role.LOOK),
)
