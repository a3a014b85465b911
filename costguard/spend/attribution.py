"""How much of each organisation's cost carries tags, and whether it is attributed by those of the account."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple

from costguard.model.money import Usd
from costguard.model.spend import Attribution
from costguard.store import RunOrg, Store

Keys = tuple[str, ...]


class _Broken(NamedTuple):
    """A period of the cost attribution that is broken down by tags."""

    month: str
    """2026-10."""
    read_at: datetime
    key: str


def attributions(
    store: Store, currency: str, orgs: Collection[RunOrg], payers: Collection[str]
) -> tuple[Attribution, ...]:
    """Of each account that was read, its organisations' last attributed month.

    One belongs to its organisation where that is read itself, else to the account's payer.
    """
    names = {org.public_id: org.name for org in orgs if org.public_id}
    return tuple(each for payer in sorted(payers) for each in _account(store, currency, payer, names))


def _account(store: Store, currency: str, payer: str, names: Mapping[str, str]) -> list[Attribution]:
    periods = [(key, read_at) for org, key, read_at in store.query("bill-periods") if org == payer]
    broken = max((_Broken(key[:7], read_at, key) for key, read_at in periods if ":" in key), default=None)
    month = broken.month if broken else max((key[:7] for key, _ in periods), default=None)
    if month is None:
        return []
    costs = store.query("spend-untagged", org=payer, period=broken.key, keys=_keys_of(broken)) if broken else []
    sets: defaultdict[str, set[Keys]] = defaultdict(set)
    titles: dict[str, str] = {}
    for _, public_id, title, source in store.query("spend-tag-sources", month=month, orgs=[payer]):
        sets[public_id].add(_chosen(source))
        titles[public_id] = title
    whole: dict[str, Usd] = {}
    untagged: defaultdict[str, dict[str, Usd]] = defaultdict(dict)
    for public_id, title, key, cost, lacking in costs:
        whole[public_id], titles[public_id] = cost, title
        untagged[public_id][key] = lacking
    usual = _usual(sets, next((public_id for public_id, name in names.items() if name == payer), None))
    return [
        Attribution(
            org=names.get(public_id, payer),
            id=public_id,
            name=names.get(public_id) or titles[public_id],
            currency=currency,
            month=date.fromisoformat(f"{month}-01"),
            cost=whole.get(public_id),
            untagged=untagged[public_id],
            tag_keys=tuple(sorted(sets[public_id])),
            usual_keys=usual,
        )
        for public_id in sorted(titles)
    ]


def _keys_of(broken: _Broken) -> list[str]:
    return broken.key.partition(":")[2].split(",")


def _chosen(source: str) -> Keys:
    """The tag keys of a `tag_config_source`: `<organisation>:::<key>///<key>` (docs/datadog.md, B1), sorted."""
    return tuple(sorted(key for key in source.rpartition(":::")[2].split("///") if key))


def _usual(sets: Mapping[str, Collection[Keys]], parent: str | None) -> Keys:
    """The parent's keys; where it has none, or several, those of most organisations, the first of several such."""
    own = sets.get(parent or "", ())
    if len(own) == 1:
        return next(iter(own))
    counts = Counter(keys for found in sets.values() for keys in found)
    return min(counts, key=lambda keys: (-counts[keys], keys), default=())
