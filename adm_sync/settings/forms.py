"""The forms that settings of several groups have."""

from typing import Annotated

from pydantic import AfterValidator

from adm_sync.addresses import web_url


def _cron(value: str) -> str:
    if len(value.split()) != 5:
        raise ValueError("must be a cron expression of five fields, such as 0 5 * * *")
    return value


Cron = Annotated[str, AfterValidator(_cron)]
WebUrl = Annotated[str, AfterValidator(web_url)]
