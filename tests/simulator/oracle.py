"""The waste in an organisation, worked out from nothing but the API's answers and the rules' definitions in words."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any

from costguard.simulator import Simulator
from tests.simulator.asking import cursor, get, numbered, offset

Found = dict[tuple[str, str, str], tuple[str, Fraction]]
"""Rule, kind and id → dimension and freed units a month."""

NON_PRODUCTION = {"env:dev", "env:test", "env:qa", "env:staging", "env:sandbox"}
SENSIBLE = {"api": 300, "browser": 900}
DIMENSIONS = {"api": "synthetics_api_tests", "browser": "synthetics_browser_checks"}
IGNORE = "costguard:ignore"
LONG = timedelta(days=14)
EVENTS = (
    "sum:datadog.estimated_usage.logs.ingested_events{datadog_is_excluded:false}"
    " by {datadog_index,service,status}.as_count().rollup(sum, 86400)"
)


class Answers:
    """All of an organisation's answers that the rules are about."""

    def __init__(self, sim: Simulator, org: int) -> None:
        self.now = sim.now
        self.tests = _joined(
            numbered(sim, org, "/api/v1/synthetics/tests", "page_number", ("page_size", 50), {}), "tests"
        )
        for test in self.tests:
            if test["type"] == "browser":
                test |= get(sim, f"/api/v1/synthetics/tests/browser/{test['public_id']}", org)
        pages = numbered(sim, org, "/api/v1/monitor", "page", ("page_size", 100), {})
        self.monitors = {each["id"]: each for page in pages for each in page}
        found = numbered(sim, org, "/api/v1/monitor/search", "page", ("per_page", 100), {})
        self.notified = {each["id"]: each["notifications"] for each in _joined(found, "monitors")}
        self.downtimes = _joined(offset(sim, org, "/api/v2/downtime", "page[offset]", ("page[limit]", 30)), "data")
        paused = get(sim, "/api/v2/synthetics/downtimes", org, **{"filter[active]": "true"})["data"]
        self.stopped = {each for pause in paused for each in pause["attributes"]["testIds"]}
        boards = _joined(offset(sim, org, "/api/v1/dashboard", "start", ("count", 100)), "dashboards")
        self.boards = [get(sim, f"/api/v1/dashboard/{each['id']}", org) for each in boards]
        self.notebooks = _joined(offset(sim, org, "/api/v1/notebooks", "start", ("count", 100)), "data")
        self.slos = _joined(offset(sim, org, "/api/v1/slo", "offset", ("limit", 100)), "data")
        self.indexes = {each["name"]: each for each in get(sim, "/api/v1/logs/config/indexes", org)["indexes"]}
        midnight = sim.now.replace(hour=0, minute=0, second=0, microsecond=0)
        start = midnight - timedelta(days=30)
        self.slices = get(
            sim, "/api/v1/query", org, query=EVENTS, **{"from": int(start.timestamp()), "to": int(midnight.timestamp())}
        )["series"]
        self.index_hours = get(
            sim, "/api/v1/usage/logs_by_index", org, start_hr=f"{start:%Y-%m-%dT%H}", end_hr=f"{midnight:%Y-%m-%dT%H}"
        )["usage"]
        self.shown = json.dumps([self.boards, self.notebooks, self.slos])
        self.metrics = self._metrics(sim, org, {})
        self.spared = (
            self._metrics(sim, org, {"filter[queried]": "true", "filter[queried][window][seconds]": 7_776_000})
            | self._metrics(sim, org, {"filter[related_assets]": "true"})
            | self._metrics(sim, org, {"filter[tags]": IGNORE})
        )
        month = (sim.now.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        usage = cursor(
            *(sim, org, "/api/v1/usage/top_avg_metrics", "next_record_id"),
            ("metadata", "pagination", "next_record_id"),
            {"month": month, "limit": 100},
        )
        self.series = {each["metric_name"]: each for each in _joined(usage, "usage")}

    @staticmethod
    def _metrics(sim: Simulator, org: int, query: dict[str, object]) -> set[str]:
        pages = cursor(
            *(sim, org, "/api/v2/metrics", "page[cursor]"),
            ("meta", "pagination", "next_cursor"),
            {"window[seconds]": 86_400, "page[size]": 100, **query},
        )
        return {each["id"] for each in _joined(pages, "data")}


def _joined(pages: Iterator[Any], key: str) -> list[Any]:
    return [each for page in pages for each in page[key]]


def waste(answers: Answers, billed: dict[str, int]) -> Found:
    """Everything that the four rules find, with `billed` units of the last month by dimension."""
    return _synthetics(answers, billed) | _logs(answers) | _metrics(answers)


def _synthetics(answers: Answers, billed: dict[str, int]) -> Found:
    running = [each for each in answers.tests if each["public_id"] not in answers.stopped and _runs(each, 1)]
    found: Found = {}
    for kind, dimension in DIMENSIONS.items():
        tests = [each for each in running if each["type"] == kind]
        modelled = sum((_runs(each, each["options"]["tick_every"]) for each in tests), Fraction(0))
        for test in tests:
            if IGNORE in test["tags"]:
                continue
            tick, factor = test["options"]["tick_every"], billed[dimension] / modelled
            resource = ("synthetic_test", test["public_id"])
            edited = max(datetime.fromisoformat(test[each]) for each in ("created_at", "modified_at"))
            if edited < answers.now - timedelta(days=30) and not _heard(answers, test):
                found["synthetics-idle", *resource] = dimension, _runs(test, tick) * factor
            enough = _enough(test, tick)
            if tick < enough:
                found["synthetics-overfrequent", *resource] = (
                    dimension,
                    (_runs(test, tick) - _runs(test, enough)) * factor,
                )
    return found


def _runs(test: Any, tick: int) -> Fraction:
    """Runs a month at an interval; none for a test that is not scheduled."""
    options = test["options"]
    if test["status"] != "live" or "tick_every" not in options or test["type"] not in DIMENSIONS:
        return Fraction(0)
    hours = [
        datetime.strptime(each["to"], "%H:%M") - datetime.strptime(each["from"], "%H:%M")  # noqa: DTZ007
        for each in options.get("scheduling", {}).get("timeframes", ())
    ]
    week = int(sum(hours, timedelta()).total_seconds()) or 604_800
    runs = Fraction(2_628_000 * week, tick * 604_800) * len(test["locations"])
    if test["type"] == "browser":
        runs *= len(options["device_ids"]) * -(-len(test["steps"]) // 25)
    return runs


def _enough(test: Any, tick: int) -> int:
    """The interval that would do, in seconds."""
    sensible, wait = SENSIBLE[test["type"]], test["options"]["min_failure_duration"]
    if NON_PRODUCTION & set(test["tags"]):
        return sensible
    return min(sensible, wait) if wait >= 3 * tick else tick


def _heard(answers: Answers, test: Any) -> bool:
    """Whether anybody would notice that the test stopped."""
    number, public_id = test["monitor_id"], test["public_id"]
    monitor = answers.monitors[number]
    composites = [each["query"] for each in answers.monitors.values() if each["type"] == "composite"]
    scopes = re.findall(r"synthetics\.[\w.]+\{([^}]*)\}", answers.shown)
    return (
        (bool(answers.notified[number]) and not _muted(answers, monitor))
        or any(number in each.get("monitor_ids", ()) for each in answers.slos)
        or any(re.search(rf"\b{number}\b", query) for query in composites)
        or public_id in answers.shown
        or f'"alert_id": "{number}"' in answers.shown
        or any(set(scope.split(",")) <= set(test["tags"]) for scope in scopes)
        or test["options"].get("ci", {}).get("executionRule") == "blocking"
    )


def _muted(answers: Answers, monitor: Any) -> bool:
    """Whether the whole monitor is silent without end, or for more than two weeks."""
    silenced = monitor["options"]["silenced"]
    if "*" in silenced and (silenced["*"] is None or datetime.fromtimestamp(silenced["*"], UTC) > answers.now + LONG):
        return True
    for each in (downtime["attributes"] for downtime in answers.downtimes):
        whom, schedule = each["monitor_identifier"], each["schedule"]
        if each["status"] != "active" or each["scope"] != "*" or "recurrences" in schedule:
            continue
        tags = set(whom.get("monitor_tags", ()))
        if whom.get("monitor_id") != monitor["id"] and not (tags and tags <= {"*", *monitor["tags"]}):
            continue
        end = schedule["end"]
        if end is None or datetime.fromisoformat(end) - datetime.fromisoformat(schedule["start"]) > LONG:
            return True
    return False


def _logs(answers: Answers) -> Found:
    readers = list(_log_searches([*answers.boards, *answers.notebooks]))
    for monitor in answers.monitors.values():
        for search, index in re.findall(r'logs\("(.*?)"\)\.index\("(.*?)"\)', monitor["query"]):
            readers.append((search, [] if index == "*" else index.split(",")))
    estimated: dict[str, Fraction] = {}
    events: dict[tuple[str, str, str], Fraction] = {}
    for series in answers.slices:
        tags = dict(tag.split(":", 1) for tag in series["tag_set"])
        count = sum((Fraction(value) for _, value in series["pointlist"]), Fraction(0))
        events[tags["datadog_index"], tags["service"], tags["status"]] = count
        estimated[tags["datadog_index"]] = estimated.get(tags["datadog_index"], Fraction(0)) + count
    live: dict[str, int] = {}
    for hour in answers.index_hours:
        live[hour["index_name"]] = live.get(hour["index_name"], 0) + hour["live_index_indexed"]
    found: Found = {}
    for (index, service, status), count in events.items():
        about, freed = answers.indexes[index], count * live[index] / estimated[index]
        read = any((not indexes or index in indexes) and _reads(search, service, status) for search, indexes in readers)
        if status in ("trace", "debug", "info") and freed >= 1_000_000 and not read and IGNORE not in about["tags"]:
            dimension = f"logs_indexed_{about['num_retention_days']}day"
            found["logs-low-value-indexed", "log_slice", f"{index}/{service}/{status}"] = dimension, freed
    return found


def _log_searches(value: Any) -> Iterator[tuple[str, list[str]]]:
    """Every log search in dashboards and notebooks, with the indexes that it is restricted to."""
    if isinstance(value, list):
        for each in value:
            yield from _log_searches(each)
    elif isinstance(value, dict):
        if value.get("data_source") == "logs":
            yield value["search"]["query"], value["indexes"]
        elif value.get("data_source") == "logs_stream":
            yield value["query_string"], value["indexes"]
        elif "log_query" in value:
            yield value["log_query"]["search"]["query"], [value["log_query"]["index"]]
        elif value.get("type") == "log_stream":
            yield value["query"], value["indexes"]
        for each in value.values():
            yield from _log_searches(each)


def _reads(search: str, service: str, status: str) -> bool:
    """Whether a search may read the logs: unless one of its conditions on service or status rules them out."""
    for minus, key, value in re.findall(r'(-?)(service|status):(\([^)]*\)|"[^"]*"|\S+)', search):
        named = (service if key == "service" else status) in value.strip('()"').split(" OR ")
        if named == bool(minus):
            return False
    return True


def _metrics(answers: Answers) -> Found:
    texts = answers.shown + json.dumps([each["query"] for each in answers.monitors.values()])
    read = set(re.findall(r":([a-z][\w.]*(?:\.\*)?)\{", texts))
    return {
        ("metrics-unused", "metric", name): ("timeseries", Fraction(answers.series[name]["avg_metric_hour"]))
        for name in answers.metrics - answers.spared
        if answers.series[name]["metric_category"] == "custom"
        and answers.series[name]["avg_metric_hour"] >= 100
        and not any(fnmatchcase(name, pattern) for pattern in read)
    }
