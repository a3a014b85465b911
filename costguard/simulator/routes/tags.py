"""How usage and cost attribution name what they tell of: breakdown keys, tags, sources, and the order of the rows."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from costguard.simulator.call import Call
from costguard.simulator.inventory import Inventory, Json
from costguard.simulator.routes.periods import first_choice
from costguard.simulator.tagging import Values, source_of

T = TypeVar("T")


def keys(call: Call) -> tuple[str, ...]:
    """The tag keys that were asked for."""
    return tuple(each.strip() for each in call.text("tag_breakdown_keys").split(",") if each.strip())


def asked(call: Call) -> tuple[Inventory, ...]:
    """Whose rows were asked for: the parent's children too unless told otherwise."""
    everybody = call.flag("include_descendants", True) and call.inventory.org.parent
    return call.company.inventories if everybody else (call.inventory,)


def about(call: Call, inventory: Inventory, tags: tuple[Values, ...] | None) -> Json:
    """The organisation and the tags of a row."""
    named = None if tags is None else {key: list(each) for key, each in zip(keys(call), tags, strict=True)}
    return {
        "org_name": inventory.title,
        "public_id": inventory.org.public_id,
        "tags": named,
        "tag_config_source": source_of(call.account, inventory),
    }


def ordered(call: Call, rows: Sequence[T], by: Callable[[T], object] | None) -> list[T]:
    """Rows in the order that was asked for, largest first by default; in their own where none was."""
    direction = first_choice(call, "sort_direction", ("desc", "asc"))
    if by is None:
        return list(rows)
    return sorted(rows, key=by, reverse=direction == "desc")  # type: ignore[arg-type] # numbers
