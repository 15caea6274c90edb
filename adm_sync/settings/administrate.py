"""Where the tenant is, with what credentials, and how fast it is asked."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from adm_sync.addresses import web_origin
from adm_sync.errors import SettingsError
from adm_sync.settings.forms import WebUrl
from adm_sync.settings.group import SettingsGroup

WebOrigin = Annotated[str, AfterValidator(web_origin)]


class AdministrateAccess(BaseModel):
    """What a client needs to talk to one tenant."""

    api_url: str
    auth_url: str
    instance_url: str | None
    api_key: str
    api_secret: SecretStr


class AdministrateSettings(SettingsGroup):
    """The tenant, and how it is asked."""

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
            lines = [f"  {name.upper()}: {self.describe(name)}" for name in missing]
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
