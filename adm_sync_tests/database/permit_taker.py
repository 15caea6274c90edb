"""A process that takes permits, and says when it got each by the server's clock."""

import sys
from contextlib import closing

from adm_sync.database.engine import create_engine
from adm_sync.database.rate_limit import SharedLimiter

url, rate, permits = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
engine = create_engine(url)
with closing(SharedLimiter(engine, rate)) as limiter, engine.connect() as connection:
    connection.exec_driver_sql("select 1")
    sys.stdin.readline()
    for _ in range(permits):
        limiter.acquire()
        now = connection.exec_driver_sql("select extract(epoch from clock_timestamp())::float8")
        sys.stdout.write(f"{now.scalar()}\n")
        sys.stdout.flush()
engine.dispose()
