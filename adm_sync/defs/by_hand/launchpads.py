"""What the launchpads of all jobs by hand have in common.

What belongs here: how they start, and for whom something is done. What does not: what is done.
"""

from dataclasses import replace
from typing import Any, TypeVar

import dagster as dg

from adm_sync.acting import readable_name
from adm_sync.errors import DecisionError
from adm_sync.imports.importing import Importer
from adm_sync.reference.syncer import Syncer
from adm_sync.tenant import act_for

Worker = TypeVar("Worker", Importer, Syncer)

NOTHING = dg.Out(dg.Nothing)  # so that Dagster stores no output in a file
WHO = "Your name, which is kept with what you do: Dagster does not know who you are."


def blank(op: str, form: type[dg.Config], **chosen: str) -> dict[str, Any]:
    """What a launchpad starts with: every field, so that nobody has to know which there are."""
    fields = {
        name: "" if field.is_required() else field.default
        for name, field in form.model_fields.items()
    }
    return {"ops": {op: {"config": {**fields, **chosen}}}}


def somebody(who: str) -> str:
    """The name that was filled in.

    Raises:
        DecisionError: none was.
    """
    name = readable_name(who)
    if not name:
        raise DecisionError("Fill in who, your name: it is kept with what you do.")
    return name


def on_behalf_of(who: str, worker: Worker) -> str:
    """Whatever is done with it from here on is done for this person; gives their name.

    Raises:
        DecisionError: nobody is named.
    """
    name = somebody(who)
    worker.options = replace(worker.options, who=name)
    act_for(worker.client, worker.database, name)
    return name
