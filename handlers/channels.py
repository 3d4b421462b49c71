"""Slack says that a channel closed or opened to us, or that the app was taken away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import App

from handlers.desk import Desk
from handlers.other_roads import begun, opened
from storage.troubles import APP


@dataclass(frozen=True)
class Channels:
    """Notes at once what a message would find out later. Channels of others are passed over."""

    desk: Desk

    def archived(self, event: dict[str, Any]) -> None:
        self._closed(event, "is_archived")

    def we_left(self, event: dict[str, Any]) -> None:
        self._closed(event, "not_in_channel")

    def left(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        if _is_us(event, body):
            self.we_left(event)

    def joined(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        if _is_us(event, body):
            self.unarchived(event)

    def unarchived(self, event: dict[str, Any]) -> None:
        with self.desk.transaction() as store:
            opened(store, str(event["channel"]), self.desk.support_channel)

    def uninstalled(self, event: dict[str, Any]) -> None:
        with self.desk.transaction() as store:
            begun(store, APP, str(event["type"]), self.desk.support_channel)

    def revoked(self, event: dict[str, Any]) -> None:
        # Slack names the tokens of people and of the bot apart; we have only the bot's.
        if event.get("tokens", {}).get("bot"):
            self.uninstalled(event)

    def _closed(self, event: dict[str, Any], code: str) -> None:
        with self.desk.transaction() as store:
            begun(store, str(event["channel"]), code, self.desk.support_channel)


def register(app: App, desk: Desk) -> None:
    channels = Channels(desk)
    for kind in ("channel", "group"):
        app.event(f"{kind}_archive")(channels.archived)
        app.event(f"{kind}_unarchive")(channels.unarchived)
        app.event(f"{kind}_left")(channels.we_left)
    app.event("member_left_channel")(channels.left)
    app.event("member_joined_channel")(channels.joined)
    app.event("app_uninstalled")(channels.uninstalled)
    app.event("tokens_revoked")(channels.revoked)


def _is_us(event: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Slack says with every event for whom of the workspace it is: for our bot."""
    ours = {known.get("user_id") for known in body.get("authorizations") or []}
    return event.get("user") in ours
