"""What a reader of a statement of Kubernetes should know of how complete it is."""

from calendar import monthrange
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal

from costguard.model.findings import Cause, Gap
from costguard.model.kubernetes import KubernetesLine
from costguard.model.node_prices import KubernetesSettings
from costguard.model.resources import Organisation
from costguard.model.usage import KubernetesUsage
from costguard.store import Store
from costguard.wording import count, plural

_ABOUT = (KubernetesUsage.table, Organisation.kind)


def notes(
    store: Store,
    settings: KubernetesSettings,
    month: date,
    lines: Iterable[KubernetesLine],
    only: str | None,
    today: date,
) -> Iterable[str]:
    """What may be lacking: clusters, days that were over by `today`, nodes, measurements of use."""
    length = min(monthrange(month.year, month.month)[1], (today - month).days)
    read: dict[str, int] = {}
    others: set[str] = set()
    for org, cluster, days, counted, seen in store.query("kubernetes-coverage", month=f"{month:%Y-%m}"):
        if only not in (None, org):
            continue
        if not settings.covers(cluster):
            others.add(cluster or "(no name)")
            continue
        read[org] = days
        # A count that changes within an hour is counted twice in it, so a few more are none.
        if counted is not None and counted - seen >= max(24, counted / 100):
            yield (
                f"{org}: Datadog counts {count(counted)} node-hours in cluster {cluster or '(no name)'}, "
                f"but tells of {count(seen)}: the others are in no amount."
            )
    if not read and settings.clusters != ("*",):
        known = f"; the store has {', '.join(sorted(others))}" if others else ""
        yield f"kubernetes.clusters matches none of the clusters that were seen: {', '.join(settings.clusters)}{known}."
    yield from (f"{org}: {plural(days, 'day')} of {length} were read." for org, days in read.items() if days < length)
    unseen = sum((line.unseen_pod_hours for line in lines), Decimal(0))
    if unseen:
        yield (
            f"The use of CPU or memory was not seen in {count(unseen)} pod-hours: "
            "there all that was requested counts as used."
        )


def gaps(store: Store, only: str | None, read: Collection[str]) -> Iterable[Gap]:
    """What the last run could not read of Kubernetes, or of a whole organisation; also that it was not asked to.

    `read`: the organisations of which an earlier run read the month, if not the last one: they are not missing.
    """
    seen, found = store.seen(), store.gaps()
    for org in store.orgs():
        if only not in (None, org.name):
            continue
        own = [gap for gap in found if gap.org == org.name and gap.what.partition(" ")[0] in _ABOUT]
        yield from own
        if KubernetesUsage.table not in seen.get(org.name, ()) and all(gap.optional for gap in own):
            known = org.name in read
            what = "the last run did not read it" if known else "it was not read"
            hint = f"{what}; run `costguard bill --kubernetes` without --offline"
            yield Gap(org=org.name, what=KubernetesUsage.table, cause=Cause.NOT_AVAILABLE, hint=hint, optional=known)
