"""Every error the project raises on purpose.

    AdmSyncError
    ├── SettingsError              a setting is missing or wrong
    ├── AdministrateError          the API, or the way to it
    │   ├── Unreachable            nothing answered, or an outage: may pass (transient)
    │   ├── Throttled              429: told to wait (transient)
    │   ├── AccessRefused          401 or 403: the credentials are wrong
    │   ├── RequestRejected        GraphQL errors: this request will never work as it is
    │   ├── OutcomeUnknown         a mutation was sent and not answered: it may have happened
    │   ├── ContractBroken         the answer is not what schema.graphql says
    │   │   └── SchemaChanged      this tenant's API would refuse what is to be sent
    │   └── FetchIncomplete        not every record arrived, so the fetch is no evidence
    ├── DatabaseError              PostgreSQL, or the way to it
    │   ├── DatabaseUnreachable    no connection, or it was lost (transient)
    │   ├── DatabaseLayoutError    a table or column is missing or in the wrong place
    │   └── DatabaseRefused        PostgreSQL refused what was written
    │       └── ValueRefused       because of a value that it cannot store
    ├── SyncError                  a sync or a push that cannot go on
    │   ├── NeedsMissing           another entity has to be synced first
    │   ├── SyncBusy               somebody else holds the lock
    │   └── WrongInstance          this is not the tenant that the database was synced with
    ├── DecisionError              a decision that names what is not there, or contradicts another
    ├── FolderError                a folder that files come from or go to cannot be used (transient)
    ├── SurroundingsError          the machine lacks something: room, rights, files
    └── WorkbookError              a workbook, or an import of one, that cannot be worked with

A message says what happened, to what, and what to do. No message ever holds a secret.
What belongs here: exception classes. What does not: handling them.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType


class AdmSyncError(Exception):
    """The base of all.

    `transient` says whether trying again later may help; `facts` are what else is known, by name,
    for pages that show more than a sentence. `cause` is what the problem is known by that it comes
    from, if it does from one of Administrate as a whole (`refusals`).
    """

    transient = False
    cause = ""
    facts: Mapping[str, str] = MappingProxyType({})


class SettingsError(AdmSyncError):
    """A setting is missing or wrong; the message names it and says what it is for."""


class AdministrateError(AdmSyncError):
    """Administrate, or the way to it, failed.

    `retry_after` is how many seconds it asked to be left alone for, where it did.
    """

    retry_after: float | None = None


class Unreachable(AdministrateError):
    """Administrate did not answer, or answered that it is out of order."""

    transient = True


class Throttled(AdministrateError):
    """Administrate answered 429, or is still to be left alone after it did."""

    transient = True


class AccessRefused(AdministrateError):
    """Administrate refused the credentials."""


class RequestRejected(AdministrateError):
    """Administrate understood the request and refused it.

    `errors` are its own sentences; `never_began` says whether they leave no doubt that nothing of
    it was done.
    """

    def __init__(
        self, message: str, errors: Sequence[str] = (), *, never_began: bool = False
    ) -> None:
        super().__init__(message)
        self.errors = tuple(errors)
        self.never_began = never_began


class OutcomeUnknown(AdministrateError):
    """A mutation left and no answer came: it may or may not have happened."""


class ContractBroken(AdministrateError):
    """An answer lacks a field, or holds something of another type than the schema says."""


class SchemaChanged(ContractBroken):
    """The tenant's schema lacks something that is about to be sent."""


class FetchIncomplete(AdministrateError):
    """Not every record of a list arrived exactly once."""

    transient = True


class DatabaseError(AdmSyncError):
    """PostgreSQL, or the way to it, failed."""


class DatabaseUnreachable(DatabaseError):
    """There is no connection to the database, or it was lost."""

    transient = True


class DatabaseLayoutError(DatabaseError):
    """A table or a column is missing or in the wrong place."""


class DatabaseRefused(DatabaseError):
    """PostgreSQL refused a row or a statement."""


class ValueRefused(DatabaseRefused):
    """A value of one row cannot be stored here; other rows can."""


class SyncError(AdmSyncError):
    """A sync that cannot go on."""


class NeedsMissing(SyncError):
    """An entity needs another one to be synced first."""


class SyncBusy(SyncError):
    """Another process holds the sync lock and did not let go in time."""

    transient = True


class WrongInstance(SyncError):
    """The settings name another tenant than the one this database was synced with."""


class DecisionError(AdmSyncError):
    """A decision names a record that is not there, or contradicts another decision."""


class SurroundingsError(AdmSyncError):
    """The machine lacks something that the work needs: room on a disk, rights, a file."""


class FolderError(AdmSyncError):
    """A folder that files come from or go to, or a file in it, cannot be used.

    `reason` is why, without what and where.
    """

    transient = True

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}.")
        self.reason = reason


class WorkbookError(AdmSyncError):
    """A workbook, or the import of one, that cannot be worked with."""
