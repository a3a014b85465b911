"""The invented company's vocabulary: its organisations, teams, people, services, and how they name things."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Profile:
    """What an organisation is about, and how much of everything a scale step gives it."""

    name: str
    services: tuple[str, ...]
    team_of: tuple[str, ...]
    """The team of the service at the same place."""
    tests: int
    monitors: int
    dashboards: int
    notebooks: int
    metrics: int
    hosts: int
    apm_hosts: int


PROFILES = (
    Profile(
        name="larkspur",
        services=(
            *("storefront", "checkout", "catalog", "search", "cart"),
            *("recommendations", "loyalty", "inventory", "shipping", "identity"),
        ),
        team_of=("web", "orders", "web", "discovery", "orders", "discovery", "growth", "supply", "supply", "platform"),
        tests=24,
        monitors=100,
        dashboards=32,
        notebooks=6,
        metrics=160,
        hosts=240,
        apm_hosts=120,
    ),
    Profile(
        name="larkspur-payments",
        services=("payments", "ledger", "fraud", "payouts", "invoicing", "kyc", "cards", "settlement"),
        team_of=("payments", "finance", "risk", "payments", "finance", "risk", "payments", "finance"),
        tests=24,
        monitors=100,
        dashboards=32,
        notebooks=6,
        metrics=160,
        hosts=150,
        apm_hosts=90,
    ),
    Profile(
        name="larkspur-labs",
        services=("experiments", "features", "training", "crawler", "sandbox-api", "annotation"),
        team_of=("labs", "labs", "research", "research", "labs", "research"),
        tests=12,
        monitors=50,
        dashboards=16,
        notebooks=4,
        metrics=80,
        hosts=60,
        apm_hosts=20,
    ),
)
"""The parent first; per scale step 60 synthetic tests, 250 monitors, 80 dashboards and 400 metrics together."""

PEOPLE = (
    *("amara.osei", "bjarne.holm", "chiara.rossi", "dana.levi", "emeka.udo", "freya.lind"),
    *("goran.petrov", "hana.sato", "ines.moreau", "jonas.weber", "keiko.mori", "luis.ortega"),
)

DOMAIN = "larkspur.example"

LOCATIONS = (
    *("aws:eu-central-1", "aws:us-east-1", "aws:ap-northeast-1", "aws:eu-west-1", "aws:us-west-2", "aws:sa-east-1"),
    *("aws:ap-southeast-2", "aws:ca-central-1", "azure:westeurope", "gcp:europe-west3"),
)

DEVICES = ("chrome.laptop_large", "chrome.mobile_small", "firefox.laptop_large", "chrome.tablet")

PATHS = ("v1/orders", "health", "v2/items", "login", "api/quote", "session", "v1/prices", "status", "graphql", "search")

NOUNS = (
    *("request", "queue", "batch", "session", "item", "job", "page", "worker", "cache", "message", "basket", "token"),
    *("event", "retry", "lock", "webhook"),
)
MEASURES = ("duration", "count", "size", "errors", "depth", "age", "hits", "latency", "processed", "rejected")

STANDARD = (
    ("system", ("cpu", "mem", "disk", "net", "load", "swap"), ("idle", "user", "used", "free", "total", "in_use")),
    ("kubernetes", ("cpu", "memory", "pods", "network"), ("usage", "limits", "requests", "running", "errors")),
    ("aws.rds", ("cpu", "storage", "connections", "replica"), ("utilisation", "free", "open", "lag")),
    ("postgresql", ("rows", "locks", "buffers", "index"), ("returned", "waiting", "hit", "scans")),
    ("nginx", ("requests", "connections", "upstream"), ("total", "active", "dropped", "latency")),
    ("kafka", ("consumer", "broker", "topic"), ("lag", "offset", "messages", "bytes")),
)
"""Integrations with the things and measures of the metrics that come with them."""
