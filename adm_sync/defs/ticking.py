"""A look into the inbox, as Dagster's daemon does it.

What belongs here: letting the sensor look and giving the partitions that it asks for, where no
daemon is running. What does not: the sensor (`sensors`).
"""

import dagster as dg

from adm_sync.defs.build import build_defs
from adm_sync.defs.import_checks import WORKBOOKS

# A file has to be the same at two looks.
LOOKS = 2


def look_into_inbox(instance: dg.DagsterInstance) -> tuple[list[str], str]:
    """Let the inbox sensor look until it has seen every file twice.

    Args:
        instance: where the partitions it asks for are added.

    Returns:
        The partitions that are to be imported, and what the sensor says if there are none.
    """
    definitions = build_defs()
    sensor = definitions.resolve_sensor_def("inbox_sensor")
    cursor, said = None, ""
    for _ in range(LOOKS):
        with dg.build_sensor_context(
            instance_ref=instance.get_ref(), definitions=definitions, cursor=cursor
        ) as context:
            tick = sensor.evaluate_tick(context)
        cursor, said = tick.cursor, tick.skip_message or ""
        keys = [str(request.partition_key) for request in tick.run_requests or []]
        if keys:
            instance.add_dynamic_partitions(str(WORKBOOKS.name), keys)
            return keys, said
    return [], said
