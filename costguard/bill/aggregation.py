"""How the hours of a month become one billable number: high-water mark, sum, average or maximum."""

from collections.abc import Mapping
from enum import StrEnum

from costguard.bill.dimensions import aggregation
from costguard.bill.known import KNOWN
from costguard.model.money import Dimension


class Kind(StrEnum):
    """What is billed of a month's hours."""

    HIGH_WATER = "99th-percentile high-water mark"
    SUM = "sum"
    AVERAGE = "average"
    MAXIMUM = "maximum"
    CONTAINER_HOURS = "container-hours"
    """A sum whose hours count what runs at the time: its allotment is per hour as well."""
    UNKNOWN = "unknown"
    """Of a dimension that is not known, and whose billable-summary key does not tell."""


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

_SUFFIXES = {"top99p": Kind.HIGH_WATER, "average": Kind.AVERAGE, "maximum": Kind.MAXIMUM, "sum": Kind.SUM}


def kind_of(dimension: Dimension, key: str = "") -> Kind:
    """How the dimension's hours are put together; `key` is its billable-summary key, which knows the account's plan.

    Host-hours (infra_host_sum), from hourly metering, become the month's average of hosts when they are read.
    """
    usual = KINDS.get(dimension, Kind.SUM if dimension in KNOWN else Kind.UNKNOWN)
    suffix = aggregation(key)
    if suffix == "sum" and dimension in KINDS:
        return usual if usual is Kind.CONTAINER_HOURS else Kind.AVERAGE
    return _SUFFIXES.get(suffix, usual)
