"""The ways in which a synthetic test's monitor is muted, for good or for a while."""

from collections.abc import Callable
from datetime import datetime, timedelta

from costguard.simulator.block import Block, Scene
from costguard.simulator.calendar import iso
from costguard.simulator.inventory import Json


def forever(scene: Scene) -> None:
    """Muted by hand, without end."""
    scene.monitor["options"]["silenced"] = {"*": None}


def for_a_week(scene: Scene) -> None:
    """Muted by hand yesterday, for a week."""
    scene.monitor["options"]["silenced"] = {"*": int((scene.block.now + timedelta(days=6)).timestamp())}


def until_last_year(scene: Scene) -> None:
    """Muted by hand once, and over since."""
    scene.monitor["options"]["silenced"] = {"*": int((scene.block.now - timedelta(days=380)).timestamp())}


def one_group(scene: Scene) -> None:
    """Muted without end, but only where one location reports."""
    scene.monitor["options"]["silenced"] = {f"probe_dc:{scene.test.locations[0]}": None}


def downtime(scene: Scene) -> None:
    """A downtime of this monitor that never ends."""
    schedule_downtime(
        scene.block, {"monitor_id": scene.test.monitor}, start=scene.block.ago(70), end=None, matches=(scene.monitor,)
    )


def downtime_by_tag(scene: Scene) -> None:
    """A downtime that names a tag of this monitor and lasts for two more months."""
    tag = f"portal:legacy{scene.block.suffix}"
    scene.test.tags = (*scene.test.tags, tag)
    scene.monitor["tags"].append(tag)
    schedule_downtime(
        scene.block,
        {"monitor_tags": [tag]},
        start=scene.block.ago(40),
        end=scene.block.now + timedelta(days=60),
        matches=(scene.monitor,),
    )


def weekly_maintenance(scene: Scene) -> None:
    """Two hours of maintenance a week, for ever, and not now."""
    start = scene.block.now.replace(minute=0, second=0, microsecond=0) - timedelta(days=94)
    scene.block.inventory.downtimes.append(
        _downtime(
            scene.block,
            {"monitor_id": scene.test.monitor},
            status="scheduled",
            created=start,
            schedule={
                "timezone": "UTC",
                "recurrences": [
                    {
                        "start": start.strftime("%Y-%m-%dT%H:%M"),
                        "duration": "2h",
                        "rrule": "FREQ=WEEKLY;INTERVAL=1;BYDAY="
                        + ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[start.weekday()],
                    }
                ],
                "current_downtime": {
                    "start": iso(start + timedelta(days=98)),
                    "end": iso(start + timedelta(days=98, hours=2)),
                },
            },
        )
    )


def schedule_downtime(
    block: Block,
    whom: Json,
    *,
    start: datetime,
    end: datetime | None,
    scope: str = "*",
    matches: tuple[Json, ...] = (),
) -> None:
    """A one-off downtime; monitors in `matches` name it among their own."""
    ended = end is not None and end < block.now
    status = "ended" if ended else "active" if start <= block.now else "scheduled"
    schedule = {"start": iso(start), "end": iso(end) if end else None}
    block.inventory.downtimes.append(
        _downtime(block, whom, status=status, created=min(start, block.now), schedule=schedule, scope=scope)
    )
    for monitor in matches:
        monitor["matching_downtimes"].append(
            {
                "id": block.ids.number(),
                "start": int(start.timestamp()),
                "end": int(end.timestamp()) if end else None,
                "scope": [scope],
            }
        )


def _downtime(block: Block, whom: Json, *, status: str, created: datetime, schedule: Json, scope: str = "*") -> Json:
    return {
        "type": "downtime",
        "id": block.ids.uuid(),
        "attributes": {
            "monitor_identifier": whom,
            "scope": scope,
            "status": status,
            "schedule": schedule,
            "message": block.named("Silenced while the owners look at it."),
            "display_timezone": "UTC",
            "mute_first_recovery_notification": False,
            "notify_end_states": ["alert", "no data", "warn"],
            "notify_end_types": ["expired"],
            "created": iso(created),
            "modified": iso(created),
            "canceled": None,
        },
    }


MUTES: dict[str, Callable[[Scene], None]] = {
    each.__name__: each
    for each in (forever, for_a_week, until_last_year, one_group, downtime, downtime_by_tag, weekly_maintenance)
}
