"""Which tag keys usage attribution is set up for, and what to ask for instead of others."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from costguard.datadog.raw import text
from costguard.model.usage_settings import MOST_TAGS
from costguard.safetext import visible

_FEW = 3
"""Organisations, and choices of tag keys, that a gap names."""


def tag_keys(source: object) -> tuple[str, ...]:
    """The tag keys of a `tag_config_source`: "organisation:::key///key///key" (docs/datadog.md, B1)."""
    keys = text(source).rpartition(":::")[2]
    return tuple(key for key in keys.split("///") if key)


def configured(rows: list[dict[str, Any]], own: str | None) -> tuple[str, ...]:
    """The tag keys that these rows can be broken down by: the organisation's own choice, else the commonest; () = none.

    An organisation below may have chosen others, which its parent is not shown (docs/datadog.md, B1).
    """
    chosen = [(row.get("public_id") == own, keys) for row in rows if (keys := tag_keys(row.get("tag_config_source")))]
    if not chosen:
        return ()
    (_, keys), _ = max(Counter(chosen).items(), key=lambda each: (each[0][0], each[1]))
    return keys[:MOST_TAGS]


def not_applied(tags: tuple[str, ...], sources: Collection[tuple[str, tuple[str, ...]]]) -> str:
    """What to ask for instead of tags by which nothing is broken down; `sources` are organisations and their keys."""
    chosen: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for org, keys in sorted(sources):
        if keys:
            chosen[tuple(sorted(keys))].append(org)
    nothing = f"usage is not attributed by {', '.join(tags)}"
    if not chosen:
        return f"{nothing}: choose tag keys under Plan & Usage, and set tags in [attribution] to some of them"
    told = [f"of {_few(orgs, ', ')} by {', '.join(keys)}" for keys, orgs in sorted(chosen.items())]
    if any(set(tags) <= set(keys) for keys in chosen):
        step = "leave tags out of [attribution]: what a child has chosen for itself may be shown to its own keys alone"
    else:
        step = "set tags in [attribution] to some of one organisation's: only those can be asked for together"
    return f"{nothing}, but {_few(told, '; ')}; {step}"


def _few(texts: Sequence[str], between: str) -> str:
    """The first of them, made visible, and how many there are beside."""
    more = len(texts) - _FEW
    return between.join(map(visible, texts[:_FEW])) + (f" and {more} more" if more > 0 else "")
