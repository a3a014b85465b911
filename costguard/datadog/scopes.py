"""What Datadog says of the keys themselves: whose they are, what their owner may do, and which scopes they carry."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from costguard.datadog.client import Connection, KeysRefused, Unreadable
from costguard.datadog.pages import by_number
from costguard.datadog.raw import key_of, mapping, sequence, text, texts
from costguard.model.findings import Cause

_PAGE = 100
"""The most application keys that Datadog lists at a time."""


@dataclass(frozen=True)
class Owner:
    """The user that an application key belongs to."""

    public_id: str | None = None
    """Of the organisation; None where Datadog did not say."""
    name: str | None = None
    """Of the organisation."""
    permissions: frozenset[str] | None = None
    """What the owner's roles allow; None where that could not be read."""


@dataclass(frozen=True)
class KeyScopes:
    """The scopes of an application key."""

    scoped: bool | None
    """False for a key that may do all that its owner may; None where that could not be read."""
    scopes: frozenset[str] = frozenset()
    why: str = ""
    """Why they could not be read."""

    def allow(self, permission: str, owner: Owner) -> bool | None:
        """Whether the key has a permission, as far as that can be told without trying.

        What a scoped key does not carry it cannot do. What it carries, its owner must be allowed to do as well
        (docs/datadog.md, D2.4). A permission that no role names may still be open to everybody: that has to be tried.
        """
        if self.scoped and permission not in self.scopes:
            return False
        known = self.scoped is not None and owner.permissions is not None and permission in owner.permissions
        return True if known else None


def read_owner(org: Connection) -> Owner:
    """GET /api/v2/current_user; an empty Owner where it does not answer. Raises KeysRefused."""
    try:
        body = mapping(org.call("v2.get_current_user", what="current user", optional=True))
    except KeysRefused:
        raise
    except Unreadable:
        # Who the owner is only spares some tries; without it, each permission is tried.
        return Owner()
    included = [mapping(each) for each in sequence(body.get("included"))]
    about = next((mapping(each.get("attributes")) for each in included if each.get("type") == "orgs"), {})
    return Owner(
        public_id=text(about.get("public_id")) or None,
        name=text(about.get("name")) or None,
        permissions=_permissions(included),
    )


def _permissions(included: list[dict[str, Any]]) -> frozenset[str] | None:
    """The names of the permissions that the roles refer to; None where the answer holds no permission."""
    names = {
        text(each.get("id")): text(mapping(each.get("attributes")).get("name"))
        for each in included
        if each.get("type") == "permissions"
    }
    granted = {
        text(mapping(link).get("id"))
        for each in included
        if each.get("type") == "roles"
        for link in sequence(mapping(mapping(each.get("relationships")).get("permissions")).get("data"))
    }
    return frozenset(name for identity, name in names.items() if name and identity in granted) or None


def read_scopes(org: Connection) -> KeyScopes:
    """GET /api/v2/current_user/application_keys: the scopes of the key that is used. Raises KeysRefused.

    A key is recognised by its last four characters, which is all that Datadog shows of it; where several end alike and
    differ in their scopes, they are not known.
    """
    found: set[frozenset[str] | None] = set()
    try:
        for key in _own_keys(org):
            scopes = key.get("scopes")
            if scopes is not None and not isinstance(scopes, list):
                return KeyScopes(None, why="Datadog's list of application keys was not understood")
            found.add(None if scopes is None else frozenset(texts(scopes)))
    except KeysRefused:
        raise
    except Unreadable as error:
        if error.gap.cause is Cause.MISSING_PERMISSION:
            return KeyScopes(None, why="the key may not list its owner's application keys")
        return KeyScopes(None, why=error.gap.hint)
    if not found:
        return KeyScopes(None, why="the key is not among its owner's application keys")
    if len(found) > 1:
        return KeyScopes(None, why="the owner has several application keys that end alike")
    scopes = found.pop()
    return KeyScopes(False) if scopes is None else KeyScopes(True, scopes)


def _own_keys(org: Connection) -> Iterator[Mapping[str, Any]]:
    """The attributes of the owner's keys that may be the one that is used."""
    operation, what = "v2.list_current_user_application_keys", "application key"
    listed = by_number(
        lambda page: org.call(operation, query={"page[size]": _PAGE, **page}, what=what, optional=True),
        org=org.org.name,
        what=what,
        items="data",
        key=key_of("id"),
        number="page[number]",
    )
    keys = (mapping(each.get("attributes")) for each in listed)
    return (each for each in keys if org.may_be_its_key(text(each.get("last4"))))
