import pytest
import sqlalchemy as sa

from adm_sync.database import acted, adm


@pytest.mark.parametrize("time", [1, 2, 3])
def test_every_test_has_tables_without_rows(engine: sa.Engine, time: int) -> None:
    with engine.begin() as connection:
        assert connection.execute(sa.select(adm.locations)).all() == []
        connection.execute(
            sa.insert(adm.locations).values(
                external_id=f"Location:{time}", created_at=sa.func.now(), updated_at=sa.func.now()
            )
        )
        assert connection.execute(sa.select(acted.tutorial_locations)).all() == []
