"""Where Dagster executes runs, and where its UI is found."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from adm_sync.addresses import local_url
from adm_sync.settings.forms import WebUrl
from adm_sync.settings.group import SettingsGroup


def _broker(value: SecretStr) -> SecretStr:
    url = value.get_secret_value().strip()
    if not url.startswith(("redis://", "rediss://", "redis+socket://", "sentinel://")):
        raise ValueError("must be a redis:// URL")
    return SecretStr(url)


class DagsterSettings(SettingsGroup):
    """Where Dagster executes runs, and where its UI is found."""

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

    @property
    def ui_url(self) -> str:
        """Where a link to the Dagster UI leads, without a slash at the end."""
        return self.adm_sync_ui_url or local_url(self.adm_sync_ui_host, self.adm_sync_ui_port)
