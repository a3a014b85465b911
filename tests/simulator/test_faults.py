"""Rate limits, faults on request, and a company that changes."""

import http.client
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from costguard.simulator import Faults, Limit, Simulator
from tests.simulator.asking import ask, get

NOW = datetime(2026, 10, 21, 9, 30, tzinfo=UTC)
TESTS = "/api/v1/synthetics/tests"
COST = "/api/v2/cost_by_tag/monthly_cost_attribution"


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = 1_000_030.0

    def __call__(self) -> float:
        return self.time


def test_rate_limits_count_by_organisation_and_bucket_in_aligned_windows() -> None:
    clock = Clock()
    with Simulator(now=NOW, limits={"dashboards": Limit(2, 60)}, clock=clock) as sim:
        replies = [ask(sim, "/api/v1/dashboard") for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 429]
        told = {name: value for name, value in replies[2].headers.items() if name.startswith("X-RateLimit")}
        assert told == {
            "X-RateLimit-Limit": "2",
            "X-RateLimit-Period": "60",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": "50",
            "X-RateLimit-Name": "dashboards",
        }
        assert replies[0].headers["X-RateLimit-Remaining"] == "1"
        assert ask(sim, "/api/v1/dashboard", org=1).status == 200
        assert ask(sim, TESTS).headers["X-RateLimit-Remaining"] == "999999"
        clock.time += 50
        assert ask(sim, "/api/v1/dashboard").status == 200


def test_faults_by_number_of_request() -> None:
    faults = Faults(drop={2}, truncate={3}, fail={4: 500, 5: 408})
    with Simulator(now=NOW, faults=faults) as sim:
        assert ask(sim, TESTS).status == 200
        with pytest.raises(http.client.RemoteDisconnected):
            ask(sim, TESTS)
        with pytest.raises(http.client.IncompleteRead):
            ask(sim, TESTS)
        assert [ask(sim, TESTS).status for _ in range(3)] == [500, 408, 200]
        assert [request.status for request in sim.requests] == [200, 0, 200, 500, 408, 200]


def test_faults_by_path_may_come_and_go() -> None:
    with Simulator(now=NOW) as sim:
        sim.faults.failing = {"/api/v1/slo": 503}
        sim.faults.garbage = {TESTS}
        assert ask(sim, "/api/v1/slo").status == 503
        assert ask(sim, TESTS).text.startswith(b"<html>")
        sim.faults.failing, sim.faults.garbage = {}, ()
        assert ask(sim, "/api/v1/slo").status == 200
        assert ask(sim, TESTS).status == 200


def test_a_storm_of_refusals_ends() -> None:
    with Simulator(now=NOW, faults=Faults(storm=3)) as sim:
        replies = [ask(sim, TESTS) for _ in range(4)]
    assert [reply.status for reply in replies] == [429, 429, 429, 200]
    assert replies[0].headers["X-RateLimit-Reset"] == "1"


def test_pages_and_cursors_repeat_when_asked_to() -> None:
    with Simulator(now=NOW, faults=Faults(repeat_page={TESTS, "/api/v2/metrics"})) as sim:
        first, second = (get(sim, TESTS, page_number=page, page_size=5)["tests"] for page in (0, 1))
        assert first == second
        size = {"page[size]": 10}
        one = get(sim, "/api/v2/metrics", 0, **size)
        following = one["meta"]["pagination"]["next_cursor"]
        two = get(sim, "/api/v2/metrics", 0, **size, **{"page[cursor]": following})
        assert one["data"] == two["data"]
        assert two["meta"]["pagination"]["next_cursor"] == following


def test_the_last_month_may_be_empty_and_a_preview_missing() -> None:
    with Simulator(now=NOW, faults=Faults(empty_month=True, dashboards_usage_missing=True)) as sim:
        assert get(sim, "/api/v1/usage/billable-summary", month="2026-09") == {"usage": []}
        assert get(sim, COST, start_month="2026-09", fields="*") == {"data": []}
        assert get(sim, "/api/v1/usage/billable-summary", month="2026-08")["usage"]
        assert ask(sim, "/api/v2/dashboards/usage").status == 404


def test_a_slow_answer_does_not_hold_up_the_end() -> None:
    sim = Simulator(now=NOW, faults=Faults(slow_paths={TESTS: 3600})).start()
    with socket.create_connection(("127.0.0.1", int(sim.url.rpartition(":")[2]))) as connection:
        connection.sendall(f"GET {TESTS} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert ask(sim, "/api/v1/validate").status == 200
        sim.stop()


def test_an_edited_dashboard_shows_everywhere() -> None:
    with Simulator(now=NOW) as sim:
        before = get(sim, "/api/v1/dashboard", count=100)["dashboards"]
        sim.touch_dashboard("larkspur", before[3]["id"], title="Renamed")
        after = get(sim, "/api/v1/dashboard", count=100)["dashboards"]
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        assert [(each["id"], each["title"]) for each in changed] == [(before[3]["id"], "Renamed")]
        assert datetime.fromisoformat(changed[0]["modified_at"]) == NOW
        assert get(sim, f"/api/v1/dashboard/{before[3]['id']}")["title"] == "Renamed"
        with pytest.raises(KeyError):
            sim.touch_dashboard("larkspur", "abc-def-ghi")


def test_a_paused_test_shows_and_past_months_stay() -> None:
    with Simulator(now=NOW) as sim:
        wasted = next(each for each in sim.truth.findings if each.rule == "synthetics-idle")
        billed = get(sim, "/api/v1/usage/billable-summary", month="2026-09")
        sim.pause_test(wasted.org, wasted.id)
        (status,) = (
            each["status"] for each in get(sim, TESTS, page_size=500)["tests"] if each["public_id"] == wasted.id
        )
        assert status == "paused"
        assert get(sim, "/api/v1/usage/billable-summary", month="2026-09") == billed


def test_requests_are_counted_once_each_whoever_sends_them() -> None:
    with Simulator(now=NOW) as sim:
        paths = [f"/api/v1/dashboard/{each['id']}" for each in sim.company.inventories[0].dashboards]
        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(lambda path: ask(sim, path).status, paths * 3))
        assert statuses == [200] * len(paths) * 3
        assert sorted(request.path for request in sim.requests) == sorted(paths * 3)
        assert {request.org for request in sim.requests} == {"larkspur"}
        sim.requests.clear()
        ask(sim, paths[0])
        assert [(request.path, request.status) for request in sim.requests] == [(paths[0], 200)]
