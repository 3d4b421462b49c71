"""Slack says that a user group changed: what is remembered of it is dropped at once."""

from typing import Any

from slack_bolt import App

from handlers.desk import Desk


def register(app: App, desk: Desk) -> None:
    def members_changed(event: dict[str, Any]) -> None:
        desk.forget_group(str(event["subteam_id"]))

    def updated(event: dict[str, Any]) -> None:
        desk.forget_group(str(event["subteam"]["id"]))

    app.event("subteam_members_changed")(members_changed)
    app.event("subteam_updated")(updated)
