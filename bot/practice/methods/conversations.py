"""Channels and what was said in them: conversations.*"""

from __future__ import annotations

import math

from bot.practice import shapes
from bot.practice.errors import Refused
from bot.practice.methods.registry import Args, method
from bot.practice.state import Channel, Json, Message, Store


@method("conversations.info")
def info(store: Store, args: Args) -> Json:
    """One channel; a public one also when the bot is not in it."""
    channel = store.channel_seen(args.text("channel"))
    store.need(f"{channel.kind}:read")
    return {"channel": shapes.channel(store, channel)}


@method("conversations.open", "im:write")
def open_direct(store: Store, args: Args) -> Json:
    """Open the direct message with one person."""
    user = args.text("users")
    store.member(user)
    known = any(c.user == user for c in store.channels.values())
    channel = store.direct(user)
    more: Json = {"no_op": True, "already_open": True} if known else {}
    return {**more, "channel": {"id": channel.id}}


@method("conversations.join", "channels:join")
def join(store: Store, args: Args) -> Json:
    """Join a public channel."""
    channel = store.channel_seen(args.text("channel"))
    if channel.is_archived:
        raise Refused("is_archived")
    if channel.is_private or channel.user:
        raise Refused("method_not_supported_for_channel_type")
    channel.members.add(store.app.bot_user)
    store.changed()
    return {"channel": shapes.channel(store, channel)}


def read_channel(store: Store, args: Args) -> Channel:
    """A channel whose history the bot may read."""
    channel = store.channel_seen(args.text("channel"))
    store.need(f"{channel.kind}:history")
    if store.app.bot_user not in channel.members:
        raise Refused("not_in_channel")
    return channel


def in_window(message: Message, args: Args) -> bool:
    """Whether a message lies between `oldest` and `latest`; the bounds count if `inclusive`."""
    ts = float(message.ts)
    oldest, latest = args.moment("oldest", 0), args.moment("latest", math.inf)
    return oldest < ts < latest or (args.flag("inclusive") and ts in (oldest, latest))


def page(store: Store, found: list[Message], args: Args) -> Json:
    """One page of messages, with a cursor to the next."""
    start = args.whole("cursor", 0)
    end = start + min(args.whole("limit", 100), 999)
    metadata = args.flag("include_all_metadata")
    shown = [shapes.message(store, m, metadata) for m in found[start:end]]
    more = end < len(found)
    cursor: Json = {"response_metadata": {"next_cursor": str(end)}} if more else {}
    return {"messages": shown, "has_more": more, **cursor}


@method("conversations.history")
def history(store: Store, args: Args) -> Json:
    """Messages outside threads, newest first."""
    channel = read_channel(store, args)
    found = [
        m
        for m in reversed(store.messages)
        if m.channel == channel.id
        and not m.is_reply
        and m.ephemeral_to is None
        and in_window(m, args)
    ]
    return {**page(store, found, args), "pin_count": 0}


@method("conversations.replies")
def replies(store: Store, args: Args) -> Json:
    """A thread, its parent first, oldest first."""
    channel = read_channel(store, args)
    wanted = store.message(channel.id, args.text("ts"))
    if wanted is None or wanted.ephemeral_to:
        raise Refused("thread_not_found")
    parent = store.message(channel.id, wanted.thread_ts or wanted.ts) or wanted
    found = [parent, *(m for m in store.replies(parent) if in_window(m, args))]
    return page(store, found, args)
