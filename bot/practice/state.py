"""What the workspace remembers: people, channels, groups, messages, files, views, every call."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from bot.practice.errors import NotThere, Refused
from bot.practice.limits import TRIGGER_SECONDS
from bot.practice.pace import Pace

Json = dict[str, Any]

SLACKBOT = "USLACKBOT"
SCOPES = (
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)


@dataclass(frozen=True)
class App:
    """The one app installed here, and its secrets."""

    app_id: str = "A0RECESS"
    bot_id: str = "B0RECESS"
    bot_user: str = "U0RECESS"
    name: str = "Recess"
    team_id: str = "T0PRACTICE"
    team: str = "Practice"
    domain: str = "practice"
    bot_token: str = "xoxb-practice"  # noqa: S105 - nothing real behind it
    app_token: str = "xapp-practice"  # noqa: S105
    signing_secret: str = "practice-signing-secret"  # noqa: S105
    verification_token: str = "practice-verification"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """A member; `note` is shown on the page only."""

    id: str
    name: str
    real_name: str
    email: str
    team_id: str
    note: str = ""
    is_bot: bool = False
    deleted: bool = False


@dataclass
class Channel:
    """A channel, or a direct message when `user` is set. `refuses` is a posting error code."""

    id: str
    name: str
    members: set[str]
    created: int
    is_private: bool = False
    is_archived: bool = False
    user: str | None = None
    refuses: str | None = None

    @property
    def kind(self) -> str:
        """The word Slack's scopes use: channels, groups or im."""
        return "im" if self.user else "groups" if self.is_private else "channels"


@dataclass
class Group:
    """A user group. `date_delete` is not 0 when disabled; `unreadable` is an error code."""

    id: str
    handle: str
    name: str
    users: list[str]
    date_create: int
    date_update: int
    date_delete: int = 0
    unreadable: str | None = None


@dataclass(frozen=True)
class Message:
    """One stored message. A change makes a new value, so what a test holds stays as it was."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    bot_id: str | None = None
    thread_ts: str | None = None
    metadata: Json | None = None
    edited: Json | None = None
    ephemeral_to: str | None = None
    files: tuple[str, ...] = ()

    @property
    def is_reply(self) -> bool:
        """Whether it sits in a thread, below its parent."""
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True)
class Upload:
    """A file on a person's own machine, before it is chosen in a modal."""

    name: str
    content: bytes


@dataclass(frozen=True)
class File:
    """One file. `content` is None until it has arrived; `complete` when Slack may show it."""

    id: str
    user: str
    name: str
    title: str
    created: int
    length: int
    content: bytes | None = None
    complete: bool = False


@dataclass(frozen=True)
class View:
    """One open modal or a published Home tab, with what its person has filled in so far."""

    id: str
    user: str
    content: Json
    hash: str
    root_view_id: str
    previous_view_id: str | None = None
    values: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`modal` or `home`."""
        return str(self.content["type"])

    @property
    def title(self) -> str:
        """A modal's title; empty for Home."""
        return str(self.content.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        """Its blocks."""
        return list(self.content["blocks"])


@dataclass(frozen=True)
class Notice:
    """What Slack's own client tells a person, such as an app that did not answer."""

    person: str
    channel: str | None
    text: str
    at: float


@dataclass(frozen=True)
class Call:
    """One Web API call as it was answered. `fault` says how it was disturbed, if it was."""

    number: int
    method: str
    args: Json
    at: float
    answer: Json
    status: int = 200
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Whether Slack did what was asked, whatever the bot heard of it."""
        return bool(self.answer.get("ok"))


@dataclass
class Trigger:
    """Permission to open one modal, for three seconds, once; `in_modal` also to push one."""

    user: str
    at: float
    in_modal: bool = False
    used: bool = False


@dataclass
class ResponseUrl:
    """Where an interaction may answer: five times in thirty minutes."""

    user: str
    channel: str
    ts: str | None
    at: float
    left: int


class Ids:
    """Ids, time stamps and random-looking names, all increasing and the same in every run."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = (0, 0)
        self._count = itertools.count(1)

    def ts(self) -> str:
        """The next message time stamp: `seconds.counter`, unique and rising."""
        second = int(self._clock())
        last, count = self._last
        self._last = (second, 100) if second > last else (last, count + 1)
        return f"{self._last[0]}.{self._last[1]:06d}"

    def new(self, prefix: str) -> str:
        """An id such as `V000000A`."""
        return f"{prefix}{next(self._count):08X}"

    def hash(self) -> str:
        """A view's hash: `seconds.letters`."""
        return f"{int(self._clock())}.{next(self._count):08x}"


class Store:
    """Everything stored, behind one lock; `changed` wakes whoever waits.

    Methods that look something up by id raise Refused with Slack's code for it.
    """

    def __init__(
        self, app: App, clock: Callable[[], float], pace: Pace, edit_window: float | None
    ) -> None:
        self.app = app
        self.clock = clock
        self.pace = pace
        self.edit_window = edit_window
        self.trigger_seconds = TRIGGER_SECONDS
        self.url = ""
        self.ids = Ids(clock)
        self.lock = threading.RLock()
        self.moved = threading.Condition(self.lock)
        self.generation = 0
        self.listeners: list[Callable[[], None]] = []
        self.scopes = set(SCOPES)
        self.token_problem: str | None = None
        self.usergroups_plan = True
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, Group] = {}
        self.files: dict[str, File] = {}
        self.uploads: dict[str, str] = {}
        self._messages: dict[tuple[str, str], Message] = {}
        self.modals: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.notices: list[Notice] = []
        self.calls: list[Call] = []
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.states: dict[tuple[str, str, str], Json] = {}
        self.read: dict[tuple[str, str], str] = {}
        self.tickets: set[str] = set()

    def changed(self) -> None:
        """Tell everyone who waits that something moved."""
        with self.lock:
            self.generation += 1
            self.moved.notify_all()
            for listener in list(self.listeners):
                listener()

    def need(self, *scopes: str) -> None:
        """Refuse unless one of these scopes was granted."""
        if not self.scopes & set(scopes):
            provided = ",".join(sorted(self.scopes))
            raise Refused("missing_scope", needed=",".join(scopes), provided=provided)

    def person(self, by: str) -> Person:
        """Somebody by id or by name, for those who act. Raises NotThere."""
        for person in self.people.values():
            if by in (person.id, person.name):
                return person
        raise NotThere(f"nobody here is {by}")

    def member(self, user: str) -> Person:
        """Somebody by id, for the Web API."""
        if user not in self.people:
            raise Refused("user_not_found")
        return self.people[user]

    def channel(self, wanted: str) -> Channel:
        """A channel by id or by name, for those who act. Raises NotThere."""
        for channel in self.channels.values():
            if wanted.removeprefix("#") in (channel.id, channel.name):
                return channel
        raise NotThere(f"there is no channel {wanted}")

    def channel_seen(self, wanted: str) -> Channel:
        """A channel the bot may know of: private ones only as a member."""
        channel = self.channels.get(wanted)
        if channel is None:
            raise Refused("channel_not_found")
        if channel.is_private and self.app.bot_user not in channel.members:
            raise Refused("channel_not_found")
        return channel

    def direct(self, user: str) -> Channel:
        """The direct message of the bot and one person, opened when there is none."""
        for channel in self.channels.values():
            if channel.user == user:
                return channel
        members = {user, self.app.bot_user}
        opened = Channel(self.ids.new("D"), "", members, int(self.clock()), user=user)
        self.channels[opened.id] = opened
        return opened

    @property
    def messages(self) -> list[Message]:
        """All messages, oldest first."""
        with self.lock:
            return list(self._messages.values())

    def message(self, channel: str, ts: str) -> Message | None:
        """The message at this place as it is now."""
        return self._messages.get((channel, ts))

    def put(self, message: Message) -> Message:
        """Store a message, in the place of an earlier one of the same time stamp."""
        with self.lock:
            self._messages[message.channel, message.ts] = message
            self.changed()
        return message

    def remove(self, message: Message) -> None:
        """Delete a message."""
        with self.lock:
            self._messages.pop((message.channel, message.ts), None)
            self.changed()

    def put_file(self, file: File) -> File:
        """Store a file, in the place of the one with its id."""
        with self.lock:
            self.files[file.id] = file
            self.changed()
        return file

    def shares(self, file: File) -> list[Message]:
        """The messages that a file hangs on."""
        return [m for m in self.messages if file.id in m.files]

    def replies(self, parent: Message) -> list[Message]:
        """The thread below a message, oldest first, without ephemerals."""
        return [
            m
            for m in self.messages
            if m.channel == parent.channel
            and m.thread_ts == parent.ts
            and m.ts != parent.ts
            and m.ephemeral_to is None
        ]

    def stack(self, user: str) -> list[View]:
        """The modals this person has open, the lowest first."""
        return self.modals.setdefault(user, [])

    def views(self) -> Iterator[View]:
        """Every open modal and every published Home."""
        for stack in self.modals.values():
            yield from stack
        yield from self.homes.values()

    def view(self, view_id: str) -> View | None:
        """A view that is still open."""
        return next((v for v in self.views() if v.id == view_id), None)

    def put_view(self, view: View) -> View:
        """Store a view in the place of the one with its id."""
        if view.kind == "home":
            self.homes[view.user] = view
        else:
            stack = self.stack(view.user)
            self.modals[view.user] = [view if v.id == view.id else v for v in stack]
        self.changed()
        return view

    def open_trigger(self, user: str, in_modal: bool = False) -> str:
        """A new trigger id for this person."""
        trigger = f"{self.ids.new('')}.{self.app.team_id}.{self.ids.new('')}".lower()
        self.triggers[trigger] = Trigger(user, self.clock(), in_modal)
        return trigger

    def open_response_url(self, user: str, channel: str, ts: str | None, uses: int) -> str:
        """A new response_url for this person and place."""
        key = self.ids.new("R")
        self.response_urls[key] = ResponseUrl(user, channel, ts, self.clock(), uses)
        return f"{self.url}/actions/{self.app.team_id}/{key}"

    def notice(self, person: str, channel: str | None, text: str) -> Notice:
        """Tell one person something in the client's own voice."""
        notice = Notice(person, channel, text, self.clock())
        self.notices.append(notice)
        self.changed()
        return notice


def edited(message: Message, by: str, at: str, **changes: Any) -> Message:
    """The message after an edit, with Slack's `edited` marker."""
    return replace(message, edited={"user": by, "ts": at}, **changes)
