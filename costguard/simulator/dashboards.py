"""Dashboards, notebooks and objectives: they show what stories asked them to show, among ordinary graphs."""

from collections import Counter
from datetime import timedelta
from typing import Any

from costguard.simulator import widgets
from costguard.simulator.block import PAYLOAD, Block
from costguard.simulator.calendar import iso, zulu
from costguard.simulator.inventory import Json
from costguard.simulator.words import DOMAIN, PEOPLE, Profile

SUBJECTS = ("overview", "latency", "capacity", "errors", "business", "on-call", "weekly review", "deploys")


def build(block: Block, profile: Profile, used: list[str]) -> None:
    """The block's objectives, dashboards and notebooks; `used` are metrics that they may show."""
    for slo in block.slos:
        _objective(block, slo)
    _ordinary_objectives(block, profile, used)
    shown = [widgets.objective(each["id"], each["name"]) for each in block.inventory.slos[-2:]]
    wanted = [*block.widgets, *shown]
    block.random.shuffle(wanted)
    share = -(-len(wanted) // profile.dashboards)
    for number in range(profile.dashboards):
        _dashboard(block, profile, wanted[number * share : (number + 1) * share], used)
    cells = list(block.cells)
    for number in range(profile.notebooks):
        _notebook(block, profile, number, cells[number :: profile.notebooks], used)


def _graphs(block: Block, used: list[str], count: int) -> list[Json]:
    choose = block.random.choice
    graphs = []
    for _ in range(count):
        metric = choose(used)
        graphs.append(
            choose(
                (
                    widgets.timeseries(f"avg:{metric}{{$env}} by {{host}}", block.named(metric)),
                    widgets.value(f"sum:{metric}{{env:prod}}", block.named(metric)),
                    widgets.formula(
                        [f"sum:{metric}{{*}}.as_count()", f"sum:{choose(used)}{{*}}"], "query1 / query2", "Ratio"
                    ),
                    widgets.plain(f"top(avg:{metric}{{*}} by {{pod_name}}, 10, 'mean', 'desc')", block.named(metric)),
                )
            )
        )
    return graphs


def _dashboard(block: Block, profile: Profile, wanted: list[Json], used: list[str]) -> None:
    service = block.random.choice(profile.services) + block.suffix
    author = block.random.choice(PEOPLE)
    modified = block.ago(block.random.uniform(2, 800))
    identity = block.ids.short()
    graphs = [*_graphs(block, used, block.random.randint(2, 7)), *wanted]
    block.random.shuffle(graphs)
    if len(graphs) > 5:
        graphs = [*graphs[:3], widgets.group("Details", graphs[3:])]
    graphs.insert(0, widgets.note(f"Questions: #{service}"))
    title = f"{service} {block.random.choice(SUBJECTS)}"
    block.inventory.dashboards.append(
        {
            "id": identity,
            "title": block.named(title),
            "description": block.named("Kept by the team.") if block.random.random() < 0.5 else None,
            "author_handle": f"{author}@{DOMAIN}",
            "author_name": author.replace(".", " ").title(),
            "layout_type": "ordered",
            "url": f"/dashboard/{identity}/{title.replace(' ', '-')}",
            "is_read_only": False,
            "template_variables": [
                {"name": "env", "prefix": "env", "available_values": ["prod", "staging"], "default": "prod"},
            ],
            "widgets": [{"id": block.ids.number(), "definition": each} for each in graphs],
            "notify_list": [],
            "restricted_roles": [],
            "created_at": iso(modified - timedelta(days=block.random.randint(0, 600))),
            "modified_at": iso(modified),
            "reflow_type": "auto",
            "tags": [block.tag("team", profile.team_of[0])],
        }
    )


def usage(org_id: int, dashboard: Json, *, viewed: bool, at: str) -> Json:
    """What the preview of dashboards' usage says of a dashboard that was last viewed `at` a time, or never."""
    counted = Counter(_types(dashboard["widgets"]))
    views = 7 + sum(map(ord, dashboard["id"])) % 90 if viewed else 0
    author = {
        "id": str(2_000_000 + org_id % 1000),
        "name": dashboard["author_name"],
        "handle": dashboard["author_handle"],
        "is_disabled": False,
    }
    return {
        "id": dashboard["id"],
        "type": "dashboards-usages",
        "attributes": {
            "org_id": org_id,
            "title": dashboard["title"],
            "teams": [],
            "created_at": dashboard["created_at"],
            "author": author,
            "total_views": views,
            "viewed_at": at if viewed else None,
            "viewer": author if viewed else None,
            "total_views_by_type": {"in_app": views} if viewed else None,
            "edited_at": dashboard["modified_at"],
            "widget_count": sum(counted.values()),
            "widget_count_by_type": dict(sorted(counted.items())),
            "dashboard_quality_score": 0.5,
        },
    }


def _types(shown: list[Json]) -> list[str]:
    kinds = []
    for widget in shown:
        definition = widget["definition"]
        kinds.append(definition["type"])
        kinds += _types(definition.get("widgets", []))
    return kinds


def _notebook(block: Block, profile: Profile, number: int, cells: list[Json], used: list[str]) -> None:
    author = block.random.choice(PEOPLE)
    modified = block.ago(block.random.uniform(2, 500))
    name = f"{block.random.choice(profile.services)}{block.suffix}: what happened on day {number + 1}"
    metric = block.random.choice(used)
    shown = [widgets.timeseries(f"avg:{metric}{{env:prod}}", block.named(metric)), *cells]
    block.inventory.notebooks.append(
        {
            "id": block.ids.number(),
            "type": "notebooks",
            "attributes": {
                "name": (f"={PAYLOAD}{name}" if block.hostile else name)[:80],
                "author": {
                    "created_at": zulu(block.ago(900)),
                    "disabled": False,
                    "email": f"{author}@{DOMAIN}",
                    "handle": f"{author}@{DOMAIN}",
                    "icon": "",
                    "name": author.replace(".", " ").title(),
                    "status": "Active",
                    "title": None,
                    "verified": True,
                },
                "cells": [
                    _cell(block, {"type": "markdown", "text": block.named("# Timeline")}),
                    *(_cell(block, each) for each in shown),
                ],
                "created": iso(modified - timedelta(days=3)),
                "modified": iso(modified),
                "metadata": {"is_template": False, "take_snapshots": False, "type": "investigation"},
                "status": "published",
                "time": {"live_span": "1h"},
            },
        }
    )


def _cell(block: Block, definition: Json) -> Json:
    attributes: dict[str, Any] = {"definition": definition}
    if definition["type"] != "markdown":
        attributes |= {"graph_size": "m", "time": None}
    return {"id": block.ids.short().replace("-", "")[:8], "type": "notebook_cells", "attributes": attributes}


def _ordinary_objectives(block: Block, profile: Profile, used: list[str]) -> None:
    watched = [each for each in block.inventory.monitors if each["type"] in ("metric alert", "query alert")]
    for number in range(max(2, profile.dashboards // 8)):
        service = block.random.choice(profile.services)
        if number % 2:
            monitor = block.random.choice(watched)
            _objective(
                block, {"type": "monitor", "monitor_ids": [monitor["id"]], "name": block.named(f"{service} works")}
            )
        else:
            total = f"sum:{block.random.choice(used)}{{env:prod}}.as_count()"
            query = {
                "numerator": f"{total} - sum:{block.random.choice(used)}{{env:prod}}.as_count()",
                "denominator": total,
            }
            _objective(block, {"type": "metric", "query": query, "name": block.named(f"{service} quality")})


def _objective(block: Block, slo: Json) -> None:
    author = block.random.choice(PEOPLE)
    created = int(block.ago(block.random.uniform(60, 900)).timestamp())
    block.inventory.slos.append(
        {
            "id": block.ids.hash(),
            "description": None,
            "tags": ["env:prod", block.tag("team", "platform")],
            "monitor_tags": [],
            "thresholds": [{"timeframe": "30d", "target": 99.9, "target_display": "99.9"}],
            "timeframe": "30d",
            "target_threshold": 99.9,
            "creator": {"name": None, "handle": f"{author}@{DOMAIN}", "email": f"{author}@{DOMAIN}"},
            "created_at": created,
            "modified_at": created + 86_400,
            **slo,
        }
    )
