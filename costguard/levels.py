"""The integration levels: which scopes each needs, on whose application keys, and what it unlocks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """A group of scopes that unlocks something as a whole (Finout documentation, "Datadog Integration Levels")."""

    id: str
    name: str
    scopes: tuple[str, ...]
    every_org: bool
    """Whether the parent organisation and every child must have it; else the parent alone."""
    unlocks: str
    """In the words of costguard's own features."""
    asked_for: bool = True
    """Whether costguard proposes its scopes."""

    @property
    def keys(self) -> str:
        """Whose application keys must carry its scopes, in words."""
        return "parent and every child" if self.every_org else "parent only"


LEVELS = (
    Level(
        id="basic",
        name="Basic",
        scopes=("usage_read", "billing_read"),
        every_org=False,
        unlocks="the bill by product, organisation, and committed or on-demand cost, and so your own prices",
    ),
    Level(
        id="enhanced",
        name="Enhanced",
        scopes=("usage_read", "metrics_read", "timeseries_query", "logs_read_config", "billing_read"),
        every_org=True,
        unlocks="the bill by custom or usage attribution tags; custom metrics; logs by index, service and severity",
    ),
    Level(
        id="costguard",
        name="CostGuard",
        scopes=("monitors_read", "dashboards_read"),
        every_org=True,
        unlocks="who still uses what is paid for, without which nothing can be called idle or unused",
    ),
    Level(
        id="kubernetes",
        name="Kubernetes",
        scopes=("logs_read_config", "metrics_read", "hosts_read", "timeseries_query"),
        every_org=True,
        unlocks="the cost of clusters, namespaces, workloads and pods, from the usage that Datadog measures",
    ),
    Level(
        id="unscoped",
        name="Not scoped",
        # A key without scopes may do all that its owner may. The one thing that this level is for needs no more than:
        scopes=("logs_read_data",),
        every_org=True,
        unlocks="the tags of indexed logs; nothing in costguard reads the contents of logs",
        asked_for=False,
    ),
)
"""From the least to the most: a level does not include the ones before it."""

OWN_SCOPES = ("synthetics_read", "monitors_downtime", "slos_read", "notebooks_read")
"""What costguard's collectors read beyond the levels: synthetic tests, and more places that may use a resource."""

PROPOSED = tuple(dict.fromkeys([*(scope for each in LEVELS if each.asked_for for scope in each.scopes), *OWN_SCOPES]))
"""The scopes that a parent organisation's application key should carry; all of them only read."""

SCOPES = tuple(dict.fromkeys([*PROPOSED, *(scope for each in LEVELS for scope in each.scopes)]))
"""Every scope that is judged."""


def proposed(*, parent: bool) -> tuple[str, ...]:
    """The scopes that the application key of a parent or of a child should carry."""
    ours = {scope for each in LEVELS if each.asked_for and (parent or each.every_org) for scope in each.scopes}
    return tuple(each for each in PROPOSED if each in ours.union(OWN_SCOPES))


def levels_with(scope: str) -> tuple[Level, ...]:
    """The levels that need a scope."""
    return tuple(each for each in LEVELS if scope in each.scopes)
