"""The invented company: three organisations, built from a seed, a scale and a moment, and from nothing else."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from costguard.simulator import dashboards, logs, metrics, monitors, mutes, synthetics
from costguard.simulator.block import PAYLOAD, Block, Ids
from costguard.simulator.inventory import Inventory, SimulatedOrg
from costguard.simulator.listeners import synthetics_pause
from costguard.simulator.words import PROFILES, Profile


@dataclass(frozen=True)
class Company:
    """The account: its organisations' inventories, parent first, as they are at `now`."""

    now: datetime
    scale: int
    hostile: bool
    inventories: tuple[Inventory, ...]

    def of(self, org: str) -> Inventory:
        """The inventory of the organisation with this name; StopIteration for another."""
        return next(each for each in self.inventories if each.org.name == org)


def found(*, scale: int, now: datetime, seed: int, hostile: bool) -> Company:
    """The company at a scale: 60 synthetic tests, 250 monitors, 80 dashboards, 400 metrics, 12 indexes a step."""
    inventories = tuple(
        _organisation(profile, number, scale=scale, now=now, seed=seed, hostile=hostile)
        for number, profile in enumerate(PROFILES)
    )
    return Company(now, scale, hostile, inventories)


def _organisation(profile: Profile, number: int, *, scale: int, now: datetime, seed: int, hostile: bool) -> Inventory:
    random = Random(f"{seed}/{profile.name}")  # noqa: S311 - an invented company needs no secrets
    public_id = "".join(random.choices("abcdefghijkmnpqrstuvwxyz0123456789", k=16))
    inventory = Inventory(
        org=SimulatedOrg(
            name=profile.name,
            public_id=public_id,
            parent=number == 0,
            api_key=f"simulated-api-key-{profile.name}",
            app_key=f"simulated-app-key-{profile.name}",
        ),
        number=number,
        title=f"={PAYLOAD} {profile.name}" if hostile else profile.name,
    )
    ids = Ids(random)
    for step in range(scale):
        block = Block(inventory, step, now, random, hostile, ids)
        used = metrics.build(block, profile)
        synthetics.build(block, profile)
        logs.build(block, profile)
        monitors.build(block, profile, used)
        dashboards.build(block, profile, used)
        if step == 0:
            _noise(block)
    inventory.tests.sort(key=lambda test: test.id)
    inventory.monitors.sort(key=lambda monitor: monitor["id"])
    inventory.dashboards.sort(key=lambda dashboard: dashboard["id"])
    inventory.metrics.sort(key=lambda metric: metric.name)
    return inventory


def _noise(block: Block) -> None:
    """Downtimes that change nothing: over, not yet begun, or of a host that is long gone."""
    now, tests = block.now, tuple(test for test in block.inventory.tests if test.live and not test.stopped)
    everything = {"monitor_tags": ["*"]}
    mutes.schedule_downtime(block, everything, start=block.ago(300), end=None, scope="host:retired-batch-07")
    mutes.schedule_downtime(block, everything, start=block.ago(60), end=block.ago(59))
    soon = now + timedelta(days=3)
    mutes.schedule_downtime(block, {"monitor_tags": ["env:prod"]}, start=soon, end=soon + timedelta(hours=4))
    pauses = block.inventory.synthetics_downtimes
    pauses.append(synthetics_pause(block, "Last year's move", tests[:3], now - timedelta(days=90), 5))
    pauses.append(synthetics_pause(block, "Next month's move", tests[3:5], now + timedelta(days=20), 5))
    weekly = synthetics_pause(block, "Weekly reset", tests[5:7], now - timedelta(days=95, hours=12), 0)
    slot = weekly["attributes"]["timeSlots"][0]
    slot["duration"] = 3600
    weekday = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[(now - timedelta(days=95, hours=12)).weekday()]
    slot["recurrence"] = {"frequency": "WEEKLY", "interval": 1, "weekdays": [weekday]}
    pauses.append(weekly)
    disabled = synthetics_pause(block, "Switched off", tests[7:9], now - timedelta(days=1), 30)
    disabled["attributes"]["isEnabled"] = False
    pauses.append(disabled)
