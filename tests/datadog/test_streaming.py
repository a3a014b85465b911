"""Large answers: read page by page, at the pace that Datadog asks for, in memory that does not grow with them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from costguard.datadog.client import Connection
from costguard.datadog.collectors.hourly_usage import HourlyUsages
from costguard.datadog.collectors.monthly_attribution import MonthlyAttributions
from costguard.datadog.collectors.monthly_cost import MonthlyCosts
from costguard.model.usage import HourlyUsage, MonthlyCost
from costguard.model.usage_settings import UsageSettings
from costguard.settings import Keys, OrgSettings
from tests.datadog.collecting import connect, gaps, held, run, window
from tests.datadog.server import Reply, Request, Server

COST = "/api/v2/cost_by_tag/monthly_cost_attribution"
USAGE = "/api/v1/usage/monthly-attribution"
HOURLY = "/api/v2/usage/hourly_usage"

LIMIT = {
    "X-RateLimit-Limit": "1000",
    "X-RateLimit-Period": "60",
    "X-RateLimit-Remaining": "999",
    "X-RateLimit-Reset": "60",
    "X-RateLimit-Name": "attribution",
}

FEW = UsageSettings(months=2, hourly_days=2)

FIELDS = [f"dimension_{number}_total_cost" for number in range(20)]

PAGE = 250


@pytest.fixture
def server() -> Iterator[Server]:
    """Answers as each test says."""
    with Server() as running:
        yield running


def pages(request: Request, name: str, records: int, record: Callable[[int], Any]) -> Reply:
    """A page of so many records, and where it goes on."""
    first = int(request.query.get(name, 0))
    last = min(first + PAGE, records)
    cursor = str(last) if last < records else None
    found = [record(number) for number in range(first, last)]
    return Reply(body={"data": found, "meta": {"pagination": {"next_record_id": cursor}}}, headers=LIMIT)


def cost(records: int) -> Callable[[Request], Reply]:
    """October's cost of so many records, each of twenty fields, and nothing of September."""

    def record(number: int) -> Any:
        values = {field: number + place / 7 for place, field in enumerate(FIELDS)}
        about = {"public_id": f"org-{number % 50}", "org_name": "Acme", "month": "2026-10-01T00:00:00Z"}
        tags = {"tags": {"service": [f"service-{number}"]}, "tag_config_source": "Acme:::service"}
        return {"id": f"{number:064}", "type": "cost_by_tag", "attributes": {**about, **tags, "values": values}}

    def reply(request: Request) -> Reply:
        asked = request.query["start_month"] == "2026-10" and "tag_breakdown_keys" in request.query
        few = 1 if request.query["start_month"] == "2026-10" else 0
        return pages(request, "next_record_id", records if asked else few, record)

    return reply


def usage(records: int) -> Callable[[Request], Reply]:
    """So many records in each hour."""

    def reply(request: Request) -> Reply:
        start = datetime.fromisoformat(f"{request.query['filter[timestamp][start]']}:00+00:00")
        end = datetime.fromisoformat(f"{request.query['filter[timestamp][end]']}:00+00:00")

        def record(number: int) -> Any:
            hour = start + timedelta(hours=number // records)
            about = {"public_id": f"org-{number % records}", "product_family": "rum", "timestamp": hour.isoformat()}
            measurements = [{"usage_type": "session_count", "value": number}]
            return {"id": f"{number:064}", "attributes": {**about, "measurements": measurements}}

        hours = int((end - start) / timedelta(hours=1))
        return pages(request, "page[next_record_id]", hours * records, record)

    return reply


def peak(server: Server, path: Path) -> tuple[int, int]:
    """Items that a process of its own reads, and the MiB that it takes at most."""
    server.replies["/api/v1/validate"] = [Reply(body={"valid": True})]
    command = [sys.executable, "-m", "tests.datadog.reader", server.url, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    items, kib = map(int, done.stdout.split())
    return items, kib // 1024


@pytest.mark.parametrize(
    ("path", "answer", "few", "many"),
    [
        pytest.param(COST, cost, 500, 10_000, id="cost by tags"),
        pytest.param(HOURLY, usage, 200, 4_200, id="hourly usage"),
    ],
)
def test_memory_does_not_grow_with_the_rows(
    server: Server, tmp_path: Path, path: str, answer: Callable[[int], Callable[[Request], Reply]], few: int, many: int
) -> None:
    """Of twenty times as many rows, 200,000, not a fraction is held; all at once they are several hundred MiB."""
    server.replies[path] = answer(few)
    items, little = peak(server, tmp_path / "few.duckdb")
    assert 9_000 < items < 11_000
    server.replies[path] = answer(many)
    items, much = peak(server, tmp_path / "many.duckdb")
    assert 200_000 < items < 202_000
    assert much - little < 80, f"{little} MiB for the few, {much} MiB for the many"


class Sleeper:
    """Writes down for how long it was to sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self, seconds: float) -> None:
        """Nobody waits."""
        self.slept.append(seconds)


@pytest.mark.parametrize(("headers", "slept"), [({}, [5.0, 5.0]), (LIMIT, [])])
@pytest.mark.parametrize(
    ("collector", "path", "items", "meta"),
    [(MonthlyCosts(), COST, "data", "meta"), (MonthlyAttributions(), USAGE, "usage", "metadata")],
)
def test_the_pause_that_datadog_asks_for(
    server: Server, collector: Any, path: str, items: str, meta: str, headers: dict[str, str], slept: list[float]
) -> None:
    """Five seconds before another page of attribution, but where the headers of rate limits tell the pace."""

    def reply(request: Request) -> Reply:
        about = {"public_id": "abc", "values": {"a_total_cost": 1}, "month": "2026-10-01T00:00:00Z"}
        turn = int(request.query.get("next_record_id", 0))
        found = (
            {"attributes": {**about, "org_name": str(turn)}} if items == "data" else {**about, "org_name": str(turn)}
        )
        cursor = turn + 1 if turn < 2 and request.query["start_month"] == "2026-10" else None
        return Reply(body={items: [found], meta: {"pagination": {"next_record_id": cursor}}}, headers=headers)

    server.replies[path] = reply
    sleeper = Sleeper()
    connection = Connection(
        OrgSettings(name="acme"), Keys("an-api-key", "an-app-key"), api_url=server.url, sleep=sleeper
    )
    found = run(collector, connection, window(usage=FEW))
    assert len(held(found, collector.provides)["2026-10"]) == 3
    assert sleeper.slept == slept


def test_an_hour_that_comes_twice_counts_once(server: Server) -> None:
    """Pages may overlap; what has the same id, organisation, family and hour is the same."""
    about = {"public_id": "abc", "product_family": "rum", "timestamp": "2026-11-20T05:00:00+00:00"}
    record = {"id": "1", "attributes": {**about, "measurements": [{"usage_type": "a", "value": 1}]}}
    other = {"id": "1", "attributes": {**record["attributes"], "product_family": "sds"}}  # type: ignore[dict-item]

    def reply(request: Request) -> Reply:
        second = "page[next_record_id]" in request.query
        found = [record, other] if second else [record]
        return Reply(body={"data": found, "meta": {"pagination": {"next_record_id": None if second else "x"}}})

    server.replies[HOURLY] = reply
    rows = held(run(HourlyUsages(), connect(server.url), window(usage=FEW)), HourlyUsage)["2026-11-20"]
    assert [row.family for row in rows if isinstance(row, HourlyUsage)] == ["rum", "sds"]


def test_a_month_that_is_not_kept_ends_the_history(server: Server) -> None:
    """Of more than a year ago: an optional gap, and every newer month is there; a newer one that is refused is not."""

    def reply(request: Request) -> Reply:
        month = request.query["start_month"]
        if month < oldest:
            return Reply(400, {"errors": ["start_month cannot be so long ago"]})
        about = {"public_id": "abc", "month": f"{month}-01T00:00:00Z", "values": {"a_total_cost": 1}}
        return Reply(body={"data": [{"attributes": about}]})

    server.replies[COST] = reply
    oldest = "2025-10"
    items = run(MonthlyCosts(), connect(server.url), window())
    assert [*held(items, MonthlyCost)][-1] == oldest
    [gap] = [each for each in gaps(items) if each.what == "monthly_cost history"]
    assert gap.optional
    assert "September 2025" in gap.hint
    oldest = "2026-01"
    items = run(MonthlyCosts(), connect(server.url), window())
    assert [each.what for each in gaps(items) if not each.optional] == ["monthly_cost"]
