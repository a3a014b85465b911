"""Synthetic tests and the downtimes that stop them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from costguard.simulator.calendar import iso
from costguard.simulator.call import Call, Refused, Route
from costguard.simulator.inventory import Json, SyntheticTest
from costguard.simulator.words import DOMAIN


def tests(call: Call) -> Any:
    """GET /api/v1/synthetics/tests: by page number; browser tests without their steps."""
    size = call.number("page_size", 100, low=1)
    page = call.number("page_number", 0)
    found = call.page(call.inventory.tests, page * size, size)
    return {"tests": [_test(test) for test in found], "total": len(call.inventory.tests)}


def browser_test(call: Call) -> Any:
    """GET /api/v1/synthetics/tests/browser/{id}: with steps."""
    public_id = call.captured["public_id"]
    test = next((each for each in call.inventory.tests if each.id == public_id and each.type == "browser"), None)
    if test is None:
        raise Refused(404, "Synthetics test not found")
    return _test(test) | {"steps": [_step(number) for number in range(test.steps)]}


def downtimes(call: Call) -> Any:
    """GET /api/v2/synthetics/downtimes: all of them, or those in force."""
    wanted = {each for each in call.text("filter[test_ids]").split(",") if each}
    found = [
        each
        for each in call.inventory.synthetics_downtimes
        if (not call.flag("filter[active]", False) or in_force(each, call.now))
        and (not wanted or wanted & set(each["attributes"]["testIds"]))
    ]
    return {"data": found}


def in_force(pause: Json, now: datetime) -> bool:
    """Whether a synthetics downtime stops its tests now."""
    return pause["attributes"]["isEnabled"] and any(_covers(slot, now) for slot in pause["attributes"]["timeSlots"])


def _covers(slot: Json, now: datetime) -> bool:
    start, length = datetime(**slot["start"], tzinfo=UTC), timedelta(seconds=slot["duration"])
    if "recurrence" in slot and start < now:
        start += (now - start) // timedelta(weeks=1) * timedelta(weeks=1)
    return start <= now < start + length


def _test(test: SyntheticTest) -> Json:
    options: Json = {
        "min_failure_duration": test.wait,
        "min_location_failed": 1,
        "retry": {"count": 1, "interval": 300.0},
        "monitor_options": {"renotify_interval": 0},
    }
    if test.tick is not None:
        options["tick_every"] = test.tick
    if test.devices:
        options["device_ids"] = list(test.devices)
    if test.ci:
        options["ci"] = {"executionRule": test.ci}
    if test.hours:
        slots = [{"day": day, "from": start, "to": end} for day, start, end in test.hours]
        options["scheduling"] = {"timeframes": slots, "timezone": "Europe/Berlin"}
    answer: Json = {
        "public_id": test.id,
        "name": test.name,
        "status": "live" if test.live else "paused",
        "type": test.type,
        "tags": list(test.tags),
        "created_at": iso(test.created),
        "modified_at": iso(test.modified),
        "config": _config(test),
        "message": test.message,
        "options": options,
        "locations": list(test.locations),
        "monitor_id": test.monitor,
        "creator": {"name": None, "handle": f"{test.author}@{DOMAIN}", "email": f"{test.author}@{DOMAIN}"},
    }
    if test.subtype:
        answer["subtype"] = test.subtype
    return answer


def _config(test: SyntheticTest) -> Json:
    request: Json = {"method": "GET", "url": test.url, "timeout": 30}
    host = test.url.split("/")[2]
    if test.subtype in ("ssl", "tcp", "grpc"):
        request = {"host": host, "port": 443}
    elif test.subtype == "dns":
        request = {"host": host}
    status: Json = {"type": "statusCode", "operator": "is", "target": 200}
    if test.subtype == "multi":
        step = {"subtype": "http", "allowFailure": False, "request": request, "assertions": [status]}
        return {"configVariables": [], "steps": [{"name": f"Step {n + 1}", **step} for n in range(test.steps)]}
    assertions = [] if test.type != "api" else [{"type": "responseTime", "operator": "lessThan", "target": 2000}]
    if test.subtype == "http":
        assertions.append(status)
    return {"assertions": assertions, "configVariables": [], "request": request, "variables": []}


def _step(number: int) -> Json:
    kind = ("goToUrl", "click", "typeText", "assertPageContains")[number % 4]
    return {
        "name": f"Step {number + 1}",
        "type": kind,
        "params": {"value": "step"},
        "timeout": 30,
        "allowFailure": False,
        "isCritical": False,
        "noScreenshot": False,
    }


ROUTES = (
    Route("/api/v1/synthetics/tests", ("synthetics_read",), "synthetics_tests", tests),
    Route("/api/v1/synthetics/tests/browser/{public_id}", ("synthetics_read",), "synthetics_tests", browser_test),
    Route("/api/v2/synthetics/downtimes", ("synthetics_read",), "synthetics_downtimes", downtimes, shape="v2"),
)
