"""What a fix by the API looks like: a call on the first line, its JSON body after it."""

import json
import re
from collections.abc import Iterator

CALL = re.compile(r"(?P<method>POST|PUT|PATCH|DELETE) /api/v[12]/[!-~]+")


def call_faults(text: str) -> Iterator[str]:
    """What is wrong with a fix's `api`; nothing where there is none."""
    if not text:
        return
    first, _, body = text.partition("\n")
    call = CALL.fullmatch(first)
    if call is None:
        yield f"{first!r} is no method and path"
    if body or call is None or call["method"] != "DELETE":
        try:
            value = json.loads(body)
        except json.JSONDecodeError as error:
            yield f"{body!r} is no JSON: {error}"
        else:
            if not isinstance(value, dict):
                yield f"{body!r} is no JSON object"
