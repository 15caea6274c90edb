"""For every mutation that was sent and its answer."""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing yet."""
