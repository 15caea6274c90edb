"""For what the inbox has seen."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing yet."""
