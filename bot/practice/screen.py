"""What one person sees, as the page is told it: stored records and nothing else."""

from __future__ import annotations

from bot.practice import shapes
from bot.practice.state import Channel, Json, Message, Store, View


def visible(store: Store, person: str, channel: str) -> list[Message]:
    """A channel's messages for one person, oldest first; others' ephemerals are not among them."""
    return [m for m in store.messages if m.channel == channel and m.ephemeral_to in (None, person)]


def shown_message(store: Store, person: str, message: Message) -> Json:
    """A message with what this person chose in it."""
    state = store.states.get((person, message.channel, message.ts), {})
    shown = shapes.message(store, message, metadata=False)
    return {**shown, "channel": message.channel, "values": state}


def shown_view(store: Store, view: View) -> Json:
    """A view with the complaints about its fields."""
    return {**shapes.view(store, view), "errors": view.errors}


def unread(store: Store, person: str, channel: str) -> int:
    """How many messages outside threads this person has not seen yet."""
    seen = float(store.read.get((person, channel), "0"))
    found = [m for m in visible(store, person, channel) if not m.is_reply and m.user != person]
    return sum(1 for m in found if float(m.ts) > seen)


def listed_channel(store: Store, person: str, channel: Channel) -> Json:
    """One line of the sidebar."""
    return {
        "id": channel.id,
        "name": channel.name,
        "private": channel.is_private,
        "archived": channel.is_archived,
        "direct": channel.user is not None,
        "members": len(channel.members),
        "unread": unread(store, person, channel.id),
    }


def people(store: Store) -> list[Json]:
    """Everybody one can be; the bot is not."""
    return [
        {"id": p.id, "name": p.name, "real_name": p.real_name, "note": p.note}
        for p in store.people.values()
        if not p.is_bot and not p.deleted
    ]


def names(store: Store) -> Json:
    """What mentions are called."""
    return {
        "users": {p.id: p.real_name for p in store.people.values()},
        "channels": {c.id: c.name for c in store.channels.values() if c.name},
        "groups": {g.id: g.handle for g in store.groups.values()},
    }


def thread(store: Store, person: str, channel: str, ts: str) -> list[Json]:
    """A thread, its parent first, with this person's ephemerals in it."""
    found = visible(store, person, channel)
    inside = [m for m in found if m.ts == ts or m.thread_ts == ts]
    return [shown_message(store, person, m) for m in inside]


def place(store: Store, person: str, channel: str, open_thread: str) -> Json:
    """The open channel, its messages and its thread; empty when it is not this person's."""
    found = store.channels.get(channel)
    if found is None or person not in found.members:
        return {"channel": None, "messages": [], "thread": []}
    outside = [m for m in visible(store, person, channel) if not m.is_reply]
    return {
        "channel": listed_channel(store, person, found),
        "messages": [shown_message(store, person, m) for m in outside],
        "thread": thread(store, person, channel, open_thread) if open_thread else [],
    }


def screen(store: Store, person: str, channel: str, open_thread: str) -> Json:
    """Everything the page shows to one person, or only the people when nobody is chosen yet."""
    app = {"id": store.app.app_id, "user": store.app.bot_user, "name": store.app.name}
    common: Json = {"app": app, "people": people(store), "names": names(store)}
    if person not in store.people:
        return {**common, "me": None}
    mine = [c for c in store.channels.values() if person in c.members]
    home = store.homes.get(person)
    return {
        **common,
        "me": person,
        "channels": [listed_channel(store, person, c) for c in mine],
        **place(store, person, channel, open_thread),
        "views": [shown_view(store, v) for v in store.stack(person)],
        "home": shown_view(store, home) if home else None,
        "notices": [n.text for n in store.notices if n.person == person],
    }
