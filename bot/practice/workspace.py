"""The practice workspace as one object: for tests, for the demo, for a process of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, TypeVar

from bot.practice import payloads, shapes
from bot.practice.acts import Acts
from bot.practice.control import Control
from bot.practice.dispatch import Answer, Delivery, Dispatch
from bot.practice.faults import Disturbance, Fault, Faults, Kind
from bot.practice.pace import Pace
from bot.practice.server import Server
from bot.practice.sockets import Sockets
from bot.practice.state import (
    SLACKBOT,
    App,
    Call,
    Channel,
    File,
    Group,
    Json,
    Message,
    Notice,
    Person,
    Store,
    View,
)

T = TypeVar("T")
# What the app hears unless it is told otherwise; `message.channels`, `message.groups` and
# `message.im` can be added to a workspace's `events`.
EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "channel_archive",
    "channel_unarchive",
    "member_joined_channel",
    "member_left_channel",
    "subteam_members_changed",
    "subteam_updated",
    "tokens_revoked",
)
CHANNEL_TYPES = {"channels": "channel", "groups": "group", "im": "im"}


class Workspace(Acts):
    """A small Slack on 127.0.0.1.

    clock         seconds since 1970, for time stamps, triggers and response_urls
    rate_limits   whether Slack's rates are enforced, measured by `pace_clock`
    retry_delays  seconds before each further attempt to deliver an event
    edit_window   seconds a message stays editable; None for ever
    seed          of the probabilities of faults

    The app is reached at `request_url` by signed HTTP when that is set, else by Socket Mode.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        app: App | None = None,
        request_url: str | None = None,
        clock: Callable[[], float] = time.time,
        rate_limits: bool = True,
        pace_clock: Callable[[], float] = time.monotonic,
        retry_delays: Sequence[float] = (0.0, 60.0, 300.0),
        edit_window: float | None = None,
        seed: int = 0,
        headline: str = "",
    ) -> None:
        pace = Pace(pace_clock, rate_limits)
        store = Store(app or App(), clock, pace, edit_window)
        self.sockets = Sockets(store)
        super().__init__(store, Dispatch(store, self.sockets, retry_delays))
        self.dispatch.request_url = request_url
        self.faults = Faults(seed)
        self.server = Server(store, self.faults, self.sockets, port)
        self.server.routes += Control(self).routes()
        self.events = set(EVENTS)
        self.headline = headline
        self.page_actions: dict[str, Callable[[], str]] = {}
        bot = store.app
        self.add_person(bot.bot_user, bot.name.lower(), bot.name, "", is_bot=True)

    # Life

    def start(self) -> Self:
        """Listen; after a stop on the same port again, with everything still stored."""
        self.dispatch.start()
        self.server.start()
        return self

    def stop(self) -> None:
        """Refuse connections from now on; what is stored stays."""
        self.server.stop()
        self.dispatch.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def app(self) -> App:
        """The installed app: its ids, tokens and signing secret."""
        return self.store.app

    @property
    def url(self) -> str:
        """Where the page is."""
        return self.store.url

    @property
    def api_url(self) -> str:
        """What SLACK_API_URL is set to."""
        return f"{self.store.url}/api/"

    @property
    def request_url(self) -> str | None:
        """Where the app takes Slack's requests; None for Socket Mode."""
        return self.dispatch.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.dispatch.request_url = url

    @property
    def scopes(self) -> set[str]:
        """What the app was granted; take some away, or add some."""
        return self.store.scopes

    # Setting up

    def add_person(
        self,
        id: str,
        name: str,
        real_name: str,
        email: str,
        *,
        team_id: str | None = None,
        note: str = "",
        is_bot: bool = False,
    ) -> Person:
        """Add a member; `note` says on the page who this is."""
        with self.store.lock:
            team = team_id or self.store.app.team_id
            person = Person(id, name, real_name, email, team, note, is_bot)
            self.store.people[id] = person
            self.store.changed()
            return person

    def add_channel(
        self,
        id: str,
        name: str,
        members: Sequence[str],
        *,
        private: bool = False,
        with_bot: bool = True,
    ) -> Channel:
        """Add a channel with these people, and the bot unless told otherwise."""
        with self.store.lock:
            inside = {self.store.person(m).id for m in members}
            inside |= {self.store.app.bot_user} if with_bot else set()
            created = int(self.store.clock())
            channel = Channel(id, name, inside, created, is_private=private)
            self.store.channels[id] = channel
            self.store.changed()
            return channel

    def add_group(self, id: str, handle: str, name: str, members: Sequence[str]) -> Group:
        """Add a user group."""
        with self.store.lock:
            now = int(self.store.clock())
            users = [self.store.person(m).id for m in members]
            self.store.groups[id] = group = Group(id, handle, name, users, now, now)
            self.store.changed()
            return group

    def set_scopes(self, scopes: Sequence[str]) -> None:
        """Grant exactly these scopes."""
        with self.store.lock:
            self.store.scopes.clear()
            self.store.scopes.update(scopes)

    # What happens in a workspace

    def archive(self, channel: str, by: str | None = None) -> None:
        """Somebody archives a channel; the app hears `channel_archive`."""
        self._change(channel, is_archived=True)
        who = self._somebody(by)
        self.emit({"type": "channel_archive", "channel": self._id(channel), "user": who})

    def unarchive(self, channel: str, by: str | None = None) -> None:
        """Somebody brings an archived channel back."""
        self._change(channel, is_archived=False)
        who = self._somebody(by)
        self.emit({"type": "channel_unarchive", "channel": self._id(channel), "user": who})

    def _somebody(self, by: str | None) -> str:
        """A person: Bolt hears nothing of what the app itself has done."""
        with self.store.lock:
            if by is not None:
                return self.store.person(by).id
            people = (p.id for p in self.store.people.values() if not p.is_bot)
            return next(people, SLACKBOT)

    def refuse_posts(self, channel: str, code: str | None = "restricted_action") -> None:
        """Let posts to a channel fail with this error, or with None work again."""
        self._change(channel, refuses=code)

    def join(self, channel: str, member: str) -> None:
        """Somebody joins a channel."""
        self._membership(channel, member, joins=True)

    def leave(self, channel: str, member: str) -> None:
        """Somebody, or the bot itself, leaves a channel."""
        self._membership(channel, member, joins=False)

    def change_group(
        self, group: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Change a group's members; the app hears the delta, then the whole group."""
        with self.store.lock:
            found = self.store.groups[group]
            added = [self.store.person(m).id for m in add]
            removed = [self.store.person(m).id for m in remove]
            before = found.date_update
            stay = [u for u in found.users if u not in removed]
            found.users = stay + [u for u in added if u not in stay]
            found.date_update = int(self.store.clock())
            self.store.changed()
        self.emit(
            {
                "type": "subteam_members_changed",
                "subteam_id": group,
                "team_id": self.store.app.team_id,
                "date_previous_update": before,
                "date_update": found.date_update,
                "added_users": added,
                "added_users_count": len(added),
                "removed_users": removed,
                "removed_users_count": len(removed),
            }
        )
        self._group_updated(found)

    def disable_group(self, group: str, disabled: bool = True) -> None:
        """Disable a user group (`date_delete`), or enable it again."""
        with self.store.lock:
            found = self.store.groups[group]
            found.date_delete = int(self.store.clock()) if disabled else 0
            self.store.changed()
        self._group_updated(found)

    def paid_plan(self, paid: bool) -> None:
        """Without a paid plan there are no user groups (`plan_upgrade_required`)."""
        with self.store.lock:
            self.store.usergroups_plan = paid

    def unreadable_group(self, group: str, code: str | None = "internal_error") -> None:
        """Let reading a group's members fail with this error, or with None work again."""
        with self.store.lock:
            self.store.groups[group].unreadable = code

    def open_home(self, by: str, tab: str = "home") -> Delivery | None:
        """Somebody opens the app's Home tab."""
        with self.store.lock:
            who = self.store.person(by)
            channel = self.store.direct(who.id)
            view = self.store.homes.get(who.id)
            opened: Json = {
                "type": "app_home_opened",
                "user": who.id,
                "channel": channel.id,
                "tab": tab,
            }
            if view is not None and tab == "home":
                opened["view"] = shapes.view(self.store, view)
        return self.emit(opened)

    def revoke(self, code: str = "token_revoked") -> None:
        """The app is uninstalled: its token answers `code` from now on."""
        with self.store.lock:
            self.store.token_problem = code
            bot = self.store.app.bot_user
        self.emit({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}})
        self.emit({"type": "app_uninstalled"})

    def say(self, text: str, *, by: str, channel: str, thread_ts: str | None = None) -> Message:
        """Write a message as a person; the app hears of it where it listens and is a member."""
        said = super().say(text, by=by, channel=channel, thread_ts=thread_ts)
        here = self.store.channels[said.channel]
        if self.store.app.bot_user in here.members:
            with self.store.lock:
                shown = shapes.message(self.store, said)
            place: Json = {"channel": here.id, "channel_type": CHANNEL_TYPES[here.kind]}
            self.emit({**shown, **place, "event_ts": said.ts}, f"message.{here.kind}")
        return said

    def emit(self, event: Json, subscription: str | None = None) -> Delivery | None:
        """Send an event, unless the app is not subscribed to it; by its type if not told else."""
        with self.store.lock:
            if (subscription or event["type"]) not in self.events:
                return None
            payload = payloads.event(self.store, {"event_ts": self.store.ids.ts(), **event})
        return self.dispatch.tell(payload)

    def verify_request_url(self) -> bool:
        """Ask the app for a challenge, as Slack does when somebody enters its request URL."""
        with self.store.lock:
            challenge, token = self.store.ids.new("challenge"), self.store.app.verification_token
        payload = {"type": "url_verification", "token": token, "challenge": challenge}
        answer = self.dispatch.ask("events_api", payload)
        told = answer.json.get("challenge") if isinstance(answer.json, dict) else answer.body
        return answer.ok and told == challenge

    # Misbehaviour

    def misbehave(self, kind: Kind, method: str = "*", **how: Any) -> Fault:
        """Disturb the next call that fits; see Fault for `how`."""
        with self.store.lock:
            fault = Fault(kind, method, **how)
            self.faults.waiting.append(fault)
            return fault

    def disturb(self, kind: str = "*", **how: Any) -> Disturbance:
        """Disturb the next delivery to the app; see Disturbance for `how`."""
        with self.store.lock:
            disturbance = Disturbance(kind, **how)
            self.dispatch.disturbances.append(disturbance)
            return disturbance

    def calm(self) -> None:
        """Forget every fault and disturbance still waiting."""
        with self.store.lock:
            self.faults.waiting.clear()
            self.dispatch.disturbances.clear()

    def redeliver(self, delivery: Delivery) -> Answer:
        """Deliver something once more."""
        return self.dispatch.again(delivery)

    # What can be seen

    def history(self, channel: str) -> list[Message]:
        """A channel's messages outside threads, oldest first, without ephemerals."""
        with self.store.lock:
            found = self._id(channel)
            return [
                m
                for m in self.store.messages
                if m.channel == found and not m.is_reply and m.ephemeral_to is None
            ]

    def replies(self, message: Message) -> list[Message]:
        """The thread below a message, oldest first."""
        with self.store.lock:
            return self.store.replies(message)

    def current(self, message: Message) -> Message | None:
        """A message as it is now; None when it was deleted."""
        with self.store.lock:
            return self.store.message(message.channel, message.ts)

    def files_on(self, message: Message) -> list[File]:
        """The files that hang on a message, with their bytes."""
        with self.store.lock:
            return [self.store.files[id] for id in message.files]

    def files_shared_with(self, person: str) -> list[File]:
        """What hangs on messages that this person can see, oldest first."""
        with self.store.lock:
            who = self.store.person(person).id
            mine = [c.id for c in self.store.channels.values() if who in c.members]
            return [f for m in self.store.messages if m.channel in mine for f in self.files_on(m)]

    def ephemerals(self, person: str) -> list[Message]:
        """What only this person can see, oldest first."""
        with self.store.lock:
            who = self.store.person(person).id
            return [m for m in self.store.messages if m.ephemeral_to == who]

    def direct_messages(self, person: str) -> list[Message]:
        """What the bot and this person wrote to each other, oldest first."""
        with self.store.lock:
            who = self.store.person(person).id
            here = {c.id for c in self.store.channels.values() if c.user == who}
            return [m for m in self.store.messages if m.channel in here and not m.ephemeral_to]

    def notices(self, person: str) -> list[Notice]:
        """What Slack's own client told this person."""
        with self.store.lock:
            who = self.store.person(person).id
            return [n for n in self.store.notices if n.person == who]

    def open_view(self, person: str) -> View | None:
        """The modal on top of this person's screen."""
        with self.store.lock:
            stack = self.store.stack(self.store.person(person).id)
            return stack[-1] if stack else None

    def home(self, person: str) -> View | None:
        """What was published on this person's Home tab."""
        with self.store.lock:
            return self.store.homes.get(self.store.person(person).id)

    @property
    def calls(self) -> list[Call]:
        """Every Web API call, in order."""
        with self.store.lock:
            return list(self.store.calls)

    def calls_of(self, method: str) -> list[Call]:
        """The calls of one method."""
        return [c for c in self.calls if c.method == method]

    @property
    def deliveries(self) -> list[Delivery]:
        """Everything sent to the app, in order."""
        with self.store.lock:
            return list(self.dispatch.deliveries)

    def wait_for(self, predicate: Callable[[], T], timeout: float = 60.0) -> T:
        """Wait until `predicate()` is true and give its value. Raises TimeoutError.

        It is asked again whenever something changes, with the workspace locked: it may look at
        this object, but not call the workspace over HTTP.
        """
        with self.store.moved:
            if self.store.moved.wait_for(predicate, timeout):
                return predicate()
        raise TimeoutError(f"not within {timeout} s: {predicate}")

    def _id(self, channel: str) -> str:
        return self.store.channel(channel).id

    def _change(self, channel: str, **fields: Any) -> None:
        with self.store.lock:
            found = self.store.channel(channel)
            for name, value in fields.items():
                setattr(found, name, value)
            self.store.changed()

    def _membership(self, channel: str, member: str, joins: bool) -> None:
        with self.store.lock:
            found, who = self.store.channel(channel), self.store.person(member)
            heard = self.store.app.bot_user in (who.id, *found.members)
            (found.members.add if joins else found.members.discard)(who.id)
            self.store.changed()
        happened: Mapping[str, Any] = {
            "type": "member_joined_channel" if joins else "member_left_channel",
            "user": who.id,
            "channel": found.id,
            "channel_type": "G" if found.is_private else "C",
            "team": self.store.app.team_id,
        }
        if heard:
            self.emit(dict(happened))

    def _group_updated(self, group: Group) -> None:
        with self.store.lock:
            shown = shapes.group(self.store, group)
            # Slack cuts the list off at 500; the count stays true.
            shown |= {"users": group.users[:500], "user_count": len(group.users)}
        self.emit({"type": "subteam_updated", "subteam": {**shown, "channel_count": 0}})
