"""What the user may choose about reading usage and cost: the `[attribution]` and `[usage]` tables."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field, StrictBool, StrictInt

from costguard.model.base import Frozen

MOST_TAGS = 3
"""Tag keys that usage is attributed by at the same time (docs/datadog.md, B1)."""


def _tag_key(value: str) -> str:
    if not re.fullmatch(r"[^\s,]{1,200}", value) or not value.isprintable() or "///" in value:
        raise ValueError("must be the key of a tag, like team")
    return value


def _distinct(keys: tuple[str, ...]) -> tuple[str, ...]:
    if len(keys) > MOST_TAGS:
        raise ValueError(f"has {len(keys)} keys; Datadog attributes usage by at most {MOST_TAGS} at a time")
    if len(set(keys)) < len(keys):
        raise ValueError("names a key twice; give each once")
    return keys


def _word(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]+", value):
        raise ValueError("must be one of Datadog's names: small letters, digits and _")
    return value


def _version(value: str) -> str:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", value):
        raise ValueError('must be a version, like "1.0.0"')
    return value


class Attribution(Frozen):
    """How usage and cost are read by tags: the `[attribution]` table."""

    tags: Annotated[tuple[Annotated[str, AfterValidator(_tag_key)], ...], AfterValidator(_distinct)] = ()
    """The tag keys to break down by; () = those that the account's usage attribution is set up for."""
    hourly_days: Annotated[StrictInt, Field(ge=0, le=62)] = 0
    """Whole days of which usage is also read by tags and hour; it takes requests for each day and usage type."""
    usage_types: tuple[Annotated[str, AfterValidator(_word)], ...] = ()
    """The usage types that are read by tags and hour, like infra_host_usage; () = all that the account uses."""


class UsageSettings(Frozen):
    """How much usage and cost is read: the `[usage]` table."""

    months: Annotated[StrictInt, Field(ge=2, le=15)] = 15
    """Closed months of usage and cost that are read, at most the 15 that Datadog keeps; what is read is kept."""
    hourly_days: Annotated[StrictInt, Field(ge=1, le=488)] | None = None
    """Whole days of hourly usage that are read, likewise; None = all since the last closed month began."""
    connected_accounts: StrictBool = False
    """Whether usage and cost of accounts that are connected to this one, as a partner's customers, are read too."""
    versions: Mapping[Annotated[str, AfterValidator(_word)], Annotated[str, AfterValidator(_version)]] = {}
    """Versions of product families, by family; the others are read in their latest."""
