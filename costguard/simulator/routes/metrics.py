"""Metrics: which there are, which were queried, and how many time series each has."""

from typing import Any

from costguard.simulator.calendar import iso, month_of, shift, start_of, zulu
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.hours import oldest
from costguard.simulator.inventory import Json, Metric

DAY = 86_400


def metrics(call: Call) -> Any:
    """GET /api/v2/metrics: filtered, by cursor, with volumes on request."""
    size = call.number("page[size]", 10_000, low=1, high=10_000)
    wanted = [each for each in call.inventory.metrics if _matches(call, each)]
    found, cursor = call.after("page[cursor]", wanted, size)
    answer: Json = {
        "data": [_metric(call, each) for each in found],
        "meta": {
            "pagination": {
                "type": "cursor_limit",
                "cursor": call.text("page[cursor]") or None,
                "limit": size,
                "next_cursor": cursor,
            }
        },
        "links": {"self": call.path, "first": call.path, "prev": None, "next": None, "last": None},
    }
    if "metric_volumes" in call.text("include"):
        answer["included"] = [_volumes(each) for each in found]
        for each in answer["data"]:
            each["relationships"] = {"metric_volumes": {"data": {"id": each["id"], "type": "metric_volumes"}}}
    return answer


def _matches(call: Call, metric: Metric) -> bool:
    window = call.number("window[seconds]", 3600, low=1, high=2_592_000)
    queried = call.number("filter[queried][window][seconds]", 2_592_000, low=1, high=15_552_000)
    lately = metric.queried_days is not None and metric.queried_days * DAY < queried
    tags = {each.strip() for each in call.text("filter[tags]").split(",") if each.strip()}
    return (
        metric.silent_hours * 3600 < window
        and call.flag("filter[queried]") in (None, lately)
        and call.flag("filter[related_assets]") in (None, metric.assets)
        and call.flag("filter[configured]") in (None, metric.configured is not None)
        and tags <= set(metric.tags)
    )


def _metric(call: Call, metric: Metric) -> Json:
    if metric.configured is None:
        return {"type": "metrics", "id": metric.name}
    made = iso(start_of(shift(month_of(call.now), -7)))
    return {
        "type": "manage_tags",
        "id": metric.name,
        "attributes": {
            "tags": list(metric.configured),
            "metric_type": metric.type,
            "exclude_tags_mode": False,
            **({"include_percentiles": False} if metric.type == "distribution" else {}),
            "created_at": made,
            "modified_at": made,
        },
    }


def _volumes(metric: Metric) -> Json:
    return {
        "type": "metric_volumes",
        "id": metric.name,
        "attributes": {"indexed_volume": metric.series, "ingested_volume": metric.ingested},
    }


def top_average(call: Call) -> Any:
    """GET /api/v1/usage/top_avg_metrics: a month's or a day's average time series, largest first, by cursor."""
    if bool(call.text("month")) == bool(call.text("day")):
        raise Refused(400, "The parameter 'month/day' is required")
    period = "month" if call.text("month") else "day"
    moment = call.time(period)
    size = call.number("limit", 500, low=1, high=5000)
    names = {name for key in ("names", "names[]") for value in call.query.get(key, ()) for name in value.split(",")}
    known = [
        each
        for each in sorted(call.inventory.metrics, key=lambda metric: (-metric.series, metric.name))
        if not names or each.name in names
    ]
    if not oldest(call.now) <= start_of(month_of(moment)) <= call.now:
        known = []
    found, cursor = call.after("next_record_id", known, size)
    month = month_of(moment)
    rows = [
        {
            "metric_name": each.name,
            "metric_category": each.category,
            "avg_metric_hour": series,
            "max_metric_hour": series * 5 // 4,
        }
        for each in found
        for series in (call.account.history.grown(each.series, "timeseries", month),)
    ]
    pagination = {"limit": size, "next_record_id": cursor, "total_number_of_records": len(known)}
    return {"usage": rows, "metadata": {period: zulu(moment), "pagination": pagination}}


ROUTES = (
    Route("/api/v2/metrics", ("metrics_read",), "metrics", metrics, shape="v2"),
    Route("/api/v1/usage/top_avg_metrics", ("usage_read",), "usage_metering", top_average),
)
