"""Threads that read at the same time, and what several of them need once."""

from collections.abc import Iterator
from concurrent.futures import CancelledError
from threading import Barrier, Event, Lock

import pytest

from costguard.datadog.client import Unreadable
from costguard.datadog.collectors import Once, in_turn
from costguard.datadog.details import GIVE_UP_AFTER, Detail, fetch_each
from costguard.datadog.workers import Workers
from costguard.model.findings import Cause, Gap


def test_results_come_in_the_order_of_the_items() -> None:
    """However long each takes: here the first waits for the second."""
    second = Event()

    def work(item: int) -> int:
        if item == 0:
            assert second.wait(10)
        if item == 1:
            second.set()
        return item * 10

    with Workers(2, "test") as workers:
        assert list(workers.fan_out(work, range(9))) == [0, 10, 20, 30, 40, 50, 60, 70, 80]


def test_all_work_at_the_same_time() -> None:
    """Four meet, which they could not in turn."""
    meeting = Barrier(4)
    with Workers(4, "test") as workers:
        assert sorted(workers.fan_out(lambda _: meeting.wait(10), range(4))) == [0, 1, 2, 3]


def test_no_more_is_begun_than_needed() -> None:
    """An endless list is taken as it is used."""
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(1_000_000):
            taken.append(item)
            yield item

    with Workers(2, "test") as workers:
        results = workers.fan_out(lambda item: item, items())
        assert [next(results) for _ in range(10)] == list(range(10))
    assert len(taken) < 20


def test_what_is_raised_comes_with_its_item() -> None:
    """The results before it are there."""

    def work(item: int) -> float:
        return 1 / (item - 2)

    with Workers(2, "test") as workers:
        results = workers.fan_out(work, range(5))
        assert [next(results), next(results)] == [-0.5, -1.0]
        with pytest.raises(ZeroDivisionError):
            next(results)


def test_nothing_begins_after_the_end() -> None:
    """What waits is cancelled, and so is what comes later."""
    going, release = Event(), Event()

    def block() -> None:
        going.set()
        release.wait(10)

    workers = Workers(1, "test")
    first = workers.submit(block)
    assert going.wait(10)
    waiting = workers.submit(lambda: None)
    workers.stop()
    assert waiting.cancelled()
    with pytest.raises(CancelledError):
        list(workers.fan_out(lambda item: item, [1]))
    release.set()
    assert first.result(10) is None


def test_what_several_need_is_read_once() -> None:
    """Whoever comes first reads, the others wait for the same; a failure is everybody's."""
    once, lock, read = Once(), Lock(), []
    meeting = Barrier(4)

    def work(item: int) -> object:
        def reading() -> object:
            with lock:
                read.append(item)
            return object()

        meeting.wait(10)
        return once("a", reading)

    with Workers(4, "test") as workers:
        assert len(set(map(id, workers.fan_out(work, range(4))))) == 1
    assert len(read) == 1
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            once("b", lambda: 1 / 0)


def gap(cause: Cause = Cause.FAILED, hint: str = "h") -> Gap:
    """A gap of a call."""
    return Gap(org="acme", what="x", cause=cause, hint=hint)


def test_details_fail_one_by_one() -> None:
    """Each reason is one gap that counts and names; the others are there, in order."""

    def fetch(item: int) -> int:
        if item in (1, 4):
            raise Unreadable(gap(Cause.FAILED))
        if item == 2:
            raise Unreadable(gap(Cause.MISSING_PERMISSION))
        return -item

    found = list(fetch_each(range(6), fetch, in_turn, name=str, what="dashboard", plural="dashboards"))
    assert found == [
        Detail(0, 0),
        Detail(3, -3),
        Detail(5, -5),
        Gap(org="acme", what="dashboard", cause=Cause.FAILED, hint="h (2 of 6 dashboards: 1, 4)"),
        Gap(org="acme", what="dashboard", cause=Cause.MISSING_PERMISSION, hint="h (1 of 6 dashboards: 2)"),
    ]


def test_a_success_in_between_goes_on() -> None:
    """Only failures in a row are given up."""
    asked: list[int] = []

    def fetch(item: int) -> int:
        asked.append(item)
        if item % GIVE_UP_AFTER:
            raise Unreadable(gap())
        return item

    found = list(fetch_each(range(100), fetch, in_turn, name=str, what="dashboard", plural="dashboards"))
    assert len(asked) == 100
    assert [each.item for each in found if isinstance(each, Detail)] == [0, 20, 40, 60, 80]
