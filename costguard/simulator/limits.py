"""Rate limits as Datadog counts them: by organisation and bucket, in clock-aligned windows (docs/datadog.md, B0)."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class Limit:
    """So many requests in so many seconds."""

    requests: int
    seconds: int


STORM = Limit(1, 1)
"""Nothing is left of it, whatever was asked."""

GENEROUS = Limit(1_000_000, 60)


@dataclass(frozen=True)
class Allowance:
    """What the rate limit says of one request."""

    name: str
    limit: Limit
    remaining: int
    reset: int
    allowed: bool

    def headers(self) -> dict[str, str]:
        """The headers that tell it."""
        return {
            "X-RateLimit-Limit": str(self.limit.requests),
            "X-RateLimit-Period": str(self.limit.seconds),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
            "X-RateLimit-Name": self.name,
        }


class RateLimits:
    """Counts requests; thread-safe."""

    def __init__(self, limits: Mapping[str, Limit], clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = Lock()
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}

    def take(self, org: str, name: str) -> Allowance:
        """Counts a request of an organisation against a bucket."""
        limit = self._limits.get(name, GENEROUS)
        now = self._clock()
        window = int(now // limit.seconds)
        with self._lock:
            current, used = self._windows.get((org, name), (window, 0))
            if current != window:
                used = 0
            allowed = used < limit.requests
            if allowed:
                used += 1
            self._windows[org, name] = window, used
        reset = max(1, math.ceil((window + 1) * limit.seconds - now))
        return Allowance(name, limit, limit.requests - used, reset, allowed)

    def exhausted(self, name: str) -> Allowance:
        """A bucket of which nothing is left until the next second."""
        return Allowance(name, STORM, 0, 1, allowed=False)
