"""A statement as the public JSON document `costguard.bill/1`."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Any

from costguard.document import number, time
from costguard.model import statement as ours
from costguard.model.statement import Statement
from costguard.statements import _document as public

name = "json"
suffixes = (".json",)

DIGITS = Context(prec=28)
"""As many as an amount in the store can have."""


def render(statement: Statement) -> str:
    """The document as indented ASCII JSON; raises ValueError for a time without a zone."""
    return json.dumps(document(statement).model_dump(mode="json", by_alias=True), indent=2) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the document, as it stands in docs/bill.schema.json."""
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:costguard:bill:1"}
    return {**title, **public.Document.model_json_schema(by_alias=True), "title": public.VERSION}


def document(statement: Statement) -> public.Document:
    """The statement in its public shape."""
    account = statement.account
    return public.Document(
        schema="costguard.bill/1",
        generated_at=time(statement.generated_at),
        costguard_version=statement.version,
        currency=statement.currency,
        account=public.Account(id=account.id, name=account.name, site=account.site),
        only=statement.only,
        first=_month(statement.first),
        last=_month(statement.last),
        by=statement.by,
        cost=_cost(statement.cost),
        before=_plain(statement.before),
        before_first=_month(statement.before_first),
        months=[
            public.CostMonth(
                month=_month(each.month),
                basis=each.basis,
                cost=_cost(each.cost),
                as_of=_time(each.as_of),
                through=_day(each.through),
                until=_time(each.until),
            )
            for each in statement.months
        ],
        lines=[_line(line) for line in statement.lines],
        products=[_line(line) for line in statement.products],
        orgs=[_line(line) for line in statement.orgs],
        untagged=[
            public.Untagged(
                key=each.key,
                tagged=_known(each.tagged),
                untagged=_known(each.untagged),
                empty=_known(each.empty),
                rest=_known(each.rest),
                share=_plain(each.share),
            )
            for each in statement.untagged
        ],
        running=_running(statement.running) if statement.running else None,
        trend=[
            public.TrendMonth(
                month=_month(each.month),
                basis=each.basis,
                cost=_cost(each.cost),
                products=[public.ProductCost(product=key, total=_known(total)) for key, total in each.products],
            )
            for each in statement.trend
        ],
        changes=[_change(each) for each in statement.changes],
        reconciliation=[_check(each) for each in statement.checks],
        sources=[
            public.Source(
                month=_month(each.month),
                basis=each.basis,
                used=each.used,
                total=_plain(each.total),
                stated=_plain(each.stated),
                difference=_plain(each.difference),
                as_of=_time(each.as_of),
                through=_day(each.through),
                until=_time(each.until),
            )
            for each in statement.sources
        ],
        used=[
            public.Used(
                usage_type=each.usage_type,
                dimension=each.dimension,
                label=each.label,
                unit=each.unit,
                org_id=each.org_id,
                org=each.org_name,
                units=_known(each.units),
            )
            for each in statement.used
        ],
        notes=list(statement.notes),
        gaps=[
            public.Gap(org=gap.org, what=gap.what, cause=gap.cause, hint=gap.hint, optional=gap.optional)
            for gap in statement.gaps
        ],
    )


def _line(line: ours.Line) -> public.Line:
    return public.Line(
        key=line.key,
        label=line.label,
        kind=line.kind,
        cost=_cost(line.cost),
        before=_plain(line.before),
        restated=_known(line.restated),
        days=line.days,
        until=_time(line.until),
        parts=[
            public.Part(
                dimension=part.dimension,
                label=part.label,
                product=part.product,
                cost=_cost(part.cost),
                before=_plain(part.before),
                units=_plain(part.quantity.units),
                committed_units=_plain(part.quantity.committed),
                on_demand_units=_plain(part.quantity.on_demand),
                unit=part.unit,
            )
            for part in line.parts
        ],
    )


def _cost(cost: ours.Cost) -> public.Cost:
    return public.Cost(
        committed=_plain(cost.committed),
        on_demand=_plain(cost.on_demand),
        unsplit=_plain(cost.unsplit),
        total=_plain(cost.total),
    )


def _running(running: ours.Running) -> public.Running:
    return public.Running(
        month=_month(running.month),
        estimated=_plain(running.estimated),
        through=_day(running.through),
        until=_time(running.until),
        estimated_as_of=_time(running.estimated_as_of),
        projected=_plain(running.projected),
        projected_as_of=_time(running.projected_as_of),
        products=[
            public.Forecast(product=each.product, estimated=_plain(each.estimated), projected=_plain(each.projected))
            for each in running.products
        ],
    )


def _change(each: ours.Change) -> public.Change:
    names = ("before", "after", "usage", "included", "rate", "both", "new", "ended", "unknown")
    amounts: Mapping[str, str] = {name: _known(getattr(each, name)) for name in names}
    return public.Change(dimension=each.dimension, label=each.label, product=each.product, **amounts)


def _check(each: ours.Check) -> public.Check:
    return public.Check(
        dimension=each.dimension,
        label=each.label,
        product=each.product,
        unit=each.unit,
        units=_plain(each.units),
        metered_units=_plain(each.metered),
        committed_units=_plain(each.committed),
        granted_units=_plain(each.granted),
        included_units=_plain(each.included),
        headroom_units=_plain(each.headroom),
        on_demand_units=_plain(each.on_demand),
        rate_committed=_plain(each.rate_committed),
        rate_on_demand=_plain(each.rate_on_demand),
        rate_committed_source=each.rate_committed_source,
        rate_on_demand_source=each.rate_on_demand_source,
        rate_source=each.rate_source,
        measured=_plain(each.measured),
        explained=_plain(each.explained),
        rest=_plain(each.rest),
        prices=each.prices,
        at_earlier_prices=_plain(each.earlier),
        price_change=_plain(each.price_change),
        notes=list(each.notes),
    )


def _plain(value: Decimal | None) -> str | None:
    """The number, of a quotient the first digits, without the zeros that the store's columns add."""
    text = number(None if value is None else DIGITS.plus(value))
    return text.rstrip("0").rstrip(".") if text and "." in text else text


def _known(value: Decimal) -> str:
    return _plain(value) or "0"


def _month(month: date) -> str:
    return f"{month:%Y-%m}"


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _time(moment: datetime | None) -> str | None:
    return time(moment) if moment else None
