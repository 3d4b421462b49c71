"""What Slack has handed over once already."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import envelopes

# Slack gives up on a delivery long before this.
KEPT = timedelta(days=2)


class Envelopes:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def first_time(self, key: str | None) -> bool:
        """Whether this delivery is new; remembers it with the change that it causes.

        What is no delivery of Slack's has no key, and is always new.
        """
        if not key:
            return True
        # The same one at the same moment waits here for the other, and then finds it known.
        insert = sqlite.insert if self.connection.dialect.name == "sqlite" else postgresql.insert
        remember = insert(envelopes).values(key=key, at=self.now).on_conflict_do_nothing()
        return self.connection.execute(remember.returning(envelopes.c.key)).first() is not None

    def prune(self) -> None:
        self.connection.execute(delete(envelopes).where(envelopes.c.at < self.now - KEPT))
