"""`recess manifest`: the Slack app as Slack wants it described."""

import json
from typing import Any
from urllib.parse import urlsplit

import click

# Only what is used: posting, asking who is who, finding an uncertain post again, files both ways.
SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_left",
    "channel_unarchive",
    "group_archive",
    "group_left",
    "group_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "subteam_members_changed",
    "subteam_updated",
    "tokens_revoked",
)
NAME = "Recess"
DESCRIPTION = "Asks the right people what to do when a school drops out of a roster."
LONG_DESCRIPTION = (
    "Every night Recess reads each partner's roster and finds the schools that were there "
    "yesterday and are not there today. It asks the people who can decide, in their channel: "
    "pause the school, or freeze it. A freeze locks the accounts of the school's staff, shows "
    "beforehand whom, and only the support team can undo it."
)
COMMAND = "/schools"
PATH = "/slack/events"


@click.command()
@click.option(
    "--url",
    help="The public https address of `recess serve`, for HTTP; without it Socket Mode is used.",
)
def manifest(url: str | None) -> None:
    """Print the manifest of the Slack app.

    It is pasted at api.slack.com/apps: Create New App, From a manifest.
    """
    click.echo(json.dumps(described(_checked(url)), indent=2))


def _checked(url: str | None) -> str | None:
    if url is None:
        return None
    if not _is_address(url):
        raise click.BadParameter("write an address like https://recess.example", param_hint="--url")
    return url.rstrip("/").removesuffix(PATH) + PATH


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not (parts.query or parts.fragment)


def described(request_url: str | None) -> dict[str, Any]:
    """The manifest; without a `request_url` for Socket Mode."""
    address = {} if request_url is None else {"request_url": request_url}
    command_url = {} if request_url is None else {"url": request_url}
    return {
        "display_information": {
            "name": NAME,
            "description": DESCRIPTION,
            "long_description": LONG_DESCRIPTION,
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                # Files and refusals come as direct messages, which nobody answers.
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": NAME, "always_online": True},
            "slash_commands": [
                {
                    "command": COMMAND,
                    "description": "See a partner's schools, sync, upload and export them.",
                    "usage_hint": "list | search | history | sync | upload | export | whoami",
                    "should_escape": False,
                    **command_url,
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**address, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **address},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }
