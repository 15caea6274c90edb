"""Where things are kept: the databases and the folders."""

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, SecretStr

from adm_sync.errors import SettingsError
from adm_sync.folders import LocalFolder, folder_at
from adm_sync.settings.forms import WebUrl
from adm_sync.settings.group import SettingsGroup

if TYPE_CHECKING:
    from adm_sync.remote import RemoteFolder

# Within the inbox.
OUTBOX = "checked"


def _database_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value().strip()
    scheme = url.partition("://")[0].partition("+")[0].lower()
    if scheme not in {"postgresql", "postgres"}:
        raise ValueError("must be a postgresql:// URL")
    if url.count("@") > 1:
        raise ValueError(
            "holds more than one @, so its password and its host cannot be told apart; write an @ "
            "that belongs to the password as %40"
        )
    return SecretStr(url)


def _home(value: Path) -> Path:
    folder = value.expanduser().resolve()
    shared = folder.exists() and folder.stat().st_mode & stat.S_ISVTX
    if folder in {Path("/"), Path.home().resolve()} or shared:
        raise ValueError(
            "must be a folder of its own, as everything in it is closed to other users; not /, "
            "your home folder or one that users share, such as /tmp"
        )
    return value


def _folder(value: str) -> str:
    folder_at(value)
    return value.strip()


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
FolderAddress = Annotated[str, AfterValidator(_folder)]


class PlaceSettings(SettingsGroup):
    """The databases and the folders."""

    adm_sync_database_url: DatabaseUrl | None = Field(
        None,
        description="The tutorial company's PostgreSQL database. Unset: an embedded PostgreSQL "
        "under ADM_SYNC_HOME. Secret.",
    )
    adm_sync_dagster_database_url: DatabaseUrl | None = Field(
        None,
        description="Where Dagster keeps its runs. Unset: a database beside the tutorial "
        "company's, its name with _dagster, created if it is missing. Secret.",
    )
    adm_sync_home: Annotated[Path, AfterValidator(_home)] = Field(
        Path("~/.adm_sync"),
        description="The folder for the embedded database and Dagster's working files.",
    )
    adm_sync_inbox: FolderAddress | None = Field(
        None,
        description="The folder that is watched for workbooks: a path or a URL (s3://, gs://, "
        "abfs://, sftp://, file://). Unset: inbox in ADM_SYNC_HOME.",
    )
    adm_sync_outbox: FolderAddress | None = Field(
        None,
        description="The folder for the answers to workbooks of the inbox, a path or a URL as "
        "ADM_SYNC_INBOX. Unset: checked in the inbox.",
    )
    adm_sync_storage: FolderAddress | None = Field(
        None,
        description="The folder for reports of imports and lists of discrepancies, a path or a URL "
        "as ADM_SYNC_INBOX. Unset: ADM_SYNC_HOME.",
    )
    adm_sync_storage_link: WebUrl | None = Field(
        None,
        description="The address at which a browser shows what lies in ADM_SYNC_STORAGE, so that "
        "Dagster's pages link to it.",
    )

    @property
    def home(self) -> Path:
        """`ADM_SYNC_HOME` as an absolute path."""
        return self.adm_sync_home.expanduser().absolute()

    @property
    def inbox(self) -> "LocalFolder | RemoteFolder":
        """The folder of `ADM_SYNC_INBOX`."""
        given = self.adm_sync_inbox
        return folder_at(given) if given else LocalFolder(self.home / "inbox")

    @property
    def outbox(self) -> "LocalFolder | RemoteFolder":
        """The folder of `ADM_SYNC_OUTBOX`.

        Raises:
            SettingsError: it is the inbox itself, where every answer would be imported again.
        """
        given = self.adm_sync_outbox
        found = folder_at(given) if given else self.inbox.within(OUTBOX)
        if str(found).rstrip("/") == str(self.inbox).rstrip("/"):
            raise SettingsError(
                "ADM_SYNC_OUTBOX is wrong: it must be another folder than ADM_SYNC_INBOX. "
                + self.describe("adm_sync_outbox")
            )
        return found

    @property
    def storage(self) -> "LocalFolder | RemoteFolder":
        """The folder of `ADM_SYNC_STORAGE`."""
        return folder_at(self.adm_sync_storage) if self.adm_sync_storage else LocalFolder(self.home)
