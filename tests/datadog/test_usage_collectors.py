"""Every collector of usage and cost against the simulated account: what is in the store is what was used and paid."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from costguard.datadog.client import Connection
from costguard.datadog.collectors import Collector, Item
from costguard.datadog.collectors.billable_usage import BillableUsages
from costguard.datadog.collectors.cost_charges import CostCharges
from costguard.datadog.collectors.dimensions import ActiveDimensions, DimensionKeys
from costguard.datadog.collectors.hourly_attribution import HourlyAttributions
from costguard.datadog.collectors.hourly_usage import HourlyUsages
from costguard.datadog.collectors.monthly_attribution import MonthlyAttributions
from costguard.datadog.collectors.monthly_cost import MonthlyCosts
from costguard.datadog.collectors.usage_names import UsageNames
from costguard.datadog.collectors.usage_summary import UsageSummaries
from costguard.datadog.periods import closed_months, midnight, month_key
from costguard.model.findings import Cause
from costguard.model.resources import Organisation
from costguard.model.usage import (
    ActiveDimension,
    AttributionAggregate,
    BillableUsage,
    CostCharge,
    CostTotal,
    DimensionKey,
    HourlyAttribution,
    HourlyUsage,
    MonthlyAttribution,
    MonthlyCost,
    UsageName,
    UsageSummary,
)
from costguard.model.usage_settings import Attribution, UsageSettings
from costguard.simulator import Simulator
from costguard.simulator.calendar import hours_in, known_hours
from costguard.simulator.faults import Faults
from costguard.simulator.hours import FAMILIES, breakdown, measured
from costguard.simulator.tagging import KEYS
from costguard.simulator.terms import BY_DIMENSION, SUPPORT
from costguard.simulator.traits import Traits
from tests.datadog.collecting import NOW, Known, connect, connect_all, gaps, held, periods, run, window
from tests.datadog.server import Reply, Request, Server

MONTHS = [month_key(each) for each in reversed(closed_months(NOW))]
LAST = date(2026, 10, 1)
TAGS = ",".join(KEYS)
RUNNING = date(2026, 11, 1)
EVERY = [RUNNING, *reversed(closed_months(NOW))]
"""The running month, which has been measured in part, and the closed ones."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """The account on the 21st, with everything permitted."""
    with Simulator(now=NOW) as running:
        yield running


@pytest.fixture
def parent(simulator: Simulator) -> Connection:
    """The account's parent."""
    return connect_all(simulator)[0]


def public_ids(simulator: Simulator) -> list[str]:
    return [each.public_id for each in simulator.orgs]


def read(
    collector: Collector, simulator: Simulator, *, now: datetime = NOW, known: Known | None = None, **settings: Any
) -> list[Item]:
    """What the collector yields of the parent."""
    root = simulator.orgs[0]
    about = Organisation(org=root.name, id=root.public_id)
    return run(collector, connect_all(simulator)[0], window(known, about, now=now, **settings))


def exactly(value: float) -> Decimal:
    return Decimal(repr(value))


def test_every_hour_of_every_family(simulator: Simulator) -> None:
    """All families, organisations and usage types, with the subcategories of logs; 500 records at a time."""
    asked = len(simulator.requests)
    items = read(HourlyUsages(), simulator, usage=UsageSettings(hourly_days=2))
    assert gaps(items) == []
    rows = [each for each in items if isinstance(each, HourlyUsage)]
    told = {
        (each.hour, each.org_public_id, each.family, each.usage_type): each.value for each in rows if each.usage_type
    }
    account, expected = simulator.account, {}
    hours = [midnight(date(2026, 11, 19)) + timedelta(hours=number) for number in range(48)]
    for hour, inventory, family in product(hours, simulator.company.inventories, FAMILIES):
        values = dict(measured(account, inventory, family, hour))
        if family == "logs":
            values |= breakdown(account, inventory, hour)
        for usage_type, value in values.items():
            expected[hour, inventory.org.public_id, family, usage_type] = value
    assert told == expected
    assert None in told.values()
    assert {each.account_public_id for each in rows} == {simulator.orgs[0].public_id}
    assert {each.extra for each in rows} == {None}
    queries = [each.query for each in simulator.requests[asked:]]
    assert all(each["filter[product_families]"] == ("all",) and each["page[limit]"] == ("500",) for each in queries)
    assert all(each["filter[include_descendants]"] == ("true",) for each in queries)
    assert {each["filter[timestamp][end]"][0] for each in queries} == {"2026-11-20T00", "2026-11-21T00"}
    assert len(queries) == sum(-(-len(FAMILIES) * 3 * 24 // 500) for _ in range(2))


def days_asked(queries: list[Any]) -> list[int]:
    """How many days each request of hourly usage is about; the pages of one list count once."""
    first = [each for each in queries if "filter[product_families]" in each and "page[next_record_id]" not in each]
    spans = [(each["filter[timestamp][start]"], each["filter[timestamp][end]"]) for each in first]
    text = [tuple(each if isinstance(each, str) else each[0] for each in span) for span in spans]
    return [(datetime.fromisoformat(end) - datetime.fromisoformat(start)).days for start, end in text]


def test_one_organisation_alone_is_asked_for_several_days_at_a_time(simulator: Simulator) -> None:
    """As many as are a few pages; day for day the same comes of it."""
    child = simulator.orgs[2]
    connection = connect_all(simulator)[2]
    seven = UsageSettings(hourly_days=7)

    def rows(items: list[Item]) -> dict[str, set[Any]]:
        return {key: set(found) for key, found in held(items, HourlyUsage).items()}

    asked = len(simulator.requests)
    together = run(HourlyUsages(), connection, window(usage=seven, parent=False))
    spans = days_asked([each.query for each in simulator.requests[asked:]])
    assert spans[0] == 1
    assert max(spans) > 2
    assert sum(spans) == 7
    alone = run(HourlyUsages(), connection, window(usage=seven))
    assert gaps(together) == []
    assert rows(together) == rows(alone)
    assert list(held(together, HourlyUsage)) == list(held(alone, HourlyUsage))
    assert {each.org_public_id for each in together if isinstance(each, HourlyUsage)} == {child.public_id}


@pytest.mark.parametrize(
    ("bill", "longest"),
    [
        ([{"public_id": "abc", "num_orgs": 1}], 59),
        ([{"public_id": "abc", "num_orgs": 2}], 1),
        ([{"public_id": "abc", "num_orgs": 1}, {"public_id": "partner", "num_orgs": 1}], 1),
        ([{"public_id": "abc"}], 1),
        ([], 1),
        (None, 1),
    ],
)
def test_an_account_is_alone_if_its_bill_says_so(bill: Any, longest: int) -> None:
    """Another organisation may have used nothing on the day that was looked at."""
    about = {"public_id": "abc", "product_family": "rum", "timestamp": "2026-11-17T05:00:00+00:00"}
    with Server() as server:
        server.replies["/api/v2/usage/hourly_usage"] = [Reply(body={"data": [{"attributes": about}]})] * 100
        summary = Reply(403, {"errors": ["Forbidden"]}) if bill is None else Reply(body={"usage": bill})
        server.replies["/api/v1/usage/billable-summary"] = [summary]
        items = run(HourlyUsages(), connect(server.url), window(usage=UsageSettings(hourly_days=64)))
        spans = days_asked([each.query for each in server.requests])
    assert max(spans) == longest
    assert sum(spans) == 64
    assert len(periods(items)) == 64


def test_connected_accounts_and_versions_where_they_are_asked_for(simulator: Simulator) -> None:
    """By default another account's hosts are not among one's own."""
    partner = "partner0foxglove"
    settings = UsageSettings(hourly_days=1)
    assert not any(
        each.org_public_id == partner
        for each in read(HourlyUsages(), simulator, usage=settings)
        if isinstance(each, HourlyUsage)
    )
    settings = UsageSettings(hourly_days=1, connected_accounts=True, versions={"infra_hosts": "1.0.0"})
    asked = len(simulator.requests)
    items = read(HourlyUsages(), simulator, usage=settings)
    assert sum(each.org_public_id == partner for each in items if isinstance(each, HourlyUsage)) == 24
    assert {each.query["filter[versions]"] for each in simulator.requests[asked:]} == {("infra_hosts:1.0.0",)}


def test_a_refused_version_names_its_setting(simulator: Simulator) -> None:
    """It is the settings that are wrong, and nothing to report."""
    settings = UsageSettings(hourly_days=1, versions={"infra_hosts": "9.9"})
    (gap,) = gaps(read(HourlyUsages(), simulator, usage=settings))
    assert (gap.what, gap.cause, gap.optional) == ("hourly_usage", Cause.FAILED, False)
    assert gap.hint == (
        "check versions in [usage], of which infra_hosts:9.9 was asked for: "
        "GET /api/v2/usage/hourly_usage answered 400: Invalid value for filter[versions]: infra_hosts:9.9"
    )


@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize(
    "collector", [BillableUsages(), UsageSummaries(), CostCharges()], ids=lambda each: each.provides.table
)
def test_hours_and_money_are_of_the_same_accounts(simulator: Simulator, collector: Collector, wanted: bool) -> None:
    """Wherever Datadog can leave connected accounts out or tell of them, it is asked for what the settings say."""
    asked = len(simulator.requests)
    items = read(collector, simulator, usage=UsageSettings(months=13, connected_accounts=wanted))
    expected = [("true",) if wanted else None]
    queries = [each.query for each in simulator.requests[asked:]]
    assert len(queries) >= 14
    assert [each for each in queries if [each.get("include_connected_accounts")] != expected] == []
    named = {each.org_public_id for each in items if isinstance(each, BillableUsage | CostCharge)}
    if not isinstance(collector, UsageSummaries):
        assert ("partner0foxglove" in named) is wanted


def test_billable_usage_of_every_month(simulator: Simulator) -> None:
    """Units, commitment and the organisation's share, by key; of the running month so far, and never for good."""
    items = read(BillableUsages(), simulator)
    assert gaps(items) == []
    rows = held(items, BillableUsage)
    assert list(rows) == list(map(month_key, EVERY))
    assert [each.final for each in periods(items)] == [False, *(True for _ in MONTHS)]
    for month in EVERY:
        hours = known_hours(month, NOW)
        used = simulator.ledger.used(month, hours)
        told = {(row.org_public_id, row.key): row for row in rows[month_key(month)] if isinstance(row, BillableUsage)}
        positions = simulator.account.positions_in(month)
        assert len(told) == len(positions) * 3
        for number, (org, (dimension, position)) in product(range(3), enumerate(positions.items())):
            inventory = simulator.company.inventories[number]
            row = told[inventory.org.public_id, position.term.key]
            assert row.account_billable == sum(each[dimension] for each in used), org
            assert row.org_billable == used[number][dimension]
            assert row.account_committed == position.committed
            assert (row.elapsed_hours, row.num_orgs) == (hours, 3)
            assert row.ratio_in_month == exactly(hours / hours_in(month))
            assert (row.start_date, row.unit) == (midnight(month), position.term.unit)


def test_cost_of_every_closed_month(simulator: Simulator) -> None:
    """Totals to the last digit; a breakdown is a period of its own and adds up to them; both with what is added up."""
    items = read(MonthlyCosts(), simulator)
    assert gaps(items) == []
    assert all(each.final for each in periods(items))
    rows = held(items, MonthlyCost)
    assert list(rows) == [key for month in MONTHS for key in (f"{month}:{TAGS}", month)]
    for month in closed_months(NOW):
        expected = {
            (inventory.org.public_id, f"{dimension}_{measure}"): exactly(float(value))
            for inventory, costs in zip(simulator.company.inventories, simulator.ledger.month(month), strict=True)
            for dimension, charge in costs.items()
            for measure, value in (
                ("committed_cost", charge.committed),
                ("on_demand_cost", charge.on_demand),
                ("total_cost", charge.total),
            )
        }
        totals = {
            (row.org_public_id, row.field): row.value
            for row in rows[month_key(month)]
            if isinstance(row, MonthlyCost) and row.field.endswith("_cost")
        }
        assert totals == expected
        assert all(row.tags is None for row in rows[month_key(month)] if isinstance(row, MonthlyCost))
        sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        applied: dict[str, set[bool]] = defaultdict(set)
        for row in rows[f"{month_key(month)}:{TAGS}"]:
            assert isinstance(row, MonthlyCost)
            applied[row.org_public_id].add(row.tags is not None)
            if row.field.endswith("_cost"):
                sums[row.org_public_id, row.field] += row.value or 0
        assert {key: float(value) for key, value in sums.items()} == pytest.approx(
            {key: float(value) for key, value in expected.items()}
        )
        # The last child has chosen keys of its own, which its parent is not shown: its rows are totals again.
        assert [applied[each] for each in public_ids(simulator)] == [{True}, {True}, {False}]
    aggregates = held(items, AttributionAggregate)
    for breakdown_ in ("", TAGS):
        key = f"2026-10:monthly_cost{breakdown_ and ':'}{breakdown_}"
        told = {row.field: row.value for row in aggregates[key] if isinstance(row, AttributionAggregate)}
        whole = simulator.ledger.month(LAST)
        assert told["infra_host_total_cost"] == exactly(float(sum(each["infra_host"].total for each in whole)))
        assert {row.breakdown for row in aggregates[key] if isinstance(row, AttributionAggregate)} == {breakdown_}


def test_tags_as_they_are_written(simulator: Simulator) -> None:
    """Keys sorted; no value, several, and the one that stands for none."""
    rows = held(read(MonthlyCosts(), simulator, usage=UsageSettings(months=2)), MonthlyCost)[f"2026-10:{TAGS}"]
    tags = {row.tags for row in rows if isinstance(row, MonthlyCost)}
    assert None in tags
    assert '{"env": [], "service": [], "team": []}' in tags
    assert any('"team": ["<empty>"]' in each for each in tags if each)
    assert any('", "' in each.rpartition('"team"')[2] for each in tags if each)


def test_the_settings_choose_the_tags(simulator: Simulator) -> None:
    """Another choice is read for months that are otherwise final."""
    final = frozenset([*MONTHS, *(f"{month}:{TAGS}" for month in MONTHS)])
    known = Known(final={MonthlyCost: final})
    asked = len(simulator.requests)
    assert read(MonthlyCosts(), simulator, known=known) == []
    assert read(MonthlyCosts(), simulator, known=known, attribution=Attribution(tags=KEYS)) == []
    assert len(simulator.requests) == asked
    items = read(MonthlyCosts(), simulator, known=known, attribution=Attribution(tags=("team",)))
    assert list(held(items, MonthlyCost)) == [f"{month}:team" for month in MONTHS]


BY = "of larkspur, larkspur-payments by env, service, team; of larkspur-labs by owner, project"


TOGETHER = "set tags in [attribution] to some of one organisation's: only those can be asked for together"
OWN = "leave tags out of [attribution]: what a child has chosen for itself may be shown to its own keys alone"


@pytest.mark.parametrize(
    ("tags", "step"), [(("colour",), TOGETHER), (("project", "team"), TOGETHER), (("project",), OWN)]
)
def test_tags_by_which_nothing_is_attributed(simulator: Simulator, tags: tuple[str, ...], step: str) -> None:
    """Said once for all months: whose usage is attributed by what instead, and which keys can be asked for together."""
    items = read(MonthlyCosts(), simulator, attribution=Attribution(tags=tags), usage=UsageSettings(months=2))
    (gap,) = gaps(items)
    assert (gap.what, gap.cause, gap.optional) == ("monthly_cost tags", Cause.NOT_AVAILABLE, True)
    assert gap.hint == f"usage is not attributed by {', '.join(tags)}, but {BY}; {step}"
    # The last month is asked for again, so that the gap is there in the next run too.
    final = {each.key for each in periods(items) if each.final and each.table is MonthlyCost}
    assert final == {"2026-09", f"2026-09:{','.join(tags)}"}


def test_many_organisations_are_not_all_named() -> None:
    """Their names, and the keys, are anybody's text."""
    rows = [
        {
            "month": "2026-10-01T00",
            "public_id": str(n),
            "org_name": f"\x1b[2J{n}",
            "tags": None,
            "values": {"a_usage": n},
        }
        for n in range(5)
    ]
    source = {"tag_config_source": "Acme:::te\x1bam"}
    with Server() as server:
        server.replies["/api/v1/usage/monthly-attribution"] = [Reply(body={"usage": [row | source for row in rows]})]
        about = window(attribution=Attribution(tags=("colour",)), usage=UsageSettings(months=2))
        (gap,) = gaps(run(MonthlyAttributions(), connect(server.url), about))
    assert "and 2 more by te" in gap.hint
    assert gap.hint.isprintable()


def pages(*bodies: dict[str, Any]) -> Callable[[Request], Reply]:
    """A list of attribution whose pages follow upon each other; rate limits say that no rest is needed."""

    def reply(request: Request) -> Reply:
        place = int(request.query.get("next_record_id", "0"))
        following = {"pagination": {"next_record_id": str(place + 1) if place + 1 < len(bodies) else None}}
        return Reply(body=bodies[place] | {"meta": following, "metadata": following}, headers=PACED)

    return reply


PACED = {
    f"X-RateLimit-{name}": value
    for name, value in {"Limit": "1000", "Period": "60", "Remaining": "900", "Reset": "30", "Name": "usage"}.items()
}


@pytest.mark.parametrize(
    ("collector", "table"), [(MonthlyCosts(), MonthlyCost), (MonthlyAttributions(), MonthlyAttribution)]
)
def test_an_empty_first_page_says_nothing(
    collector: Collector, table: type[MonthlyCost] | type[MonthlyAttribution]
) -> None:
    """What is there, and the tag keys, are taken from the first page that has rows; none but empty ones say none."""
    row = {"month": "2026-10-01T00:00:00Z", "public_id": "abc", "org_name": "Acme", "tag_config_source": "Acme:::team"}
    totals = {**row, "tags": None, "values": {"a": 5}}
    by_team = {**row, "tags": {"team": ["web"]}, "values": {"a": 5}}

    def page(*rows: dict[str, Any]) -> dict[str, Any]:
        return {"data": [{"attributes": each} for each in rows], "usage": list(rows)}

    def answer(request: Request) -> Reply:
        if not request.query["start_month"].startswith("2026-10"):
            return empty(request)
        return (broken_down if "tag_breakdown_keys" in request.query else whole)(request)

    empty, whole, broken_down = pages(page(), page()), pages(page(), page(), page(totals)), pages(page(), page(by_team))
    with Server() as server:
        for each in ("/api/v2/cost_by_tag/monthly_cost_attribution", "/api/v1/usage/monthly-attribution"):
            server.replies[each] = answer
        items = run(collector, connect(server.url), window(usage=UsageSettings(months=2)))
    assert gaps(items) == []
    tags = {key: [row.tags for row in rows if isinstance(row, table)] for key, rows in held(items, table).items()}
    assert tags.pop("2026-10:team") == ['{"team": ["web"]}']
    assert tags.pop("2026-10") == [None]
    assert not any(tags.values())


def test_an_empty_first_page_of_hours_says_nothing() -> None:
    """Neither that there are no tag keys, nor of what was used, nor of the hours."""
    month = {
        "month": "2026-10-01T00",
        "public_id": "abc",
        "tag_config_source": "Acme:::team",
        "values": {"api_usage": 1},
    }
    hour = {"hour": "2026-11-20T05", "public_id": "abc", "usage_type": "api_usage", "total_usage_sum": 1}
    with Server() as server:
        server.replies["/api/v1/usage/monthly-attribution"] = pages({"usage": []}, {"usage": [month]})
        types = {"data": {"attributes": {"values": ["api", "infra_host"]}}}
        server.replies["/api/v2/usage/usage-attribution-types"] = [Reply(body=types)]
        server.replies["/api/v1/usage/hourly-attribution"] = pages({"usage": []}, {"usage": [hour]})
        items = run(HourlyAttributions(), connect(server.url), window(attribution=Attribution(hourly_days=1)))
        asked = {each.query["usage_type"] for each in server.requests if "usage_type" in each.query}
    assert asked == {"api_usage"}
    assert {key: len(rows) for key, rows in held(items, HourlyAttribution).items()} == {
        "2026-11-20:team": 1,
        "2026-11-20": 1,
    }


def test_attributed_usage_of_every_month(simulator: Simulator) -> None:
    """As cost: totals, and a breakdown that adds up to them, over several pages."""
    items = read(MonthlyAttributions(), simulator)
    assert gaps(items) == []
    rows = held(items, MonthlyAttribution)
    assert list(rows) == [key for month in map(month_key, EVERY) for key in (f"{month}:{TAGS}", month)]
    assert all(each.final != each.key.startswith("2026-11") for each in periods(items))
    for month in EVERY:
        used = simulator.ledger.used(month, known_hours(month, NOW))
        expected = {
            (inventory.org.public_id, f"{BY_DIMENSION[dimension].attribution}_usage"): units
            for inventory, by_dimension in zip(simulator.company.inventories, used, strict=True)
            for dimension, units in by_dimension.items()
        }
        for key in (month_key(month), f"{month_key(month)}:{TAGS}"):
            sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
            for row in rows[key]:
                assert isinstance(row, MonthlyAttribution)
                if row.field.endswith("_usage"):
                    sums[row.org_public_id, row.field] += row.value or 0
            assert sums == expected
    (told,) = [
        row.value
        for row in held(items, AttributionAggregate)["2026-10:monthly_attribution"]
        if isinstance(row, AttributionAggregate) and row.field == "infra_host_usage"
    ]
    assert told == sum(each["infra_host"] for each in simulator.ledger.used(LAST, hours_in(LAST)))


def test_charges_of_every_kind(simulator: Simulator) -> None:
    """Running totals of each day, final months, the projection: the account's and the organisations' are the same."""
    items = read(CostCharges(), simulator)
    assert gaps(items) == []
    for table in (CostCharge, CostTotal):
        keys = list(held(items, table))
        for view in ("summary", "sub-org"):
            assert {key[:7] for key in keys if key.endswith(f":historical:{view}")} == set(MONTHS)
            assert sum(key.endswith(f":estimated:{view}") for key in keys) == 31 + 21
            assert f"2026-11:projected:{view}" in keys
    charges = [each for each in items if isinstance(each, CostCharge)]
    by_type: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    by_org: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
    for each in charges:
        kind = each.charge_type.removeprefix("projected_")
        by_type[each.source, each.view, each.date, each.product, kind] += each.cost or 0
        if each.view == "sub-org":
            by_org[each.source, each.date, each.product, kind] += each.cost or 0
    for (source, view, day, *rest), cost in by_type.items():
        if view == "summary":
            assert float(by_org[source, day, *rest]) == pytest.approx(float(cost), abs=1e-4)
    for month in closed_months(NOW):
        whole = [costs["infra_host"] for costs in simulator.ledger.month(month)]
        place = ("historical", "summary", month, "infra_host")
        assert by_type[*place, "committed"] == sum(each.committed for each in whole)
        assert by_type[*place, "total"] == exactly(float(sum(each.total for each in whole)))
    day = ("estimated", "summary", date(2026, 11, 15), "logs_ingested", "on_demand")
    until = simulator.ledger.until(date(2026, 11, 1), 15 * 24)
    assert by_type[day] == exactly(float(sum(each["logs_ingested"].on_demand for each in until)))
    # A commitment that was bought in two orders is two charges.
    twice = [each for each in charges if (each.source, each.view, each.date) == ("historical", "summary", LAST)]
    assert sum((each.product, each.charge_type) == ("infra_host", "committed") for each in twice) == 2
    for item in items:
        if isinstance(item, CostTotal) and item.source == "historical" and item.view == "summary":
            paid = sum(charge.total for costs in simulator.ledger.month(item.date) for charge in costs.values())
            assert item.total_cost == exactly(float(paid))


def test_a_day_that_is_not_over_says_until_when(simulator: Simulator) -> None:
    """Estimates end in the middle of a day: the time is kept beside the day."""
    now = NOW.replace(hour=17)
    with Simulator(now=now) as later:
        items = read(CostCharges(), later, now=now)
    told = {each.date: each.as_of for each in items if isinstance(each, CostTotal) and each.source == "estimated"}
    assert told[date(2026, 11, 20)] == datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert told[date(2026, 11, 19)] is None
    assert max(told) == date(2026, 11, 20)


def test_only_what_may_have_changed_is_asked_again(simulator: Simulator) -> None:
    """Days of the last 72 hours and one more, the projection, and whether a month was restated."""
    first = read(CostCharges(), simulator)
    known = Known(
        final={CostCharge: frozenset(each.key for each in periods(first) if each.final)},
        invoices={
            month_key(each.date): each.total_cost
            for each in first
            if isinstance(each, CostTotal) and each.total_cost
            if (each.source, each.view) == ("historical", "summary")
        },
    )
    asked = len(simulator.requests)
    again = read(CostCharges(), simulator, known=known)
    assert sorted({each.key for each in periods(again) if ":summary" in each.key}) == [
        *(f"2026-11-{day}:estimated:summary" for day in range(17, 22)),
        "2026-11:projected:summary",
    ]
    paths = [each.path.rpartition("/")[2] for each in simulator.requests[asked:]]
    assert sorted(paths) == ["estimated_cost"] * 2 + ["historical_cost"] + ["projected_cost"] * 2


def test_a_restated_month_is_read_again() -> None:
    """Though it was final: its cost is not what the store has."""
    before, after = datetime(2026, 8, 5, tzinfo=UTC), datetime(2026, 8, 9, tzinfo=UTC)
    collectors: tuple[tuple[Collector, Any], ...] = (
        (CostCharges(), CostCharge),
        (MonthlyCosts(), MonthlyCost),
        (BillableUsages(), BillableUsage),
        (MonthlyAttributions(), MonthlyAttribution),
        (UsageSummaries(), UsageSummary),
    )
    final: dict[Any, frozenset[str]] = {}
    totals: dict[str, Decimal] = {}
    with Simulator(now=before, anchor=NOW) as simulator:
        for collector, table in collectors:
            items = read(collector, simulator, now=before)
            final[table] = frozenset(each.key for each in periods(items) if each.final and each.table is table)
            totals |= {
                month_key(each.date): each.total_cost
                for each in items
                if isinstance(each, CostTotal) and each.total_cost
                if (each.source, each.view) == ("historical", "summary")
            }
    known = Known(final=final, invoices=totals)
    with Simulator(now=after, anchor=NOW) as simulator:
        restated = month_key(simulator.account.history.restated)
        for collector, table in collectors:
            items = read(collector, simulator, now=after, known=known)
            again = {key for key in held(items, table) if "estimated" not in key and "projected" not in key}
            # July's cost is still to come, but its usage stands; August's is not over.
            early = () if table is UsageSummary else ("2026-07",)
            running = () if table in (CostCharge, MonthlyCost) else ("2026-08",)
            assert {key[:7] for key in again} == {restated, *early, *running}
            if table is MonthlyCost:
                [told] = {
                    row.value
                    for row in held(items, MonthlyCost)[restated]
                    if isinstance(row, MonthlyCost)
                    and (row.field, row.org_public_id) == ("logs_ingested_total_cost", simulator.orgs[1].public_id)
                }
                month = simulator.account.history.restated
                assert told == exactly(float(simulator.ledger.month(month)[1]["logs_ingested"].total))


def test_the_summary_of_every_month(simulator: Simulator) -> None:
    """The account's keys, those of its organisations, and what is retained of logs."""
    items = read(UsageSummaries(), simulator)
    assert gaps(items) == []
    rows = held(items, UsageSummary)
    assert list(rows) == list(map(month_key, EVERY))
    for month in EVERY:
        used = simulator.ledger.used(month, known_hours(month, NOW))
        told = {
            (row.org_public_id, row.key): row.value for row in rows[month_key(month)] if isinstance(row, UsageSummary)
        }
        assert told[None, "infra_host_top99p"] == sum(each["infra_host"] for each in used)
        assert told[None, "response.infra_host_top99p_sum"] == told[None, "infra_host_top99p"]
        path = "response.logs_by_retention.usage.15.logs_indexed_logs_usage_agg_sum"
        assert told[None, path] == sum(each["logs_indexed_15day"] for each in used)
        for inventory, each in zip(simulator.company.inventories, used, strict=True):
            assert told[inventory.org.public_id, "rum_session_count_sum"] == each["rum"]
    names = {row.org_name for row in rows["2026-10"] if isinstance(row, UsageSummary) and row.org_public_id}
    assert names == {each.title for each in simulator.company.inventories}


def test_names_of_usage_once_a_month(simulator: Simulator) -> None:
    """Types of attribution, and the fields of each level of the summary."""
    items = read(UsageNames(), simulator)
    rows = [each for each in items if isinstance(each, UsageName)]
    assert {row.source for row in rows} == {
        *("attribution_type", "response_fields", "date_fields", "date_org_fields"),
    }
    assert UsageName(date(2026, 11, 1), "attribution_type", "infra_host_usage") in rows
    known = Known(final={UsageName: frozenset(each.key for each in periods(items))})
    assert read(UsageNames(), simulator, known=known) == []


def test_dimensions_of_the_contract_and_all_others(simulator: Simulator) -> None:
    """Each month those of the contract; of the newest one all that there are, told apart."""
    rows = held(read(DimensionKeys(), simulator), DimensionKey)
    assert list(rows) == list(map(month_key, EVERY))
    assert {row.view for row in rows["2026-10"] if isinstance(row, DimensionKey)} == {"active"}
    last = [row for row in rows["2026-11"] if isinstance(row, DimensionKey)]
    active = {row.dimension for row in last if row.view == "active"}
    others = {row.dimension for row in last if row.view == "all"}
    assert active == {*simulator.account.positions_in(RUNNING), SUPPORT}
    assert "npm_host" in others
    assert not active & others
    old = {row.dimension for row in rows["2025-08"] if isinstance(row, DimensionKey)}
    assert "dbm_host" in active - old
    bought = [each for each in read(ActiveDimensions(), simulator) if isinstance(each, ActiveDimension)]
    assert {each.dimension for each in bought} == active


def test_hours_by_tag_where_they_are_asked_for(simulator: Simulator) -> None:
    """Of the types that the account used; the breakdown adds up to the totals, which come after it."""
    assert read(HourlyAttributions(), simulator) == []
    asked = len(simulator.requests)
    items = read(HourlyAttributions(), simulator, attribution=Attribution(hourly_days=2))
    assert gaps(items) == []
    rows = held(items, HourlyAttribution)
    assert list(rows) == [f"2026-11-20:{TAGS}", "2026-11-20", f"2026-11-19:{TAGS}", "2026-11-19"]
    sums: dict[str, defaultdict[tuple[Any, ...], Decimal]] = {}
    for key, of_day in rows.items():
        sums[key] = defaultdict(Decimal)
        for row in of_day:
            assert isinstance(row, HourlyAttribution)
            sums[key][row.hour, row.org_public_id, row.usage_type] += row.value or 0
    assert sums[f"2026-11-20:{TAGS}"] == sums["2026-11-20"]
    hosts = [value for (_, _, usage_type), value in sums["2026-11-20"].items() if usage_type == "infra_host_usage"]
    assert len(hosts) == 24 * 3
    assert max(hosts) == max(each["infra_host"] for each in simulator.account.units_in(date(2026, 11, 1)))
    types = {each.query["usage_type"] for each in simulator.requests[asked:] if "usage_type" in each.query}
    assert ("infra_host_usage",) in types
    assert ("appsec_usage",) not in types
    assert len(types) == len(BY_DIMENSION)


def test_hours_by_tag_of_an_organisation_alone_take_few_requests(simulator: Simulator) -> None:
    """After the first day all the others at once, and day for day the same comes of it."""
    connection = connect_all(simulator)[2]
    chosen = Attribution(hourly_days=5, usage_types=("infra_host_usage", "api_usage"))
    asked = len(simulator.requests)
    together = run(HourlyAttributions(), connection, window(attribution=chosen, parent=False))
    hours = [each.query for each in simulator.requests[asked:] if each.path.endswith("hourly-attribution")]
    starts = [(each["start_hr"], each["end_hr"]) for each in hours if "next_record_id" not in each]
    first, rest = [("2026-11-20T00",), ("2026-11-21T00",)], [("2026-11-16T00",), ("2026-11-20T00",)]
    # Two types, by tags and in all.
    assert [list(each) for each in starts] == [first] * 4 + [rest] * 4
    apart = run(HourlyAttributions(), connection, window(attribution=chosen))
    told, expected = held(together, HourlyAttribution), held(apart, HourlyAttribution)
    assert {key: set(rows) for key, rows in told.items()} == {key: set(rows) for key, rows in expected.items()}
    assert len(told) == 10


def test_usage_types_are_asked_for_as_datadog_names_them(simulator: Simulator) -> None:
    """Some have no _usage at the end, and are refused with it; in lists it may be left out of the others."""
    chosen = Attribution(hourly_days=1, usage_types=("flex_stored_logs", "published_app_usage", "infra_host"))
    asked = len(simulator.requests)
    items = read(HourlyAttributions(), simulator, attribution=chosen)
    assert gaps(items) == []
    types = {each.query["usage_type"] for each in simulator.requests[asked:] if "usage_type" in each.query}
    assert types == {("flex_stored_logs",), ("published_app",), ("infra_host_usage",)}


@pytest.mark.parametrize(
    ("chosen", "step"),
    [("infra_hosst", "did you mean infra_host_usage?"), ("zzz", "use one that Datadog lists")],
)
@pytest.mark.parametrize("refused", [False, True])
def test_a_usage_type_that_is_not_listed_is_said(chosen: str, step: str, refused: bool) -> None:
    """Once, whether Datadog refuses it or not; and it is asked for, as a list may lack something."""
    with Server() as server:
        server.replies["/api/v1/usage/monthly-attribution"] = [Reply(body={"usage": []})]
        types = {"data": {"attributes": {"values": ["api", "infra_host"]}}}
        server.replies["/api/v2/usage/usage-attribution-types"] = [Reply(body=types)]
        answer = Reply(400, {"errors": ["unknown"]}) if refused else Reply(body={"usage": []})
        server.replies["/api/v1/usage/hourly-attribution"] = [answer]
        attribution = Attribution(hourly_days=2, usage_types=(chosen,))
        (gap,) = gaps(run(HourlyAttributions(), connect(server.url), window(attribution=attribution)))
        asked = {each.query["usage_type"] for each in server.requests if "usage_type" in each.query}
    assert asked == {f"{chosen}_usage"}
    assert (gap.what, gap.optional) == (f"hourly_attribution {chosen}_usage", True)
    assert gap.hint == f"Datadog lists no {chosen}_usage, which usage_types in [attribution] names: {step}"


def test_usage_types_of_the_settings_need_no_list() -> None:
    """Where it cannot be read nothing is said of them."""
    hour = {"hour": "2026-11-20T05", "public_id": "abc", "usage_type": "api_usage", "total_usage_sum": 1}
    with Server() as server:
        server.replies["/api/v1/usage/monthly-attribution"] = [Reply(body={"usage": []})]
        server.replies["/api/v1/usage/hourly-attribution"] = [Reply(body={"usage": [hour]})]
        attribution = Attribution(hourly_days=1, usage_types=("api",))
        items = run(HourlyAttributions(), connect(server.url), window(attribution=attribution))
    assert gaps(items) == []
    assert len(held(items, HourlyAttribution)["2026-11-20"]) == 1


def test_of_the_usage_types_those_that_were_used() -> None:
    """As the fields of the month say, which all end in _usage."""
    month = {"month": "2026-10-01T00", "public_id": "abc", "org_name": "Acme", "region": "us", "tags": None}
    used = {"flex_stored_logs_usage": 5, "infra_host_usage": 3, "api_usage": 0}
    with Server() as server:
        server.replies["/api/v1/usage/monthly-attribution"] = [Reply(body={"usage": [{**month, "values": used}]})]
        types = {"data": {"attributes": {"values": ["api", "flex_stored_logs", "infra_host", "published_app"]}}}
        server.replies["/api/v2/usage/usage-attribution-types"] = [Reply(body=types)]
        server.replies["/api/v1/usage/hourly-attribution"] = [Reply(body={"usage": []})]
        run(HourlyAttributions(), connect(server.url), window(attribution=Attribution(hourly_days=1)))
        asked = [each.query["usage_type"] for each in server.requests if "usage_type" in each.query]
    assert asked == ["flex_stored_logs", "infra_host_usage"]


@pytest.mark.parametrize(
    ("collector", "path", "param"),
    [
        (BillableUsages(), "/api/v1/usage/billable-summary", "month"),
        (UsageSummaries(), "/api/v1/usage/summary", "start_month"),
        (MonthlyAttributions(), "/api/v1/usage/monthly-attribution", "start_month"),
        (DimensionKeys(), "/api/v2/usage/billing_dimension_mapping", "filter[month]"),
    ],
)
def test_a_running_month_that_is_refused_costs_only_itself(collector: Collector, path: str, param: str) -> None:
    """As on its first day; the closed months are read, and the newest of them has all dimensions."""
    asked: list[tuple[str, str]] = []

    def answer(request: Request) -> Reply:
        month = request.query[param][:7]
        asked.append((month, request.query.get("filter[view]", "")))
        return Reply(400, {"errors": ["no data yet"]}) if month == "2026-11" else Reply(body={"data": [], "usage": []})

    with Server() as server:
        server.replies[path] = answer
        items = run(collector, connect(server.url), window(usage=UsageSettings(months=2)))
    [gap] = [each for each in gaps(items) if each.what.endswith(" running")]
    assert (gap.cause, gap.optional) == (Cause.NOT_AVAILABLE, True)
    assert gap.hint == "run again later: Datadog does not answer for November 2026 yet"
    assert list(dict(asked)) == ["2026-11", "2026-10", "2026-09"]


def test_a_late_month_of_billable_usage_is_said_to_be() -> None:
    """The running month shows that there is usage."""
    with Simulator(now=NOW, faults=Faults(empty_month=True)) as simulator:
        [gap] = gaps(read(BillableUsages(), simulator))
    assert (gap.what, gap.optional) == ("billable_usage", True)
    assert gap.hint == "run again later: there is no billable usage of October 2026 yet"


EARLY = datetime(2026, 11, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "collector", "what", "hint"),
    [
        (EARLY, MonthlyCosts(), "monthly_cost", "wait: the cost of October 2026 is published by the 19th of the next"),
        (
            EARLY,
            CostCharges(),
            "cost_charge historical",
            "wait: the final cost of October 2026 is published by the 16th",
        ),
        (
            EARLY,
            CostCharges(),
            "cost_charge projected",
            "wait: Datadog projects the cost of a month from about its 12th",
        ),
    ],
)
def test_what_comes_later_is_said_to(now: datetime, collector: Collector, what: str, hint: str) -> None:
    """Before its day, it is an optional gap: nothing is wrong, and it is asked for again."""
    with Simulator(now=now, anchor=NOW) as simulator:
        items = read(collector, simulator, now=now)
    [gap] = [each for each in gaps(items) if each.what == what]
    assert (gap.cause, gap.optional) == (Cause.NOT_AVAILABLE, True)
    assert gap.hint.startswith(hint)
    assert not any(each.final for each in periods(items) if each.key.startswith("2026-10") and "-10-" not in each.key)
    assert any(each.final for each in periods(items) if each.key.startswith("2026-09"))


@pytest.mark.parametrize(
    ("traits", "expected"),
    [
        (
            Traits(attribution=False),
            {("monthly_cost tags", "no tag keys are chosen"), ("monthly_attribution tags", "no tag keys are chosen")},
        ),
        (
            Traits(trial=True),
            {
                ("monthly_cost", "nothing to do: Datadog attributes no cost of any month"),
                ("monthly_attribution", "nothing to do, unless it is wanted"),
                ("billable_usage", "nothing to do: Datadog bills no usage of October 2026, as of accounts on trial"),
                ("cost_charge estimated", "Datadog gives no estimated cost"),
                ("cost_charge historical", "nothing to do: Datadog gives no cost of any closed month"),
                ("cost_charge projected", "Datadog projects no cost"),
                ("usage_name attribution", "nothing to do, unless it is wanted"),
            },
        ),
        (Traits(site="ddog-gov.com"), {("monthly_cost", "nothing to do: Datadog does not offer")}),
    ],
)
def test_what_an_account_does_not_have(traits: Traits, expected: set[tuple[str, str]]) -> None:
    """No tags chosen, a trial, a government site: each its own optional gap, and nothing else is missing."""
    collectors: tuple[Collector, ...] = (
        *(MonthlyCosts(), MonthlyAttributions(), CostCharges(), BillableUsages(), UsageSummaries(), UsageNames()),
        *(DimensionKeys(), ActiveDimensions(), HourlyUsages()),
    )
    few = UsageSettings(months=3, hourly_days=1)
    with Simulator(now=NOW, traits=traits) as simulator:
        parent = connect_all(simulator, site=traits.site)[0]
        found = [gap for each in collectors for gap in gaps(run(each, parent, window(usage=few)))]
    assert all(each.optional for each in found)
    assert {each.what for each in found} == {what for what, _ in expected}
    assert len(found) == len(expected)
    for each in found:
        assert any(each.what == what and each.hint.startswith(hint) for what, hint in expected), each.hint
    causes = {each.what: each.cause for each in found}
    assert causes.get("monthly_cost") == (Cause.NOT_ON_SITE if traits.government else causes.get("monthly_cost"))


@pytest.mark.parametrize(
    "collector", [BillableUsages(), MonthlyCosts(), CostCharges(), UsageSummaries(), DimensionKeys()]
)
def test_a_child_is_told_that_it_is_none(simulator: Simulator, collector: Collector) -> None:
    """These answer to the parent's keys only, and with 400."""
    items = run(collector, connect_all(simulator)[1], window())
    (gap,) = gaps(items)
    assert (gap.cause, gap.optional) == (Cause.NOT_PARENT, False)
