"""What an answer that cannot be used means to the reader of a report, and what to do about it."""

import re
from typing import Any

from costguard.datadog.errors import KeysRefused, Unreadable
from costguard.datadog.limits import Reading, retry_after
from costguard.datadog.operations import Operation
from costguard.datadog.transport import Refusal, Trouble
from costguard.model.findings import Cause, Gap
from costguard.safetext import visible
from costguard.settings import OrgSettings

LONGEST = 200
"""Characters of a server's text that a hint repeats."""

_BAD_KEY = re.compile(
    r"invalid (api|app|application) key"
    r"|(api|app|application) key (is |was |has )?(invalid|required|missing|revoked|expired)",
    re.IGNORECASE,
)


_NOT_BOUGHT = re.compile(
    r"\b(not (part of|included in|available (on|in|for|with)) (your|this|the current) (plan|account|trial|subscription)"
    r"|upgrade your (plan|account)|requires? an? (enterprise|pro) plan|(free )?trial (has )?(ended|expired))\b",
    re.IGNORECASE,
)
"""How a refusal may say that it is not a matter of permissions; Datadog documents no wording."""


def shown(text: str) -> str:
    """A server's text for a hint: one line, shortened, what would act on a terminal made visible."""
    line = " ".join(text.split())
    return visible(line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…")


def complaint(body: Any) -> str:
    """What the body of an error answer says, in either of Datadog's shapes; a body that is not JSON is a string.

    `{"errors": ["text"]}`, `{"errors": [{"status": "400", "title": "…", "detail": "…"}]}` (docs/datadog.md B0).
    """
    if isinstance(body, str):
        return body
    errors = body.get("errors") or body.get("error") or body.get("message") if isinstance(body, dict) else body
    parts = errors if isinstance(errors, list) else [errors]
    return "; ".join(text for each in parts if (text := _text(each)))


def _text(error: Any) -> str:
    if isinstance(error, dict):
        return ": ".join(str(error[key]) for key in ("title", "detail", "message") if error.get(key))
    return "" if error is None else str(error)


def trouble(operation: Operation, org: OrgSettings, host: str, outcome: Trouble, what: str) -> Unreadable:
    """The error where there was no usable answer."""
    if outcome.cause is Cause.UNREACHABLE:
        hint = f"{host} cannot be reached: {outcome.reason}; check the network, the site and any proxy"
    else:
        hint = f"{operation.call} answered {outcome.reason}; check the site and any proxy"
    return Unreadable.because(outcome.cause, hint, org=org.name, what=what)


def refusal(
    operation: Operation, org: OrgSettings, outcome: Refusal, text: str, *, what: str, optional: bool, tries: int
) -> Unreadable:
    """The error for an answer other than 2xx after so many tries; `text` is what it says, already free of keys."""
    status, call = outcome.status, operation.call
    said = f": {shown(text)}" if text.strip() else ""

    def unreadable(cause: Cause, hint: str, optional: bool = False) -> Unreadable:
        return Unreadable.because(cause, hint, org=org.name, what=what, optional=optional, status=status)

    if status == 401 or (status == 403 and _BAD_KEY.search(text)):
        return keys_refused(org, "the keys", f"{org.api_key_env}, {org.app_key_env}", what=what)
    if status in (400, 403) and "non-parent org" in text.lower():
        return unreadable(
            Cause.NOT_PARENT,
            f"use the parent organisation's keys: {call} answers only those, and organisation {org.name} is a child",
        )
    if status in (400, 403, 404) and org.site in operation.not_on:
        return unreadable(Cause.NOT_ON_SITE, f"nothing to do: Datadog does not offer {call} on {org.site}", True)
    if status in (402, 403) and _NOT_BOUGHT.search(text):
        hint = f"nothing to do, unless it is wanted: {call} is not part of the organisation's plan or trial{said}"
        return unreadable(Cause.NOT_AVAILABLE, hint, True)
    if status == 403:
        needed = " and ".join(operation.permissions)
        hint = f"grant {needed} to the application key of organisation {org.name}"
        other = f"check the application key of organisation {org.name}: {call} is refused to it{said}"
        return unreadable(Cause.MISSING_PERMISSION, hint if needed else other)
    if status == 404:
        return unreadable(Cause.NOT_AVAILABLE, f"{call} is not there on {org.site}{said}", optional)
    if status == 429:
        wait, name = retry_after(outcome.headers), Reading.of(outcome.headers).name
        when = "later" if wait is None else f"in {wait:,.0f} seconds"
        limit = f"the rate limit {shown(name)}" if name else "a rate limit"
        return unreadable(Cause.RATE_LIMITED, f"run again {when}: {call} is refused by {limit}")
    if 300 <= status < 400:
        return unreadable(
            Cause.FAILED, f"check the site and --api-url: {call} answered {status}, a redirect, which is never followed"
        )
    times = f" {tries} times" if tries > 1 else ""
    step = "run again later" if status >= 500 else "please report this to costguard"
    return unreadable(Cause.FAILED, f"{step}: {call} answered {status}{times}{said}")


def keys_refused(org: OrgSettings, which: str, variables: str, *, what: str) -> KeysRefused:
    """The error for keys that Datadog does not know; `variables` names where they come from."""
    hint = f"Datadog refused {which} of organisation {org.name} on {org.site}: check {variables} and the site"
    return KeysRefused(Gap(org=org.name, what=what, cause=Cause.MISSING_PERMISSION, hint=hint))
