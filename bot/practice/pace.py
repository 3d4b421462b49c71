"""Slack's rate limits: so many calls in a row, then one per interval.

The figures are Slack's tiers as published; chat.postMessage counts per channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """`burst` calls at once, then one every `seconds`."""

    burst: int
    seconds: float


RATES: dict[str, Rate] = {
    "chat.postMessage": Rate(3, 1.0),
    "chat.update": Rate(50, 60 / 50),
    "chat.delete": Rate(50, 60 / 50),
    "chat.postEphemeral": Rate(100, 60 / 100),
    "chat.getPermalink": Rate(300, 60 / 300),
    "views.open": Rate(100, 60 / 100),
    "views.update": Rate(100, 60 / 100),
    "views.push": Rate(100, 60 / 100),
    "views.publish": Rate(100, 60 / 100),
    "users.info": Rate(100, 60 / 100),
    "users.lookupByEmail": Rate(50, 60 / 50),
    "usergroups.list": Rate(20, 60 / 20),
    "usergroups.users.list": Rate(20, 60 / 20),
    "conversations.info": Rate(50, 60 / 50),
    "conversations.open": Rate(50, 60 / 50),
    "conversations.join": Rate(50, 60 / 50),
    "conversations.history": Rate(50, 60 / 50),
    "conversations.replies": Rate(50, 60 / 50),
    "files.completeUploadExternal": Rate(100, 60 / 100),
    "files.getUploadURLExternal": Rate(100, 60 / 100),
    "files.info": Rate(100, 60 / 100),
}


class Pace:
    """One bucket per method, and per channel for chat.postMessage."""

    def __init__(self, clock: Callable[[], float], on: bool = True) -> None:
        self.clock = clock
        self.on = on
        self.rates = dict(RATES)
        self._full_at: dict[tuple[str, str], float] = {}

    def wait(self, method: str, channel: str) -> int:
        """0 when the call may go ahead, else the whole seconds for Retry-After."""
        rate = self.rates.get(method)
        if not self.on or rate is None:
            return 0
        key = (method, channel if method == "chat.postMessage" else "")
        now = self.clock()
        full_at = max(self._full_at.get(key, now), now)
        ahead = full_at + rate.seconds - now - rate.burst * rate.seconds
        if ahead > 1e-9:
            return max(1, math.ceil(ahead))
        self._full_at[key] = full_at + rate.seconds
        return 0
