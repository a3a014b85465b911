"""How the charges of a day or month are taken apart; estimated, historical and projected cost come in one shape."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from costguard.datadog.extras import amount, beyond, extra, unfit
from costguard.datadog.periods import midnight
from costguard.datadog.raw import MalformedError, identity, mapping, moment, read_each, sequence, text
from costguard.model.findings import Gap
from costguard.model.usage import CostCharge, CostTotal, Period

_ITEM = frozenset({"id", "type", "attributes"})
_KNOWN = frozenset(
    {
        *("account_name", "account_public_id", "charges", "date", "org_name", "public_id", "region"),
    }
)
_CHARGE = frozenset({"charge_type", "cost", "product_name"})


@dataclass(frozen=True)
class Answer:
    """Rows of an answer by the day that they name, and what could not be read of it."""

    by_day: Mapping[date, Sequence[CostCharge | CostTotal]]
    gaps: tuple[Gap, ...]

    def period(self, key: str, final: bool, days: Iterable[date]) -> Iterator[Period | CostCharge | CostTotal | Gap]:
        """What the answer holds of some days as a period of both tables, never final where nothing came."""
        rows = [row for day in days for row in self.by_day.get(day, ())]
        for table in (CostCharge, CostTotal):
            yield Period(table, key, final and bool(rows) and not self.gaps)
            yield from (row for row in rows if isinstance(row, table))


def answered(items: Iterable[object], *, source: str, view: str, org: str, now: datetime) -> Answer:
    """The charges and totals of an answer's items."""

    def row(raw: dict[str, Any]) -> list[CostCharge | CostTotal]:
        return list(_rows(raw, source=source, view=view, now=now))

    by_day: defaultdict[date, list[CostCharge | CostTotal]] = defaultdict(list)
    gaps: list[Gap] = []
    for rows in read_each(items, row, org=org, what=CostCharge.table, plural=f"records of {source} cost"):
        if isinstance(rows, Gap):
            gaps.append(rows)
        else:
            by_day[rows[0].date] += rows
    return Answer(by_day, tuple(gaps))


def _rows(raw: Mapping[str, Any], *, source: str, view: str, now: datetime) -> Iterator[CostCharge | CostTotal]:
    about = mapping(raw.get("attributes"))
    when = moment(about.get("date"))
    if when is None:
        raise MalformedError("no date")
    day = when.date()
    name = "total_cost" if "total_cost" in about else "projected_total_cost"
    total = amount(about.get(name))
    place = (
        source,
        view,
        day,
        identity(about.get("public_id")),
        text(about.get("org_name")),
        text(about.get("account_public_id")),
        text(about.get("account_name")),
        text(about.get("region")),
    )
    more = (beyond(raw, _ITEM), beyond(about, _KNOWN | {name}), unfit(name, about.get(name), total))
    as_of = None if when == midnight(day) else when
    yield CostTotal(*place, total, now, as_of, extra(*more))
    for charge in map(mapping, sequence(about.get("charges"))):
        cost = amount(charge.get("cost"))
        yield CostCharge(
            *place,
            product=text(charge.get("product_name")),
            charge_type=text(charge.get("charge_type")),
            cost=cost,
            read_at=now,
            as_of=as_of,
            extra=extra(beyond(charge, _CHARGE), unfit("cost", charge.get("cost"), cost)),
        )
