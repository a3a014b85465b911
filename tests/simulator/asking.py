"""How tests speak to a simulator: plain HTTP, nothing of costguard's own client."""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from costguard.simulator import Simulator

Query = Mapping[str, object]


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: bytes

    @property
    def body(self) -> Any:
        """The body's JSON."""
        return json.loads(self.text)


def target(path: str, **query: object) -> str:
    """A path with its query."""
    return quote(path) + (f"?{urlencode(query)}" if query else "")


def ask(
    sim: Simulator,
    path: str,
    *,
    org: int = 0,
    api_key: str | None = None,
    app_key: str | None = None,
    method: str = "GET",
    query: Query | None = None,
) -> Reply:
    """One request with an organisation's keys, or others; raises http.client.HTTPException or OSError."""
    keys = sim.orgs[org]
    headers = {
        "DD-API-KEY": keys.api_key if api_key is None else api_key,
        "DD-APPLICATION-KEY": keys.app_key if app_key is None else app_key,
    }
    connection = http.client.HTTPConnection(urlsplit(sim.url).netloc, timeout=30)
    try:
        connection.request(method, target(path, **(query or {})), headers=headers)
        response = connection.getresponse()
        return Reply(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


def get(sim: Simulator, path: str, org: int = 0, **query: object) -> Any:
    """The JSON of a request that has to succeed."""
    reply = ask(sim, path, org=org, query=query)
    assert reply.status == 200, (path, query, reply)
    return reply.body


def numbered(sim: Simulator, org: int, path: str, number: str, size: tuple[str, int], query: Query) -> Iterator[Any]:
    """The answers of a call that is paged by page number, up to and with the first empty one."""
    for page in range(1000):
        answer = get(sim, path, org, **query, **{number: page, size[0]: size[1]})
        yield answer
        if not _items(answer):
            return


def offset(sim: Simulator, org: int, path: str, start: str, size: tuple[str, int]) -> Iterator[Any]:
    """The answers of a call that is paged by offset, up to and with the first empty one."""
    for page in range(1000):
        answer = get(sim, path, org, **{start: page * size[1], size[0]: size[1]})
        yield answer
        if not _items(answer):
            return


def cursor(sim: Simulator, org: int, path: str, name: str, where: tuple[str, ...], query: Query) -> Iterator[Any]:
    """The answers of a call that is paged by a cursor, which is found below `where` in each."""
    following: Any = None
    while True:
        answer = get(sim, path, org, **query, **({name: following} if following else {}))
        yield answer
        following = answer
        for key in where:
            following = (following or {}).get(key)
        if not following:
            return


def _items(answer: Any) -> list[Any]:
    values = [answer] if isinstance(answer, list) else answer.values()
    return next(value for value in values if isinstance(value, list))


NEEDED: dict[str, Query] = {
    "/api/v1/query": {"from": 1, "to": 2, "query": "sum:datadog.estimated_usage.logs.ingested_events{*} by {service}"},
    "/api/v1/usage/top_avg_metrics": {"month": "2026-09"},
    "/api/v1/usage/logs_by_index": {"start_hr": "2026-10-20T00", "end_hr": "2026-10-20T01"},
    "/api/v2/usage/hourly_usage": {"filter[timestamp][start]": "2026-10-20T00", "filter[product_families]": "logs"},
    "/api/v2/cost_by_tag/monthly_cost_attribution": {"start_month": "2026-09", "fields": "*"},
    "/api/v1/usage/monthly-attribution": {"start_month": "2026-09", "fields": "*"},
    "/api/v1/usage/hourly-attribution": {"start_hr": "2026-10-20T00", "usage_type": "infra_host_usage"},
    "/api/v1/usage/summary": {"start_month": "2026-09"},
    "/api/v2/usage/estimated_cost": {"start_month": "2026-10"},
    "/api/v2/usage/historical_cost": {"start_month": "2026-09"},
}
"""The parameters that calls do not answer without."""
