"""Log indexes, their usage by the hour, and what the usage metrics estimate of them."""

import json
import re
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from costguard.simulator.calendar import HOUR, hour_of_month, iso_hour, measured_until, month_of
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.hours import index_hours, oldest
from costguard.simulator.inventory import Index, Json
from costguard.simulator.routes import kubernetes, timeseries

_METRICS = re.compile(r"(?:avg|sum|min|max|count|p\d\d)\s*:\s*([A-Za-z][\w.*]*)\s*\{([^}]*)\}")
_GROUPS = re.compile(r"\bby\s*\{([^}]*)\}")
_ROLLUP = re.compile(r"\.rollup\(\s*\w+\s*,\s*(\d+)\s*\)")

OURS = "datadog.estimated_usage."
EVENTS = OURS + "logs.ingested_events"


def indexes(call: Call) -> Any:
    """GET /api/v1/logs/config/indexes."""
    return {"indexes": [_index(each) for each in call.inventory.indexes]}


def index_order(call: Call) -> Any:
    """GET /api/v1/logs/config/index-order."""
    return {"index_names": [each.name for each in call.inventory.indexes]}


def _index(index: Index) -> Json:
    answer: Json = {
        "name": index.name,
        "filter": {"query": index.query},
        "num_retention_days": index.retention,
        "num_flex_logs_retention_days": 0,
        "exclusion_filters": index.exclusions,
        "is_rate_limited": False,
        "tags": list(index.tags),
    }
    if index.daily_limit is not None:
        answer |= {
            "daily_limit": index.daily_limit,
            "daily_limit_reset": {"reset_time": "00:00", "reset_utc_offset": "+00:00"},
            "daily_limit_warning_threshold_percentage": 80.0,
        }
    return answer


def usage_by_index(call: Call) -> Any:
    """GET /api/v1/usage/logs_by_index: an index's hour a row; written as text, as there are very many."""
    start = call.time("start_hr").replace(minute=0, second=0, microsecond=0)
    known = measured_until(call.now)
    end = call.time("end_hr", known)
    if end <= start:
        raise Refused(400, "start_hr [YYYY-MM-DDThh] must be before end_hr [YYYY-MM-DDThh]")
    names = {name for value in call.query.get("index_name", ()) for name in value.split(",")}
    wanted = [index for index in call.inventory.indexes if not names or index.name in names]
    fixed = [
        json.dumps(
            {
                "org_name": call.inventory.title,
                "public_id": call.inventory.org.public_id,
                "org_id": 1_000_100 + call.inventory.number,
                "index_name": index.name,
                "index_id": index.number,
                "retention": index.retention,
                "rate_limited": False,
                "filtered": False,
            }
        )[:-1]
        for index in wanted
    ]
    rows = []
    hour = max(start, oldest(call.now))
    while hour < min(end, known):
        text, number = iso_hour(hour), hour_of_month(hour)
        for index, prefix in zip(wanted, fixed, strict=True):
            live, rehydrated = index_hours(call.account, index, month_of(hour), number, number + 1)
            rows.append(
                f'{prefix}, "hour": "{text}", "event_count": {live + rehydrated}, '
                f'"live_index_indexed": {live}, "rehydrated_indexed": {rehydrated}}}'
            )
        hour += HOUR
    return f'{{"usage": [{", ".join(rows)}]}}'.encode()


def query(call: Call) -> Any:
    """GET /api/v1/query: Datadog's own usage metrics and its standard Kubernetes metrics, and nothing else.

    A query of a customer's metric makes Datadog count it as queried, so that a search for unused metrics would hide
    what it looks for: it is refused and noted.
    """
    text = call.text("query")
    start, end = call.number("from", -1, low=-1), call.number("to", -1, low=-1)
    if not text or start < 0 or end <= start:
        raise Refused(400, "from, to and query are required")
    if kubernetes.is_asked(text):
        return kubernetes.answer(call, text, start, end)
    found = _METRICS.findall(text)
    foreign = sorted({metric for metric, _ in found if not metric.startswith(OURS)})
    if foreign or not found:
        call.offend(f"{call.inventory.org.name}: query of {', '.join(foreign) or 'no known metric'}: {text}")
        raise Refused(400, "the simulator answers only queries of datadog.estimated_usage metrics")
    rollup = _ROLLUP.search(text)
    interval = int(rollup[1]) if rollup else 3600
    groups = [each.strip() for each in (_GROUPS.search(text) or ["", ""])[1].split(",") if each.strip()]
    metric, scope = found[0]
    filters = dict(each.split(":", 1) for each in scope.replace(" ", "").split(",") if ":" in each)
    times = range(start // interval * interval, end, interval)
    if metric == EVENTS:
        series = _events(call, text, times, groups, filters)
    else:
        series = [
            _series(
                metric,
                text,
                times,
                [],
                filters,
                [float(call.account.units[call.inventory.number]["infra_host"])] * len(times),
            )
        ]
    return timeseries.answer(text, start, end, groups, series)


def _events(call: Call, text: str, times: range, groups: list[str], filters: dict[str, str]) -> list[Json]:
    """Estimated events by index, service and status: a fixed share of each day, off by 10–20 %."""
    if filters.get("datadog_is_excluded", "false") != "false":
        return []
    days = [datetime.fromtimestamp(each, UTC) for each in times]
    sums: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0] * len(days))
    for index in call.inventory.indexes:
        levels = [call.account.history.level(index.dimension, month_of(day)) / 1000 for day in days]
        factors = [
            index.estimate[day.weekday() >= 5] * times.step / 86_400 * level
            for day, level in zip(days, levels, strict=True)
        ]
        for each in index.slices:
            tags = {"datadog_index": index.name, "service": each.service, "status": each.status}
            if any(tags.get(key, value) != value for key, value in filters.items()):
                continue
            values = sums[tuple(f"{key}:{tags.get(key, 'N/A')}" for key in groups)]
            for position, factor in enumerate(factors):
                values[position] += each.weight * factor
    return [_series(EVENTS, text, times, list(tags), filters, values) for tags, values in sorted(sums.items())]


def _series(
    metric: str, text: str, times: range, tags: list[str], filters: dict[str, str], values: list[float]
) -> Json:
    scope = sorted({*tags, *(f"{key}:{value}" for key, value in filters.items())})
    return {
        "metric": metric,
        "display_name": metric,
        "expression": text,
        "scope": ",".join(scope) or "*",
        "tag_set": tags,
        "aggr": "sum",
        "interval": times.step,
        "length": len(values),
        "start": times[0] * 1000,
        "end": (times[-1] + times.step) * 1000 - 1,
        "query_index": 0,
        "attributes": {},
        "pointlist": [[float(time * 1000), value] for time, value in zip(times, values, strict=True)],
    }


ROUTES = (
    Route("/api/v1/logs/config/indexes", ("logs_read_config",), "logs_config", indexes),
    Route("/api/v1/logs/config/index-order", ("logs_read_config",), "logs_config", index_order),
    Route("/api/v1/usage/logs_by_index", ("usage_read",), "usage_metering", usage_by_index),
    Route("/api/v1/query", ("timeseries_query",), "batch_query", query),
)
