"""What is read of an organisation's configuration: one frozen type a kind of resource."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal

from costguard.model.base import Frozen
from costguard.model.money import Dimension, Units, Usd

IGNORE_TAG = "costguard:ignore"
"""A resource that carries this tag is never the subject of a finding."""

SECONDS_A_MONTH = Decimal(2_628_000)
"""730 hours: the month that Datadog's per-month prices mean (docs/datadog.md, C)."""


class Resource(Frozen):
    """Something that an organisation has in Datadog."""

    kind: ClassVar[str]
    org: str
    """The organisation's name in the settings."""
    id: str
    name: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    created: datetime | None = None
    modified: datetime | None = None

    @property
    def ignored(self) -> bool:
        """Whether its owners have asked not to be told about it."""
        return IGNORE_TAG in self.tags

    def changed_since(self, moment: datetime) -> bool:
        """Whether it was created or edited after `moment`; False where neither time is known."""
        return any(time is not None and time > moment for time in (self.created, self.modified))

    def tag_values(self, key: str) -> tuple[str, ...]:
        """The values of the tags with this key: ("prod",) for "env" of "env:prod"."""
        prefix = f"{key}:"
        return tuple(tag.removeprefix(prefix) for tag in self.tags if tag.startswith(prefix))


class Organisation(Resource):
    """An organisation as its own keys see it; `id` is Datadog's public id."""

    kind = "org"
    parent: bool | None = None
    """Whether parent-only calls answer; None where that was not found out."""


class Query(Frozen):
    """What a widget, cell, monitor or SLO asks of Datadog."""

    source: str
    """Datadog's data source: metrics, logs, rum, …; or monitor, slo, synthetics_test for a direct reference by id;
    or unknown, for a text whose data source could not be told."""
    text: str
    """The query as written, or the id of what is referred to."""
    indexes: tuple[str, ...] = ()
    """The log indexes that it is restricted to; empty = all."""


class SyntheticTest(Resource):
    """A synthetic test; `id` is its public id."""

    kind = "synthetic_test"
    type: str
    """api, browser, mobile, network, or what Datadog adds next."""
    subtype: str | None = None
    status: str
    """live or paused."""
    locations: tuple[str, ...] = ()
    device_ids: tuple[str, ...] = ()
    tick_every: int | None = None
    """Seconds between two scheduled runs; None where the test is not scheduled."""
    weekly_seconds: int = 604_800
    """Seconds of a week in which the schedule lets it run; 604,800 without a schedule."""
    steps: int | None = None
    """Steps of a browser or multistep test; None where they were not read."""
    monitor_id: str | None = None
    message: str = ""
    min_failure_duration: int = 0
    """Seconds that a failure must last before it alerts."""
    min_location_failed: int = 1
    blocks_ci: bool = False
    """Whether a CI run waits for it (execution rule "blocking")."""

    @property
    def live(self) -> bool:
        """Whether it is scheduled to run."""
        return self.status == "live" and bool(self.tick_every)

    @property
    def dimension(self) -> Dimension | None:
        """The billing dimension of its runs; None for a type without a known one."""
        return {"api": "synthetics_api_tests", "browser": "synthetics_browser_checks"}.get(self.type)

    @property
    def units_per_run(self) -> int:
        """Billable units of one run: a browser run counts once for each 25 steps begun."""
        return -(-max(self.steps or 1, 1) // 25) if self.type == "browser" else 1

    def units_at(self, tick_every: int) -> Units:
        """Billable units a month by its configuration when run every `tick_every` seconds, before calibration."""
        devices = max(len(self.device_ids), 1) if self.type == "browser" else 1
        executions = SECONDS_A_MONTH / tick_every * self.weekly_seconds / 604_800
        return executions * max(len(self.locations), 1) * devices * self.units_per_run

    @property
    def modelled_units(self) -> Units:
        """Billable units a month by its configuration, before calibration; 0 when it is not scheduled."""
        return self.units_at(self.tick_every) if self.live and self.tick_every else Decimal(0)


class Monitor(Resource):
    """A monitor; `id` is its number as text."""

    kind = "monitor"
    type: str
    query: str = ""
    message: str = ""
    overall_state: str | None = None
    synthetics_check_id: str | None = None
    """Public id of the synthetic test that it belongs to."""
    muted: bool = False
    """Muted as a whole (its `*` scope), by `options.silenced` or by a downtime that is in force."""
    muted_until: datetime | None = None
    """When that mute ends; None = without end."""
    notifications: tuple[str, ...] | None = None
    """Handles that it notifies; None where the monitor search did not answer."""
    last_triggered: datetime | None = None
    metrics: tuple[str, ...] = ()
    """Metrics that it evaluates, as the monitor search names them."""
    queries: tuple[Query, ...] = ()
    """What the variables of a `formula("…")` query ask (`options.variables`)."""


class Downtime(Resource):
    """A monitor downtime: it mutes alerts; what is muted still runs and still costs."""

    kind = "downtime"
    monitor_id: str | None = None
    monitor_tags: tuple[str, ...] = ()
    """Monitors that carry all of these are muted; ("*",) = all monitors."""
    scope: str = ""
    status: str = ""
    """active, scheduled, ended, canceled."""
    starts: datetime | None = None
    ends: datetime | None = None
    """None = without end."""
    recurring: bool = False


class SyntheticsDowntime(Resource):
    """A synthetics downtime: it stops the runs of its tests, and so their cost."""

    kind = "synthetics_downtime"
    test_ids: tuple[str, ...] = ()
    active: bool = False
    """Whether it is in force now."""


class Dashboard(Resource):
    """A dashboard with what its widgets ask."""

    kind = "dashboard"
    author: str | None = None
    queries: tuple[Query, ...] = ()
    template_variables: tuple[str, ...] = ()
    views: int | None = None
    """Views counted by Datadog; None where the usage preview does not answer or counts nothing for anybody."""
    viewed: datetime | None = None


class Notebook(Resource):
    """A notebook with what its cells ask."""

    kind = "notebook"
    author: str | None = None
    queries: tuple[Query, ...] = ()
    template_variables: tuple[str, ...] = ()


class Slo(Resource):
    """A service level objective."""

    kind = "slo"
    type: str
    """metric, monitor or time_slice."""
    monitor_ids: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()


class ExclusionFilter(Frozen):
    """A rule that keeps matching logs out of an index."""

    name: str
    enabled: bool
    query: str
    sample_rate: Decimal
    """Share of the matching logs that is excluded: 1 = all of them."""
    sample_attribute: str | None = None


class LogIndex(Resource):
    """A log index; `id` is its name."""

    kind = "log_index"
    query: str = ""
    retention_days: int | None = None
    flex_retention_days: int | None = None
    daily_limit: int | None = None
    """Events a day; None = no quota."""
    daily_limit_reset: str | None = None
    """The raw `daily_limit_reset` object as JSON, kept so that a fix can send it back."""
    daily_limit_warning: Decimal | None = None
    exclusion_filters: tuple[ExclusionFilter, ...] = ()

    @property
    def dimension(self) -> Dimension:
        """The billing dimension of its events: one a retention that Datadog sells."""
        sold = (1, 3, 7, 15, 30, 45, 60, 90, 180, 360)
        days = self.retention_days
        return f"logs_indexed_{days}day" if days in sold else "logs_indexed_custom_retention"


class LogSlice(Resource):
    """The logs of one service and severity in one index; `id` is index/service/status."""

    kind = "log_slice"
    index: str
    service: str
    status: str
    events: Units
    """Events indexed in the last 30 days, calibrated to the index's billed events where those were read."""
    calibrated: bool = False


class Metric(Resource):
    """A metric that reported lately; `id` is its name."""

    kind = "metric"
    category: Literal["custom", "standard", "unknown"] = "unknown"
    type: str | None = None
    series: Units | None = None
    """Indexed time series, average of a month's hours; None where neither usage nor volumes were read."""
    ingested_series: Units | None = None
    queried: bool | None = None
    """Whether anything queried it in the last 90 days; None where Datadog did not say."""
    has_assets: bool | None = None
    """Whether Datadog knows a dashboard, monitor, notebook or SLO that uses it; None where it did not say."""


class ContainerGroup(Resource):
    """A Kubernetes workload over the last weeks; `id` is cluster/namespace/workload.

    CPU in cores, memory in bytes, both of one pod. It is not read as such: it is worked out of `kubernetes_usage`.
    """

    kind = "container_group"
    cluster: str
    namespace: str
    workload_kind: str
    """deployment, stateful_set, …; pod for a pod that belongs to nothing."""
    workload: str
    days: Decimal
    """Days of use that were seen: hours in which one of its pods ran, by 24."""
    pod_hours: Units
    """Hours that its pods run in a month, all of them together."""
    cpu_request: Decimal | None = None
    """What a pod requests, in the last hour; None where it requests nothing, or that was not seen."""
    cpu_used_95: Decimal | None = None
    """95th percentile of the hourly averages of its pods; None where their use was not seen."""
    memory_request: Decimal | None = None
    memory_used_95: Decimal | None = None
    memory_used_most: Decimal | None = None
    """The highest hourly average of any of its pods."""
    currency: str = "USD"
    cpu_hour_cost: Usd | None = None
    """What a core costs for an hour on its nodes; None where none of them has a price."""
    memory_hour_cost: Usd | None = None
    """What a gigabyte of memory costs for an hour on its nodes."""


KINDS: dict[str, type[Resource]] = {
    each.kind: each
    for each in (
        Organisation,
        SyntheticTest,
        Monitor,
        Downtime,
        SyntheticsDowntime,
        Dashboard,
        Notebook,
        Slo,
        LogIndex,
        LogSlice,
        Metric,
        ContainerGroup,
    )
}
"""Every kind of resource by its name in reports and in the store."""
