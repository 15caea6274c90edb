from adm_sync.administrate.rate_limit import NoLimit
from adm_sync.administrate.traffic import Traffic
from adm_sync_tests.administrate.scripted import ManualTime


def test_calls_that_wait_at_the_same_time_count_once() -> None:
    time = ManualTime()
    traffic = Traffic(time.clock)
    time.seconds += 7
    with traffic.waiting():
        time.seconds += 1
        with traffic.waiting():
            time.seconds += 2
        time.seconds += 3
        assert traffic.waiting_seconds == 6
    time.seconds += 7
    with traffic.waiting():
        time.seconds += 1
    assert traffic.waiting_seconds == 7


def test_requests_are_counted() -> None:
    traffic = Traffic(ManualTime().clock)
    traffic.count_request()
    traffic.count_request()
    assert traffic.requests == 2


def test_no_limit_lets_everything_pass() -> None:
    limiter = NoLimit()
    limiter.pause(1e9)
    limiter.acquire()
