"""All that is known of the organisations: typed resources, who refers to what, and what was not seen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TypeVar, cast

from costguard.estate.asked import Questions, Reference
from costguard.estate.calibration import Calibration
from costguard.estate.listeners import LONG_MUTE, Listeners, Silence
from costguard.estate.log_readers import LogReaders
from costguard.estate.metric_readers import MetricReaders
from costguard.model.money import Dimension, Units
from costguard.model.resources import (
    Dashboard,
    Downtime,
    LogSlice,
    Metric,
    Monitor,
    Notebook,
    Resource,
    Slo,
    SyntheticsDowntime,
    SyntheticTest,
)

__all__ = ["Estate", "Reference"]

R = TypeVar("R", bound=Resource)


class Estate:
    """Resources of one or several organisations; what refers to what is asked of one organisation's part (`of`)."""

    def __init__(
        self,
        resources: Mapping[type[Resource], Sequence[Resource]],
        *,
        now: datetime,
        seen: Mapping[str, frozenset[str]],
        billed: Mapping[tuple[str, Dimension], Units] | None = None,
        org: str | None = None,
    ) -> None:
        """`seen`: the kinds that were read completely, by organisation.

        `billed`: billable units of the last closed month by organisation and dimension.
        """
        self.now = now
        self.org = org
        self._resources = {kind: tuple(found) for kind, found in resources.items()}
        self._seen = seen
        self._billed = billed or {}
        self._parts: dict[str, Estate] = {}

    def __getitem__(self, kind: type[R]) -> tuple[R, ...]:
        return cast(tuple[R, ...], self._resources.get(kind, ()))

    def of(self, org: str) -> "Estate":
        """One organisation's part."""
        if org == self.org:
            return self
        if org not in self._parts:
            self._parts[org] = Estate(
                {kind: [each for each in found if each.org == org] for kind, found in self._resources.items()},
                now=self.now,
                seen=self._seen,
                billed=self._billed,
                org=org,
            )
        return self._parts[org]

    def seen(self, kind: type[Resource]) -> bool:
        """Whether all resources of the kind were read, in every organisation of this estate."""
        orgs = self._seen if self.org is None else (self.org,)
        return all(kind.kind in self._seen.get(org, ()) for org in orgs)

    def monitor_of(self, test: SyntheticTest) -> Monitor | None:
        """The monitor that Datadog keeps for the test; None where it is not among those that could be read."""
        return self._listeners.monitor_of(test)

    def listeners(self, test: SyntheticTest, *, long_mute: timedelta = LONG_MUTE) -> tuple[Reference, ...]:
        """Who would notice that the test stopped: handles, objectives, composites, dashboards, notebooks, CI.

        A monitor that is muted for longer than `long_mute` notifies nobody.
        """
        return self._listeners.of(test, long_mute)

    def named_handles(self, test: SyntheticTest) -> tuple[str, ...]:
        """Handles in the messages of the test and its monitor, whether or not they reach anybody."""
        return self._listeners.named(test)

    def silence(self, monitor: Monitor, *, long_mute: timedelta = LONG_MUTE) -> Silence | None:
        """How the monitor is muted as a whole and for long; None where it is not."""
        return self._listeners.silence(monitor, long_mute)

    def running(self, test: SyntheticTest) -> bool:
        """Whether the test is run, and so costs: live, and under no synthetics downtime that is in force."""
        return test.live and test.id not in self._stopped

    def runs(self, test: SyntheticTest, *, every: int | None = None) -> Units:
        """Billable units of the test a month, calibrated; as if it ran each `every` seconds, where that is given."""
        if not self.running(test):
            return Decimal(0)
        modelled = test.units_at(every) if every else test.modelled_units
        calibration = self.calibration(test.dimension)
        return modelled * calibration.factor if calibration else modelled

    def calibration(self, dimension: Dimension | None) -> Calibration | None:
        """How the runs of a dimension's tests are scaled to the billed ones; None where either is not known."""
        return self._calibrations.get(dimension or "")

    def log_readers(self, logs: LogSlice, *, limit: int = 3) -> tuple[Reference, ...]:
        """The first monitors, dashboards, notebooks and objectives that may read these logs."""
        return self._log_readers.of(logs, limit)

    def metric_readers(self, metric: Metric, *, limit: int = 3) -> tuple[Reference, ...]:
        """The first monitors, dashboards, notebooks and objectives that may read this metric."""
        return self._metric_readers.of(metric, limit)

    @cached_property
    def _questions(self) -> Questions:
        if self.org is None:
            raise ValueError("what refers to what is known of one organisation: ask estate.of(name)")
        return Questions((*self[Monitor], *self[Dashboard], *self[Notebook], *self[Slo]))

    @cached_property
    def _log_readers(self) -> LogReaders:
        return LogReaders(self._questions.all)

    @cached_property
    def _metric_readers(self) -> MetricReaders:
        return MetricReaders(self._questions)

    @cached_property
    def _listeners(self) -> Listeners:
        return Listeners(
            self._questions,
            now=self.now,
            tests=self[SyntheticTest],
            monitors=self[Monitor],
            downtimes=self[Downtime],
            slos=self[Slo],
        )

    @cached_property
    def _stopped(self) -> frozenset[str]:
        return frozenset(id_ for downtime in self[SyntheticsDowntime] if downtime.active for id_ in downtime.test_ids)

    @cached_property
    def _calibrations(self) -> Mapping[Dimension, Calibration]:
        modelled: dict[Dimension, Decimal] = {}
        for test in self[SyntheticTest]:
            if test.dimension and self.running(test):
                modelled[test.dimension] = modelled.get(test.dimension, Decimal(0)) + test.modelled_units
        return {
            dimension: Calibration(self._billed[self.org or "", dimension] / units)
            for dimension, units in modelled.items()
            if (self.org or "", dimension) in self._billed
        }
