"""The way from a store to a statement of the bill: offline, and the same for the same store and settings."""

from collections.abc import Mapping, Sequence
from datetime import date

import costguard
from costguard.bill.prices import precise
from costguard.errors import one_line
from costguard.model.contract import Contract
from costguard.model.findings import Gap
from costguard.model.money import Dimension
from costguard.model.statement import Basis, Change, Cost, Line, Quantity, Statement
from costguard.model.usage import (
    ActiveDimension,
    AttributionAggregate,
    BillableUsage,
    CostCharge,
    CostTotal,
    DimensionKey,
    HourlyUsage,
    MonthlyAttribution,
    MonthlyCost,
    Row,
)
from costguard.safetext import visible
from costguard.settings import Settings
from costguard.statement import days, lines
from costguard.statement.change import changes, ranked, used_in
from costguard.statement.charges import charges
from costguard.statement.checks import before_prices, bill_of, checks, under
from costguard.statement.course import running, trend
from costguard.statement.ledger import Costs, Ledger
from costguard.statement.lines import Span
from costguard.statement.orgs import account_of
from costguard.statement.request import Request, StatementError, before, between, months_of, request, spans
from costguard.statement.tags import Tags, check, elsewhere
from costguard.statement.usage import Usage, read_days, read_hours, read_usage, read_used
from costguard.store import Store

__all__ = ["READ", "Request", "StatementError", "request", "statement"]

READ: tuple[type[Row], ...] = (
    MonthlyCost, CostCharge, CostTotal, AttributionAggregate, BillableUsage, MonthlyAttribution, HourlyUsage,
    DimensionKey, ActiveDimension,
)  # fmt: skip
"""The tables that a statement is made of."""


@precise
def statement(store: Store, settings: Settings, asked: Request) -> Statement:
    """What the store says of the bill; raises StatementError where it cannot say what was asked."""
    runs = store.runs()
    if not runs:
        raise StatementError("the store holds no run yet; run `costguard collect` first")
    now = runs[-1].started
    ledger = Ledger.open(store, asked.org, every_day=asked.by == "day")
    shown = months_of(asked, ledger.known.keys(), ledger.used, now.date(), remedy=_remedy(store))
    check(ledger, shown, asked.keys, now.date())
    span = _span(ledger, shown)
    usage = read_usage(store, span.all, ledger.only)
    if ledger.only is None:
        usage = under(settings.contract, usage)

    costs = ledger.by_product(span.all)
    then = lines.totals(costs, span.earlier or ())
    by_product, by_org = lines.by_product(ledger, span, usage), lines.by_org(ledger, span, usage)
    cost = Cost.sum(line.cost for line in by_product)
    by_tags = Tags.open(ledger, span.all if asked.keys else shown, asked.keys)
    broken_down = by_tags.lines(span, usage.names) if asked.keys else _lines(ledger, span, usage, asked.by)
    untagged = by_tags.untagged(shown, cost.total)
    last = ledger.month(shown[-1])
    # Half a month cannot be held against the function of a whole one, nor one organisation against the account's.
    explained = last.over and ledger.only is None
    bill = bill_of(store, settings, usage, costs.get(last.month, {}), last.month) if explained else None
    return Statement(
        generated_at=now,
        version=costguard.__version__,
        currency=settings.currency,
        account=account_of(store, ledger.names),
        only=ledger.names.get(ledger.only, ledger.only) if ledger.only else None,
        first=shown[0],
        last=shown[-1],
        by=asked.by,
        cost=cost,
        before=lines.total(then) if span.earlier else None,
        before_first=before(shown[0], len(shown)),
        months=tuple(ledger.month(month) for month in shown),
        lines={"product": by_product, "org": by_org}.get(asked.by, broken_down),
        products=by_product,
        orgs=by_org,
        untagged=untagged,
        running=running(ledger, now.date().replace(day=1)),
        trend=trend(ledger, shown[-1]),
        changes=_changes(ledger, span, costs, usage, settings.contract),
        checks=checks(bill, read_hours(store, last.month, usage.keys), before_prices(ledger, costs, usage, last.month))
        if bill
        else (),
        sources=tuple(source for source in ledger.sources if source.month in shown),
        used=read_used(store, shown, usage.names, ledger.names, ledger.only) if asked.by == "usage-type" else (),
        charges=charges(ledger, shown, usage, settings.currency, by=asked.by, keys=asked.keys) if asked.charges else (),
        notes=(*_notes(ledger, asked, shown), *(bill.notes if bill else ())),
        gaps=_gaps(store),
    )


def _span(ledger: Ledger, shown: tuple[date, ...]) -> Span:
    """These months and, where all of both are over, as many before: half a month is not less than a whole one."""
    earlier = between(before(shown[0], len(shown)), before(shown[0]))
    compared = all((found := ledger.known.get(month)) and found.over for month in (*shown, *earlier))
    return Span(shown, earlier if compared else None)


def _changes(ledger: Ledger, span: Span, costs: Costs, usage: Usage, contract: Contract) -> tuple[Change, ...]:
    """Why it costs more or less; of one organisation, by what moved the whole account's cost."""
    if not span.earlier:
        return ()
    account = None
    if ledger.only is not None:
        together = under(contract, read_usage(ledger.store, span.all, None))
        account = changes(*_sides(ledger.of_account(span.all), together, span.earlier, span.shown), usage.names)
    return ranked(changes(*_sides(costs, usage, span.earlier, span.shown), usage.names, account).values())


def _sides(
    costs: Costs, usage: Usage, earlier: Sequence[date], shown: Sequence[date]
) -> tuple[
    Mapping[Dimension, Cost], Mapping[Dimension, Cost], Mapping[Dimension, Quantity], Mapping[Dimension, Quantity]
]:
    """What was spent before and after, and what was used."""
    before, after = lines.totals(costs, earlier), lines.totals(costs, shown)
    return before, after, used_in(usage, costs, earlier), used_in(usage, costs, shown)


def _lines(ledger: Ledger, span: Span, usage: Usage, by: str) -> tuple[Line, ...]:
    """A breakdown that is in no statement unless it is asked for."""
    if by == "usage-type":
        return lines.by_usage_type(ledger, span, usage)
    if by == "day":
        return days.by_day(ledger, span.shown, usage.names, read_days(ledger.store, span.shown, usage, ledger.only))
    return ()


def _notes(ledger: Ledger, asked: Request, shown: Sequence[date]) -> list[str]:
    """What a reader should know of how the months were read."""
    known = [found for month in shown if (found := ledger.known.get(month))]
    missing = [
        month for month in between(asked.first or shown[0], asked.last or shown[-1]) if month not in ledger.known
    ]
    estimated = [each.month for each in known if each.basis is Basis.ESTIMATED]
    begun = [each.month for each in known if not each.over]
    projected = [each.month for each in known if each.basis is Basis.PROJECTED]
    begun_at = [shown[0]] if asked.last and not asked.first else []
    notes = [
        f"{text.format(spans(months))}"
        for text, months in (
            ("the store has no cost of {}", missing),
            ("--to without --from begins with the oldest month that the store has: {}", begun_at),
            ("the cost of {} is an estimate and not final", estimated),
            ("{} is not over and not compared with what was before", begun),
            ("the cost of {} is a projection", projected),
        )
        if months
    ]
    notes += elsewhere(ledger, shown, asked.keys) if asked.keys else []
    if ledger.connected:
        notes.append(f"what connected accounts used and cost is left out: {', '.join(ledger.connected)}")
    if ledger.unknown:
        notes.append(f"which account is one's own is not known, all of them count: {', '.join(ledger.unknown)}")
    return notes


def _remedy(store: Store) -> str:
    """What to do where there is nothing to show: what the last run says of the usage, or the cost, that it lacks."""
    gaps = _gaps(store)
    for table in (BillableUsage, CostCharge):
        for gap in gaps:
            if gap.what.partition(" ")[0] == table.table:
                return one_line(visible(gap.hint))
    return "run `costguard collect` first"


def _gaps(store: Store) -> tuple[Gap, ...]:
    """What of usage and cost could not be read: a table, or all of an organisation that may be the parent."""
    tables = {table.table for table in READ}
    children = {org.name for org in store.orgs() if org.parent is False}
    return tuple(
        gap
        for gap in store.gaps()
        if gap.what.partition(" ")[0] in tables or (gap.what == "org" and gap.org not in children)
    )
