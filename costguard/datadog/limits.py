"""How much of Datadog's rate limits costguard takes: at most a share of what is left of each, all workers together."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from email.utils import parsedate_to_datetime

LONGEST_PERIOD = 86_400
"""Seconds; a larger Reset or Period is not a duration (some servers send a date there)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the X-RateLimit-* headers of one answer say; None = absent or nonsense (docs/datadog.md B0)."""

    name: str | None
    """The bucket; several operations may share one."""
    limit: int | None
    """Requests a period."""
    remaining: int | None
    period: int | None
    """Seconds; periods are aligned to the calendar."""
    reset: int | None
    """Seconds until the period ends."""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Reading":
        """The reading of headers with lower-case names."""
        period = _number(headers.get("x-ratelimit-period"), 1, LONGEST_PERIOD)
        return cls(
            name=headers.get("x-ratelimit-name", "").strip() or None,
            limit=_number(headers.get("x-ratelimit-limit"), 1),
            remaining=_number(headers.get("x-ratelimit-remaining"), 0),
            period=period,
            reset=_number(headers.get("x-ratelimit-reset"), 0, period or LONGEST_PERIOD),
        )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait after a 429, by X-RateLimit-Reset and Retry-After, the longer; None where neither says.

    A Retry-After date is taken relative to the answer's own Date.
    """
    waits = [float(reset)] if (reset := Reading.of(headers).reset) is not None else []
    value = headers.get("retry-after", "")
    if (seconds := _number(value, 0)) is not None:
        waits.append(float(seconds))
    elif value:
        try:
            later = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
        except (ValueError, TypeError, OverflowError):
            later = None
        if later is not None:
            waits.append(max(later.total_seconds(), 0.0))
    return max(waits, default=None)


def _number(text: str | None, least: int, most: int = 10**12) -> int | None:
    digits = (text or "").strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 13):
        return None
    return number if least <= (number := int(digits)) <= most else None


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to send one request now, or the time to wait before asking again."""

    wait: float
    """Seconds; 0 = send now, and settle the permit with what came of it."""
    bucket: str | None = None
    """The bucket that the request is expected to be counted in, where that is known."""


class Limiter:
    """The rate limits of one organisation as its workers have seen them; thread-safe.

    Of the requests that would be left in a period if costguard had sent none, it takes at most `share`, but at least
    one: without it nothing could be learned of the next period. The first request of an operation goes alone, because
    only its answer tells which bucket the operation is counted in.
    """

    def __init__(self, share: Decimal, clock: Callable[[], float]) -> None:
        """`clock` gives seconds that never go back; raises ValueError for a share outside 0–1."""
        if not 0 < share <= 1:
            raise ValueError(f"rate_limit_share must be above 0 and at most 1, not {share}")
        self._share = share
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self._bucket_of: dict[str, str | None] = {}
        self._first: set[str] = set()
        """Operations whose first request is on its way."""
        self._changed = threading.Condition()

    def permit(self, operation: str) -> Permit:
        """Leave for one request of `operation`; blocks only while another worker's first one is on its way."""
        with self._changed:
            while operation in self._first:
                self._changed.wait()
            if operation not in self._bucket_of:
                self._first.add(operation)
                return Permit(0)
            name = self._bucket_of[operation]
            if name is None:
                return Permit(0)
            bucket = self._buckets[name]
            wait = bucket.wait(self._clock(), self._share)
            if not wait:
                bucket.flying += 1
            return Permit(wait, name)

    def paces(self, operation: str) -> bool:
        """Whether an answer has told of a rate limit that `operation` is counted in."""
        with self._changed:
            return self._bucket_of.get(operation) is not None

    def settle(
        self, operation: str, permit: Permit, headers: Mapping[str, str] | None, *, limited: bool = False
    ) -> None:
        """What came of a permitted request: the headers of its answer, None where there was none.

        `limited` = it was answered 429: the bucket is empty, whatever the headers say is left.
        """
        with self._changed:
            self._first.discard(operation)
            self._changed.notify_all()
            if permit.bucket is not None:
                self._buckets[permit.bucket].landed(counted=headers is None)
            if headers is None:
                return
            reading = Reading.of(headers)
            wait = retry_after(headers) if limited else reading.reset
            remaining = 0 if limited else reading.remaining
            if wait is None or remaining is None:
                self._bucket_of.setdefault(operation, None)
                return
            name = reading.name or operation
            self._bucket_of[operation] = name
            bucket = self._buckets.setdefault(name, _Bucket())
            bucket.answered(self._clock(), reading, remaining, wait)


class _Bucket:
    """One limit in its current period."""

    def __init__(self) -> None:
        self.limit: int | None = None
        self.period: int | None = None
        self.ends = float("-inf")
        self.left: int | None = None
        """Requests left, as last heard; None = not known."""
        self.own = 0
        """Our requests of this period that `left` has been reduced by."""
        self.flying = 0
        """Our requests that have not been answered yet."""

    def wait(self, now: float, share: Decimal) -> float:
        """Seconds until one more request may be sent."""
        self._roll(now)
        if self.left is None:
            return 0
        allowed = max(int(share * (self.own + self.left)), 1)
        free = self.own + self.flying < allowed and self.flying < self.left
        if free:
            return 0
        return self.ends - now if self.ends > now else 1.0

    def landed(self, *, counted: bool) -> None:
        """A request is no longer on its way; `counted` = there was no answer, but Datadog may have counted it."""
        self.flying -= 1
        self.own += counted

    def answered(self, now: float, reading: Reading, remaining: int, wait: float) -> None:
        """An answer was counted in this bucket."""
        self._roll(now)
        self.limit, self.period = reading.limit or self.limit, reading.period or self.period
        ends = now + wait
        # Reset is in whole seconds and the answer took its time, so ends of one period differ a little.
        slack = max((self.period or 0) / 2, 1)
        if ends <= now + 1 and self.ends > ends + slack:
            return  # a late answer of the period before
        if abs(ends - self.ends) > slack:
            self.own, self.left, self.ends = 0, remaining, ends
        self.own += 1
        self.left = remaining if self.left is None else min(self.left, remaining)
        self.ends = max(self.ends, ends)

    def _roll(self, now: float) -> None:
        """Begin a new period where the last one has ended, presuming all of the limit left until an answer tells."""
        if now < self.ends:
            return
        self.own, self.left = 0, self.limit
        if self.period and self.ends > float("-inf"):
            self.ends += self.period * ((now - self.ends) // self.period + 1)
