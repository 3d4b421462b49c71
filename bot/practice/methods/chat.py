"""Messages: chat.postMessage, chat.update, chat.delete, chat.postEphemeral, chat.getPermalink."""

from __future__ import annotations

from dataclasses import replace

from bot.practice import shapes
from bot.practice.errors import Refused
from bot.practice.limits import POST_TEXT, UPDATE_TEXT, check_blocks, check_metadata
from bot.practice.methods.registry import Args, method
from bot.practice.state import SLACKBOT, Channel, Json, Message, Store, edited


def writable(store: Store, wanted: str) -> Channel:
    """The channel the bot may post to. Raises Refused with Slack's code."""
    if wanted in store.people:
        return store.direct(wanted)
    channel = store.channel_seen(wanted)
    if channel.is_archived:
        raise Refused("is_archived")
    if store.app.bot_user not in channel.members:
        raise Refused("not_in_channel")
    if channel.refuses:
        raise Refused(channel.refuses)
    return channel


def blocks_of(store: Store, args: Args) -> tuple[Json, ...]:
    """The blocks of a call, checked and given ids."""
    blocks = args.json("blocks", "invalid_blocks_format") or []
    check_blocks(blocks)
    return tuple(shapes.stored_blocks(store.ids, blocks))


def metadata_of(args: Args) -> Json | None:
    """The metadata of a call, checked; None when there is none."""
    metadata: Json | None = args.json("metadata", "invalid_metadata_format")
    if metadata:
        check_metadata(metadata)
    return metadata or None


def thread_of(store: Store, channel: Channel, args: Args) -> str | None:
    """The thread to answer in; a reply to a reply goes to its parent's thread."""
    wanted = args.maybe("thread_ts")
    if wanted is None:
        return None
    parent = store.message(channel.id, wanted)
    if parent is None:
        raise Refused("thread_not_found")
    return parent.thread_ts or parent.ts


@method("chat.postMessage", "chat:write")
def post_message(store: Store, args: Args) -> Json:
    """Post. Text beyond 40,000 characters is cut off, as Slack does."""
    channel = writable(store, args.text("channel"))
    text = args.maybe("text") or ""
    blocks = blocks_of(store, args)
    if not text.strip() and not blocks:
        raise Refused("no_text")
    thread = thread_of(store, channel, args)
    metadata = metadata_of(args)
    posted = store.put(
        replace(bot_message(store, channel.id, text, blocks, thread), metadata=metadata)
    )
    return {"channel": channel.id, "ts": posted.ts, "message": shapes.message(store, posted)}


def editable(store: Store, channel: Channel, ts: str) -> Message:
    """The bot's own message that may still be edited. Raises Refused with Slack's code."""
    message = store.message(channel.id, ts)
    if message is None or message.ephemeral_to:
        raise Refused("message_not_found")
    if message.user != store.app.bot_user:
        raise Refused("cant_update_message")
    if store.edit_window is not None and store.clock() - float(ts) > store.edit_window:
        raise Refused("edit_window_closed")
    return message


@method("chat.update", "chat:write")
def update(store: Store, args: Args) -> Json:
    """Edit. `text` without `blocks` drops the blocks; metadata stays unless it is given."""
    channel = store.channel_seen(args.text("channel"))
    message = editable(store, channel, args.text("ts"))
    if channel.is_archived:
        raise Refused("is_inactive")
    text = args.maybe("text")
    if text is None and "blocks" not in args:
        raise Refused("no_text")
    if len(text or "") > UPDATE_TEXT:
        raise Refused("msg_too_long")
    blocks = blocks_of(store, args)
    metadata = metadata_of(args) if "metadata" in args else message.metadata
    if not text and not blocks:
        raise Refused("no_text")
    now = store.ids.ts()
    changed = edited(
        message,
        store.app.bot_user,
        now,
        text=message.text if text is None else text,
        blocks=blocks,
        metadata=metadata,
    )
    store.put(changed)
    shown = shapes.message(store, changed)
    return {"channel": channel.id, "ts": message.ts, "text": changed.text, "message": shown}


@method("chat.delete", "chat:write")
def delete(store: Store, args: Args) -> Json:
    """Delete the bot's own message; where people answered it, a stone with no name stays."""
    channel = store.channel_seen(args.text("channel"))
    message = store.message(channel.id, args.text("ts"))
    if message is None or message.ephemeral_to:
        raise Refused("message_not_found")
    if message.user != store.app.bot_user:
        raise Refused("cant_delete_message")
    if store.replies(message):
        store.put(Message(channel.id, message.ts, SLACKBOT, "This message was deleted."))
    else:
        store.remove(message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(store: Store, args: Args) -> Json:
    """Show something to one person in a channel."""
    channel = writable(store, args.text("channel"))
    user = args.text("user")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    text = args.maybe("text") or ""
    blocks = blocks_of(store, args)
    if not text.strip() and not blocks:
        raise Refused("no_text")
    thread = args.maybe("thread_ts")
    shown = bot_message(store, channel.id, text, blocks, thread)
    store.put(replace(shown, ephemeral_to=user))
    return {"message_ts": shown.ts}


def bot_message(
    store: Store, channel: str, text: str, blocks: tuple[Json, ...], thread: str | None = None
) -> Message:
    """A message of the app, not yet stored."""
    app = store.app
    return Message(
        channel=channel,
        ts=store.ids.ts(),
        user=app.bot_user,
        text=text[:POST_TEXT],
        blocks=blocks,
        bot_id=app.bot_id,
        thread_ts=thread,
    )


@method("chat.getPermalink")
def get_permalink(store: Store, args: Args) -> Json:
    """The address of a message; a reply's names its thread."""
    channel = store.channel_seen(args.text("channel"))
    message = store.message(channel.id, args.text("message_ts"))
    if message is None:
        raise Refused("message_not_found")
    place = f"{store.url}/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        place += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": place}
