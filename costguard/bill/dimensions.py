"""Which billing dimension a key of Datadog's answers means, and what it is called: label, unit and product."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from costguard.bill.known import KNOWN
from costguard.model.money import Dimension
from costguard.model.usage import BillableUsage, DimensionKey

BILLABLE_ENDPOINT = "api/v1/usage/billable-summary"
HOURLY_ENDPOINT = "api/v2/usage/hourly_usage"

AGGREGATIONS = ("top99p", "average", "maximum", "sum")
"""How a billable-summary key says that its hours were put together, as its suffix; the plans' usual one first."""


class Unit(NamedTuple):
    """The word for billable units of a dimension."""

    one: str
    many: str


_PLURALS = {"time series": "time series", "query": "queries"}

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,39}")
"""What may be the word for a unit."""

_PRODUCTS = (
    ("synthetics", "synthetics"),
    ("logs_", "logs"),
    ("flex", "logs"),
    ("timeseries", "metrics"),
    ("infra_", "hosts"),
    ("apm_", "apm"),
    ("prof_", "profiling"),
    ("rum", "rum"),
    ("dbm_", "dbm"),
    ("fargate_", "serverless"),
    ("lambda_", "serverless"),
    ("serverless_", "serverless"),
    ("npm_", "network"),
    ("network_", "network"),
    ("cspm_", "security"),
    ("csm_", "security"),
    ("cws_", "security"),
    ("application_security", "security"),
    ("application_vulnerability", "security"),
    ("siem", "security"),
    ("ci_", "ci"),
)
"""What the beginning of an unknown dimension's name says about its product."""


def product_of(dimension: Dimension) -> str:
    """The product that the dimension bills, by the name of its folder of rules; "other" where that is not known."""
    if known := KNOWN.get(dimension):
        return known.product
    return next((product for prefix, product in _PRODUCTS if dimension.startswith(prefix)), "other")


def label(dimension: Dimension) -> str:
    """The dimension in words; Datadog's name where it is not known."""
    known = KNOWN.get(dimension)
    return known.label if known else dimension


def unit(dimension: Dimension) -> Unit:
    """The words for one and for many of its billable units."""
    known = KNOWN.get(dimension)
    one = known.unit if known else "unit"
    return Unit(one, _PLURALS.get(one, f"{one}s"))


def aggregation(key: str) -> str:
    """The suffix of a billable-summary key that says how its hours were put together; "" where it has none."""
    suffix = key.rpartition("_")[2]
    return suffix if suffix in AGGREGATIONS else ""


def _usual(unit_of_key: tuple[str, str]) -> tuple[int, str, str]:
    """Sorts the keys of a dimension as plans usually bill."""
    key, word = unit_of_key
    return AGGREGATIONS.index(aggregation(key)) if aggregation(key) else 0, key, word


def _unit_called(word: str) -> Unit:
    """Datadog's word for units, which it does not say in singular and plural."""
    return Unit("byte", "bytes") if word.lower() in ("byte", "bytes") else Unit(word, word)


class Dimensions:
    """Which dimension a key of a usage answer means, by Datadog's own mapping, else by the table and rule of A5."""

    def __init__(self, keys: Iterable[DimensionKey] = (), billable: Iterable[BillableUsage] = ()) -> None:
        """The mapping of `keys`; of each the latest month that has it counts, and the contract's before all others.

        `billable` tells the units of dimensions that are not known.
        """
        self._labels: dict[Dimension, str] = {}
        self._claims: dict[tuple[str, str], set[Dimension]] = {}
        self._hourly = {key: each.dimension for each in KNOWN.values() for key in each.hourly}
        rows = sorted(keys, key=lambda row: (row.month, row.view != "active", row.dimension))
        self.named = frozenset(row.dimension for row in rows)
        latest = {(row.endpoint, row.key): row.month for row in rows}
        for row in rows:
            if row.label:
                self._labels[row.dimension] = row.label
            if row.key and row.month == latest[row.endpoint, row.key]:
                claims = self._claims.setdefault((row.endpoint.strip("/"), row.key), set())
                if row.view == "active" or not claims:
                    claims.add(row.dimension)

        self._units: dict[Dimension, Unit] = {}
        for key, word in sorted({(row.key, row.unit) for row in billable if row.unit}, key=_usual):
            if (dimension := self.billable(key)) not in KNOWN and _WORD.fullmatch(word):
                self._units.setdefault(dimension, _unit_called(word.replace("_", " ")))

    def billable(self, key: str) -> Dimension:
        """The dimension of a billable-summary key: infra_host of infra_host_top99p."""
        stripped = key.removesuffix(f"_{aggregation(key)}") if aggregation(key) else key
        return self._mapped(BILLABLE_ENDPOINT, key, stripped) or stripped

    def hourly(self, family: str, usage_type: str) -> Dimension | None:
        """The dimension of a measurement of hourly usage; None where it is not known to be billed."""
        known = self._hourly.get(f"{family}/{usage_type}")
        return self._mapped(HOURLY_ENDPOINT, usage_type, known) or known

    def label(self, dimension: Dimension) -> str:
        """The dimension as Datadog's Plan & Usage page calls it, else as we do."""
        return self._labels.get(dimension) or label(dimension)

    def unit(self, dimension: Dimension) -> Unit:
        """The words for its billable units: of a dimension that is not known, Datadog's own."""
        return self._units.get(dimension) or unit(dimension)

    def _mapped(self, endpoint: str, key: str, likely: Dimension | None) -> Dimension | None:
        """The dimension that claims the key; of several the likely one, else the first by name."""
        claims = self._claims.get((endpoint, key), set())
        return likely if likely in claims else min(claims, default=None)
