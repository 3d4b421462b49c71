"""What Slack has handed over once already."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from storage.tables import envelopes

# Slack gives up on a delivery long before this.
KEPT = timedelta(days=2)


class Envelopes:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def first_time(self, key: str) -> bool:
        """Whether this delivery is new; remembers it with the change that it causes."""
        seen = select(envelopes.c.key).where(envelopes.c.key == key)
        if self.connection.execute(seen).first():
            return False
        self.connection.execute(envelopes.insert().values(key=key, at=self.now))
        return True

    def prune(self) -> None:
        self.connection.execute(delete(envelopes).where(envelopes.c.at < self.now - KEPT))
