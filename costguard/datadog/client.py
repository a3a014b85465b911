"""How one organisation is asked: allowed operations only, within its rate limits, again where that may help."""

import os
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType, TracebackType
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from costguard.datadog.bodies import BodyError, parsed
from costguard.datadog.diagnosis import complaint, keys_refused, refusal, shown, trouble
from costguard.datadog.errors import ClientError, KeysRefused, Unreadable
from costguard.datadog.limits import Limiter, Permit, retry_after
from costguard.datadog.metric_queries import MetricQueries
from costguard.datadog.operations import OPERATIONS, QUERY, Operation
from costguard.datadog.proxies import proxy_for
from costguard.datadog.retry import Patience, passing
from costguard.datadog.sites import api_base, app_base
from costguard.datadog.transport import CONNECT_TIMEOUT, READ_TIMEOUT, Answer, Refusal, Transport, Trouble
from costguard.model.findings import Cause
from costguard.settings import Keys, OrgSettings

__all__ = ["ClientError", "Connection", "KeysRefused", "Operation", "Patience", "Unreadable", "Value"]

Value: TypeAlias = str | int | bool | MetricQueries
"""What a parameter of a call can be."""

PAGE_PAUSE = 5.0
"""Seconds that Datadog asks to wait between two pages of usage and cost attribution (API reference, Usage Metering)."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Connection:
    """One organisation of Datadog; thread-safe, used by all workers; a context manager that closes its connections."""

    def __init__(
        self,
        org: OrgSettings,
        keys: Keys,
        *,
        api_url: str | None = None,
        share: Decimal = Decimal("0.5"),
        workers: int = 32,
        patience: Patience = Patience(),  # noqa: B008 - a frozen value
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        random: Callable[[], float] = random.random,
        env: Mapping[str, str] = os.environ,
    ) -> None:
        """Connects to nothing yet.

        `share`: what costguard may take of each rate limit, 0–1. `workers`: connections kept open, one a thread.
        `timeout`: to connect, and between two bytes; `clock` and `sleep` in seconds, `random` in 0–1. `env`: where
        HTTPS_PROXY and NO_PROXY are looked up. Raises ClientError for a site, URL, key or proxy that cannot be used.
        """
        if not all(key.isascii() and key.isprintable() and key.strip() == key != "" for key in (keys.api, keys.app)):
            raise ClientError(
                f"organisation {org.name}: {org.api_key_env} or {org.app_key_env} does not hold a key; copy it again"
            )
        self.org = org
        self.site = org.site
        self.url = api_base(org.site, api_url)
        """The API's address, without a final slash."""
        self.requests = 0
        """How many HTTP requests were sent, those sent again included."""
        self._transport = Transport(
            self.url, keys, proxy=proxy_for(self.url, env), connections=workers, timeout=timeout
        )
        self._ending = keys.app[-4:]
        self._secrets = re.compile("|".join(sorted(map(re.escape, {keys.api, keys.app}), key=len, reverse=True)))
        self._limiter = Limiter(share, clock)
        self._patience, self._sleep, self._clock, self._random = patience, sleep, clock, random
        self._counting = threading.Lock()
        self._validating = threading.Lock()
        self._refusal: Unreadable | None = None
        self._validated = False

    def __repr__(self) -> str:
        return f"Connection({self.org.name!r}, {self.url!r})"

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def api_host(self) -> str:
        """The API's host, for messages."""
        return urlsplit(self.url).netloc

    def app_url(self, path: str) -> str:
        """The address of a page of the organisation's site; `path` must be quoted already."""
        return f"{app_base(self.site)}/{path.removeprefix('/')}"

    def may_be_its_key(self, last4: str) -> bool:
        """Whether an application key that ends with these four characters may be the connection's own."""
        return last4 == self._ending

    def validate(self) -> None:
        """Ask whether Datadog knows the keys.

        Raises KeysRefused where it does not, which the 403 of another call cannot tell from a missing permission, and
        Unreadable where it could not be asked. Datadog is asked once; the outcome is kept.
        """
        with self._validating:
            if not self._validated:
                try:
                    self._validate("v1.validate", "the API key", self.org.api_key_env)
                    self._validate("v2.validate_api_key", "the application key", self.org.app_key_env)
                except Unreadable as error:
                    self._refusal = error
                self._validated = True
        if self._refusal is not None:
            raise self._refusal

    def _validate(self, operation: str, which: str, variable: str) -> None:
        try:
            answer = self.call(operation, what="keys", optional=True)
        except Unreadable as error:
            if error.gap.cause is Cause.MISSING_PERMISSION:
                raise keys_refused(self.org, which, variable, what="keys") from None
            # Not every site has the newer call; without it, the first probe of a permission tells.
            if error.gap.cause is not Cause.NOT_AVAILABLE or operation == "v1.validate":
                raise
        else:
            if isinstance(answer, dict) and answer.get("valid") is False:
                raise keys_refused(self.org, which, variable, what="keys")

    def call(
        self,
        operation: str,
        *,
        path: Mapping[str, str] = NOTHING,
        query: Mapping[str, Value] = NOTHING,
        what: str,
        optional: bool = False,
    ) -> Any:
        """The parsed JSON (dict or list) that an operation of `OPERATIONS` answers.

        `path` fills the placeholders, `query` is sent as it is; quoting is done here. `what` is the kind of resource
        that a gap names; `optional` makes a 404 an optional gap. Raises Unreadable for everything that the world does
        wrong, KeyError or ValueError for a call that is not allowed.
        """
        allowed = OPERATIONS[operation]
        placeholders = set(re.findall(r"{(\w+)}", allowed.path))
        if set(path) != placeholders:
            raise ValueError(f"{operation} is {allowed.method} {allowed.path}; the arguments do not fit")
        if operation == QUERY and not isinstance(query.get("query"), MetricQueries):
            raise ValueError(f"{operation} asks for Datadog's own metrics only, in MetricQueries")
        for value in path.values():
            if value in ("", ".", ".."):
                # The path would be another one: "/dashboard/.." is "/".
                hint = f"please report this to costguard: {allowed.call} cannot be asked for the id {value!r}"
                raise Unreadable.because(Cause.MALFORMED, hint, org=self.org.name, what=what)
        texts = {name: _text(value) for name, value in query.items()}
        return self._asked(allowed, path, texts, what, optional)

    def rest(self, operation: str) -> None:
        """Before another page of attribution: the pause that Datadog asks for, unless rate limits tell the pace."""
        if not self._limiter.paces(operation):
            self._sleep(PAGE_PAUSE)

    def _asked(
        self,
        operation: Operation,
        path: Mapping[str, str],
        query: Mapping[str, str],
        what: str,
        optional: bool,
    ) -> Any:
        failures, since = 0, 0.0
        while True:
            outcome = self._sent(operation, path, query, what)
            if isinstance(outcome, Answer):
                try:
                    return parsed(outcome.body)
                except BodyError as error:
                    outcome = Trouble(Cause.MALFORMED, str(error), lasting=not error.broken_off)
            failures, since = failures + 1, since if failures else self._clock()
            pause = self._pause(outcome, failures) if failures < self._patience.tries else None
            if pause is None or self._clock() - since + pause > self._patience.seconds:
                raise self._error(operation, outcome, failures, what, optional)
            self._sleep(pause)

    def _sent(
        self, operation: Operation, path: Mapping[str, str], query: Mapping[str, str], what: str
    ) -> Answer | Refusal | Trouble:
        """What came of one request, sent when the rate limits let it."""
        permit = self._permit(operation, what)
        headers, limited = None, False
        try:
            with self._counting:
                self.requests += 1
            outcome = self._transport.send(operation, path, query)
            headers = None if isinstance(outcome, Trouble) else outcome.headers
            limited = isinstance(outcome, Refusal) and outcome.status == 429
        finally:
            self._limiter.settle(operation.id, permit, headers, limited=limited)
        return outcome

    def _permit(self, operation: Operation, what: str) -> Permit:
        while (permit := self._limiter.permit(operation.id)).wait > 0:
            if permit.wait > self._patience.seconds:
                hint = (
                    f"run again in {permit.wait:,.0f} seconds, or raise rate_limit_share: "
                    f"costguard's share of the rate limit {shown(permit.bucket or operation.id)} is used up"
                )
                raise Unreadable.because(Cause.RATE_LIMITED, hint, org=self.org.name, what=what)
            # Up to a second more: Reset is in whole seconds, and not all workers should come at once.
            self._sleep(permit.wait + self._random())
        return permit

    def _pause(self, outcome: Refusal | Trouble, failures: int) -> float | None:
        """Seconds until it is worth asking again; None = it is not."""
        if isinstance(outcome, Trouble):
            return None if outcome.lasting else self._patience.pause(failures, self._random)
        if not passing(outcome.status):
            return None
        wait = retry_after(outcome.headers) if outcome.status == 429 else None
        return self._patience.pause(failures, self._random) if wait is None else wait + self._random()

    def _error(
        self, operation: Operation, outcome: Refusal | Trouble, tries: int, what: str, optional: bool
    ) -> Unreadable:
        if isinstance(outcome, Trouble):
            return trouble(operation, self.org, self.api_host, outcome, what)
        # Some proxies repeat the request in their error page.
        text = self._secrets.sub("[key]", complaint(outcome.body))
        return refusal(operation, self.org, outcome, text, what=what, optional=optional, tries=tries)


def _text(value: Value) -> str:
    """A query value as Datadog reads it: true and false in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)
