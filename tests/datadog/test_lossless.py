"""Published examples and recorded answers of usage and cost: what is in the answer is in the store, field by field.

What an answer should leave behind is worked out here, from the answer alone: each property is taken into the column
that is meant for it, and what is left has to be in `extra`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from costguard.datadog.collect import collect
from costguard.model.usage import (
    ActiveDimension,
    AttributionAggregate,
    BillableUsage,
    CostCharge,
    CostTotal,
    DimensionKey,
    HourlyAttribution,
    HourlyUsage,
    IndexUsage,
    MetricUsage,
    MonthlyAttribution,
    MonthlyCost,
    Row,
    UsageName,
    UsageSummary,
)
from costguard.model.usage_settings import Attribution, UsageSettings
from costguard.store import Store
from tests.datadog.collecting import Nobody, connect
from tests.datadog.server import Reply, Request, Server
from tests.datadog.test_recordings import CONTRACT, load

Json = dict[str, Any]
Expected = Iterator[tuple[type[Row], Json]]

HERE = CONTRACT.is_dir()
pytestmark = pytest.mark.skipif(not HERE, reason="the published documents of Datadog's API are not beside it")


def take(raw: Json, **columns: str) -> Json:
    """The values for some columns, each by the name of its property, which is taken out."""
    return {column: raw.pop(name, None) for column, name in columns.items()}


def item(raw: Json) -> Json:
    """The attributes of an item, without what every item has: the id of the answer and its type."""
    raw.pop("id", None)
    raw.pop("type", None)
    attributes: Json = raw.pop("attributes", {})
    return attributes


ORG = {"org_public_id": "public_id", "org_name": "org_name", "region": "region"}
ACCOUNT = {"account_public_id": "account_public_id", "account_name": "account_name"}
TAGS = {"tags": "tags", "tag_config_source": "tag_config_source", "updated_at": "updated_at"}


def hourly_usage(body: Json) -> Expected:
    for raw in body["data"]:
        about = item(raw)
        base = take(about, hour="timestamp", family="product_family", **ORG, **ACCOUNT)
        for each in about.pop("measurements", None) or [{}]:
            row = base | take(each, usage_type="usage_type", value="value")
            yield HourlyUsage, row | {"extra": raw | about | each}


def billable_summary(body: Json) -> Expected:
    names = {
        "unit": "usage_unit",
        "account_billable": "account_billable_usage",
        "account_committed": "account_committed_usage",
        "account_on_demand": "account_on_demand_usage",
        "org_billable": "org_billable_usage",
        "percentage_in_account": "percentage_in_account",
        "first_hour": "first_billable_usage_hour",
        "last_hour": "last_billable_usage_hour",
        "elapsed_hours": "elapsed_usage_hours",
        "billing_dimension": "billing_dimension",
    }
    same = ("billing_plan", "num_orgs", "start_date", "end_date", "ratio_in_month")
    for raw in body["usage"]:
        base = take(raw, **ORG, **ACCOUNT, **{name: name for name in same})
        for key, usage in (raw.pop("usage", None) or {"": {}}).items():
            yield BillableUsage, base | {"key": key} | take(usage, **names) | {"extra": raw | usage}


def monthly(table: type[Row], source: str, rows: list[Json], meta: Json) -> Expected:
    for raw in rows:
        about = item(raw) if "attributes" in raw else raw
        rest = raw if about is not raw else {}
        columns = take(about, month="month", **ORG, **TAGS)
        if "region" not in {each.name for each in fields(table)}:
            columns.pop("region")
        values = about.pop("values", None) or {"": None}
        # What would be a total in the column of tags, and is none, and numbers of more than 18 places.
        kept: Json = {"tags": {}} if columns["tags"] == {} else {}
        if rounded := {field: value for field, value in values.items() if value and _places(value) > 18}:
            kept["values"] = rounded
        for field, value in values.items():
            yield table, columns | {"field": field, "value": value, "extra": rest | about | kept}
    for told in meta.get("aggregates", []):
        row = take(told, agg_type="agg_type", field="field", value="value")
        yield AttributionAggregate, row | {"source": source, "extra": told}


def _places(value: float) -> int:
    """Digits behind the point."""
    exponent = Decimal(str(value)).as_tuple().exponent
    assert isinstance(exponent, int)
    return -exponent


def monthly_cost(body: Json) -> Expected:
    return monthly(MonthlyCost, "monthly_cost", body["data"], body.get("meta", {}))


def monthly_attribution(body: Json) -> Expected:
    return monthly(MonthlyAttribution, "monthly_attribution", body["usage"], body.get("metadata", {}))


def hourly_attribution(body: Json) -> Expected:
    for raw in body["usage"]:
        row = take(raw, hour="hour", usage_type="usage_type", value="total_usage_sum", **ORG, **TAGS)
        yield HourlyAttribution, row | {"extra": raw}


def charges(source: str) -> Callable[[Json], Expected]:
    def expected(body: Json) -> Expected:
        for raw in body["data"]:
            about = item(raw)
            base: Json = {"source": source} | take(about, date="date", **ORG, **ACCOUNT)
            base |= {"as_of": base["date"] if "T00:00:00" not in base["date"] else None}
            total = take(about, total_cost="projected_total_cost" if source == "projected" else "total_cost")
            of_it = about.pop("charges", [])
            yield CostTotal, base | total | {"extra": raw | about}
            for each in of_it:
                row = take(each, product="product_name", charge_type="charge_type", cost="cost")
                yield CostCharge, base | row | {"extra": each}

    return expected


def dimension_mapping(body: Json) -> Expected:
    for raw in body["data"]:
        dimension = raw["id"]
        about = item(raw)
        base = {"dimension": dimension} | take(about, month="timestamp", label="in_app_label")
        for endpoint in about.pop("endpoints", None) or [{}]:
            row = base | take(endpoint, endpoint="id", status="status")
            for key in endpoint.pop("keys", None) or [None]:
                yield DimensionKey, row | {"key": key, "extra": raw | about | endpoint}


def active_dimensions(body: Json) -> Expected:
    raw = body["data"]
    about = item(raw)
    base = take(about, month="month")
    for dimension in about.pop("values"):
        yield ActiveDimension, base | {"dimension": dimension, "extra": raw | about}


def attribution_types(body: Json) -> Expected:
    raw = body["data"]
    about = item(raw)
    for name in about.pop("values"):
        yield UsageName, {"source": "attribution_type", "name": name, "extra": raw | about}


def logs_by_index(body: Json) -> Expected:
    names = {
        "retention_days": "retention",
        "events": "event_count",
        "live_events": "live_index_indexed",
        "rehydrated_events": "rehydrated_indexed",
    }
    same = ("hour", "index_id", "index_name", "org_id", "rate_limited", "filtered")
    for raw in body["usage"]:
        row = take(raw, org_public_id="public_id", org_name="org_name", **names, **{name: name for name in same})
        yield IndexUsage, row | {"extra": raw}


def top_avg_metrics(body: Json) -> Expected:
    month = body["metadata"]["month"]
    for raw in body["usage"]:
        row = take(
            raw,
            name="metric_name",
            category="metric_category",
            avg_series="avg_metric_hour",
            max_series="max_metric_hour",
        )
        yield MetricUsage, {"month": month} | row | {"extra": raw}


def summary(body: Json) -> Expected:
    def leaves(value: Any, path: str) -> Iterator[Json]:
        if isinstance(value, dict):
            for key, each in value.items():
                yield from leaves(each, f"{path}{key}.")
        elif isinstance(value, list):
            for number, each in enumerate(value):
                yield from leaves(each, f"{path}{each.get('retention', number)}.")
        else:
            plain = isinstance(value, int | float) or (isinstance(value, str) and value.isdigit())
            yield {"key": path[:-1], "value": value if plain else None, "extra": None if plain else value}

    for month in body.pop("usage"):
        of_month = take(month, month="date")
        for org in month.pop("orgs", []):
            named = take(org, org_public_id="public_id", org_name="name", region="region", **ACCOUNT)
            yield from ((UsageSummary, of_month | named | each) for each in leaves(org, ""))
        yield from ((UsageSummary, of_month | {"org_public_id": None} | each) for each in leaves(month, ""))
    yield from ((UsageSummary, {"org_public_id": None} | each) for each in leaves(body, "response."))


class Read(NamedTuple):
    """How an endpoint is read, and what an answer of it should leave in the store."""

    expected: Callable[[Json], Expected]
    named: str
    """The property that says which month, day or hour the answer is of; "" = none."""
    asked: str
    """When it is asked for: in the month after, on the day after, in the same month, at the same time."""
    at: str = "2026-10-01T00:00:00+00:00"
    """The time in answers that are put together of the schemas."""

    def day(self, body: Json) -> datetime:
        """The last time that the answer tells of."""
        return max(map(datetime.fromisoformat, _all(body, self.named)), default=datetime.fromisoformat(self.at))

    def now(self, body: Json) -> datetime:
        """A time at which costguard asks for what the answer tells of."""
        last = self.day(body)
        if self.asked == "the month after":
            return (last.replace(day=1) + timedelta(days=31)).replace(day=21, hour=12)
        if self.asked == "the day after":
            return (last + timedelta(days=1)).replace(hour=12)
        return last.replace(day=21, hour=12) if self.asked == "the same month" else last


def _all(value: Any, name: str) -> Iterator[str]:
    """The values of every property of that name."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if key == name:
            yield each
        elif isinstance(each, dict | list):
            yield from _all(each, name)


HOUR = "2026-11-20T05:00:00+00:00"

ENDPOINTS: Mapping[str, Read] = {
    "/api/v2/usage/hourly_usage": Read(hourly_usage, "timestamp", "the day after", HOUR),
    "/api/v1/usage/billable-summary": Read(billable_summary, "start_date", "the month after"),
    "/api/v1/usage/summary": Read(summary, "date", "the month after"),
    "/api/v1/usage/monthly-attribution": Read(monthly_attribution, "month", "the month after"),
    "/api/v1/usage/hourly-attribution": Read(hourly_attribution, "hour", "the day after", HOUR),
    "/api/v2/cost_by_tag/monthly_cost_attribution": Read(monthly_cost, "month", "the month after"),
    "/api/v2/usage/estimated_cost": Read(charges("estimated"), "date", "the same time", "2026-11-19T17:00:00+00:00"),
    "/api/v2/usage/historical_cost": Read(charges("historical"), "date", "the month after"),
    "/api/v2/usage/projected_cost": Read(charges("projected"), "date", "the same month", "2026-11-30T00:00:00Z"),
    "/api/v2/usage/billing_dimension_mapping": Read(dimension_mapping, "timestamp", "the month after"),
    "/api/v2/cost_by_tag/active_billing_dimensions": Read(active_dimensions, "month", "the month after"),
    "/api/v2/usage/usage-attribution-types": Read(attribution_types, "", "the month after"),
    "/api/v1/usage/logs_by_index": Read(logs_by_index, "hour", "the day after", HOUR),
    "/api/v1/usage/top_avg_metrics": Read(top_avg_metrics, "month", "the month after"),
}

RENAMED = {"/api/v2/usage/estimated_cost_by_org": "/api/v2/usage/estimated_cost"}
"""Endpoints as they were called when they were recorded."""

OTHERS = ("/api/v2/cost/", "/api/v2/dashboards/")
"""Of clouds' costs, and of who looks at dashboards: neither is usage or cost of Datadog's products."""


def documented() -> dict[str, Json]:
    """The GET operations of usage and cost in the published documents, by path."""
    documents = [load("contract").yaml.load((CONTRACT / f"openapi-v{n}.yaml").read_text(), _loader()) for n in (1, 2)]
    return {
        path: {**operations["get"], "document": document}
        for document in documents
        for path, operations in document["paths"].items()
        if "get" in operations and ("/usage" in path or "/cost" in path) and not path.startswith(OTHERS)
    }


def _loader() -> Any:
    return load("contract")._Yaml12


def recorded() -> Iterator[tuple[str, str, Json]]:
    """Path, name and body of each recorded answer of usage and cost."""
    for file, _, url, status, body in load("contract").recordings(CONTRACT / "cassettes"):
        path = urlsplit(url).path
        if status == 200 and ("/usage" in path or "/cost" in path) and not path.startswith(OTHERS):
            yield RENAMED.get(path, path), Path(file).stem, body


def assembled(schema: Json, document: Json, at: str, numbers: Iterator[int], name: str = "") -> Any:
    """A value of a schema with every property in it, each with its example or one of its own."""
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    number = next(numbers)
    if schema.get("type") == "array":
        return [assembled(schema["items"], document, at, numbers, name)]
    if schema.get("type") == "object":
        values = {
            key: assembled(each, document, at, numbers, key) for key, each in schema.get("properties", {}).items()
        }
        if isinstance(schema.get("additionalProperties"), dict):
            values |= {"any-key": assembled(schema["additionalProperties"], document, at, numbers)}
        return values
    if name == "next_record_id":
        return None
    if schema.get("format") == "date-time" or name in ("updated_at", "date", "month"):
        return at
    if "example" in schema:
        return schema["example"]
    if schema.get("type") == "integer":
        return number
    if schema.get("type") == "number":
        return number + 0.25
    if schema.get("type") == "boolean":
        return True
    return schema["enum"][0] if "enum" in schema else f"text-{number}"


def widened(value: Any) -> Any:
    """The answer with a property that nobody documents in each object that tells of something."""
    if isinstance(value, list):
        return [{**widened(each), "undocumented": "more"} if isinstance(each, dict) else each for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {**widened(each), "unheard": "of"} if key == "attributes" else widened(each) for key, each in value.items()
    }


def answers() -> list[Any]:
    """Of each endpoint the published examples, an answer put together of its schema, and the recordings."""
    if not HERE:
        return []
    found: list[tuple[str, Json, str]] = []
    for path, operation in documented().items():
        if path in ENDPOINTS:
            (media,) = operation["responses"]["200"]["content"].values()
            body = assembled(media["schema"], operation["document"], ENDPOINTS[path].at, count(1))
            examples = [media["example"]] if "example" in media else []
            examples += [each["value"] for each in media.get("examples", {}).values()]
            found += [(path, body, "assembled"), *((path, each, "example") for each in examples)]
            found.append((path, widened(body), "with undocumented properties"))
    found += [(path, body, name) for path, name, body in recorded() if path in ENDPOINTS]
    # An answer without a single row leaves nothing.
    return [
        pytest.param(path, body, id=f"{path} {name}")
        for path, body, name in found
        if any(True for _ in ENDPOINTS[path].expected(deepcopy(body)))
    ]


def test_every_endpoint_that_is_not_deprecated_is_read() -> None:
    """Those that hourly usage and cost attribution have superseded are not: what they tell comes with these."""
    operations = documented()
    current = {path for path, operation in operations.items() if not operation.get("deprecated")}
    assert current == set(ENDPOINTS)
    superseded = {path for path, _, _ in recorded()} - current
    assert all(operations[path]["deprecated"] for path in superseded)


def stored(store: Store, table: type[Row]) -> Iterator[Json]:
    """The rows of a table with their period; times as they are in the store."""
    names = ["period", *(each.name for each in fields(table))]
    found = store._connection.execute(f"SELECT {', '.join(names)} FROM {table.table}").fetchall()
    return (dict(zip(names, row, strict=True)) for row in found)


def same(kept: Any, told: Any) -> bool:
    """Whether a column holds what the answer told."""
    if told is None or told == {}:
        return kept in (None, "")
    if isinstance(kept, datetime):
        return kept.replace(tzinfo=UTC) == datetime.fromisoformat(told)
    if isinstance(kept, date):
        return f"{kept:%Y-%m-%d}" == str(told)[:10]
    if isinstance(kept, Decimal):
        return kept == Decimal(str(told))
    if isinstance(told, dict):
        return kept is not None and bool(json.loads(kept) == told)
    return bool(kept == told)


@pytest.mark.parametrize(("path", "body"), answers())
def test_what_is_in_the_answer_is_in_the_store(tmp_path: Path, path: str, body: Json) -> None:
    """Each row that the answer should leave is there, with every column; and there are no others."""
    now = ENDPOINTS[path].now(body)
    expected = list(ENDPOINTS[path].expected(deepcopy(body)))
    tables = {table for table, _ in expected}

    month = f"{ENDPOINTS[path].day(body):%Y-%m}"

    def given(request: Request) -> Reply:
        """The answer to the question that it was given to, and nothing to any other."""
        query = request.query
        first = query.get("start_month") or query.get("month") or query.get("filter[month]") or month
        other = not first[:7] <= month <= query.get("end_month", first)[:7]
        again = query.get("filter[view]") == "all" or "tag_breakdown_keys" in query
        return Reply(body={"data": [], "usage": []} if other or again else body)

    nothing = {f"/api/v2/usage/{name}_cost": [Reply(body={"data": []})] for name in ("estimated", "historical")}
    nothing["/api/v2/usage/projected_cost"] = [Reply(body={"data": []})]
    with Server() as server, Store.open(tmp_path / "store.duckdb") as store:
        server.replies |= {**nothing, path: given, "/api/v1/validate": [Reply(body={"valid": True})]}
        if path.endswith("hourly-attribution"):
            types = {"data": {"attributes": {"values": [body["usage"][0]["usage_type"]]}}}
            server.replies["/api/v2/usage/usage-attribution-types"] = [Reply(body=types)]
            server.replies["/api/v1/usage/monthly-attribution"] = [Reply(body={"usage": []})]
        result = collect(
            [connect(server.url, parent=True)],
            store,
            now,
            progress=Nobody(),
            kinds=frozenset(),
            usage=UsageSettings(months=2, hourly_days=3),
            attribution=Attribution(hourly_days=3 if path.endswith("hourly-attribution") else 0),
        )
        # A view of the whole account is given the same again.
        kept = {table: [row for row in stored(store, table) if row.get("view") != "summary"] for table in tables}
    of_these = {table.table for table in tables}
    assert not [gap for gap in result.gaps if gap.what in of_these and not gap.optional], result.gaps
    for table, row in expected:
        rest = row.pop("extra", None)
        places = [
            place
            for place, each in enumerate(kept[table])
            if all(same(each[column], told) for column, told in row.items())
            and (json.loads(each["extra"]) if each.get("extra") else None) == (rest or None)
        ]
        assert places, (table, row, rest, kept[table][:3])
        kept[table].pop(places[0])
    assert {table.table: rows for table, rows in kept.items() if rows} == {}
