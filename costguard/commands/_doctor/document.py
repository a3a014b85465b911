"""The doctor's judgement as JSON, `costguard.doctor/1` (docs/doctor.schema.json), without any part of a key."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from costguard import __version__
from costguard.commands._doctor.across import Across, Reached
from costguard.commands._doctor.grant import terraform
from costguard.commands._doctor.judgement import Diagnosis, Permission, Standing

SCHEMA = "costguard.doctor/1"


def document(diagnoses: Sequence[Diagnosis], together: Across, now: datetime) -> dict[str, Any]:
    """Everything as JSON values."""
    return {
        "schema": SCHEMA,
        "generated_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "costguard_version": __version__,
        "complete": together.complete,
        "orgs": [_org(each) for each in diagnoses],
        "levels": [_reached(each) for each in together.levels],
        "organisations_without_keys": None
        if together.without_keys is None
        else [{"public_id": public_id, "name": name} for public_id, name in together.without_keys.items()],
        "organisations_not_identified": list(together.unidentified),
    }


def _org(each: Diagnosis) -> dict[str, Any]:
    found = each.found
    return {
        "org": found.org.name,
        "site": found.org.site,
        "public_id": found.public_id,
        "keys": found.keys,
        "hint": found.failure or None,
        "parent": found.is_parent,
        "declared_parent": found.org.parent,
        "application_key": {"scoped": found.key.scoped, "why": found.key.why or None},
        "levels": [_standing(standing) for standing in each.standings],
        "permissions": [_permission(permission) for permission in each.permissions],
        "usage_attribution_tags": None if found.tags.value is None else list(found.tags.value),
        "usage_attribution_why": found.tags.why or None,
        "cost_attribution": found.cost_attribution.value,
        "cost_attribution_why": found.cost_attribution.why or None,
        "complete": each.complete,
        "rules_that_will_not_run": _rules(each.stopped),
        "rules_with_less_confidence": _rules(each.weakened),
        "grant": list(each.grant),
        "scopes": list(each.proposed),
        "terraform": terraform(each.proposed),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "level": standing.level.id,
        "state": standing.state,
        "lacking": list(standing.lacking),
        "unknown": list(standing.unknown),
    }


def _permission(permission: Permission) -> dict[str, Any]:
    verdict, uses = permission.verdict, permission.uses
    return {
        "permission": verdict.permission,
        "granted": verdict.granted,
        "source": verdict.source,
        "why": verdict.why or None,
        "needed": permission.needed,
        "unlocks": {
            "levels": [level.id for level in permission.levels],
            "reads": list(uses.reads),
            "rules": list(uses.rules),
            "rules_surer": list(uses.surer),
        },
    }


def _reached(reached: Reached) -> dict[str, Any]:
    return {
        "level": reached.level.id,
        "name": reached.level.name,
        "keys": reached.level.keys,
        "scopes": list(reached.level.scopes),
        "unlocks": reached.level.unlocks,
        "state": reached.state,
        "obstacles": [
            {
                "org": each.org or None,
                "lacking": list(each.lacking),
                "unknown": list(each.unknown),
                "why": each.why or None,
            }
            for each in reached.obstacles
        ],
    }


def _rules(rules: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [{"rule": rule, "permissions": list(permissions)} for rule, permissions in rules.items()]
