"""What the company uses in a month, organisation by organisation and dimension by dimension."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from costguard.simulator.calendar import between, hours_in, midnight, month_of
from costguard.simulator.company import Company
from costguard.simulator.contract import Position, committed, included
from costguard.simulator.history import History
from costguard.simulator.inventory import Index, Inventory, Planted, SyntheticTest
from costguard.simulator.terms import BY_DIMENSION, TERMS
from costguard.simulator.traits import Traits
from costguard.simulator.words import PROFILES

EXTRA_RUNS = (Fraction(103, 100), Fraction(51, 50), Fraction(107, 100))
"""How many runs are billed for each that the configuration explains, by organisation: retries and CI runs."""

LOG_BYTES = 900
"""Bytes of an ingested log; one and a half times as many are ingested as indexed."""


Units = Mapping[str, int]
"""Billable units of a month by dimension."""

Positions = Mapping[str, Position]


@dataclass(frozen=True)
class Account:
    """The company's billable usage."""

    company: Company
    history: History
    traits: Traits
    _units: dict[date, tuple[Units, ...]] = field(default_factory=dict, repr=False)
    _positions: dict[date, Positions] = field(default_factory=dict, repr=False)

    def units_in(self, month: date) -> tuple[Units, ...]:
        """Billable units of a whole month by dimension, for each organisation in order."""
        if month not in self._units:
            self._units[month] = tuple(
                _units(inventory, amounts, self.history, month)
                for inventory, amounts in zip(self.company.inventories, self._today, strict=True)
            )
        return self._units[month]

    @cached_property
    def _today(self) -> tuple[Units, ...]:
        """What does not come from indexes and metrics: of each organisation, a month at today's level."""
        return tuple(_today(inventory, self.company.scale) for inventory in self.company.inventories)

    def positions_in(self, month: date) -> Positions:
        """Where each dimension of the contract stood in a whole month; none of products that came later."""
        if month not in self._positions:
            found: dict[str, Position] = {}
            for dimension, today in BY_DIMENSION.items():
                if self.history.begun(dimension, month):
                    term, size = self.history.signed(today, self.committed[dimension], month)
                    billable = sum(units[dimension] for units in self.units_in(month))
                    found[dimension] = Position(term, billable, size, included(dimension, found, hours_in(month)))
            self._positions[month] = found
        return self._positions[month]

    def settle(self) -> None:
        """Takes the usage down for good: what is configured otherwise from now on does not change past months."""
        _ = self.committed, self.calibration

    @cached_property
    def units(self) -> tuple[Units, ...]:
        """Billable units of the running month, and of each of the last closed months."""
        return self.units_in(month_of(self.history.anchor))

    @cached_property
    def committed(self) -> Mapping[str, int]:
        """The commitments of the contract in force, 0 where there is none."""
        month = month_of(self.history.anchor)
        found: dict[str, Position] = {}
        for dimension, term in BY_DIMENSION.items():
            pieces = [
                int(self.freed(inventory, planted))
                for inventory in self.company.inventories
                for planted in inventory.planted
                if planted.dimension == dimension
            ]
            billable = sum(units[dimension] for units in self.units)
            allotment = included(dimension, found, hours_in(month))
            size = committed(dimension, billable, allotment, sum(pieces), max(pieces, default=0))
            found[dimension] = Position(term, billable, size, allotment)
        return {dimension: position.committed for dimension, position in found.items()}

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


SMALL: Mapping[str, tuple[int, int, int]] = {
    "dbm_host": (12, 8, 0),
    "dbm_normalized_queries": (1_800, 1_200, 0),
    "fargate_container": (40, 0, 24),
    "incident_management": (14, 6, 2),
    "sensitive_data_scanner": (1_500 * 10**9, 600 * 10**9, 900 * 10**9),
    "bits_ai_investigations": (90, 40, 10),
}
"""What each organisation uses of the smaller products a month, per scale step."""


def _today(inventory: Inventory, scale: int) -> Units:
    profile = PROFILES[inventory.number]
    hosts, apm_hosts = profile.hosts * scale, profile.apm_hosts * scale
    return {
        "infra_host": hosts,
        "apm_host": apm_hosts,
        "infra_container": hosts * 9 * 730,
        "ingested_spans": apm_hosts * 120 * 10**9,
        "apm_trace_search": apm_hosts * 1_400_000,
        "rum": hosts * 4_000,
        "custom_event": hosts * 620,
        "synthetics_api_tests": _billed(inventory.tests, "synthetics_api_tests", inventory.number),
        "synthetics_browser_checks": _billed(inventory.tests, "synthetics_browser_checks", inventory.number),
        **{dimension: each[inventory.number] * scale for dimension, each in SMALL.items()},
    }


def _units(inventory: Inventory, today: Units, history: History, month: date) -> Units:
    units = {dimension: history.grown(amount, dimension, month) for dimension, amount in today.items()}
    custom = [metric for metric in inventory.metrics if metric.category == "custom"]
    units["timeseries"] = sum(history.grown(metric.series, "timeseries", month) for metric in custom)
    units["ingested_timeseries"] = sum(
        history.grown(metric.ingested, "ingested_timeseries", month) for metric in custom
    )
    for days in (3, 7, 15, 30):
        kept = [index for index in inventory.indexes if index.retention == days]
        dimension = f"logs_indexed_{days}day"
        units[dimension] = sum(history.grown(each.live, dimension, month) + each.rehydrated for each in kept)
    indexed = sum(history.grown(index.live, "logs_ingested", month) for index in inventory.indexes)
    ingested = indexed * 3 // 2 * LOG_BYTES // 10**6 * 10**6
    units["logs_ingested"] = history.corrected(ingested, "logs_ingested", inventory.number, month)
    return {term.dimension: units[term.dimension] for term in TERMS}


def _billed(tests: list[SyntheticTest], dimension: str, number: int) -> int:
    return round(_modelled(tests, dimension) * EXTRA_RUNS[number])


def _modelled(tests: list[SyntheticTest], dimension: str) -> Fraction:
    return sum((test.modelled() for test in tests if test.dimension == dimension), Fraction(0))
