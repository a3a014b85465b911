"""When a request is sent again, and after how long."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How much is done for one call before it is given up."""

    tries: int = 6
    """Requests, the first included."""
    seconds: float = 300.0
    """From the first failure to the beginning of the last request; also the longest wait for a rate limit."""
    first: float = 0.5
    """Seconds: the longest pause after the first failure; it doubles with each one more."""
    longest: float = 30.0
    """Seconds: the longest pause after any failure."""

    def pause(self, failures: int, random: Callable[[], float]) -> float:
        """Seconds to wait after so many failures: full jitter, so that workers do not come back all at once."""
        return random() * min(self.longest, self.first * 2.0 ** (failures - 1))


def passing(status: int) -> bool:
    """Whether an answer with this status may be better the next time."""
    return status in (408, 429) or 500 <= status < 600
