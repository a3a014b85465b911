"""The ways in which the simulated API misbehaves when a test asks for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field


@dataclass
class Faults:
    """What goes wrong; may be changed while the simulator runs. Requests are counted from 1."""

    drop: Collection[int] = ()
    """Requests whose connection is closed without an answer."""
    truncate: Collection[int] = ()
    """Requests whose body breaks off in the middle."""
    fail: Mapping[int, int] = field(default_factory=dict)
    """Requests that are answered with this status: {3: 500}."""
    failing: Mapping[str, int] = field(default_factory=dict)
    """Paths that are always answered with this status: {"/api/v1/slo": 500}."""
    garbage: Collection[str] = ()
    """Paths that answer 200 with a web page instead of JSON."""
    repeat_page: Collection[str] = ()
    """Paths that give the first page, and its cursor, again and again."""
    storm: int = 0
    """How many requests are answered 429 before any other answer."""
    slow: float = 0.0
    """Seconds before each answer."""
    slow_paths: Mapping[str, float] = field(default_factory=dict)
    """Seconds before an answer of these paths."""
    empty_month: bool = False
    """Whether the last closed month has neither billable usage nor cost yet."""
    dashboards_usage_missing: bool = False
    """Whether the preview of dashboards' usage answers 404."""
