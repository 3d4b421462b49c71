"""Channels in which the bot cannot speak, and since when; a row goes when it can again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.exc import IntegrityError

from storage.tables import channel_troubles

# Stands for the whole app: it was uninstalled, or its token is refused.
APP = "app"


@dataclass(frozen=True)
class ChannelTrouble:
    """`error` is Slack's code."""

    channel: str
    error: str
    since: datetime

    @property
    def key(self) -> str:
        """Names this trouble; the same channel's next one has another."""
        return f"{self.channel}:{int(self.since.timestamp())}"


class Troubles:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def begin(self, channel: str, error: str) -> tuple[ChannelTrouble, bool]:
        """The channel's trouble, and whether it is new; a known one keeps its error and date."""
        if (known := self.of(channel)) is not None:
            return known, False
        new = ChannelTrouble(channel, error, self.now)
        try:
            # Two messages may find it out at the same moment.
            with self.connection.begin_nested():
                self.connection.execute(channel_troubles.insert().values(vars(new)))
        except IntegrityError:
            known = self.of(channel)
            return known or new, False
        return new, True

    def end(self, channel: str) -> ChannelTrouble | None:
        """The channel is well again; answers the trouble that there was."""
        known = self.of(channel)
        if known is not None:
            statement = delete(channel_troubles).where(channel_troubles.c.channel == channel)
            if self.connection.execute(statement).rowcount != 1:
                return None
        return known

    def of(self, channel: str) -> ChannelTrouble | None:
        statement = select(channel_troubles).where(channel_troubles.c.channel == channel)
        row = self.connection.execute(statement).first()
        return _trouble(row) if row else None

    def all(self) -> list[ChannelTrouble]:
        """Every trouble, the longest first."""
        statement = select(channel_troubles).order_by(channel_troubles.c.since)
        return [_trouble(row) for row in self.connection.execute(statement)]


def _trouble(row: Row[Any]) -> ChannelTrouble:
    return ChannelTrouble(row.channel, row.error, row.since)
