"""All tables, for a database that has none, some, or those that an earlier version left."""

from adm_sync.database.migrations.baseline import (
    bridge_mends,
    misquoted,
    own_tables,
    tutorial_layout,
)

revision = "0009"
down_revision = None


def upgrade() -> None:
    # Misquoted tables first, so that no empty ones are made in their place.
    for part in (misquoted, tutorial_layout, bridge_mends, own_tables):
        part.upgrade()
