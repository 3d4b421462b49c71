"""response_url: five answers in thirty minutes, and the only way to change an ephemeral message."""

from __future__ import annotations

from dataclasses import replace

from bot.practice import shapes
from bot.practice.errors import Refused
from bot.practice.limits import RESPONSE_URL_SECONDS, check_blocks
from bot.practice.methods.chat import bot_message
from bot.practice.state import Json, Message, ResponseUrl, Store, edited


def respond(store: Store, key: str, body: Json) -> tuple[int, str]:
    """Use a response_url; gives the HTTP status and the body that Slack answers with."""
    with store.lock:
        url = store.response_urls.get(key)
        try:
            use(store, url, body)
        except Refused as refused:
            gone = refused.code in ("used_url", "expired_url", "no_active_hooks")
            return (404 if gone else 400), refused.code
        return 200, "ok"


def use(store: Store, url: ResponseUrl | None, body: Json) -> None:
    """Do what the body asks. Raises Refused with Slack's word for it."""
    if url is None:
        raise Refused("no_active_hooks")
    if store.clock() - url.at > RESPONSE_URL_SECONDS:
        raise Refused("expired_url")
    if url.left <= 0:
        raise Refused("used_url")
    url.left -= 1
    answer(store, url.user, url.channel, url.ts, body)


def answer(store: Store, user: str, channel: str, ts: str | None, body: Json) -> None:
    """Delete or replace the message it came from, or post a new one (to one person by default)."""
    source = store.message(channel, ts) if ts else None
    if body.get("delete_original"):
        if source is not None:
            store.remove(source)
        return
    new = content(store, channel, body)
    if body.get("replace_original") and source is not None:
        replaced(store, source, new)
        return
    thread = body.get("thread_ts")
    to = None if body.get("response_type") == "in_channel" else user
    store.put(replace(new, ephemeral_to=to, thread_ts=thread))


def content(store: Store, channel: str, body: Json) -> Message:
    """The message a response asks for."""
    blocks = body.get("blocks") or []
    check_blocks(blocks)
    text = str(body.get("text") or "")
    if not text and not blocks:
        raise Refused("no_text")
    return bot_message(store, channel, text, tuple(shapes.stored_blocks(store.ids, blocks)))


def replaced(store: Store, source: Message, new: Message) -> None:
    """Put new content in the place of a message; an ephemeral one is not marked as edited."""
    if source.ephemeral_to:
        store.put(replace(source, text=new.text, blocks=new.blocks))
        return
    by, at = store.app.bot_user, new.ts
    store.put(edited(source, by, at, text=new.text, blocks=new.blocks))
