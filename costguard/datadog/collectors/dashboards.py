"""What Datadog's API says of dashboards: what their widgets ask, and who looks at them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from costguard.datadog import powerpacks, widgets
from costguard.datadog.client import Connection, Unreadable
from costguard.datadog.collectors import Item, Window
from costguard.datadog.details import Detail, fetch_each
from costguard.datadog.pages import by_offset
from costguard.datadog.raw import (
    MalformedError,
    identity,
    integer,
    key_of,
    malformed,
    mapping,
    moment,
    read_each,
    text,
    texts,
)
from costguard.model.findings import Cause, Gap
from costguard.model.resources import Dashboard

_PAGE = 100

_USAGE_PAGE = 500
"""The most that GET /api/v2/dashboards/usage gives at a time."""


class _Views(NamedTuple):
    total: int | None
    last: datetime | None


class Dashboards:
    """GET /api/v1/dashboard, each new or edited one by its own call, and GET /api/v2/dashboards/usage."""

    provides = Dashboard
    permissions = ("dashboards_read",)
    parent_only = False

    def collect(self, org: Connection, window: Window) -> Iterator[Item]:
        """Every dashboard; one that cannot be read costs a Gap of its own."""
        views: Mapping[str, _Views] = {}
        try:
            views = _views(org)
            if not views:
                yield _no_views(org)
        except Unreadable as error:
            yield error.gap
        known = window.previous.resources(Dashboard)
        unread: list[Dashboard] = []
        failure: Unreadable | None = None
        pages = by_offset(
            lambda page: org.call("v1.list_dashboards", query={"count": _PAGE, **page}, what="dashboard"),
            org=org.org.name,
            what="dashboard",
            items="dashboards",
            key=key_of("id"),
        )
        try:
            for listed in read_each(
                pages, lambda raw: _listed(org, raw, views), org=org.org.name, what="dashboard", plural="dashboards"
            ):
                before = known.get(listed.id) if isinstance(listed, Dashboard) else None
                if not isinstance(listed, Dashboard):
                    yield listed
                elif before and _unchanged(before, listed):
                    kept = {name: getattr(before, name) for name in ("queries", "template_variables", "tags")}
                    yield listed.model_copy(update=kept)
                else:
                    unread.append(listed)
        except Unreadable as error:
            failure = error
        yield from _detailed(org, window, unread)
        if failure:
            raise failure


def _unchanged(before: Dashboard, listed: Dashboard) -> bool:
    """Whether what the store has of it still holds; a powerpack may change without its dashboards."""
    same = listed.modified is not None and before.modified == listed.modified
    return same and not powerpacks.names_any(before.queries)


def _detailed(org: Connection, window: Window, dashboards: list[Dashboard]) -> Iterator[Item]:
    without_powerpacks: list[Gap] = []

    def fetch(dashboard: Dashboard) -> Dashboard:
        body = org.call("v1.get_dashboard", path={"dashboard_id": dashboard.id}, what="dashboard")
        if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
            raise Unreadable(malformed(org.org.name, "dashboard", "the answer holds no widgets"))
        variables = body.get("template_variables")
        try:
            queries = widgets.queries(body["widgets"], variables)
        except MalformedError as error:
            raise Unreadable(malformed(org.org.name, "dashboard", f"the answer is {error}")) from None
        if powerpacks.names_any(queries):
            queries = powerpacks.filled(queries, known_powerpacks())
        names = widgets.template_variables(variables)
        tags = texts(body.get("tags"))
        return dashboard.model_copy(update={"tags": tags, "queries": queries, "template_variables": names})

    def known_powerpacks() -> powerpacks.Powerpacks:
        try:
            return window.once("powerpacks", lambda: powerpacks.read(org))
        except Unreadable as error:
            without_powerpacks.append(error.gap)
            return {}

    for detail in fetch_each(
        dashboards, fetch, window.fan_out, name=lambda each: each.id, what="dashboard", plural="dashboards"
    ):
        yield detail.body if isinstance(detail, Detail) else detail
    yield from dict.fromkeys(without_powerpacks)


def _listed(org: Connection, raw: Mapping[str, Any], views: Mapping[str, _Views]) -> Dashboard:
    id_ = identity(raw.get("id"))
    seen = views.get(id_, _Views(None, None))
    return Dashboard(
        org=org.org.name,
        id=id_,
        name=text(raw.get("title")),
        # Its own `url` is a path that its title is part of.
        url=org.app_url(f"/dashboard/{quote(id_, safe='')}"),
        created=moment(raw.get("created_at")),
        modified=moment(raw.get("modified_at")),
        author=text(raw.get("author_handle")) or None,
        views=seen.total,
        viewed=seen.last,
    )


def _views(org: Connection) -> dict[str, _Views]:
    """Views by dashboard; {} where Datadog counts none for anybody, which says nothing (docs/datadog.md, B3)."""
    out: dict[str, _Views] = {}
    for raw in by_offset(
        lambda page: org.call(
            "v2.list_dashboards_usage",
            query={"page[limit]": _USAGE_PAGE, **page},
            what="dashboard views",
            optional=True,
        ),
        org=org.org.name,
        what="dashboard views",
        items="data",
        key=key_of("id"),
        start="page[offset]",
    ):
        attributes = mapping(raw.get("attributes"))
        views = _Views(integer(attributes.get("total_views")), moment(attributes.get("viewed_at")))
        out[text(raw.get("id"))] = views
    return out if any(each.last for each in out.values()) else {}


def _no_views(org: Connection) -> Gap:
    return Gap(
        org=org.org.name,
        what="dashboard views",
        cause=Cause.NOT_AVAILABLE,
        hint="Datadog counts views only where Real User Monitoring is active; nothing is said about idle dashboards",
        optional=True,
    )
