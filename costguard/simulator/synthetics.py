"""Synthetic tests: the stories that are planted in each organisation, and ordinary tests around them."""

from dataclasses import dataclass
from datetime import timedelta

from costguard.simulator.block import Block, Scene
from costguard.simulator.inventory import Json, Planted, SyntheticTest
from costguard.simulator.listeners import LISTENERS
from costguard.simulator.monitors import add_monitor
from costguard.simulator.mutes import MUTES
from costguard.simulator.words import DEVICES, DOMAIN, LOCATIONS, PATHS, PEOPLE, Profile

BUSINESS_HOURS = tuple((day, "08:00", "18:00") for day in range(1, 6))
DAYTIME = tuple((day, "06:00", "22:00") for day in range(1, 8))


@dataclass(frozen=True)
class Story:
    """One synthetic test as its owners would tell it, and what is wasteful about it."""

    title: str
    service: str
    type: str = "api"
    subtype: str | None = "http"
    tick: int | None = 300
    places: int = 2
    devices: int = 1
    steps: int = 8
    env: str = "prod"
    live: bool = True
    edited: float = 200
    """Days since it was last edited."""
    hours: tuple[tuple[int, str, str], ...] = ()
    """When its schedule lets it run: weekday, from, to; always where empty."""
    wait: int = 0
    """Seconds that a failure must last."""
    ci: str | None = None
    handles: bool = True
    """Whether its message names somebody to notify."""
    notified: bool = False
    """Whether somebody is notified whom the message does not name (a notification rule)."""
    tags: tuple[str, ...] = ()
    mute: str = ""
    """How its monitor is muted: a name in mutes.py."""
    listener: str = ""
    """What else would notice that it stopped: a name in listeners.py."""
    idle: bool = False
    overfrequent: int = 0
    """The interval in seconds that would do."""


STORIES: dict[str, tuple[Story, ...]] = {
    "larkspur": (
        Story("Old product feed", "catalog", tick=300, places=3, handles=False, idle=True),
        Story(
            *("Gift finder journey", "recommendations", "browser", None, 900),
            devices=2,
            steps=26,
            mute="forever",
            idle=True,
        ),
        Story("Basket API smoke", "cart", tick=60, env="staging", handles=False, idle=True, overfrequent=300),
        Story("Storefront journey", "storefront", "browser", None, 300, places=1, env="staging", overfrequent=900),
        Story("Search suggestions", "search", tick=60, wait=180, overfrequent=180),
        Story("New consent banner", "storefront", edited=26, handles=False),
        Story("Retired sitemap", "catalog", live=False, handles=False),
        Story("Order API availability", "inventory", handles=False, listener="objective"),
        Story("Identity and session", "identity", handles=False, listener="composite"),
        Story("Carrier quotes", "shipping", handles=False, listener="alert_graph"),
        Story("Points balance", "loyalty", handles=False, listener="notebook_cell"),
        Story("Checkout response time", "checkout", handles=False, listener="widget_by_service"),
        Story("Release gate", "cart", handles=False, ci="blocking"),
        Story("Warehouse portal", "inventory", "browser", None, 900, handles=False, listener="synthetics_downtime"),
        Story("Stock levels", "inventory", mute="for_a_week"),
        Story("Partner certificate", "shipping", subtype="ssl", tick=3600, handles=False, notified=True),
        Story("Legal hold probe", "identity", tick=60, env="staging", handles=False, tags=("costguard:ignore",)),
        Story("Place an order", "checkout", tick=60, places=3),
        Story("Checkout staging", "checkout", tick=300, env="staging"),
        Story("Search staging", "search", tick=60, env="staging", live=False),
    ),
    "larkspur-payments": (
        Story("Acquirer sandbox echo", "cards", mute="downtime", idle=True),
        Story("Legacy portal login", "invoicing", "browser", None, 1800, steps=12, mute="downtime_by_tag", idle=True),
        Story("Payout confirmation", "payouts", tick=120, wait=600, handles=False, idle=True, overfrequent=300),
        Story("Statement export", "ledger", "browser", None, 900, hours=BUSINESS_HOURS, handles=False, idle=True),
        Story("Card form", "cards", "browser", None, 60, places=1, steps=5, env="qa", overfrequent=900),
        Story("Fraud model endpoint", "fraud", tick=30, places=1, env="dev", overfrequent=300),
        Story("Refund round trip", "payments", subtype="multi", tick=120, env="sandbox", overfrequent=300),
        Story("Settlement window", "settlement", mute="weekly_maintenance"),
        Story("Authorisation rate", "payments", handles=False, listener="objective_by_metric"),
        Story("Scheme directory", "cards", handles=False, listener="widget_by_id"),
        Story("Card form exact", "cards", "browser", None, 900, env="staging"),
        Story("Card authorisation", "payments", tick=60, wait=120),
        Story("Contract test", "kyc", tick=None, handles=False, ci="blocking"),
        Story("Mobile wallet", "payments", "mobile", None, 3600, places=1),
        Story("One region only", "ledger", mute="one_group"),
        Story("Invoice download", "invoicing", mute="until_last_year"),
        Story("Ledger API", "ledger", tick=300, hours=DAYTIME),
        Story("Month-end close", "invoicing", tick=900, handles=False, listener="alert_value"),
        Story("KYC documents", "kyc", edited=3, handles=False),
    ),
    "larkspur-labs": (
        Story("Feature flag preview", "features", tick=300, places=3, env="prod", handles=False, edited=34, idle=True),
        Story("Annotation tool", "annotation", "browser", None, 900, places=1, env="test", mute="forever", idle=True),
        Story("Crawler API", "crawler", tick=60, env="test", overfrequent=300),
        Story("Training console", "training", "browser", None, 600, places=1, env="sandbox", overfrequent=900),
        Story("Experiment assignment", "experiments", handles=False, listener="composite"),
        Story("Paused idea", "features", "browser", None, 300, env="dev", live=False, handles=False),
        Story("Sandbox API", "sandbox-api", tick=300, env="sandbox"),
    ),
}
"""What each organisation has in every scale step; what is not idle and not overfrequent is a look-alike."""


def build(block: Block, profile: Profile) -> None:
    """The block's tests with their monitors, and whatever listens to them."""
    stories = STORIES[profile.name]
    ordinary = [_ordinary(block, profile, number) for number in range(profile.tests - len(stories))]
    first: SyntheticTest | None = None
    for story in (*ordinary, *stories):
        test = _test(block, profile, story)
        monitor = _monitor(block, story, test)
        first = first or test
        scene = Scene(block, test, monitor, first)
        if story.mute:
            MUTES[story.mute](scene)
        if story.listener:
            LISTENERS[story.listener](scene)
        _plant(block, story, test)


def _ordinary(block: Block, profile: Profile, number: int) -> Story:
    browser = block.random.random() < 0.3
    service = block.random.choice(profile.services)
    return Story(
        title=f"{service.capitalize()} {block.random.choice(PATHS)} {number + 1}",
        service=service,
        type="browser" if browser else "api",
        subtype=None if browser else block.random.choice(("http", "http", "http", "tcp", "dns", "grpc")),
        tick=block.random.choice((900, 1800, 3600) if browser else (300, 600, 900, 1800)),
        places=block.random.randint(1, 4),
        devices=block.random.randint(1, 3),
        steps=block.random.randint(2, 24),
        edited=block.random.uniform(1, 600),
    )


def _test(block: Block, profile: Profile, story: Story) -> SyntheticTest:
    service = story.service + block.suffix
    team = profile.team_of[profile.services.index(story.service)]
    modified = block.ago(story.edited)
    handle = f" @slack-{profile.name}-{team} @oncall-{team}@{DOMAIN}"
    test = SyntheticTest(
        id=block.ids.short(),
        monitor=block.ids.number(),
        name=block.named(f"[{story.env}] {story.title}{block.suffix}"),
        type=story.type,
        subtype=story.subtype,
        live=story.live,
        tick=story.tick,
        locations=tuple(block.random.sample(LOCATIONS, story.places)),
        devices=DEVICES[: story.devices] if story.type == "browser" else (),
        steps=story.steps,
        hours=story.hours,
        weekly_seconds=sum(_seconds(slot) for slot in story.hours) or 604_800,
        tags=(f"env:{story.env}", f"service:{service}", block.tag("team", team), *story.tags),
        message=f"{story.title} does not answer.{handle if story.handles else ' See the runbook.'}",
        wait=story.wait,
        ci=story.ci,
        url=f"https://{service}.{DOMAIN}/{block.random.choice(PATHS)}",
        author=block.random.choice(PEOPLE),
        created=modified - timedelta(days=block.random.randint(0, 500)),
        modified=modified,
    )
    block.inventory.tests.append(test)
    return test


def _seconds(slot: tuple[int, str, str]) -> int:
    _, start, end = slot
    clock = [int(hour) * 60 + int(minute) for hour, minute in (start.split(":"), end.split(":"))]
    return (clock[1] - clock[0]) * 60


def _monitor(block: Block, story: Story, test: SyntheticTest) -> Json:
    """The monitor that Datadog keeps for each synthetic test."""
    kind = test.type if test.subtype in (None, "http") else f"{test.type}-{test.subtype}"
    monitor: Json = add_monitor(
        block,
        number=test.monitor,
        type="synthetics alert",
        name=test.name,
        query="no_query",
        message=test.message,
        tags=(
            *test.tags,
            *(f"probe_dc:{each}" for each in test.locations),
            f"check_type:{kind}",
            f"check_status:{'live' if test.live else 'paused'}",
            *((f"ci_execution_rule:{test.ci}",) if test.ci else ()),
        ),
        created=test.created,
        modified=test.modified,
        author=test.author,
    )
    monitor["options"]["synthetics_check_id"] = test.id
    if story.notified:
        block.inventory.notified[test.monitor] = [{"handle": "pagerduty-Larkspur-Edge", "name": "Larkspur Edge"}]
    return monitor


def _plant(block: Block, story: Story, test: SyntheticTest) -> None:
    modelled = test.modelled()
    if story.idle:
        block.inventory.planted.append(Planted("synthetics-idle", "synthetic_test", test.id, modelled, test.dimension))
    if story.overfrequent:
        less = modelled - test.modelled(story.overfrequent)
        block.inventory.planted.append(
            Planted("synthetics-overfrequent", "synthetic_test", test.id, less, test.dimension)
        )
