"""Which fields of attribution a call asks for."""

from collections.abc import Set

from costguard.simulator.call import Call, Refused


def fields_asked(call: Call, known: Set[str]) -> frozenset[str] | None:
    """The fields that were asked for; None = all; 400 for none, and for one that is not `known`."""
    text = call.text("fields")
    if not text:
        raise Refused(400, "The parameter 'fields' is required")
    if text == "*":
        return None
    fields = frozenset(each.strip() for each in text.split(","))
    if fields - known:
        raise Refused(400, f"Invalid fields: {', '.join(sorted(fields - known))}")
    return fields
