"""The company behind its API: keys, permissions, rate limits and faults around the endpoints."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from threading import Event, Lock
from urllib.parse import parse_qs, unquote, urlsplit

from costguard.simulator.call import NOT_PARENT, Call, Refused, Route
from costguard.simulator.faults import Faults
from costguard.simulator.inventory import Inventory
from costguard.simulator.ledger import Ledger
from costguard.simulator.limits import RateLimits
from costguard.simulator.routes import ROUTES

CACHE_BYTES = 128 * 1024 * 1024

JSON = "application/json"

_PATTERNS = [
    (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route.path))), route)
    for route in sorted(ROUTES, key=lambda route: route.path.count("{"))
]
"""Paths without placeholders first."""


@dataclass(frozen=True)
class Request:
    """What came in."""

    method: str
    target: str
    """Path and query as they were sent."""
    headers: Mapping[str, str]
    """Names in small letters."""

    @cached_property
    def path(self) -> str:
        """The path, unquoted."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def query(self) -> Mapping[str, tuple[str, ...]]:
        """The parameters."""
        parameters = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: tuple(values) for name, values in parameters.items()}


@dataclass(frozen=True)
class RequestLog:
    """A request that the simulator got."""

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    status: int
    """0 where the connection was dropped without an answer."""
    org: str | None
    """The organisation whose API key came with it; None for an unknown key."""


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    content_type: str = JSON
    broken: bool = False
    """Whether the body breaks off in the middle."""


class World:
    """Answers requests, counts them, and misbehaves when asked to; thread-safe."""

    def __init__(
        self, ledger: Ledger, *, limits: RateLimits, faults: Faults, forbidden: Callable[[str, str], bool]
    ) -> None:
        self.ledger = ledger
        self.account = ledger.account
        self.faults = faults
        self.requests: list[RequestLog] = []
        self.offences: list[str] = []
        self.stopping = Event()
        self._limits = limits
        self._forbidden = forbidden
        self._lock = Lock()
        self._cache: dict[tuple[int, str], bytes] = {}
        self._cached = 0
        self._count = 0

    def forget(self) -> None:
        """Drops written answers, because something that they tell of has changed."""
        with self._lock:
            self._cache.clear()
            self._cached = 0

    def serve(self, request: Request) -> Answer | None:
        """The answer to a request; None to drop the connection."""
        path, faults = request.path, self.faults
        with self._lock:
            self._count += 1
            number = self._count
        pause = faults.slow + faults.slow_paths.get(path, 0.0)
        if pause:
            self.stopping.wait(pause)
        answer = None if number in faults.drop else self._answer(number, request)
        owner = self._owner(request)
        log = RequestLog(
            request.method,
            path,
            request.query,
            answer.status if answer else 0,
            owner.org.name if owner else None,
        )
        with self._lock:
            self.requests.append(log)
        return answer

    def _answer(self, number: int, request: Request) -> Answer:
        faults, path = self.faults, request.path
        if number <= faults.storm:
            return _refusal(Refused(429, "Rate limit exceeded"), self._limits.exhausted("storm").headers())
        status = faults.fail.get(number) or faults.failing.get(path)
        if status:
            return _refusal(Refused(status, "Simulated failure"), {})
        if path in faults.garbage:
            return Answer(200, b"<html><body>It works!</body></html>", {}, "text/html")
        headers: Mapping[str, str] = {}
        try:
            route, captured = _find(request)
            inventory = self._admitted(route, request)
            allowance = self._limits.take(inventory.org.name, route.bucket)
            headers = allowance.headers()
            if not allowance.allowed:
                raise Refused(429, "Rate limit exceeded")
            self._check(route, inventory)
            body = self._body(route, captured, inventory, request)
            return Answer(200, body, headers, broken=number in faults.truncate)
        except Refused as refused:
            return _refusal(refused, headers)

    def _owner(self, request: Request) -> Inventory | None:
        key = request.headers.get("dd-api-key", "")
        return next((each for each in self.account.company.inventories if each.org.api_key == key), None)

    def _admitted(self, route: Route, request: Request) -> Inventory:
        """The organisation that the keys belong to."""
        inventory = self._owner(request)
        if inventory is None:
            raise Refused(401, "Unauthorized", "v2") if route.shape == "v2" else Refused(403, "Forbidden")
        if route.application_key and request.headers.get("dd-application-key") != inventory.org.app_key:
            raise Refused(403, "Forbidden", route.shape)
        return inventory

    def _check(self, route: Route, inventory: Inventory) -> None:
        scopes = inventory.org.scopes
        outside = scopes is not None and not scopes.issuperset(route.permissions)
        if outside or any(self._forbidden(inventory.org.name, each) for each in route.permissions):
            raise Refused(403, "Forbidden", route.shape)
        if self.account.traits.government and not route.government:
            raise Refused(404, "Not Found", route.shape)
        if route.parent_only and not inventory.org.parent:
            raise Refused(400, NOT_PARENT, route.parent_only)

    def _body(self, route: Route, captured: Mapping[str, str], inventory: Inventory, request: Request) -> bytes:
        faults, key = self.faults, (inventory.number, request.target)
        steady = not (faults.repeat_page or faults.empty_month or faults.dashboards_usage_missing)
        written = self._cache.get(key) if steady else None
        if written is not None:
            return written
        call = Call(
            account=self.account,
            ledger=self.ledger,
            inventory=inventory,
            path=request.path,
            captured=captured,
            query=request.query,
            faults=faults,
            forbidden=self._forbidden,
            offend=self._offend,
        )
        found = route.answer(call)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        with self._lock:
            if steady and self._cached + len(body) <= CACHE_BYTES:
                self._cache[key] = body
                self._cached += len(body)
        return body

    def _offend(self, what: str) -> None:
        with self._lock:
            self.offences.append(what)


def _refusal(refused: Refused, headers: Mapping[str, str]) -> Answer:
    return Answer(refused.status, json.dumps(refused.body()).encode(), headers)


def _find(request: Request) -> tuple[Route, Mapping[str, str]]:
    for pattern, route in _PATTERNS:
        match = pattern.fullmatch(request.path)
        if match and request.method == "GET":
            return route, match.groupdict()
        if match:
            raise Refused(405, "Method Not Allowed")
    raise Refused(404, "Not Found", "v2" if request.path.startswith("/api/v2/") else "v1")
