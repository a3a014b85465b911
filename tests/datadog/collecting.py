"""What tests of collecting share: connections without patience, a collector run alone, somebody who watches nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, cast

from costguard.datadog.client import Connection, Patience, Unreadable
from costguard.datadog.collectors import Collector, Item, Window, name_of
from costguard.model.findings import Gap
from costguard.model.resources import Organisation, Resource
from costguard.model.series import Series
from costguard.model.usage import Period, Row
from costguard.settings import Keys, OrgSettings
from tests.datadog.server import Reply, Request, Script

if TYPE_CHECKING:
    from costguard.simulator import Simulator

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

R = TypeVar("R", bound=Resource)


@dataclass(frozen=True)
class Known:
    """A store's knowledge of an organisation, written down."""

    resources_by_kind: Mapping[type[Resource], Sequence[Resource]] = field(default_factory=dict)
    final: Mapping[type[Row], frozenset[str]] = field(default_factory=dict)
    invoices: Mapping[str, Decimal] = field(default_factory=dict)

    def resources(self, kind: type[R]) -> Mapping[str, R]:
        """By id."""
        return {each.id: cast(R, each) for each in self.resources_by_kind.get(kind, ())}

    def final_periods(self, table: type[Row]) -> frozenset[str]:
        """Keys."""
        return self.final.get(table, frozenset())

    def invoiced(self) -> Mapping[str, Decimal]:
        """By month."""
        return self.invoices


def connect(
    url: str, name: str = "acme", *, keys: tuple[str, str] = ("an-api-key", "an-app-key"), **org: Any
) -> Connection:
    """A connection that tries once and takes all of the rate limits."""
    return Connection(
        OrgSettings(name=name, **org),
        Keys(api=keys[0], app=keys[1]),
        api_url=url,
        share=Decimal(1),
        patience=Patience(tries=1),
    )


def connect_all(
    simulator: "Simulator", *, declared: bool = True, site: str = "datadoghq.com", **options: Any
) -> list[Connection]:
    """A connection for each simulated organisation."""
    return [
        connect(
            simulator.url,
            org.name,
            keys=(org.api_key, org.app_key),
            parent=org.parent if declared else None,
            site=site,
            **options,
        )
        for org in simulator.orgs
    ]


def window(
    known: Known | None = None, organisation: Organisation | None = None, *, now: datetime = NOW, **settings: Any
) -> Window:
    """What a collector is to know."""
    return Window(now=now, previous=known or Known(), organisation=organisation, **settings)


def run(collector: Collector, connection: Connection, window: Window) -> list[Item]:
    """What it yields, series row by row; the gap it gives up with comes last."""
    items: list[Item] = []
    try:
        items.extend(apart(collector.collect(connection, window)))
    except Unreadable as error:
        # `list.extend` keeps what came before.
        items.append(error.gap.model_copy(update={"what": name_of(collector.provides)}))
    return items


def apart(items: Iterable[Item]) -> Iterator[Item]:
    """The items, with series taken apart."""
    for item in items:
        if isinstance(item, Series):
            yield from item.rows()
        else:
            yield item


def gaps(items: Sequence[Item]) -> list[Gap]:
    """The gaps among them."""
    return [each for each in items if isinstance(each, Gap)]


def periods(items: Sequence[Item]) -> list[Period]:
    """The periods among them."""
    return [each for each in items if isinstance(each, Period)]


def held(items: Sequence[Item], table: type[Row]) -> dict[str, list[Row]]:
    """The rows of a table among them, by the key of their period."""
    found: dict[str, list[Row]] = {}
    key: str | None = None
    for each in items:
        if isinstance(each, Period):
            if each.table is table:
                key = each.key
                assert key not in found, "a period that is opened twice loses what it held"
                found[key] = []
        elif isinstance(each, table):
            assert key is not None
            found[key].append(each)
    return found


def ids(items: Sequence[Item]) -> list[str]:
    """The ids of the resources among them."""
    return [each.id for each in items if isinstance(each, Resource)]


def listed(key: str | None, items: Sequence[Any], start: str) -> Script:
    """A list that is given whole at its beginning (parameter `start` absent or 0), and then ends."""

    def reply(request: Request) -> Reply:
        page = list(items) if request.query.get(start, "0") == "0" else []
        return Reply(body=page if key is None else {key: page})

    return reply


class Nobody:
    """Watches nothing."""

    def begin(self, org: str, what: str) -> None:
        """Not watched."""

    def advance(self, org: str, what: str, count: int) -> None:
        """Not watched."""

    def end(self, org: str, what: str, ok: bool) -> None:
        """Not watched."""
