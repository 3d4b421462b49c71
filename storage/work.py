"""The seam for durable work: what the floors below `bot` may ask for, and how.

A caller asks inside its own transaction, so that the work exists exactly when the change that
needs it was committed. Who carries the work, and with what, is decided at wiring.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from sqlalchemy import Connection

Kind = Literal["sync", "preview", "deliver", "tell"]


@dataclass(frozen=True)
class Job:
    """One piece of work. `kind` and `key` say what to do; everything else is read from our tables.

    `lane` is the queue's partition: jobs of one lane run one at a time (a Slack channel, a
    partner). `delay` is in seconds.
    """

    kind: Kind
    key: str
    lane: str | None = None
    delay: float = 0


class Carrier(Protocol):
    """Carries jobs from a transaction to the process that does them."""

    def carry(self, tx: Connection, job: Job) -> None:
        """Commit or roll back together with `tx`; a key that is already known is no error."""
        ...
