"""How often a client may ask: so much at once, and then at a steady pace.

Each replica counts by itself, in memory. The headers are those of the IETF's draft "RateLimit
header fields for HTTP".
"""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Enough for the first morning of a school year; it is there to stop a client that runs wild.
AT_ONCE = 5_000
PER_SECOND = 500
# A batch about so many accounts costs as much as one question.
BATCHED = 100

POLICY = f'"client";q={AT_ONCE};w={AT_ONCE // PER_SECOND}'


@dataclass(frozen=True)
class Allowance:
    """What a client has left; `wait` is the seconds until it may ask again, 0 when it may now."""

    left: int
    wait: int

    @property
    def headers(self) -> Mapping[str, str]:
        full_in = math.ceil((AT_ONCE - self.left) / PER_SECOND)
        return {
            "RateLimit-Policy": POLICY,
            "RateLimit": f'"client";r={self.left};t={full_in}',
        }


class Pace:
    """A bucket for each client, which fills again all the time; `ticks` are seconds."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        self.ticks = ticks
        self._lock = threading.Lock()
        # What was left at which tick.
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> Allowance:
        """Count one question, unless the client has to wait."""
        with self._lock:
            left, now = self._left(client)
            if left < 1:
                return Allowance(0, math.ceil((1 - left) / PER_SECOND))
            self._buckets[client] = left - 1, now
            return Allowance(int(left - 1), 0)

    def charge(self, client: str, accounts: int) -> None:
        """Count what a batch cost beyond one question; the next one may have to wait for it."""
        with self._lock:
            left, now = self._left(client)
            self._buckets[client] = left - accounts // BATCHED, now

    def _left(self, client: str) -> tuple[float, float]:
        now = self.ticks()
        left, at = self._buckets.get(client, (AT_ONCE, now))
        return min(AT_ONCE, left + (now - at) * PER_SECOND), now
