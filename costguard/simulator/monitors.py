"""Monitors that belong to no synthetic test: ordinary ones, and those that others' stories need."""

from datetime import datetime, timedelta

from costguard.simulator.block import Block
from costguard.simulator.calendar import iso
from costguard.simulator.inventory import Json
from costguard.simulator.words import DOMAIN, PEOPLE, Profile

STATES = ("OK", "OK", "OK", "OK", "OK", "OK", "OK", "No Data", "Alert", "Warn")


def add_monitor(
    block: Block,
    *,
    number: int,
    type: str,
    name: str,
    query: str,
    message: str,
    tags: tuple[str, ...],
    created: datetime,
    modified: datetime,
    author: str,
) -> Json:
    """A monitor as GET /api/v1/monitor answers it, added to the organisation; options are for the caller to extend."""
    monitor: Json = {
        "id": number,
        "org_id": 1_000_100 + block.inventory.number,
        "type": type,
        "name": name,
        "message": message,
        "tags": list(tags),
        "query": query,
        "options": {"notify_audit": False, "include_tags": True, "new_host_delay": 300, "silenced": {}},
        "multi": False,
        "created": iso(created),
        "modified": iso(modified),
        "deleted": None,
        "restricted_roles": None,
        "priority": None,
        "overall_state": block.random.choice(STATES),
        "overall_state_modified": iso(block.ago(block.random.uniform(1, 90))),
        "creator": {
            "name": author.replace(".", " ").title(),
            "handle": f"{author}@{DOMAIN}",
            "email": f"{author}@{DOMAIN}",
        },
        "matching_downtimes": [],
    }
    block.inventory.monitors.append(monitor)
    return monitor


def build(block: Block, profile: Profile, used: list[str]) -> None:
    """What the block's stories asked for, then ordinary monitors on `used` metrics up to the profile's number."""
    for alert in block.alerts:
        _monitor(block, profile, alert["type"], alert["query"], alert["service"])
    while len(block.inventory.monitors) < profile.monitors * (block.number + 1):
        service = block.random.choice(profile.services) + block.suffix
        kind, query = _ordinary(block, service, used)
        _monitor(block, profile, kind, query, service)


def _monitor(block: Block, profile: Profile, kind: str, query: str, service: str) -> None:
    base = service.removesuffix(block.suffix) if block.suffix else service
    team = profile.team_of[profile.services.index(base)] if base in profile.services else "platform"
    modified = block.ago(block.random.uniform(5, 700))
    add_monitor(
        block,
        number=block.ids.number(),
        type=kind,
        name=block.named(f"{service} {block.random.choice(('is slow', 'fails', 'falls behind', 'is saturated'))}"),
        query=query,
        message=f"Look at {service}. @slack-{profile.name}-{team} @pagerduty-{team}",
        tags=(f"service:{service}", "env:prod", block.tag("team", team)),
        created=modified - timedelta(days=block.random.randint(0, 400)),
        modified=modified,
        author=block.random.choice(PEOPLE),
    )


def _ordinary(block: Block, service: str, used: list[str]) -> tuple[str, str]:
    metric = block.random.choice(used)
    critical = block.random.choice((5, 10, 50, 100, 500))
    return block.random.choice(
        (
            ("query alert", f"avg(last_5m):avg:{metric}{{service:{service}}} by {{host}} > {critical}"),
            ("metric alert", f"max(last_10m):sum:{metric}{{env:prod}} > {critical}"),
            ("query alert", f"avg(last_4h):anomalies(avg:{metric}{{*}}, 'agile', 3) >= 1"),
            ("log alert", f'logs("service:{service} status:error").index("*").rollup("count").last("5m") > {critical}'),
            ("service check", f'"http.can_connect".over("service:{service}").by("host").last(4).count_by_status()'),
            ("process alert", f'processes("{service}").over("env:prod").rollup("count").last("5m") < 1'),
        )
    )
