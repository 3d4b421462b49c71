"""Misbehaviour on request: what may go wrong between a Web API call and its answer."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal["ratelimited", "status", "html", "reset", "timeout", "slow", "error"]


@dataclass
class Fault:
    """One way to misbehave, for the next `times` calls it fits (None: for ever).

    method      a Web API method, or `upload` or `download` for the bytes of a file
    kind        `ratelimited` 429 · `status` an HTTP error · `html` a body that is no JSON ·
                `reset` the connection breaks · `timeout` no answer for `seconds`, then a reset ·
                `slow` answered after `seconds` · `error` a Slack error code
    accepted    whether Slack did what was asked before it misbehaved
    skip        so many fitting calls go through first
    """

    kind: Kind
    method: str = "*"
    channel: str | None = None
    times: int | None = 1
    probability: float = 1.0
    accepted: bool = False
    skip: int = 0
    status: int = 500
    retry_after: int = 1
    seconds: float = 30.0
    error: str = "internal_error"

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"there is no fault {self.kind!r}: {', '.join(get_args(Kind))}")

    @property
    def name(self) -> str:
        """How the log of calls names it, such as `reset after`."""
        return f"{self.kind} {'after' if self.accepted else 'before'}"

    def fits(self, method: str, args: dict[str, Any]) -> bool:
        """Whether it is meant for this call."""
        here = self.channel in (None, args.get("channel"))
        return here and self.method in ("*", method)


@dataclass
class Faults:
    """The faults in waiting; the first that fits a call is taken."""

    seed: int = 0
    waiting: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - repeatable, not secret

    def take(self, method: str, args: dict[str, Any]) -> Fault | None:
        """The fault for this call, used up by one."""
        for fault in self.waiting:
            if not fault.fits(method, args):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if self._random.random() < fault.probability:
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self.waiting.remove(fault)


@dataclass
class Disturbance:
    """What happens to the next `times` deliveries of `kind` on their way to the app.

    kind        `interactive`, `slash_commands`, `events_api` or `*`
    duplicate   how many more times the same thing arrives
    delay       seconds it is late
    drop        it never arrives
    lose_answer it arrives, its answer does not
    """

    kind: str = "*"
    times: int = 1
    duplicate: int = 0
    delay: float = 0.0
    drop: bool = False
    lose_answer: bool = False
