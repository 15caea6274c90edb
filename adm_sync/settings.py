"""Every setting: its name, what it is for, its default.

What belongs here: reading and checking the environment (and a `.env` file in the current folder).
What does not: doing anything with a setting. Secrets are `SecretStr`, so that printing the
settings never prints them.
"""

import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
)
from pydantic_settings import SettingsConfigDict

from adm_sync.addresses import local_url, web_origin, web_url
from adm_sync.desk_settings import DeskSettings
from adm_sync.errors import SettingsError
from adm_sync.folders import LocalFolder, folder_at

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


def _broker(value: SecretStr) -> SecretStr:
    url = value.get_secret_value().strip()
    if not url.startswith(("redis://", "rediss://", "redis+socket://", "sentinel://")):
        raise ValueError("must be a redis:// URL")
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


def _time_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError) as error:
        raise ValueError("must be an IANA time zone such as Europe/London") from error
    return value


def _cron(value: str) -> str:
    if len(value.split()) != 5:
        raise ValueError("must be a cron expression of five fields, such as 0 5 * * *")
    return value


def alert_urls(text: str) -> list[str]:
    """The addresses in a list of Apprise's, which commas or white space part.

    Raises:
        ValueError: one of them is none; says nothing of it, as it may hold a password.
    """
    parts = re.split(r"[\s,]+(?=[a-z][a-z0-9]*://)", text.strip(), flags=re.IGNORECASE)
    urls = [one.strip(", \t\r\n") for one in parts if one]
    if not urls or not all(re.fullmatch(r"(?i)[a-z][a-z0-9]*://\S+", one) for one in urls):
        raise ValueError(
            "must be addresses as Apprise has them, such as mailtos://user:password@example.com, "
            "with commas or white space between them"
        )
    return urls


def _alerts(value: SecretStr) -> SecretStr:
    alert_urls(value.get_secret_value())
    return value


def domains(text: str) -> frozenset[str]:
    """The domains in a list such as `example.com, example.org`.

    Raises:
        ValueError: one of them is none.
    """
    found = [one.lstrip("@").rstrip(".").lower() for one in re.split(r"[\s,]+", text.strip())]
    if not all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", one) for one in found):
        raise ValueError("must be domains such as example.com, example.org")
    return frozenset(found)


def _domains(value: str) -> str:
    domains(value)
    return value


_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


def times(value: str) -> tuple[float, ...]:
    """Times such as `30s, 2m, 10m`, in seconds; a number alone is seconds.

    Raises:
        ValueError: they are something else, or not one after the other.
    """
    found = [re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", one.strip()) for one in value.split(",")]
    seconds = tuple(float(one[1]) * _SECONDS[one[2]] for one in found if one)
    if len(seconds) < len(found) or list(seconds) != sorted(set(seconds)):
        raise ValueError("must be times one after the other, such as 30s, 2m, 10m")
    return seconds


def _times(value: str) -> str:
    times(value)
    return value


def _together(value: object) -> object:
    """Before it was a number this setting was yes or no, and of the changes to one event only."""
    word = str(value).strip().lower()
    if word in {"yes", "true", "on"}:
        return 5
    return 0 if word in {"no", "false", "off"} else value


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
FolderAddress = Annotated[str, AfterValidator(_folder)]
WebUrl = Annotated[str, AfterValidator(web_url)]
WebOrigin = Annotated[str, AfterValidator(web_origin)]


class AdministrateAccess(BaseModel):
    """What a client needs to talk to one tenant."""

    api_url: str
    auth_url: str
    instance_url: str | None
    api_key: str
    api_secret: SecretStr


class Settings(DeskSettings):
    """The settings, as read from the environment by `load`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    administrate_api_url: WebUrl | None = Field(
        None, description="The GraphQL address of your tenant, ending in /graphql."
    )
    administrate_auth_url: WebUrl | None = Field(
        None, description="The OAuth base of Administrate; /token is appended."
    )
    administrate_instance_url: WebOrigin | None = Field(
        None,
        description="The address people open in a browser, such as "
        "yourcompany.administrateapp.com. A sync refuses a database that was synced with another "
        "instance.",
    )
    administrate_api_key: str | None = Field(
        None, description="The client id of the API credentials."
    )
    administrate_api_secret: SecretStr | None = Field(
        None, description="The client secret of the API credentials. Secret."
    )
    administrate_tax_type_id: str | None = Field(
        None,
        description="The id of the tax type that new events get. Unset: what Administrate gives "
        "them itself.",
    )

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

    adm_sync_rate_limit: float = Field(
        15.0,
        ge=0,
        description="Requests a second, shared by all processes on one database; 0 for no limit. "
        "Administrate allows 20 for each IP address.",
    )
    adm_sync_retry_budget_seconds: float = Field(
        120.0, gt=0, description="How long one query is tried before it counts as failed."
    )
    adm_sync_request_timeout_seconds: float = Field(
        30.0, gt=0, description="How long one answer of Administrate is waited for."
    )
    adm_sync_page_size: int = Field(
        100, ge=1, description="Records a page; more than 100 count as 100, as in Administrate."
    )
    adm_sync_concurrent_pages: int = Field(
        8, ge=1, le=32, description="Requests for pages at the same time, after the first page."
    )
    adm_sync_max_records: int = Field(
        1_000_000, ge=1, description="More records than this of one entity are refused."
    )
    adm_sync_guard_rows: int = Field(
        5, ge=0, description="A sync may always remove or unlink this many rows of an entity."
    )
    adm_sync_guard_percent: float = Field(
        10.0,
        ge=0,
        le=100,
        description="It may also remove this percentage of its rows. Beyond both it is held.",
    )
    adm_sync_lock_wait_seconds: float = Field(
        600.0, ge=0, description="How long a sync waits for another one that is running."
    )
    adm_sync_sync_cron: Annotated[str, AfterValidator(_cron)] = Field(
        "0 5 * * *", description="When the scheduled full sync runs."
    )
    adm_sync_time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        "Europe/London", description="The time zone of the schedule."
    )
    adm_sync_workbook_megabytes: float = Field(
        25.0, gt=0, description="A larger workbook is refused; unpacked it may be 20 times that."
    )
    adm_sync_workbook_rows: int = Field(
        100_000, ge=1, description="A workbook with more rows is refused."
    )
    adm_sync_workbook_seconds: float = Field(
        120.0, gt=0, description="A workbook that takes longer to read is refused."
    )
    adm_sync_hidden_rows: Literal["process", "skip"] = Field(
        "process", description="What becomes of hidden rows: process (with a warning) or skip."
    )
    adm_sync_columns: Path | None = Field(
        None,
        description="The file that says how workbooks with headers of their own are read; adm-sync "
        "columns proposes one. Unset: the headers of the template.",
    )
    adm_sync_same_titles: Literal["refuse", "allow"] = Field(
        "refuse",
        description="Whether several events of one course template and sitting may have one title: "
        "refuse or allow.",
    )
    adm_sync_update: Literal["no", "always"] = Field(
        "no",
        description="Whether a corrected workbook in the inbox changes what it made before: no (it "
        "says what differs), or always (as import-events --update does).",
    )
    adm_sync_approve_instructors: Literal["yes", "no"] = Field(
        "yes",
        description="Whether an import approves instructors for the course templates that they are "
        "to teach: yes, or no (then an event with somebody who is not approved is rejected).",
    )
    adm_sync_concurrent_pushes: int = Field(
        32,
        ge=1,
        le=32,
        description="Requests at the same time, at most, when events are pushed, undone or "
        "reconciled; there are as many as the rate needs.",
    )
    adm_sync_push_together: Annotated[int, BeforeValidator(_together)] = Field(
        5,
        ge=0,
        le=50,
        description="How many events travel in one request, as far as Administrate takes that: 1 "
        "for one by one, 0 for each change by itself.",
    )
    adm_sync_push_attempts: int = Field(
        8, ge=1, description="How often a step is sent before it waits for a person."
    )
    adm_sync_push_mark: bool = Field(
        True,
        description="Whether a created event carries a mark, by which it is known again: in the "
        "custom field adm_sync of events, else in its internal notes.",
    )
    adm_sync_push_look_ups: Annotated[str, AfterValidator(_times)] = Field(
        "30s, 2m, 10m",
        description="When a create that was not answered is looked up, counted from its sending; "
        "only after the last is it sent again.",
    )
    adm_sync_push_retry_seconds: float = Field(
        60.0, gt=0, description="How long until a step is tried again; doubled each time."
    )
    adm_sync_push_lease_seconds: float = Field(
        300.0,
        gt=0,
        description="How long a process may keep a step to itself without a sign of life.",
    )
    adm_sync_reconcile_cron: Annotated[str, AfterValidator(_cron)] = Field(
        "30 6 * * *",
        description="When the sittings that are not over are compared with Administrate, and what "
        "is older than ADM_SYNC_KEEP_DAYS is removed.",
    )
    adm_sync_keep_days: int = Field(
        730,
        ge=0,
        description="How long findings of workbooks, what was sent to Administrate, and runs of "
        "syncs with their changes are kept; 0 for ever.",
    )
    adm_sync_outbox: FolderAddress | None = Field(
        None,
        description="The folder for the answers to workbooks of the inbox, a path or a URL as "
        "ADM_SYNC_INBOX. Unset: checked in the inbox.",
    )
    adm_sync_answer_domains: Annotated[str, AfterValidator(_domains)] | None = Field(
        None,
        description="The domains of planners whose workbooks are answered by mail, such as "
        "example.com, if the workbook names its contact. Unset: nobody is.",
    )
    adm_sync_alerts: Annotated[SecretStr, AfterValidator(_alerts)] | None = Field(
        None,
        description="Who is told of problems: addresses as Apprise has them (mail, chat, web "
        "hooks), with commas between them. Unset: nobody. Secret.",
    )
    adm_sync_alert_level: Literal["warning", "error"] = Field(
        "warning",
        description="What they are told of: error (what a person has to see to), or warning (also "
        "what is partial, or pending for long).",
    )
    adm_sync_digest_cron: Annotated[str, AfterValidator(_cron)] | None = Field(
        None,
        description="When they are sent a list of what is open, such as 0 8 * * *. Unset: never.",
    )
    adm_sync_executor: Literal["in_process", "multiprocess", "celery", "k8s"] = Field(
        "in_process",
        description="Where the steps of a run that Dagster starts are executed: in_process (in "
        "that of the run), multiprocess (one each), celery (a task each) or k8s (a pod each). "
        "Where the run itself is, the run launcher of dagster.yaml says.",
    )
    adm_sync_celery_broker: Annotated[SecretStr, AfterValidator(_broker)] | None = Field(
        None,
        description="The redis:// URL by which Celery's workers are given work; only where there "
        "are such. Secret.",
    )
    adm_sync_ui_host: str = Field(
        "127.0.0.1",
        min_length=1,
        description="The address that the Dagster UI listens on under adm-sync dev; 0.0.0.0 for "
        "all of this machine. Dagster has no login of its own.",
    )
    adm_sync_ui_port: int = Field(
        3000, ge=1, le=65535, description="The port of the Dagster UI under adm-sync dev."
    )
    adm_sync_ui_url: WebUrl | None = Field(
        None,
        description="The address at which people open the Dagster UI, for links to it. Unset: its "
        "port on this machine.",
    )

    # A sentence for each setting that is wrong; such a setting has no value.
    _wrong: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the environment and `.env`; `given` are settings that are otherwise this time.

        A value that is wrong stops only who asks for it: `SettingsError` is raised then, and names
        every setting that is wrong and what it is for, never its value.

        Raises:
            SettingsError: `.env` cannot be read.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            wrong = _explain(error)
        except (OSError, UnicodeError):
            raise SettingsError(
                "The file .env in this folder cannot be read. It has to be a text file in UTF-8 "
                "that you may read."
            ) from None
        settings = cls(**given | {name: cls.model_fields[name].default for name in wrong})
        settings._wrong.update(wrong)
        for name in wrong:
            del settings.__dict__[name]
        return settings

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Asked only for what is not there: a setting that is wrong, or none at all."""
            if name in type(self).model_fields:
                raise SettingsError(self.wrong)
            return super().__getattr__(name)

    @property
    def wrong(self) -> str:
        """Every setting that is wrong, one sentence a line; empty when none is."""
        return "\n".join(self._wrong.values())

    def apart_from(self, *names: str) -> Self:
        """These settings, with the defaults for those of `names` that are wrong.

        For whoever does not need them, and asks for all at once.
        """
        excused = self._wrong.keys() & set(names)
        fields = type(self).model_fields
        settings = self.model_copy(update={name: fields[name].default for name in excused})
        settings._wrong = {name: why for name, why in self._wrong.items() if name not in excused}
        return settings

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
                + describe("adm_sync_outbox")
            )
        return found

    @property
    def storage(self) -> "LocalFolder | RemoteFolder":
        """The folder of `ADM_SYNC_STORAGE`."""
        return folder_at(self.adm_sync_storage) if self.adm_sync_storage else LocalFolder(self.home)

    @property
    def ui_url(self) -> str:
        """Where a link to the Dagster UI leads, without a slash at the end."""
        return self.adm_sync_ui_url or local_url(self.adm_sync_ui_host, self.adm_sync_ui_port)

    @property
    def columns(self) -> Path | None:
        """`ADM_SYNC_COLUMNS` as an absolute path."""
        file = self.adm_sync_columns
        return file.expanduser().absolute() if file else None

    def administrate(self) -> AdministrateAccess:
        """What the client needs.

        Raises:
            SettingsError: something is missing; names all that is, and what it is for.
        """
        needed = (
            "administrate_api_url",
            "administrate_auth_url",
            "administrate_api_key",
            "administrate_api_secret",
        )
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            lines = [f"  {name.upper()}: {describe(name)}" for name in missing]
            raise SettingsError(
                "These settings are missing:\n"
                + "\n".join(lines)
                + "\nSet them in the environment or in a .env file. To rehearse without a tenant, "
                "start `adm-sync sandbox` and use the settings it prints."
            )
        return AdministrateAccess(
            api_url=self.administrate_api_url or "",
            auth_url=self.administrate_auth_url or "",
            instance_url=self.administrate_instance_url,
            api_key=self.administrate_api_key or "",
            api_secret=self.administrate_api_secret or SecretStr(""),
        )


def describe(name: str) -> str:
    """What the setting is for, in one or two sentences."""
    return Settings.model_fields[name].description or ""


def _explain(error: ValidationError) -> dict[str, str]:
    problems = {}
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0]).lower()
        reason = str(problem["msg"]).removeprefix("Value error, ")
        problems[name] = f"{name.upper()} is wrong: {reason}. {describe(name)}".rstrip()
    return problems
