"""What the company uses in a month, organisation by organisation and dimension by dimension; every month the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from functools import cached_property

from costguard.simulator.calendar import between, midnight
from costguard.simulator.company import Company
from costguard.simulator.contract import TERMS, Position, position
from costguard.simulator.inventory import Index, Inventory, Planted, SyntheticTest
from costguard.simulator.words import PROFILES

EXTRA_RUNS = (Fraction(103, 100), Fraction(51, 50), Fraction(107, 100))
"""How many runs are billed for each that the configuration explains, by organisation: retries and CI runs."""

LOG_BYTES = 900
"""Bytes of an ingested log; one and a half times as many are ingested as indexed."""


@dataclass(frozen=True)
class Account:
    """The company's billable usage."""

    company: Company

    @cached_property
    def units(self) -> tuple[Mapping[str, int], ...]:
        """Billable units a month by dimension, for each organisation in order."""
        return tuple(_units(inventory, self.company.scale) for inventory in self.company.inventories)

    @cached_property
    def positions(self) -> Mapping[str, Position]:
        """Where each dimension of the contract stands."""
        found = {}
        for term in TERMS:
            pieces = [
                int(self.freed(inventory, planted))
                for inventory in self.company.inventories
                for planted in inventory.planted
                if planted.dimension == term.dimension
            ]
            billable = sum(units[term.dimension] for units in self.units)
            found[term.dimension] = position(term, billable, sum(pieces), max(pieces, default=0))
        return found

    @cached_property
    def calibration(self) -> Mapping[tuple[int, str], Fraction]:
        """Billed runs for each run that the configuration explains, by organisation and dimension."""
        return {
            (inventory.number, dimension): self.units[inventory.number][dimension] / modelled
            for inventory in self.company.inventories
            for dimension in ("synthetics_api_tests", "synthetics_browser_checks")
            if (modelled := _modelled(inventory.tests, dimension))
        }

    @cached_property
    def indexes(self) -> Mapping[tuple[int, str], Index]:
        """Log indexes by organisation and name."""
        return {
            (inventory.number, index.name): index
            for inventory in self.company.inventories
            for index in inventory.indexes
        }

    def freed(self, inventory: Inventory, planted: Planted) -> Fraction:
        """Billable units a month that clearing a piece of waste frees."""
        if planted.kind == "synthetic_test":
            return planted.modelled * self.calibration[inventory.number, planted.dimension]
        if planted.kind == "log_slice":
            index = self.indexes[inventory.number, planted.index]
            return planted.modelled * self.last_30_days(index) / index.weight
        return planted.modelled

    def last_30_days(self, index: Index) -> int:
        """Live events of an index in the 30 whole days before today (UTC)."""
        today = midnight(self.company.now)
        return between(index.live, today - timedelta(days=30), today)


def _units(inventory: Inventory, scale: int) -> Mapping[str, int]:
    profile = PROFILES[inventory.number]
    hosts, apm_hosts = profile.hosts * scale, profile.apm_hosts * scale
    units = {
        "infra_host": hosts,
        "apm_host": apm_hosts,
        "infra_container": hosts * 9 * 730,
        "timeseries": sum(metric.series for metric in inventory.metrics if metric.category == "custom"),
        "ingested_spans": apm_hosts * 120 * 10**9,
        "apm_trace_search": apm_hosts * 1_400_000,
        "rum": hosts * 4_000,
        "synthetics_api_tests": _billed(inventory.tests, "synthetics_api_tests", inventory.number),
        "synthetics_browser_checks": _billed(inventory.tests, "synthetics_browser_checks", inventory.number),
    }
    for days in (3, 7, 15, 30):
        units[f"logs_indexed_{days}day"] = sum(
            each.live + each.rehydrated for each in inventory.indexes if each.retention == days
        )
    indexed = sum(index.live for index in inventory.indexes)
    units["logs_ingested"] = indexed * 3 // 2 * LOG_BYTES // 10**6 * 10**6
    return units


def _billed(tests: list[SyntheticTest], dimension: str, number: int) -> int:
    return round(_modelled(tests, dimension) * EXTRA_RUNS[number])


def _modelled(tests: list[SyntheticTest], dimension: str) -> Fraction:
    return sum((test.modelled() for test in tests if test.dimension == dimension), Fraction(0))
