"""How much of a rate limit is taken, and what is believed of the headers that say so."""

import threading
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from costguard.datadog.limits import Limiter, Reading, retry_after
from tests.datadog.server import Clock

HALF = Decimal("0.5")


def headers(
    name: str | None = "api", limit: object = 10, remaining: object = 9, period: object = 10, reset: object = 10
) -> dict[str, str]:
    values = {"name": name, "limit": limit, "remaining": remaining, "period": period, "reset": reset}
    return {f"x-ratelimit-{key}": str(value) for key, value in values.items() if value is not None}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (headers(), Reading("api", 10, 9, 10, 10)),
        ({}, Reading(None, None, None, None, None)),
        (
            headers(name=" ", limit="ten", remaining="-1", period="0", reset="3.5"),
            Reading(None, None, None, None, None),
        ),
        (headers(limit="٣", remaining="1_0", period="9" * 5000, reset="1e3"), Reading("api", None, None, None, None)),
        (headers(reset=1_785_000_000), Reading("api", 10, 9, 10, None)),  # a date, not a duration
        (headers(period=None, reset=1_785_000_000), Reading("api", 10, 9, None, None)),
        (headers(period=10, reset=11), Reading("api", 10, 9, 10, None)),  # periods are aligned to the calendar
        (headers(limit=0, remaining=0, reset=0), Reading("api", None, 0, 10, 0)),
    ],
)
def test_reading(given: dict[str, str], expected: Reading) -> None:
    assert Reading.of(given) == expected


DATE = "Wed, 19 Jul 2023 16:05:59 GMT"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"x-ratelimit-reset": "3"}, 3.0),
        ({"retry-after": "7"}, 7.0),
        ({"x-ratelimit-reset": "3", "retry-after": "7"}, 7.0),
        ({"x-ratelimit-reset": "30", "retry-after": "7"}, 30.0),
        ({"retry-after": "Wed, 19 Jul 2023 16:06:09 GMT", "date": DATE}, 10.0),
        ({"retry-after": "Wed, 19 Jul 2023 16:00:00 GMT", "date": DATE}, 0.0),
        ({"retry-after": "Wed, 19 Jul 2023 16:06:09 GMT"}, None),
        ({"retry-after": "Wed, 19 Jul 2023 16:06:09", "date": DATE}, None),
        ({"retry-after": "soon", "date": DATE}, None),
    ],
)
def test_retry_after(given: dict[str, str], expected: float | None) -> None:
    assert retry_after(given) == expected


class Bucket:
    """A rate limit as Datadog keeps it: a count a calendar-aligned period, shared with others."""

    def __init__(self, clock: Clock, limit: int, period: int, name: str = "api") -> None:
        self.clock, self.limit, self.period, self.name = clock, limit, period, name
        self.ours: Counter[int] = Counter()
        self.others: Counter[int] = Counter()
        self._lock = threading.Lock()

    def take(self) -> dict[str, str]:
        """One of our requests."""
        with self._lock:
            number, within = divmod(self.clock.now, self.period)
            self.ours[int(number)] += 1
            left = self.limit - self.ours[int(number)] - self.others[int(number)]
            assert left >= 0, "the limit is exceeded"
            reset = int(self.period - within)
            return headers(self.name, self.limit, left, self.period, reset)


def send(limiter: Limiter, bucket: Bucket, operation: str = "list") -> float:
    """One request, if there is leave; else the time to wait."""
    permit = limiter.permit(operation)
    if not permit.wait:
        limiter.settle(operation, permit, bucket.take())
    return permit.wait


def burst(limiter: Limiter, bucket: Bucket, operation: str = "list") -> tuple[int, float]:
    """How many requests there is leave for now, and the time to wait for the next."""
    sent = 0
    while not (wait := send(limiter, bucket, operation)):
        sent += 1
        assert sent < 10_000
    return sent, wait


@pytest.mark.parametrize(
    ("share", "limit", "others", "expected"),
    [
        ("0.5", 100, 0, 50),
        ("0.5", 100, 60, 20),  # of the 40 that the others have left
        ("0.25", 100, 0, 25),
        ("1", 100, 0, 100),
        ("1", 100, 60, 40),
        ("0.5", 3, 0, 1),
        ("0.5", 1, 0, 1),  # without one nothing could be learned
        ("0.01", 10, 0, 1),
    ],
)
def test_the_share_of_what_is_left(share: str, limit: int, others: int, expected: int) -> None:
    clock = Clock()
    bucket = Bucket(clock, limit, 10)
    bucket.others[100] = others
    assert burst(Limiter(Decimal(share), clock), bucket) == (expected, 10)


def test_what_others_take_meanwhile_is_not_ours() -> None:
    clock = Clock()
    bucket = Bucket(clock, 100, 10)
    limiter = Limiter(HALF, clock)
    for _ in range(20):
        assert send(limiter, bucket) == 0
    bucket.others[100] = 40
    assert burst(limiter, bucket)[0] == 10  # 30 of the 60 that the others have left us


def test_every_period_has_its_own_share_from_its_first_answer_on() -> None:
    clock = Clock()
    bucket = Bucket(clock, 10, 10)
    limiter = Limiter(HALF, clock)
    clock.now = 1006.5
    assert burst(limiter, bucket) == (5, 3.0)  # Reset is in whole seconds
    clock.now = 1009.5
    bucket.others[101] = 8
    clock.now = 1010.0
    assert burst(limiter, bucket) == (1, 10.0)
    clock.now = 1055.0  # periods have passed without us
    assert burst(limiter, bucket) == (5, 5.0)


def test_a_bucket_is_shared_by_its_operations_and_by_nobody_else() -> None:
    clock = Clock()
    slow, fast = Bucket(clock, 10, 10), Bucket(clock, 1000, 60, "other")
    limiter = Limiter(HALF, clock)
    assert burst(limiter, slow, "get") == (5, 10)
    assert burst(limiter, slow, "list") == (1, 10)  # only its first answer tells where it is counted
    assert burst(limiter, fast, "query")[0] == 500


def test_without_headers_nothing_is_limited() -> None:
    limiter = Limiter(HALF, Clock())
    for given in ({}, headers(reset="x"), headers(remaining="x"), None, {}):
        for _ in range(20):
            permit = limiter.permit("list")
            assert permit.wait == 0
            limiter.settle("list", permit, given)


def test_without_a_name_the_operation_is_its_own_bucket() -> None:
    clock = Clock()
    limiter = Limiter(HALF, clock)
    limiter.settle("list", limiter.permit("list"), headers(None, 10, 0, 10, 4))
    assert limiter.permit("list").wait == 4
    assert limiter.permit("other").wait == 0


def test_without_a_period_the_limit_holds_until_reset() -> None:
    clock = Clock()
    limiter = Limiter(HALF, clock)
    limiter.settle("list", limiter.permit("list"), headers("api", 10, 0, None, 4))
    assert limiter.permit("list").wait == 4
    clock.now += 4
    assert limiter.permit("list").wait == 0


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (headers(remaining=9, reset=3), 3),  # as Datadog was recorded: limited with 9 left
        (headers(remaining=9, reset=3) | {"retry-after": "8"}, 8),
        ({"x-ratelimit-name": "api", "retry-after": "8"}, 8),
        ({"retry-after": "8"}, 8),
        ({}, 0),
    ],
)
def test_what_was_refused_for_its_rate_waits_whatever_is_said_to_be_left(
    given: dict[str, str], expected: float
) -> None:
    limiter = Limiter(HALF, Clock())
    limiter.settle("list", limiter.permit("list"), given, limited=True)
    assert limiter.permit("list").wait == expected


def test_requests_on_their_way_count() -> None:
    clock = Clock()
    limiter = Limiter(HALF, clock)
    limiter.settle("list", limiter.permit("list"), headers(remaining=9))
    permits = [limiter.permit("list") for _ in range(6)]
    assert [permit.wait for permit in permits] == [0, 0, 0, 0, 10, 10]
    limiter.settle("list", permits[0], None)  # broken off: Datadog may have counted it
    assert limiter.permit("list").wait == 10


def test_a_late_answer_of_the_period_before_changes_nothing() -> None:
    clock = Clock()
    limiter = Limiter(HALF, clock)
    limiter.settle("list", limiter.permit("list"), headers(remaining=9, reset=1))
    late = limiter.permit("list")
    clock.now += 1.2
    limiter.settle("list", limiter.permit("list"), headers(remaining=9, reset=10))
    limiter.settle("list", late, headers(remaining=0, reset=0))
    assert [limiter.permit("list").wait for _ in range(5)] == [0, 0, 0, 0, 10]


def test_answers_may_come_in_any_order() -> None:
    limiter = Limiter(HALF, Clock())
    limiter.settle("list", limiter.permit("list"), headers(limit=100, remaining=99))
    first, second = limiter.permit("list"), limiter.permit("list")
    limiter.settle("list", second, headers(limit=100, remaining=4))
    limiter.settle("list", first, headers(limit=100, remaining=5))
    assert limiter.permit("list").wait == 10  # 3 of 7 are used


@pytest.mark.parametrize("share", ["0", "-1", "1.5", "NaN"])
def test_a_share_is_a_share(share: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Limiter(Decimal(share), Clock())


def together(workers: int, clock: Clock, work: Any) -> None:
    """Run `work` in so many threads that sleep by `clock`; raises what one of them raised."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)
        finally:
            clock.leave()

    threads = [threading.Thread(target=run, daemon=True) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "the workers wait for each other"
    if errors:
        raise errors[0]


@pytest.mark.parametrize(("workers", "limit", "share"), [(8, 10, "0.5"), (8, 3, "0.5"), (16, 60, "0.25"), (8, 7, "1")])
def test_many_workers_together_take_no_more_than_the_share(workers: int, limit: int, share: str) -> None:
    clock = Clock(workers)
    bucket = Bucket(clock, limit, 10)
    limiter = Limiter(Decimal(share), clock)
    requests = 12

    def work() -> None:
        for _ in range(requests):
            while wait := send(limiter, bucket):
                clock.sleep(wait)

    together(workers, clock, work)
    assert sum(bucket.ours.values()) == workers * requests
    assert max(bucket.ours.values()) == max(int(limit * Decimal(share)), 1)
    # No period is left unused either.
    assert len(bucket.ours) == -(-workers * requests // max(bucket.ours.values()))


def test_the_first_request_of_an_operation_goes_alone() -> None:
    limiter = Limiter(HALF, Clock())
    first = limiter.permit("list")
    granted = threading.Event()

    def second() -> None:
        limiter.permit("list")
        granted.set()

    thread = threading.Thread(target=second, daemon=True)
    thread.start()
    assert not granted.wait(0.1)
    assert limiter.permit("other").wait == 0
    limiter.settle("list", first, {})
    assert granted.wait(10)
    thread.join(10)


def test_a_first_request_that_fails_lets_the_next_one_learn() -> None:
    limiter = Limiter(HALF, Clock())
    limiter.settle("list", limiter.permit("list"), None)
    limiter.settle("list", limiter.permit("list"), headers(remaining=0, reset=5))
    assert limiter.permit("list").wait == 5
