"""How the bill has developed: the trend of the months, and where the running one stands."""

from collections.abc import Mapping
from datetime import date

from costguard.bill import product_of
from costguard.model.money import Dimension, Usd
from costguard.model.statement import Basis, Cost, Forecast, Running, Source, TrendMonth
from costguard.statement.ledger import Ledger
from costguard.statement.lines import ZERO
from costguard.statement.request import TREND, before, between


def trend(ledger: Ledger, last: date) -> tuple[TrendMonth, ...]:
    """The months up to `last`, by product; those without cost are there, empty, unless nothing came before."""
    first = before(last, TREND - 1)
    found = ledger.trend(first, last)
    if not found:
        return ()
    months = []
    for month in between(min(found), last):
        basis, costs = found.get(month, (None, {}))
        amounts = sorted(products(costs).items(), key=lambda item: (-item[1], item[0]))
        months.append(TrendMonth(month, basis, Cost.sum(costs.values()), tuple(amounts)))
    return tuple(months)


def running(ledger: Ledger, month: date) -> Running | None:
    """The running month; None where Datadog told nothing of it."""
    sources = {source.basis: source for source in ledger.sources if source.month == month}
    estimate, projection = sources.get(Basis.ESTIMATED), sources.get(Basis.PROJECTED)
    if estimate is None and projection is None:
        return None
    estimated, projected = (
        products(ledger.of(source.basis, month)) if source else {} for source in (estimate, projection)
    )
    names = sorted({*estimated, *projected}, key=lambda name: (-projected.get(name, estimated.get(name, ZERO)), name))
    return Running(
        month=month,
        estimated=_total(estimate),
        through=estimate.through if estimate else None,
        estimated_as_of=estimate.as_of if estimate else None,
        projected=_total(projection),
        projected_as_of=projection.as_of if projection else None,
        products=tuple(
            Forecast(
                name,
                estimated.get(name, ZERO) if estimate else None,
                projected.get(name, ZERO) if projection else None,
            )
            for name in names
        ),
        until=estimate.until if estimate else None,
    )


def products(costs: Mapping[Dimension, Cost]) -> dict[str, Usd]:
    """What each product cost; "" is cost that no product has."""
    found: dict[str, Usd] = {}
    for dimension, cost in costs.items():
        total = cost.total
        if total is not None:
            name = product_of(dimension) if dimension else ""
            found[name] = found.get(name, ZERO) + total
    return found


def _total(source: Source | None) -> Usd | None:
    return source.total if source else None
