"""Custom metrics that are indexed and paid for while nothing reads them."""

import json
from urllib.parse import quote

from pydantic import Field, PositiveInt

from costguard.rule import (
    Confidence,
    Dashboard,
    Effort,
    Estate,
    Evidence,
    Finding,
    Fix,
    Iterator,
    Metric,
    Monitor,
    Notebook,
    Options,
    Rule,
    Slo,
    Units,
    hcl,
    hcl_label,
)

CONFIGURABLE = ("gauge", "count", "rate", "distribution")
"""Types whose tags can be configured (v2 schema MetricTagConfigurationMetricTypes)."""

CHOICE = f"one of {', '.join(CONFIGURABLE)}: see Metrics > Summary"


class Unused(Options):
    """Which metrics are worth a finding."""

    min_series: PositiveInt = Field(100, description="Spare metrics with fewer indexed time series, monthly average.")


class UnusedMetrics(Rule[Unused]):
    """Is there a custom metric that nothing reads?

    ## What it finds
    A custom metric that nobody queried in 90 days, that Datadog knows no dashboard, monitor, notebook or objective
    for, and that none of those that we read ourselves could be reading: not by name, not by a `*` in a name, and not
    in a query that could not be understood. Where Datadog does not say whether it is a custom metric, or whether it was
    queried, nothing is claimed.

    ## Why it costs
    A custom metric is billed by its indexed time series, one for each combination of tag values, as the average of
    all hours of the month. Those beyond what the hosts include are charged whether or not they are ever read.

    ## What to do
    Stop emitting it. Where that takes long, keep it without tags (Metrics without Limits, or a tag indexing rule):
    about one series stays indexed, and its ingested series are then charged at the lower ingestion price.

    ## When it is wrong
    Something that runs once a year, or only in an incident, has not queried it in 90 days either. Dashboards and
    monitors of another organisation are not seen. Metrics that are generated from logs, spans or sessions stop with
    their generating rule. Under Metric Name Pricing what counts is the name and its data points, not its series.
    """

    id = "metrics-unused"
    needs = (Metric, Monitor, Dashboard)
    refines = (Notebook, Slo)
    Options = Unused

    def check(self, estate: Estate) -> Iterator[Finding]:
        for metric in estate[Metric]:
            if metric.category != "custom" or metric.queried is not False or metric.has_assets is not False:
                continue
            series = metric.series
            if series is None or series < self.options.min_series or estate.metric_readers(metric, limit=1):
                continue
            yield self.finding(
                metric,
                why=(
                    f"{series:,.0f} indexed time series on average; nobody queried it in 90 days,"
                    " and nothing that was read uses it."
                ),
                do="Stop emitting it; until then, keep it without tags.",
                frees={"timeseries": series},
                confidence=Confidence.HIGH,
                evidence=tuple(_evidence(metric, series)),
                effort=Effort.HOURS,
                fix=_without_tags(metric),
            )


def _evidence(metric: Metric, series: Units) -> Iterator[Evidence]:
    usage = "GET /api/v1/usage/top_avg_metrics"
    yield Evidence(label="Indexed time series", value=f"{series:,.1f}", source=usage)
    yield Evidence(label="Queried in 90 days", value="no", source="GET /api/v2/metrics, filter[queried]")
    yield Evidence(label="Used by", value="nothing", source="GET /api/v2/metrics, filter[related_assets]")
    if metric.type not in CONFIGURABLE:
        value = f"not known; where the fix says TYPE: {CHOICE}"
        yield Evidence(label="Type", value=value, source="GET /api/v2/metrics, filter[configured]")


def _without_tags(metric: Metric) -> Fix:
    """An empty list of kept tags; Datadog wants the metric's type for that, which it tells of configured ones only."""
    kind, comment = (metric.type, "") if metric.type in CONFIGURABLE else ("TYPE", f" # TYPE is {CHOICE}")
    attributes = {"metric_type": kind, "tags": []}
    body = json.dumps({"data": {"type": "manage_tags", "id": metric.id, "attributes": attributes}})
    return Fix(
        ui="Metrics > Summary > the metric > Manage Tags > Include tags: none",
        api=f"POST /api/v2/metrics/{quote(metric.id, safe='')}/tags\n{body}",
        terraform=(
            f'resource "datadog_metric_tag_configuration" "{hcl_label(metric.id)}" {{\n'
            f"  metric_name = {hcl(metric.id)}\n"
            f"  metric_type = {hcl(kind)}{comment}\n"
            "  tags        = []\n"
            "}"
        ),
    )
