"""Commands of the desk without a process each, for the tests of this folder."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from adm_sync.acting import ACTING_FOR
from adm_sync.cli.main import cli
from adm_sync.desk import actions


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in this process: starting one takes longer than all the rest."""

    def run(folder: Path, who: str, arguments: Sequence[str]) -> None:
        (folder / actions.AT_WORK).touch()
        given = [arguments[0], "--json", *arguments[1:]]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(ACTING_FOR, who)
            result = CliRunner().invoke(cli, given)
        (folder / actions.ANSWER).write_text(result.stdout)
        (folder / actions.SAID).write_text(result.stderr)

    monkeypatch.setattr(actions, "_spawn", run)
