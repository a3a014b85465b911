"""What an organisation's keys can really do, found out by asking: all organisations at once, each for itself."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from costguard.datadog.account import Told, read_cost_attribution, read_organisations, read_parent, read_tags
from costguard.datadog.client import Connection, KeysRefused, Unreadable
from costguard.datadog.collectors import FanOut, in_turn
from costguard.datadog.probes import Source, Verdict, probe, probes
from costguard.datadog.scopes import KeyScopes, Owner, read_owner, read_scopes
from costguard.datadog.workers import Workers
from costguard.errors import one_line
from costguard.model.findings import Cause
from costguard.settings import OrgSettings


class KeyState(StrEnum):
    """What came of an organisation's keys."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NOT_SET = "not set"
    UNREACHABLE = "unreachable"
    """Datadog could not be reached with them."""
    NOT_TRIED = "not tried"
    """Datadog was reached, but could not be asked."""

    @property
    def words(self) -> str:
        """As a reader is told: "keys refused", "unreachable"."""
        return "unreachable" if self is KeyState.UNREACHABLE else f"keys {self}"


@dataclass(frozen=True)
class Examined:
    """What was found out about one organisation."""

    org: OrgSettings
    verdicts: Mapping[str, Verdict]
    """By permission."""
    keys: KeyState = KeyState.ACCEPTED
    failure: str = ""
    """Why nothing could be found out, and the next step; "" where the keys were accepted."""
    owner: Owner = field(default_factory=Owner)
    key: KeyScopes = field(default_factory=lambda: KeyScopes(None))
    parent: Told[bool] = field(default_factory=Told)
    tags: Told[tuple[str, ...]] = field(default_factory=Told)
    """The tag keys of usage attribution."""
    cost_attribution: Told[bool] = field(default_factory=Told)
    organisations: Told[Mapping[str, str]] = field(default_factory=Told)
    """The account's other organisations: name by public id; only the parent is asked."""

    @property
    def public_id(self) -> str | None:
        """The organisation's public id, as Datadog says or as it is declared."""
        return self.owner.public_id or self.org.public_id

    @property
    def is_parent(self) -> bool | None:
        """Whether it is the account's parent, as Datadog says or as it is declared."""
        return self.org.parent if self.parent.value is None else self.parent.value


def without_answer(org: OrgSettings, keys: KeyState, failure: str, permissions: Iterable[str]) -> Examined:
    """What is known of an organisation of which nothing can be asked: keys that do not work grant nothing."""
    granted = False if keys in (KeyState.REFUSED, KeyState.NOT_SET) else None
    return Examined(org, {each: Verdict(each, granted, None, failure) for each in permissions}, keys, failure)


def examine_all(
    connections: Sequence[Connection], permissions: Sequence[str], now: datetime, *, workers: int = 8
) -> tuple[Examined, ...]:
    """Every organisation, in the order of the connections; one that fails costs only its own facts."""
    with Workers(min(workers, len(connections)), "organisation") as orgs, Workers(workers, "probe") as asking:
        examined = partial(_examined, permissions=permissions, now=now, fan_out=asking.fan_out)
        return tuple(orgs.fan_out(examined, connections))


def examine(org: Connection, permissions: Sequence[str], now: datetime, *, fan_out: FanOut = in_turn) -> Examined:
    """One organisation; raises KeysRefused where Datadog does not know its keys, Unreadable where it does not answer.

    Each of `permissions` is told by the key's own scopes where those say so, else by its cheapest call.
    """
    org.validate()
    owner, key = read_owner(org), read_scopes(org)
    told = {each: key.allow(each, owner) for each in permissions}
    asks = probes(now)

    def find_out(permission: str) -> Verdict:
        known = told[permission]
        if known is not None:
            return Verdict(permission, known, Source.SCOPES)
        return _explained(probe(org, permission, asks.get(permission, ())), key)

    verdicts = {each.permission: each for each in fan_out(find_out, permissions)}
    parent = read_parent(org, now)
    found = Examined(org.org, verdicts, owner=owner, key=key, parent=parent, tags=read_tags(org, now))
    if found.is_parent is False:
        return replace(found, cost_attribution=Told(None, "only the parent is asked"))
    return replace(found, cost_attribution=read_cost_attribution(org, now), organisations=read_organisations(org, now))


def _explained(verdict: Verdict, key: KeyScopes) -> Verdict:
    """What else is to be done where the key's scopes are not what is in the way."""
    if verdict.granted is False and (key.scoped is False or verdict.permission in key.scopes):
        why = "the key would allow it: grant it to a role of the key's owner"
        return Verdict(verdict.permission, False, verdict.source, why)
    return verdict


def _examined(org: Connection, *, permissions: Sequence[str], now: datetime, fan_out: FanOut) -> Examined:
    try:
        return examine(org, permissions, now, fan_out=fan_out)
    except KeysRefused as error:
        return without_answer(org.org, KeyState.REFUSED, error.gap.hint, permissions)
    except Unreadable as error:
        keys = KeyState.UNREACHABLE if error.gap.cause is Cause.UNREACHABLE else KeyState.NOT_TRIED
        return without_answer(org.org, keys, error.gap.hint, permissions)
    except Exception as error:  # noqa: BLE001 - whatever it is, it costs this organisation only
        hint = one_line(f"please report this to costguard's issue tracker: {type(error).__name__}: {error}")
        return without_answer(org.org, KeyState.NOT_TRIED, hint, permissions)
