"""The one kind of error that a user is shown without a traceback."""

import json


class CostguardError(Exception):
    """Wrong usage, settings, keys or files, exit code 2: one line that says what, where, and the next step."""


def one_line(text: object) -> str:
    """`text` on one line, as a message is printed."""
    return " ".join(str(text).split())


def shown(text: str) -> str:
    """Text of the user's in a message: what would break the line or reach the terminal as a control is escaped."""
    return text if text.isprintable() else json.dumps(text)
