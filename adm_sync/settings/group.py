"""What each group of settings can do, and all of them together: be read, and say what is wrong.

Secrets are `SecretStr`, so that printing the settings never prints them.
"""

from typing import TYPE_CHECKING, Any, Self

from pydantic import PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from adm_sync.errors import SettingsError


class SettingsGroup(BaseSettings):
    """Settings that are read from the environment and from `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        # A group is never used by itself.
        defer_build=True,
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
            wrong = cls._explain(error)
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

    @classmethod
    def describe(cls, name: str) -> str:
        """What the setting is for, in one or two sentences."""
        return cls.model_fields[name].description or ""

    @classmethod
    def _explain(cls, error: ValidationError) -> dict[str, str]:
        problems = {}
        for problem in error.errors(include_input=False, include_url=False):
            name = str(problem["loc"][0]).lower()
            reason = str(problem["msg"]).removeprefix("Value error, ")
            problems[name] = f"{name.upper()} is wrong: {reason}. {cls.describe(name)}".rstrip()
        return problems
