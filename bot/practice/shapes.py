"""The stored records as Slack shows them: field for field as in the published examples."""

from __future__ import annotations

import re
from typing import Any

from bot.practice.limits import elements_of
from bot.practice.state import (
    SLACKBOT,
    Channel,
    File,
    Group,
    Ids,
    Json,
    Message,
    Person,
    Store,
    View,
)

# What Slack calls a kind of file: filetype, mimetype, pretty_type. Others are binary.
FILE_KINDS = {
    "csv": ("csv", "text/csv", "CSV"),
    "json": ("json", "application/json", "JSON"),
    "pdf": ("pdf", "application/pdf", "PDF"),
    "png": ("png", "image/png", "PNG"),
    "txt": ("text", "text/plain", "Plain Text"),
    "zip": ("zip", "application/zip", "Zip"),
}
BINARY = ("binary", "application/octet-stream", "Binary")


def user(person: Person) -> Json:
    """The user object of users.info."""
    first, _, last = person.real_name.partition(" ")
    return {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "color": "9f69e7",
        "real_name": person.real_name,
        "tz": "America/Los_Angeles",
        "tz_label": "Pacific Daylight Time",
        "tz_offset": -25200,
        "profile": {
            "title": person.note,
            "phone": "",
            "skype": "",
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "status_text": "",
            "status_emoji": "",
            "avatar_hash": "ge3b51ca72de",
            "first_name": first,
            "last_name": last,
            "email": person.email,
            "team": person.team_id,
        },
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "updated": 1502138686,
        "is_app_user": False,
        "has_2fa": False,
    }


def channel(store: Store, found: Channel) -> Json:
    """The conversation object of conversations.info."""
    common = {
        "id": found.id,
        "created": found.created,
        "is_archived": found.is_archived,
        "is_im": found.user is not None,
        "is_org_shared": False,
    }
    if found.user is not None:
        return {**common, "user": found.user, "is_user_deleted": False, "priority": 0}
    return {
        **common,
        "name": found.name,
        "is_channel": not found.is_private,
        "is_group": found.is_private,
        "is_mpim": False,
        "is_private": found.is_private,
        "is_general": False,
        "unlinked": 0,
        "name_normalized": found.name,
        "is_shared": False,
        "is_frozen": False,
        "pending_shared": [],
        "context_team_id": store.app.team_id,
        "creator": store.app.bot_user,
        "is_ext_shared": False,
        "shared_team_ids": [store.app.team_id],
        "is_pending_ext_shared": False,
        "is_member": store.app.bot_user in found.members,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
        "previous_names": [],
    }


def group(store: Store, found: Group) -> Json:
    """The usergroup object of usergroups.list, without its users."""
    return {
        "id": found.id,
        "team_id": store.app.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": found.name,
        "description": "",
        "handle": found.handle,
        "is_external": False,
        "date_create": found.date_create,
        "date_update": found.date_update,
        "date_delete": found.date_delete,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": "USLACKBOT",
        "updated_by": "USLACKBOT",
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
    }


def thread(store: Store, parent: Message) -> Json:
    """What a parent message tells of its thread."""
    replies = store.replies(parent)
    if not replies:
        return {}
    people = list(dict.fromkeys(r.user for r in replies))
    return {
        "thread_ts": parent.ts,
        "reply_count": len(replies),
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
        "reply_users": people,
        "is_locked": False,
        "subscribed": False,
    }


def message(store: Store, found: Message, metadata: bool = True) -> Json:
    """The message object; its metadata only when asked for."""
    shown: Json = {"type": "message", "user": found.user, "ts": found.ts, "text": found.text}
    if found.user == SLACKBOT:
        shown |= {"subtype": "tombstone", "hidden": True}
    if found.bot_id:
        app = store.app
        icons = {"image_36": "", "image_48": "", "image_72": ""}
        shown |= {"bot_id": found.bot_id, "app_id": app.app_id, "team": app.team_id}
        shown["bot_profile"] = {
            "id": app.bot_id,
            "app_id": app.app_id,
            "name": app.name,
            "icons": icons,
            "deleted": False,
            "updated": 1600000000,
            "team_id": app.team_id,
        }
    if found.files:
        shown |= {
            "files": [file(store, store.files[id]) for id in found.files],
            "upload": False,
            "display_as_bot": False,
        }
    optional: Json = {
        "blocks": list(found.blocks) or None,
        "thread_ts": found.thread_ts,
        "edited": found.edited,
        "metadata": found.metadata if metadata else None,
        "is_ephemeral": True if found.ephemeral_to else None,
    }
    shown |= {key: value for key, value in optional.items() if value is not None}
    return shown | (thread(store, found) if not found.is_reply else {})


def file(store: Store, found: File, *, examined: bool = True) -> Json:
    """The file object.

    Slack answers files.completeUploadExternal before it has examined and shared the file: kinds
    are empty and nothing is shared yet (slackapi/python-slack-sdk#1575).
    """
    ending = found.name.rpartition(".")[2].lower()
    filetype, mimetype, pretty = FILE_KINDS.get(ending, BINARY) if examined else ("", "", "")
    slug = re.sub(r"[^a-z0-9._-]+", "_", found.name.lower())
    place = f"{store.url}/files-pri/{store.app.team_id}-{found.id}"
    return {
        "id": found.id,
        "created": found.created,
        "timestamp": found.created,
        "name": found.name,
        "title": found.title,
        "mimetype": mimetype,
        "filetype": filetype,
        "pretty_type": pretty,
        "user": found.user,
        "user_team": store.app.team_id,
        "editable": False,
        "size": found.length,
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": False,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{place}/{slug}",
        "url_private_download": f"{place}/download/{slug}",
        "media_display_type": "unknown",
        "permalink": f"{store.url}/files/{found.user}/{found.id}/{slug}",
        "permalink_public": f"{store.url}/{store.app.team_id}-{found.id}",
        "comments_count": 0,
        **shared(store, found if examined else None),
        "has_more_shares": False,
        "has_rich_preview": False,
        "file_access": "visible",
    }


def shared(store: Store, found: File | None) -> Json:
    """Where a file was shared, by kind of channel."""
    where: Json = {"shares": {}, "channels": [], "groups": [], "ims": []}
    for on in store.shares(found) if found else []:
        kind = store.channels[on.channel].kind
        where[f"{kind.removesuffix('s')}s"].append(on.channel)
        if kind != "im":
            access = "private" if kind == "groups" else "public"
            spot = {"ts": on.ts, "channel_name": store.channels[on.channel].name}
            spot |= {"team_id": store.app.team_id, "share_user_id": on.user}
            spot |= {"thread_ts": on.thread_ts} if on.is_reply and on.thread_ts else {}
            where["shares"].setdefault(access, {}).setdefault(on.channel, []).append(spot)
    return where


def view(store: Store, found: View) -> Json:
    """The view object of views.open and of every view payload."""
    content = found.content
    modal: Json = {
        "title": content.get("title"),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "notify_on_close": content.get("notify_on_close", False),
        "clear_on_close": content.get("clear_on_close", False),
    }
    home: Json = {"title": {"type": "plain_text", "text": "View Title", "emoji": True}} | {
        key: modal[key] for key in ("close", "submit", "notify_on_close", "clear_on_close")
    }
    return {
        "id": found.id,
        "team_id": store.app.team_id,
        "type": found.kind,
        "blocks": content["blocks"],
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": {"values": found.values},
        "hash": found.hash,
        **(modal if found.kind == "modal" else home),
        "previous_view_id": found.previous_view_id,
        "root_view_id": found.root_view_id,
        "app_id": store.app.app_id,
        "external_id": content.get("external_id", ""),
        "app_installed_team_id": store.app.team_id,
        "bot_id": store.app.bot_id,
    }


def with_defaults(value: Any) -> Any:
    """Text objects as Slack gives them back: `emoji` and `verbatim` spelled out."""
    if isinstance(value, list):
        return [with_defaults(item) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {key: with_defaults(item) for key, item in value.items()}
    if value.get("type") == "plain_text":
        filled.setdefault("emoji", True)
    if value.get("type") == "mrkdwn":
        filled.setdefault("verbatim", False)
    return filled


def stored_blocks(ids: Ids, blocks: list[Json]) -> list[Json]:
    """Blocks as Slack keeps them: every block and every interactive element has an id."""
    kept: list[Json] = with_defaults(blocks)
    for each in kept:
        each["block_id"] = each.get("block_id") or ids.new("b")
        for element in elements_of(each):
            if element["type"] not in ("plain_text", "mrkdwn", "image"):
                element["action_id"] = element.get("action_id") or ids.new("a")
    return kept
