"""How the contract of costguard.toml applies to a month: its prices, its commitments, and what it cannot be about."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter

from costguard.bill.aggregation import KINDS
from costguard.bill.known import KNOWN, NOT_BILLED
from costguard.bill.prices import Rate, Rates
from costguard.bill.usage import Usage
from costguard.bill.working import count
from costguard.errors import CostguardError
from costguard.model.contract import Contract, ContractPrice
from costguard.model.money import Dimension, PriceSource, Units, Usd

SERIES = ("timeseries", "ingested_timeseries")
"""Custom metrics by cardinality, the model that Metric Name Pricing excludes."""

BY_NAME = "billed by metric name, not by time series (contract.custom_metrics)"

_OF_METRICS = ("metric", "datapoint", "data_point")


class ContractError(CostguardError):
    """The contract of the settings cannot be about this account; one line that names the key, without the file."""


def rates(contract: Contract) -> Mapping[Dimension, Rates]:
    """The contract's prices by dimension."""
    return {price.dimension: _rates(price, contract.invoice or "") for price in contract.prices}


def commitments(contract: Contract) -> Mapping[Dimension, Units]:
    """The sizes of commitments that the contract gives, in single units a month."""
    return {price.dimension: price.committed_units for price in contract.prices if price.committed_units is not None}


def committed(used: Mapping[Dimension, Usage], contract: Contract) -> dict[Dimension, Usage]:
    """The usage with the contract's commitments in place of those that Datadog reports, unless the bill says no."""
    sizes = commitments(contract)
    return {
        dimension: usage
        if (size := sizes.get(dimension)) is None or _contradicted(usage, size)
        else usage._replace(committed=size)
        for dimension, usage in used.items()
    }


def disputed(reported: Usage, contract: Contract, dimension: Dimension) -> tuple[str, ...]:
    """A note where Datadog reports another commitment than the contract."""
    size = commitments(contract).get(dimension)
    if size is None or reported.committed in (None, size):
        return ()
    if _contradicted(reported, size):
        return (f"the contract commits {count(size)}, Datadog billed {count(reported.committed)}: the bill counts",)
    told = f"Datadog reports {count(reported.committed)}, which may be what is used of it"
    return (f"the contract commits {count(size)}, {told}: the contract counts",)


def _contradicted(reported: Usage, size: Units) -> bool:
    """Whether another commitment than this was billed, however Datadog's number is read.

    It is the size of the commitment or what of it was used. With units on demand all of it was used; and no more of it
    can be used than there is. Of a commitment that is not reported at all only use that is all on demand says no.
    """
    units, committed, on_demand = reported
    if committed is None or committed == size:
        return False
    if not committed:
        return bool(size and units and on_demand and on_demand >= units)
    return bool(on_demand) or size < committed


def unpriced(contract: Contract, one_less: str = "") -> Mapping[Dimension, str]:
    """Dimensions whose units have no price under this contract, and why; `one_less`: what a name less is worth."""
    why = f"{BY_NAME}; {one_less}" if one_less else BY_NAME
    return dict.fromkeys(SERIES, why) if contract.custom_metrics == "metric_names" else {}


def unknown_metrics(dimensions: Iterable[Dimension]) -> list[Dimension]:
    """Those that are not known and whose names speak of metrics: signs of Metric Name Pricing."""
    return sorted(each for each in {*dimensions} - {*KNOWN} if any(word in each for word in _OF_METRICS))


def check(
    contract: Contract, billed: AbstractSet[Dimension], included: Iterable[tuple[Dimension, Dimension]] = ()
) -> None:
    """Raises ContractError for a dimension that is neither known nor listed nor on the bill (`billed`).

    And for products that include one another in a circle, of these pairs of a product and one that includes it.
    """
    names = {*KNOWN, *KINDS, *billed} - NOT_BILLED.keys()
    for key, dimension in _named(contract):
        if dimension not in names:
            near = difflib.get_close_matches(dimension, sorted(names), n=1)
            hint = f"did you mean {near[0]}?" if near else "use the name that `costguard bill` shows"
            raise ContractError(f"{key}: {dimension} is no billing dimension, neither known nor on the bill; {hint}")
    order = TopologicalSorter[Dimension]()
    for child, parent in included:
        order.add(child, parent)
    try:
        order.prepare()
    except CycleError as error:
        told = " includes ".join(error.args[1])
        raise ContractError(f"contract.allotments: {told}; no product can include itself, leave one out") from None


def contradictions(contract: Contract, active: Iterable[Dimension], paid: Mapping[Dimension, Usd]) -> tuple[str, ...]:
    """Notes on a bill that does not look like the contract's model for custom metrics.

    `active`: dimensions that the account is billed for; `paid`: what was measured. Datadog has not published the names
    that Metric Name Pricing is billed under, so that a name of metrics that is not known is taken for a sign of it.
    """
    new = unknown_metrics(active)
    series = sum((paid.get(each, Units(0)) for each in SERIES), Units(0))
    if contract.custom_metrics == "metric_names":
        if series > 0:
            return ('custom metrics are paid for by time series, but contract.custom_metrics is "metric_names"',)
    elif new:
        return (
            f"billed for metrics under names that are not known ({', '.join(new)}); if that is Metric Name Pricing, "
            'set contract.custom_metrics = "metric_names": time series have no price then',
        )
    return ()


def _rates(price: ContractPrice, invoice: str) -> Rates:
    def rate(amount: Usd | None) -> Rate | None:
        if amount is None:
            return None
        reference = price.invoice or invoice
        return Rate(amount=amount, per=price.per, source=PriceSource.CONTRACT, reference=reference)

    return Rates(committed=rate(price.committed), on_demand=rate(price.on_demand))


def _named(contract: Contract) -> Iterator[tuple[str, Dimension]]:
    """The dimensions that the contract names, with the keys where it does."""
    for number, price in enumerate(contract.prices, 1):
        yield f"contract.prices[{number}].dimension", price.dimension
    for child, parents in contract.allotments.items():
        yield f"contract.allotments.{child}", child
        for parent in parents:
            yield f"contract.allotments.{child}.{parent}", parent
