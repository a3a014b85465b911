"""What Datadog's API says of the organisation that the keys belong to."""

from collections.abc import Iterator
from typing import NamedTuple

from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.collectors.dimensions import mapping_of
from costguard.datadog.periods import closed_months
from costguard.datadog.raw import mapping, sequence, text
from costguard.model.findings import Cause, Gap
from costguard.model.resources import Organisation

_NOT_NEEDED = (Cause.MISSING_PERMISSION, Cause.NOT_AVAILABLE, Cause.NOT_ON_SITE)
"""Without its public id an organisation is still audited; only its share of the account's bill cannot be told."""


class Identity(NamedTuple):
    """Who an organisation is, and why that could not be read."""

    organisation: Organisation | None
    gap: Gap | None


class Organisations:
    """GET /api/v2/current_user, which every key may ask for; a parent-only call where no parent is declared."""

    provides = Organisation
    permissions = ()
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """The organisation; a Gap where neither Datadog nor the settings say which it is."""
        yield from (each for each in identify(org, window) if each is not None)


def identify(org: Connection, window: Window) -> Identity:
    """The organisation as its keys see it, asked once."""
    return window.once("organisation", lambda: _identify(org, window))


def is_parent(org: Connection, window: Window) -> bool | None:
    """Whether parent-only calls answer to these keys: as declared, else asked once; None where neither tells."""
    if org.org.parent is not None:
        return org.org.parent
    try:
        mapping_of(org, window, closed_months(window.now)[-1])
    except Unreadable as error:
        return False if error.gap.cause is Cause.NOT_PARENT else None
    return True


def _identify(org: Connection, window: Window) -> Identity:
    public_id, name, gap = org.org.public_id, org.org.name, None
    try:
        body = org.call("v2.get_current_user", what="org", optional=True)
    except Unreadable as error:
        gap = error.gap.model_copy(update={"optional": error.gap.cause in _NOT_NEEDED})
    else:
        included = map(mapping, sequence(mapping(body).get("included")))
        about = next((mapping(each.get("attributes")) for each in included if each.get("type") == "orgs"), {})
        public_id, name = text(about.get("public_id")) or public_id, text(about.get("name")) or name
    if public_id is None:
        return Identity(None, gap or _unnamed(org))
    organisation = Organisation(
        org=org.org.name,
        id=public_id,
        name=name,
        url=org.app_url("/organization-settings"),
        parent=is_parent(org, window),
    )
    return Identity(organisation, None)


def _unnamed(org: Connection) -> Gap:
    return Gap(
        org=org.org.name,
        what="org",
        cause=Cause.NOT_AVAILABLE,
        hint="set public_id in the settings: Datadog does not say which organisation the keys belong to",
        optional=True,
    )
