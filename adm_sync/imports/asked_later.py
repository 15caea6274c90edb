"""Names that nobody could be asked about when their workbook was checked, and what is known since.

What belongs here: telling it as the check would have. What does not: who a name is
(`workbook.lookup.administrators`), and pushing (`push`), which asks by itself.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import unasked
from adm_sync.database.engine import database_errors
from adm_sync.errors import AdministrateError
from adm_sync.imports import referable
from adm_sync.imports.keeping import keep_findings, kept_findings
from adm_sync.push.options import PushOptions
from adm_sync.push.remote import contacts_by_name
from adm_sync.workbook.findings import Finding, in_order
from adm_sync.workbook.lookup.staff import (
    ADMINISTRATOR_AMBIGUOUS,
    ADMINISTRATOR_NOT_ASKED,
    ADMINISTRATOR_NOT_LINKED,
    ADMINISTRATOR_UNKNOWN,
)
from adm_sync.workbook.resolving import administrators_of
from adm_sync.workbook.table import Table

log = logging.getLogger("adm_sync.import")

IN_VAIN = (ADMINISTRATOR_UNKNOWN.name, ADMINISTRATOR_NOT_LINKED.name, ADMINISTRATOR_AMBIGUOUS.name)


@dataclass(slots=True)
class AskedLater:
    """Corrects findings about names, for one database and one tenant.

    `contacts` are Administrate's, asked for once and only if it is needed.
    """

    engine: sa.Engine
    client: AdministrateClient
    options: PushOptions
    contacts: Mapping[str, tuple[str, ...]] | None = None

    def overtaken(self) -> dict[str, list[int]]:
        """The event rows whose findings do not say what is known by now, by partition.

        None if Administrate cannot be asked.
        """
        with database_errors(), self.engine.connect() as connection:
            groups = unasked.overtaken(connection, ADMINISTRATOR_NOT_ASKED.name, IN_VAIN)
        rows: dict[str, list[int]] = defaultdict(list)
        for partition, row in groups:
            rows[partition].append(row)
        return rows if rows and self._ask() else {}

    def _ask(self) -> bool:
        try:
            self.contacts = contacts_by_name(
                self.client, self.options.page_size, self.options.max_records
            )
        except AdministrateError as error:
            log.info("Event administrators could not be asked for again: %s", error)
            return False
        return True

    def tell(self, workbook_id: int, rows: Sequence[int], table: Table) -> bool:
        """Put what is found now in the place of what was found; False if it is the same."""
        with database_errors(), self.engine.begin() as connection:
            known = referable.load(connection, self.contacts)
            found = map(table.words.told, administrators_of(rows, table, known))
            now = [one for one in found if _is_of_names(one)]
            before = kept_findings(connection, workbook_id)
            others = [one for one in before if one.row not in rows or not _is_of_names(one)]
            if len(others) + len(now) == len(before) and all(one in before for one in now):
                return False
            keep_findings(connection, workbook_id, in_order(*others, *now))
        return True


def _is_of_names(finding: Finding) -> bool:
    return finding.code in (ADMINISTRATOR_NOT_ASKED.name, *IN_VAIN)
