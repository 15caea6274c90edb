"""Which text a database can hold, and what is kept of the rest."""

import pytest
import sqlalchemy as sa

from adm_sync.database.encoding import Encoding, storable

LATIN1 = Encoding("LATIN1", "iso8859-1")
UNKNOWN = Encoding("EUC_TW", None)


@pytest.mark.parametrize(
    ("encoding", "value", "obstacle"),
    [
        (LATIN1, "Zoë", ""),
        (LATIN1, "Łódź", "holds «Ł» (U+0141, LATIN CAPITAL LETTER L WITH STROKE), which this "),
        (LATIN1, {"names": ["Ada", "Zoë\u200b"]}, "holds U+200B, ZERO WIDTH SPACE, which this "),
        (LATIN1, {"東": 1}, "holds «東» (U+6771, CJK UNIFIED IDEOGRAPH-6771), which this "),
        (LATIN1, None, ""),
        (Encoding("UTF8", "utf-8"), "東京", ""),
        (Encoding("UTF8", "utf-8"), "a\0b", "holds U+0000, which PostgreSQL cannot store"),
        (Encoding("UTF8", "utf-8"), "\ud800", "holds U+D800, which PostgreSQL cannot store"),
        (UNKNOWN, "東京", ""),  # PostgreSQL says so itself, if it is not so
    ],
)
def test_the_first_character_that_cannot_be_stored_is_named(
    encoding: Encoding, value: object, obstacle: str
) -> None:
    found = encoding.obstacle(value)
    assert found.startswith(obstacle)
    assert bool(found) == bool(obstacle)


def test_what_is_kept_to_be_read_is_written_with_what_there_is(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        kept = storable(connection, {"a\0b": ["\ud800 é", 1, None]})
        assert kept == {"a\\x00b": ["\\ud800 é", 1, None]}
        assert connection.scalar(sa.select(sa.cast(kept, sa.dialects.postgresql.JSONB))) == kept
