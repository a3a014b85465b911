"""Metrics: unused ones that are planted, look-alikes that something reads after all, and ordinary ones in use."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from costguard.simulator import widgets
from costguard.simulator.block import Block
from costguard.simulator.inventory import Metric, Planted
from costguard.simulator.words import MEASURES, NOUNS, STANDARD, Profile


@dataclass(frozen=True)
class Story:
    """One metric as its owners would tell it."""

    name: str
    series: int
    queried_days: int | None = None
    assets: bool = False
    category: str = "custom"
    reader: str = ""
    """What reads it although Datadog does not say so: monitor, slo, formula, wildcard, notebook, old_widget."""
    ignored: bool = False
    silent_hours: int = 0
    configured: tuple[str, ...] | None = None
    unused: bool = False


STORIES: dict[str, tuple[Story, ...]] = {
    "larkspur": (
        Story("storefront.render.trace_step", 14_000, unused=True),
        Story("catalog.import.row_age", 2_400, unused=True),
        Story("search.legacy.shard_depth", 1_150, queried_days=120, unused=True),
        Story("cart.coupon.attempts", 640, unused=True),
        Story("cart.coupon.attempts.failed", 300, queried_days=2, assets=True, reader="old_widget"),
        Story("recommendations.model.feature_age", 3_800, queried_days=95, unused=True),
        Story("loyalty.nightly.export_rows", 210, silent_hours=20, unused=True),
        Story("inventory.shelf.scan_duration", 900, configured=("env", "warehouse"), unused=True),
        Story("shipping.label.bytes", 100, unused=True),
        Story("identity.token.refresh_age", 450, queried_days=45),
        Story("checkout.fee.rounding", 380, reader="monitor"),
        Story("loyalty.points.granted", 720, reader="wildcard"),
        Story("loyalty.points.spent", 690, reader="wildcard"),
        Story("cart.value.gross", 510, reader="formula"),
        Story("cart.value.discount", 505, reader="formula"),
        Story("catalog.audit.seal", 330, ignored=True),
        Story("storefront.banner.size", 60),
        Story("search.typo.rate", 99),
        Story("aws.rds.cpu.credit_balance", 800, category="standard"),
    ),
    "larkspur-payments": (
        Story("payments.gateway.attempt_latency", 5_200, unused=True),
        Story("ledger.posting.lock_age", 1_700, unused=True),
        Story("fraud.rule.evaluations", 8_300, queried_days=140, unused=True),
        Story("payouts.file.rows", 240, unused=True),
        Story("cards.scheme.ping", 360, silent_hours=20, unused=True),
        Story("kyc.document.pixels", 1_050, unused=True),
        Story("settlement.batch.drift", 480, queried_days=91, unused=True),
        Story("payments.authorised.count", 950, reader="slo"),
        Story("payments.declined.count", 940, reader="slo"),
        Story("fraud.score.distribution", 1_300, reader="notebook"),
        Story("ledger.balance.checks", 610, reader="old_widget"),
        Story("invoicing.dunning.letters", 280, queried_days=89),
        Story("cards.bin.lookups", 420, reader="monitor"),
        Story("payouts.iban.checks", 410, ignored=True),
        Story("kyc.queue.length", 85),
        Story("postgresql.locks.granted", 700, category="standard"),
    ),
    "larkspur-labs": (
        Story("training.step.loss", 6_400, unused=True),
        Story("crawler.page.depth", 2_900, unused=True),
        Story("experiments.bucket.size", 730, queried_days=100, unused=True),
        Story("features.flag.evaluations", 1_900, configured=("env",), unused=True),
        Story("annotation.task.age", 130, unused=True),
        Story("experiments.exposure.count", 860, reader="formula"),
        Story("training.gpu.temperature", 540, assets=True),
        Story("crawler.robots.fetches", 95),
    ),
}
"""What each organisation has in every scale step; what is not unused is a look-alike."""


def build(block: Block, profile: Profile) -> list[str]:
    """The block's metrics; gives back the names of ordinary ones that dashboards and monitors may show."""
    stories = STORIES[profile.name]
    for story in stories:
        _story(block, story)
    ordinary = _ordinary_names(block, profile)
    used = []
    for number in range(profile.metrics - len(stories)):
        custom = number % 3 != 0
        name = next(ordinary) if custom else _standard_name(block, number)
        kind = block.random.random()
        metric = Metric(
            name=name,
            category="custom" if custom else "standard",
            series=int(20 * 75 ** block.random.random()),
            queried_days=block.random.randint(0, 60) if kind < 0.8 else None,
            assets=kind > 0.4,
            tags=("env:prod",),
            configured=("env", "service") if kind > 0.9 else None,
            type=block.random.choice(("gauge", "count", "rate", "distribution")),
        )
        block.inventory.metrics.append(metric)
        used.append(name)
    return used


def _story(block: Block, story: Story) -> None:
    service, _, rest = story.name.partition(".")
    name = story.name if story.category == "standard" else f"{service}{_joined(block)}.{rest}"
    if story.category == "standard" and block.number:
        name = f"{story.name}{_joined(block)}"
    tags = ("costguard:ignore", "env:prod") if story.ignored else ("env:prod",)
    block.inventory.metrics.append(
        Metric(
            name=name,
            category=story.category,
            series=story.series,
            queried_days=story.queried_days,
            assets=story.assets,
            tags=tags,
            silent_hours=story.silent_hours,
            configured=story.configured,
        )
    )
    if story.unused:
        planted = Planted("metrics-unused", "metric", name, Fraction(story.series), "timeseries")
        block.inventory.planted.append(planted)
    if story.reader:
        _read(block, story.reader, name, service)


def _joined(block: Block) -> str:
    return block.suffix.replace("-", "_")


def _read(block: Block, reader: str, name: str, service: str) -> None:
    """Lets something use the metric that Datadog has not noticed yet."""
    if reader == "monitor":
        query = f"avg(last_15m):sum:{name}{{env:prod}}.as_count() > 25"
        block.alerts.append({"type": "query alert", "query": query, "service": service + block.suffix, "metric": name})
    elif reader == "slo":
        other = name.replace("authorised", "declined")
        if other != name:
            good, bad = f"sum:{name}{{env:prod}}.as_count()", f"sum:{other}{{env:prod}}.as_count()"
            ratio = {"numerator": good, "denominator": f"{good} + {bad}"}
            block.slos.append({"type": "metric", "query": ratio, "name": block.named("Authorisation success")})
    elif reader == "formula":
        block.widgets.append(
            widgets.formula(
                [f"avg:{name}{{env:prod}} by {{service}}", "sum:system.cpu.user{*}"], "query1 / query2", "Share"
            )
        )
    elif reader == "wildcard":
        family = name.rpartition(".")[0]
        block.widgets.append(widgets.plain(f"sum:{family}.*{{env:prod}}.as_count()", "All of the family"))
    elif reader == "notebook":
        block.cells.append(widgets.timeseries(f"p95:{name}{{*}} by {{rule}}", "Scores"))
    elif reader == "old_widget":
        block.widgets.append(widgets.plain(f"abs(avg:{name}{{*}}.rollup(max, 300)) * 2", "Balance checks"))


def _ordinary_names(block: Block, profile: Profile) -> Iterator[str]:
    names = [
        f"{service}{_joined(block)}.{noun}.{measure}"
        for service in profile.services
        for noun in NOUNS
        for measure in MEASURES
    ]
    block.random.shuffle(names)
    return iter(names)


def _standard_name(block: Block, number: int) -> str:
    integration, things, measures = STANDARD[number // 3 % len(STANDARD)]
    rest = number // 3 // len(STANDARD)
    thing, measure = things[rest % len(things)], measures[rest // len(things) % len(measures)]
    name = f"{integration}.{thing}.{measure}"
    return f"{name}.{block.number + 1:02d}" if block.number else name
