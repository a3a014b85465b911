"""Log indexes and what is in them: low-value logs that are planted, and the same kind of logs that somebody reads."""

from dataclasses import dataclass
from fractions import Fraction

from costguard.simulator import widgets
from costguard.simulator.block import Block
from costguard.simulator.inventory import Index, Json, Planted, Slice
from costguard.simulator.words import Profile


@dataclass(frozen=True)
class Chatter:
    """The logs of one service and status that stand out in an index."""

    service: str
    status: str
    weight: int
    """Thousands of events a month."""
    wasted: bool = False


@dataclass(frozen=True)
class Story:
    """One log index: its stand-out logs, and who reads what; other services' logs are read by dashboards."""

    name: str
    retention: int
    query: str
    chatter: tuple[Chatter, ...]
    readers: tuple[tuple[str, str], ...] = ()
    """How and what: widget, list, old_widget, notebook or monitor, and the search."""
    tags: tuple[str, ...] = ()
    daily_limit: int | None = None
    rehydrated: int = 0
    estimate: tuple[int, int] = (28, 26)
    """See Index.estimate."""


STORIES: dict[str, tuple[Story, ...]] = {
    "larkspur": (
        Story(
            *("main", 15, "*"),
            (
                Chatter("recommendations", "debug", 262_000, wasted=True),
                Chatter("recommendations", "warn", 3_100),
                Chatter("catalog", "trace", 48_000, wasted=True),
                Chatter("catalog", "error", 900),
                Chatter("loyalty", "info", 120_000, wasted=True),
                Chatter("search", "debug", 155_000),
                Chatter("search", "info", 600),
                Chatter("cart", "debug", 700),
                Chatter("identity", "debug", 35_000),
                Chatter("shipping", "warn", 22_000),
            ),
            (
                ("monitor", "service:search{} status:debug"),
                ("monitor", "service:recommendations{} status:(error OR warn)"),
                ("widget", 'service:"identity{}"'),
            ),
            rehydrated=1_500_000,
        ),
        Story(
            *("web-access", 7, "source:nginx"),
            (Chatter("inventory", "debug", 140_000, wasted=True), Chatter("inventory", "error", 2_000)),
            estimate=(38, 37),
        ),
        Story(
            *("orders", 15, "service:(checkout OR cart)"),
            (Chatter("checkout", "debug", 41_000),),
            (("list", "service:checkout{} $env"),),
        ),
        Story(
            *("audit", 30, "source:audit"),
            (Chatter("identity", "debug", 12_000), Chatter("identity", "info", 18_000)),
            (("old_widget", "env:prod"),),
            daily_limit=5_000_000,
            estimate=(27, 25),
        ),
        Story(
            *("debug-hold", 3, "env:staging"),
            (Chatter("storefront", "debug", 30_000), Chatter("storefront", "trace", 11_000)),
            tags=("costguard:ignore",),
            daily_limit=2_000_000,
        ),
    ),
    "larkspur-payments": (
        Story(
            *("main", 15, "*"),
            (
                Chatter("fraud", "debug", 190_000, wasted=True),
                Chatter("fraud", "warn", 4_000),
                Chatter("kyc", "debug", 25_000),
                Chatter("payouts", "trace", 850),
            ),
            (("notebook", "service:kyc{} -status:error"), ("widget", "service:fraud{}-api status:debug")),
            estimate=(37, 38),
        ),
        Story(
            *("payments", 30, "service:payments"),
            (Chatter("cards", "trace", 22_000, wasted=True), Chatter("cards", "error", 1_200)),
        ),
        Story(
            *("ledger", 15, "service:ledger"),
            (Chatter("ledger", "debug", 64_000), Chatter("settlement", "info", 9_000, wasted=True)),
            (("widget", "service:ledger{} status:(debug OR info)"),),
        ),
        Story(
            *("edge", 7, "source:envoy"),
            (Chatter("invoicing", "info", 88_000, wasted=True), Chatter("invoicing", "warn", 1_400)),
            estimate=(38, 36),
        ),
    ),
    "larkspur-labs": (
        Story(
            *("main", 15, "*"),
            (Chatter("training", "debug", 57_000, wasted=True), Chatter("training", "info", 950)),
            (("list", "-service:training{}"),),
            estimate=(27, 28),
        ),
        Story(
            *("experiments", 3, "service:experiments"),
            (Chatter("crawler", "debug", 75_000, wasted=True), Chatter("features", "debug", 31_000)),
            (("monitor", "service:features{}"),),
            daily_limit=20_000_000,
        ),
        Story(
            *("batch", 3, "env:batch"),
            (Chatter("annotation", "info", 6_000, wasted=True), Chatter("annotation", "error", 500)),
        ),
    ),
}
"""What each organisation has in every scale step; what is not wasted is read by somebody, too little, or spared."""

STATUSES = (("info", 9_000, 60_000), ("warn", 300, 4_000), ("error", 100, 2_500), ("debug", 500, 9_000))
"""What an ordinary service logs: status and thousands of events a month, from and to."""


def build(block: Block, profile: Profile) -> None:
    """The block's indexes, and whoever reads them."""
    for story in STORIES[profile.name]:
        name = story.name + block.suffix
        known = {each.service for each in story.chatter}
        others = [service for service in profile.services if service not in known][:5]
        slices = [Slice(each.service + block.suffix, each.status, each.weight) for each in story.chatter]
        for service in others:
            slices += [
                Slice(service + block.suffix, status, block.random.randint(low, high)) for status, low, high in STATUSES
            ]
        index = Index(
            name=name,
            number=str(block.ids.number()),
            query=story.query,
            retention=story.retention,
            daily_limit=story.daily_limit,
            exclusions=_exclusions(block),
            tags=(*story.tags, *((block.tag("team", "platform"),) if block.hostile else ("team:platform",))),
            slices=tuple(sorted(slices, key=lambda each: (each.service, each.status))),
            rehydrated=story.rehydrated,
            estimate=story.estimate,
        )
        block.inventory.indexes.append(index)
        for each in story.chatter:
            if each.wasted:
                _plant(block, index, each)
        for how, search in (*story.readers, *_ordinary_readers(others)):
            _read(block, how, search.replace("{}", block.suffix), name)


def _plant(block: Block, index: Index, each: Chatter) -> None:
    service = each.service + block.suffix
    block.inventory.planted.append(
        Planted(
            "logs-low-value-indexed",
            "log_slice",
            f"{index.name}/{service}/{each.status}",
            Fraction(each.weight),
            index.dimension,
            index=index.name,
        )
    )


def _ordinary_readers(services: list[str]) -> list[tuple[str, str]]:
    """Dashboards over the logs of ordinary services, one search for two of them and one for each other."""
    first, second, *rest = services
    pair = ("widget", f"service:({first}{{}} OR {second}{{}})")
    return [
        pair,
        *(("list" if number % 2 else "old_widget", f"service:{each}{{}}") for number, each in enumerate(rest)),
    ]


def _read(block: Block, how: str, search: str, index: str) -> None:
    if how == "monitor":
        query = f'logs("{search}").index("{index}").rollup("count").last("15m") > 100000'
        block.alerts.append({"type": "log alert", "query": query, "service": "platform"})
    elif how == "notebook":
        block.cells.append(widgets.log_stream(search, [index]))
    elif how == "list":
        block.widgets.append(widgets.log_list(search, [index], block.named("Latest logs")))
    elif how == "old_widget":
        block.widgets.append(widgets.log_top(search, index, "Most frequent"))
    else:
        block.widgets.append(widgets.log_count(search, [index], block.named("Logs over time")))


def _exclusions(block: Block) -> list[Json]:
    if block.random.random() < 0.4:
        return []
    return [
        {
            "name": block.named("Health checks"),
            "is_enabled": True,
            "filter": {"query": "@http.url_details.path:/health", "sample_rate": 1.0},
        },
        {
            "name": "Successful requests",
            "is_enabled": block.random.random() < 0.7,
            "filter": {
                "query": "@http.status_code:[200 TO 299]",
                "sample_rate": 0.9,
                "sample_attribute": "@trace_id",
            },
        },
    ][: block.random.randint(1, 2)]
