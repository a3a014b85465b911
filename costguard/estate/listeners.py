"""Who would notice that a synthetic test stopped."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from costguard.estate.asked import Questions, Reference
from costguard.estate.displays import Displays
from costguard.model.resources import Downtime, Monitor, Resource, Slo, SyntheticTest
from costguard.queries import composite_ids, handles
from costguard.queries.texts import fold

LONG_MUTE = timedelta(days=14)
"""A mute that lasts longer is not a pause for some work, but the end of listening."""

UNRESOLVED = ("@workflow-", "@case-", "@webhook-", "@oncall-")
"""How handles begin that start something rather than reach somebody: the monitor search may not resolve them."""


class Silence(NamedTuple):
    """How a monitor is muted as a whole and for long."""

    how: str
    """As in "is muted without end"."""
    doubt: str = ""
    """Why it may be for less long; "" where that is certain."""


class Listeners:
    """The listeners of each test, by its id, its monitor and its tags."""

    def __init__(
        self,
        questions: Questions,
        *,
        now: datetime,
        tests: Sequence[SyntheticTest],
        monitors: Sequence[Monitor],
        downtimes: Sequence[Downtime],
        slos: Sequence[Slo],
    ) -> None:
        self._now = now
        self._monitors = {each.id: each for each in monitors}
        self._by_test = {each.synthetics_check_id: each for each in monitors if each.synthetics_check_id}
        self._displays = Displays(questions, tests)
        self._users: defaultdict[str, list[Reference]] = defaultdict(list)
        for slo in slos:
            for id_ in slo.monitor_ids:
                self._users[id_].append(_refers(slo, "is computed from its monitor"))
        for monitor in monitors:
            if monitor.type == "composite":
                for id_ in composite_ids(monitor.query):
                    self._users[id_].append(_refers(monitor, "combines its monitor with others"))
        self._downtimes: defaultdict[str | None, list[Downtime]] = defaultdict(list)
        for downtime in downtimes:
            if downtime.status not in ("ended", "canceled") and (downtime.ends is None or downtime.ends > now):
                self._downtimes[downtime.monitor_id].append(downtime)

    def monitor_of(self, test: SyntheticTest) -> Monitor | None:
        """The test's monitor, by the id that the test names or by the test that the monitor names."""
        return self._monitors.get(test.monitor_id or "") or self._by_test.get(test.id)

    def of(self, test: SyntheticTest, long_mute: timedelta) -> tuple[Reference, ...]:
        """Everybody who listens, each once."""
        return tuple(dict.fromkeys(self._all(test, long_mute)))

    def named(self, test: SyntheticTest) -> tuple[str, ...]:
        """Handles in the messages of the test and its monitor, whether or not they reach anybody."""
        monitor = self.monitor_of(test)
        return tuple(dict.fromkeys((*handles(monitor.message if monitor else ""), *handles(test.message))))

    def _all(self, test: SyntheticTest, long_mute: timedelta) -> Iterator[Reference]:
        monitor = self.monitor_of(test)
        if monitor is None or not self.silence(monitor, long_mute):
            for handle in self._notified(test, monitor):
                yield Reference(kind="handle", id=handle, name=handle, how="is notified by its monitor")
        monitor_id = monitor.id if monitor else test.monitor_id or ""
        yield from self._users.get(monitor_id, ())
        yield from self._displays.of(test, monitor_id)
        if test.blocks_ci:
            yield Reference(kind="ci", id=test.id, name="CI", how="waits for it (execution rule: blocking)")

    def _notified(self, test: SyntheticTest, monitor: Monitor | None) -> tuple[str, ...]:
        if monitor is None or monitor.notifications is None:
            return self.named(test)
        # One that is made of a variable is known only when it alerts.
        unresolved = (each for each in self.named(test) if "{{" in each or each.lower().startswith(UNRESOLVED))
        return tuple(dict.fromkeys((*monitor.notifications, *unresolved)))

    def silence(self, monitor: Monitor, long_mute: timedelta) -> Silence | None:
        """How the whole monitor is muted for longer than `long_mute`; None where it is not."""
        until = monitor.muted_until
        muted = monitor.muted and (until is None or until - self._now > long_mute)
        covering = [
            each
            for each in (*self._downtimes.get(monitor.id, ()), *self._downtimes.get(None, ()))
            if _covers(each, monitor)
        ]
        # A monitor names no end for a recurring downtime either, which lets it speak again in between.
        recurring = [each for each in covering if each.recurring and until is None]
        if muted and not recurring:
            return Silence(f"is muted {_until(until)}")
        for downtime in covering:
            if self._in_force(downtime) and _lasts(downtime, self._now, long_mute):
                return Silence(f"is under a downtime {_until(downtime.ends)}")
        if muted and not any(map(self._in_force, recurring)):
            return Silence(
                f"is muted {_until(until)}", "a recurring downtime, now between two times, may be what mutes it"
            )
        return None

    def _in_force(self, downtime: Downtime) -> bool:
        return downtime.status != "scheduled" and (downtime.starts is None or downtime.starts <= self._now)


def _covers(downtime: Downtime, monitor: Monitor) -> bool:
    """Whether the whole monitor is muted by it, not only some of its groups."""
    if downtime.scope not in ("", "*"):
        return False
    if downtime.monitor_id is not None:
        return downtime.monitor_id == monitor.id
    muted, carried = set(downtime.monitor_tags), {"*", *monitor.tags}
    if downtime.recurring:
        # It speaks for the monitor: another spelling of the same tags will do.
        muted, carried = set(map(fold, muted)), set(map(fold, carried))
    return bool(muted) and muted <= carried


def _lasts(downtime: Downtime, now: datetime, long_mute: timedelta) -> bool:
    """Whether it mutes for longer than a pause; a recurring one lets the monitor speak in between."""
    if downtime.recurring:
        return False
    return downtime.ends is None or downtime.ends - (downtime.starts or now) > long_mute


def _until(end: datetime | None) -> str:
    return f"until {end:%Y-%m-%d}" if end else "without end"


def _refers(resource: Resource, how: str) -> Reference:
    return Reference(kind=resource.kind, id=resource.id, name=resource.name or resource.id, how=how)
