"""What is used of Dagster although it does not document it, and why there is no way around.

What belongs here: every such import, so that an upgrade of Dagster begins with this page. What
does not: what Dagster documents. Beside these, `run_log` and `launching` put functions of their
own in the place of two of an instance's (`get_event_log_handler`, `create_run_for_job`), `storage`
gives Dagster's storages an engine and a `_connect` of its own, and `ui` puts its webserver in the
place of Dagster's.
"""

# What `define_asset_job` gives; its type has no public name.
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,
)

# A step that fails with any other error than the first shows a trace instead of the sentence; the
# second is what the queue takes for a reason to wait.
from dagster._core.errors import DagsterUserCodeProcessError, DagsterUserCodeUnreachableError

# Dagster swallows Ctrl-C; only the reason of the run's failure tells it.
from dagster._core.events import RunFailureReason

# Dagster's own handler of a run's log prints whatever a driver says, with the values in it.
from dagster._core.events.log import construct_event_record

# What a run launcher is given.
from dagster._core.launcher import LaunchRunContext
from dagster._core.log_manager import get_log_record_metadata

# A run of the command line is shown in the timeline only if it says where its job is loaded from.
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin

# What a class that `dagster.yaml` names is given.
from dagster._serdes import ConfigurableClassData
from dagster._utils.error import SerializableErrorInfo  # type: ignore[attr-defined]
from dagster._utils.log import StructuredLoggerMessage

__all__ = [
    "AssetJob",
    "ConfigurableClassData",
    "DagsterUserCodeProcessError",
    "DagsterUserCodeUnreachableError",
    "LaunchRunContext",
    "RegisteredCodeLocationOrigin",
    "RemoteRepositoryOrigin",
    "RunFailureReason",
    "SerializableErrorInfo",
    "StructuredLoggerMessage",
    "construct_event_record",
    "get_log_record_metadata",
]
