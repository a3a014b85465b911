"""Who would notice that a synthetic test stopped, although its monitor notifies nobody."""

from collections.abc import Callable
from datetime import datetime, timedelta

from costguard.simulator import widgets
from costguard.simulator.block import Block, Scene
from costguard.simulator.calendar import iso
from costguard.simulator.inventory import Json, SyntheticTest


def objective(scene: Scene) -> None:
    """A service level objective over the test's monitor."""
    scene.block.slos.append(
        {"type": "monitor", "monitor_ids": [scene.test.monitor], "name": f"{scene.test.name} availability"}
    )


def objective_by_metric(scene: Scene) -> None:
    """A service level objective over the test's runs."""
    scope = f"check_id:{scene.test.id}"
    scene.block.slos.append(
        {
            "type": "metric",
            "query": {
                "numerator": f"sum:synthetics.test_runs{{{scope},status:success}}.as_count()",
                "denominator": f"sum:synthetics.test_runs{{{scope}}}.as_count()",
            },
            "name": f"{scene.test.name} success",
        }
    )


def composite(scene: Scene) -> None:
    """A composite monitor that notifies when this test's monitor and another's alert."""
    service = next(tag.partition(":")[2] for tag in scene.test.tags if tag.startswith("service:"))
    query = f"{scene.test.monitor} && !{scene.other.monitor}"
    scene.block.alerts.append({"type": "composite", "query": query, "service": service})


def alert_graph(scene: Scene) -> None:
    """A dashboard that graphs the test's monitor."""
    scene.block.widgets.append(widgets.alert_graph(scene.test.monitor, scene.block.named("External availability")))


def alert_value(scene: Scene) -> None:
    """A dashboard that shows the monitor's value."""
    scene.block.widgets.append(widgets.alert_value(scene.test.monitor, scene.block.named("Closing run")))


def notebook_cell(scene: Scene) -> None:
    """A notebook that graphs the test's response time."""
    scene.block.cells.append(
        widgets.timeseries(f"avg:synthetics.http.response.time{{check_id:{scene.test.id}}}", "Response time")
    )


def widget_by_service(scene: Scene) -> None:
    """A dashboard that graphs the response times of all tests of the service."""
    service = next(tag for tag in scene.test.tags if tag.startswith("service:"))
    scene.block.widgets.append(
        widgets.timeseries(f"p95:synthetics.http.response.time{{{service}}} by {{url}}", "By page")
    )


def widget_by_id(scene: Scene) -> None:
    """A dashboard that compares the test's response time with an hour ago, in the older style of queries."""
    query = (
        f"avg:synthetics.http.response.time{{check_id:{scene.test.id}}}, hour_before(avg:synthetics.http.response.time"
    )
    scene.block.widgets.append(widgets.plain(f"{query}{{check_id:{scene.test.id}}})", "Scheme directory"))


def synthetics_downtime(scene: Scene) -> None:
    """A synthetics downtime that is in force: the test does not run, so there is nothing to save."""
    start = scene.block.now - timedelta(days=2)
    scene.test.stopped = True
    scene.block.inventory.synthetics_downtimes.append(
        synthetics_pause(scene.block, "Warehouse move", (scene.test,), start, 10)
    )


def synthetics_pause(
    block: Block,
    name: str,
    tests: tuple[SyntheticTest, ...],
    start: datetime,
    days: int,
) -> Json:
    """A synthetics downtime with one slot of some days."""
    made = iso(start - timedelta(days=1))
    return {
        "type": "downtime",
        "id": block.ids.uuid(),
        "attributes": {
            "name": block.named(name),
            "description": "Planned work on the other side.",
            "isEnabled": True,
            "tags": [],
            "testIds": [test.id for test in tests],
            "timeSlots": [
                {
                    "id": block.ids.uuid(),
                    "duration": days * 86_400,
                    "timezone": "UTC",
                    "start": {
                        "year": start.year,
                        "month": start.month,
                        "day": start.day,
                        "hour": start.hour,
                        "minute": start.minute,
                    },
                }
            ],
            "createdAt": made,
            "createdBy": block.ids.uuid(),
            "createdByName": "Jonas Weber",
            "updatedAt": made,
            "updatedBy": block.ids.uuid(),
            "updatedByName": "Jonas Weber",
        },
    }


LISTENERS: dict[str, Callable[[Scene], None]] = {
    each.__name__: each
    for each in (
        objective,
        objective_by_metric,
        composite,
        alert_graph,
        alert_value,
        notebook_cell,
        widget_by_service,
        widget_by_id,
        synthetics_downtime,
    )
}
