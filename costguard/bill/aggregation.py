"""How the hours of a month become one billable number: high-water mark, sum, average or maximum."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from costguard.bill.dimensions import aggregation
from costguard.bill.prices import precise
from costguard.model.money import Dimension, Units

ZERO = Decimal(0)

Hours = Sequence[Units | None]
"""A month's hours in order; an hour that Datadog reports no value for had no use."""


class Kind(StrEnum):
    """What is billed of a month's hours."""

    HIGH_WATER = "99th-percentile high-water mark"
    SUM = "sum"
    AVERAGE = "average"
    MAXIMUM = "maximum"
    CONTAINER_HOURS = "container-hours"
    """A sum whose hours count what runs at the time: its allotment is per hour as well."""


KINDS: Mapping[Dimension, Kind] = {
    **dict.fromkeys(
        (
            "infra_host",
            "infra_and_apm_host",
            "apm_host",
            "apm_host_pro",
            "apm_host_enterprise",
            "apm_host_no_usm",
            "apm_profiler_host",
            "application_security_host",
            "prof_host",
            "data_stream_monitoring",
            "dbm_host",
            "npm_host",
            "network_device",
            "iot",
            "csm_host_pro",
            "csm_host_enterprise",
            "cspm_host",
            "cws_host",
        ),
        Kind.HIGH_WATER,
    ),
    **dict.fromkeys(
        (
            "timeseries",
            "ingested_timeseries",
            "standard_timeseries",
            "lambda_function",
            "serverless_infra",
            "fargate_container",
            "fargate_container_profiler",
            "fargate_container_apm_and_profiler",
            "apm_fargate",
            "application_security_fargate",
            "dbm_normalized_queries",
        ),
        Kind.AVERAGE,
    ),
    **dict.fromkeys(("incident_management", "synthetics_app_testing", "ci_pipeline", "ci_testing"), Kind.MAXIMUM),
    **dict.fromkeys(
        (
            "infra_container",
            "infra_container_excl_agent",
            "prof_container",
            "cspm_container",
            "csm_container_enterprise",
            "cws_container",
        ),
        Kind.CONTAINER_HOURS,
    ),
}
"""Dimensions that are not billed by their sum, and the sums of what runs by the hour."""

_SUFFIXES = {"top99p": Kind.HIGH_WATER, "average": Kind.AVERAGE, "maximum": Kind.MAXIMUM}


def kind_of(dimension: Dimension, key: str = "") -> Kind:
    """How the dimension's hours are put together; `key` is its billable-summary key, which knows the account's plan.

    Host-hours (infra_host_sum), from hourly metering, become the month's average of hosts when they are read.
    """
    usual = KINDS.get(dimension, Kind.SUM)
    suffix = aggregation(key)
    if suffix == "sum" and usual not in (Kind.SUM, Kind.CONTAINER_HOURS):
        return Kind.AVERAGE
    return _SUFFIXES.get(suffix, usual)


@precise
def billable(kind: Kind, hours: Hours) -> Units:
    """The month's billable units of these hours; 0 of none.

    The high-water mark is the highest of the lower 99 % of the hours: of 720 hours the top 7 are dropped.
    """
    used = [units or ZERO for units in hours]
    if not used:
        return ZERO
    if kind is Kind.HIGH_WATER:
        return sorted(used, reverse=True)[len(used) // 100]
    if kind is Kind.MAXIMUM:
        return max(used)
    total = sum(used, ZERO)
    return total / len(used) if kind is Kind.AVERAGE else total


def freed(kind: Kind, before: Hours, removed: Hours) -> Units:
    """Billable units that a month would have fewer without `removed`, hour by hour, of what was used `before`."""
    left = [max(ZERO, (was or ZERO) - (gone or ZERO)) for was, gone in zip(before, removed, strict=True)]
    return billable(kind, before) - billable(kind, left)


def freed_high_water(before: Hours, removed: Hours) -> Units:
    """Units that a high-water mark drops by: not the number of what is removed, for it may not run at the peaks."""
    return freed(Kind.HIGH_WATER, before, removed)


def together(series: Iterable[Hours]) -> tuple[Units, ...]:
    """The hours of several organisations as the account's, which is what is billed; all cover the same hours."""
    return tuple(sum((units or ZERO for units in hour), ZERO) for hour in zip(*series, strict=True))
