"""The bot as a process that can be held at a point, to be killed there: `python -m tests.soak.bot`.

Settings come from the environment and orders on stdin, a line each: `hold POINT` stops the first
thread that comes to the point, and `free` lets it go on; `day N` moves the clock to N days from
now; `go` starts. It says `serving`, `armed POINT` and `held POINT`.
"""

import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import bot.delivery
import bot.nights
import bot.serving
import bot.settings
import bot.wiring
import handlers.freeze
import handlers.review
import storage.messages
import storage.roster.apply
from bot.delivery import Delivery
from bot.engine import Engine
from bot.people import People
from bot.sync import Syncing
from storage.cards import Cards
from storage.messages import Messages
from storage.runs import Runs
from tests.harness.patience import be_patient

# Where the bot can be held: before the function begins, or after it has ended.
BEFORE: dict[str, tuple[Any, str]] = {
    "schools applied": (storage.roster.apply, "_apply_accounts"),
    "accounts put": (storage.roster.apply, "_claim"),
    "claims made": (storage.roster.apply, "_drop_unheld"),
    "roster applied": (Runs, "finish"),
    "outcome recorded": (bot.wiring.Telling, "applied"),
    "delivery begun": (Delivery, "_claim"),
    "marked as sending": (Delivery, "_send"),
    "answered": (Delivery, "_posted"),
    "posted and recorded": (Delivery, "_link"),
    "looking in Slack": (Delivery, "_look"),
    "asking who clicked": (People, "who"),
    "change made": (Cards, "refresh"),
}
AFTER: dict[str, tuple[Any, str]] = {
    "night owed": (Runs, "owe"),
    "run told": (bot.wiring.Telling, "applied"),
    "run committed": (Syncing, "_record"),
    "change told": (Messages, "note"),
    "pause committed": (handlers.review, "pause"),
    "freeze committed": (handlers.freeze, "freeze"),
}

# Nobody is taken for dead whom the town has not killed.
POLL, BEAT, STALE = 0.1, 0.2, 600.0

armed: set[str] = set()
freed = threading.Event()
days = timedelta()


def say(line: str) -> None:
    # In one piece, also when several threads speak.
    os.write(1, f"{line}\n".encode())


def stop_at(point: str) -> None:
    if point in armed:
        armed.discard(point)
        say(f"held {point}")
        freed.wait()


def make_stoppable() -> None:
    for point, (owner, name) in BEFORE.items():
        setattr(owner, name, stopping_before(point, getattr(owner, name)))
    for point, (owner, name) in AFTER.items():
        setattr(owner, name, stopping_after(point, getattr(owner, name)))


def stopping_before(point: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def stoppable(*args: Any, **named: Any) -> Any:
        stop_at(point)
        return work(*args, **named)

    return stoppable


def stopping_after(point: str, work: Callable[..., Any]) -> Callable[..., Any]:
    def stoppable(*args: Any, **named: Any) -> Any:
        result = work(*args, **named)
        stop_at(point)
        return result

    return stoppable


def make_quick() -> None:
    """Waits that would only make the test long; none of them decides whether something is lost."""
    bot.delivery.SETTLED = timedelta(seconds=0.5)
    bot.delivery.PACE = 0.05
    bot.delivery.PARENT_WAIT = bot.delivery.COME_BACK = 0.2
    storage.messages.EDIT_DELAY = 0.3
    bot.nights.CATCH_UP_SECONDS = 0.2  # type: ignore[assignment]
    bot.wiring.Engine = partial(Engine, beat=BEAT, stale=STALE)  # type: ignore[misc,assignment]
    # A small roster takes several batches too.
    storage.roster.apply.BATCH = 5


def now() -> datetime:
    return datetime.now(UTC) + days


class Told(bot.serving.Server):
    """The server as it is, on the moved clock, and it says when it serves."""

    def __init__(self, settings: bot.settings.Settings) -> None:
        super().__init__(settings, now, POLL)

    def start(self) -> None:
        super().start()
        say("serving")


def obey(order: str) -> None:
    global days
    verb, _, what = order.strip().partition(" ")
    if verb == "hold":
        freed.clear()
        armed.add(what)
        say(f"armed {what}")
    elif verb == "free":
        armed.clear()
        freed.set()
    elif verb == "day":
        days = timedelta(days=int(what))


def listen() -> None:
    for order in sys.stdin:
        obey(order)


def main() -> None:
    be_patient()
    make_quick()
    make_stoppable()
    while (order := sys.stdin.readline()) not in ("go\n", ""):
        obey(order)
    threading.Thread(target=listen, daemon=True).start()
    bot.serving.Server = Told  # type: ignore[misc,assignment]
    bot.serving.serve(bot.settings.load())


if __name__ == "__main__":
    main()
