"""How long somebody who clicked may still wait: Slack wants its answer within three seconds.

Asking who somebody is, a connection and a lock each have a time of their own. One after the other
they could take longer than that, so the last of them gets what the others have left.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

# Of a click, until its answer has to be on its way.
SECONDS = 2.4
# A lock that is free is had at once; whoever comes late still gets it.
LEAST = 0.05

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def within_a_click() -> Iterator[None]:
    """What is done in the block has to be answered in time."""
    before = _until.set(monotonic() + SECONDS)
    try:
        yield
    finally:
        _until.reset(before)


def left(most: float) -> float:
    """For how many seconds something may wait now, which may take `most` when nobody hurries."""
    until = _until.get()
    return most if until is None else min(most, max(LEAST, until - monotonic()))
