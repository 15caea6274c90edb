import sys, time, random, pathlib, tempfile
from dataclasses import replace
from contextlib import closing
import sqlalchemy as sa
from adm_sync_tests.acceptance.pushing import *
from adm_sync_tests.acceptance import pushing
from adm_sync.database.rate_limit import SharedLimiter
from adm_sync_tests.database_fixtures import fresh_database
from adm_sync.database.engine import create_engine
def test_measure(shelf, sandbox, tmp_path, database_server):
    import sqlalchemy
    # 350 events: 250 x 4 sessions, 100 x 3 = 1300
    rows=[r for r in large(350,4)]
    # drop day 4 of the first 100
    from adm_sync.workbook.columns import Column
    kept=[];n=-1
    for r in rows:
        if r[Column.DAY]==1: n+=1
        if r[Column.DAY]==4 and n<100: continue
        kept.append(r)
    print("rows",len(kept))
    with shelf.take("nothing",sandbox) as box:
        imp,content=box.importer(tmp_path),workbook(kept)
        imp.keep(content,"t"); t=time.monotonic(); imp.check(content.partition); t2=time.monotonic(); imp.record(content.partition); print("check",t2-t,"record",time.monotonic()-t2)
        shelf.keeper.keep("large350")
    def run(label,workers,latency,rate,drops=()):
        sandbox.reset()
        with shelf.take("large350",sandbox) as box, closing(SharedLimiter(box.engine,rate)) as lim, client_of(sandbox, timeout=30, limiter=lim, concurrency=8) as cl:
            sandbox.options.latency=latency
            for k in drops: box.fail("drop_after","createBlended",skip=k)
            box=replace(box,client=cl)
            c=time.process_time()
            p=box.push(workers=workers,grace=1.0)
            print(label,"workers",workers,"requests",p.requests,"wall %.1f"%p.seconds,"cpu %.1f"%(time.process_time()-c),"created",len(p.created),"adopted",len(p.adopted),"remote",len(box.remotes()),dict(box.states()), p.stopped[:80], len(p.warnings), "titles distinct", len({r["title"] for r in box.remotes()}))
            sandbox.options.latency=0
    run("warm, no latency",4,0.0,0)
    for w in (1,4,8): run("50 ms",w,0.05,0)
    run("50 ms, 15/s",4,0.05,15)
    run("20% dropped",4,0.0,0,random.Random(3).sample(range(350),70))
