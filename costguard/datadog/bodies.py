"""How the bytes of an answer become JSON values that are safe to keep."""

import json
import re
from typing import Any, NoReturn

from pydantic_core import from_json

_HIGH, _LOW = rb"\\u[dD][89abAB][0-9a-fA-F]{2}", rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"

_LONE = re.compile(rb"%b(?!%b)|(?<!\\u[dD][89abAB]..)%b|\\\\u" % (_HIGH, _LOW, _LOW), re.DOTALL)
"""An escaped half of a character without the other, or an escaped backslash that may pass for one."""

_ESCAPE = re.compile(rb"%b%b|(%b|%b)|\\." % (_HIGH, _LOW, _HIGH, _LOW), re.DOTALL)
"""Each escape in turn; the group is a half without the other."""


class BodyError(ValueError):
    """The body is not a JSON object or list: one line that says what it is instead."""

    def __init__(self, message: str, *, broken_off: bool = False) -> None:
        super().__init__(message)
        self.broken_off = broken_off
        """Whether it begins like JSON, so that asking again may help."""


def parsed(body: bytes) -> Any:
    """The object or list that `body` holds; raises BodyError.

    Half a character (a lone surrogate), which no file and no terminal can hold, becomes U+FFFD.
    """
    # The first look is there for speed: most bodies have no such escape.
    if (b"\\ud" in body or b"\\uD" in body) and _LONE.search(body):
        body = _ESCAPE.sub(lambda match: rb"\ufffd" if match[1] else match[0], body)
    try:
        # A third faster than the standard library's parser, which is asked for what is wrong with what this refuses.
        value = from_json(body, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        value = _carefully(body)
    if not isinstance(value, dict | list):
        raise BodyError("JSON that is no object and no list")
    return value


def _carefully(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=_refused)
    except UnicodeDecodeError:
        raise BodyError("a body that is not UTF-8") from None
    except RecursionError:
        raise BodyError("JSON that is nested too deeply") from None
    except ValueError:
        begins = body.lstrip()[:1] in (b"{", b"[")
        raise BodyError("broken JSON" if begins else "a body that is not JSON", broken_off=begins) from None


def _refused(name: str) -> NoReturn:
    """Python reads NaN and Infinity as numbers; JSON has no such numbers, and no count or price is one."""
    raise ValueError(name)
