"""A practice workspace with the bot in it, and what a story may expect to see."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.practice import Answer, Message, View, Workspace
from bot.practice.limits import leaves
from bot.serving import Server
from bot.settings import Settings
from storage.store import Stores
from tests.harness.patience import be_patient, patient
from tests.harness.slack.hands import Hands, StoryClock
from tests.harness.slack.surfaces import Card, Home, Modal, Place, SentFile, reading, says

be_patient()

T = TypeVar("T")

PEOPLE = {
    "ana": ("U0ANA", "Ana Flores", "ana@lincoln.example"),
    "bo": ("U0BO", "Bo Lindqvist", "bo@lincoln.example"),
    "carmen": ("U0CARMEN", "Carmen Díaz", "carmen@cedar.example"),
    "vic": ("U0VIC", "Vic Osei", "vic@lincoln.example"),
    "sam": ("U0SAM", "Sam Sato", "sam@recess.example"),
    "sue": ("U0SUE", "Sue Park", "sue@recess.example"),
    "tia": ("U0TIA", "Tia Moreau", "tia@lincoln.example"),
}
GROUPS = {
    "S0SUPPORT": ("support", "Support team", ["sam", "sue"]),
    "S0LINCOLNADMINS": ("lincoln-admins", "Admins of Lincoln", ["bo"]),
}
EVERYBODY = tuple(PEOPLE)
CHANNELS = {
    "lincoln-alerts": ("C0LINCOLN", EVERYBODY),
    "cedar-alerts": ("C0CEDAR", EVERYBODY),
    "recess-support": ("C0SUPPORT", ("sam", "sue")),
}

# How far time may jump while a story looks for something; a delivery is tried again within it.
USUALLY = timedelta(minutes=2)
# Real seconds until something that the engine does must be there.
LONG_ENOUGH = 90.0
POLL = 0.05


class Office:
    """People, channels and the bot. With `engine` the real one works, in real time.

    `settings` are further settings of the bot, by name.
    """

    def __init__(
        self,
        url: str,
        *,
        engine: bool = False,
        socket_mode: bool = False,
        paced: bool = False,
        **settings: Any,
    ) -> None:
        self.clock = StoryClock()
        self.slack = patient(furnished(Workspace(rate_limits=paced, retry_delays=(0.0, 0.0))))
        self.hands: Hands | None = None
        self.wrong = Wrong()
        self._expected: set[tuple[str, str]] = set()
        self._told = 0
        self._socket_mode = socket_mode
        self._settings = settings
        self.slack.start()
        self._url, self._engine = url, engine
        self.server = self._moved_in()

    def _moved_in(self) -> Server:
        settings = settings_for(self._url, self.slack, socket_mode=self._socket_mode)
        settings = settings.model_copy(update=self._settings)
        hire = None if self._engine else self._hire
        server = Server(settings, self.clock, POLL, ticks=self.clock.ticks, hire=hire)
        if not self._socket_mode:
            self.slack.request_url = f"http://127.0.0.1:{server.port}/slack/events"
        return server

    def _hire(self, url: str, work: Any) -> Hands:
        self.hands = Hands(self.clock, work)
        return self.hands

    @property
    def service(self) -> Any:
        return self.server.service

    @property
    def stores(self) -> Stores:
        return self.server.service.stores

    @contextmanager
    def open(self) -> Iterator[Office]:
        """At work for the block; afterwards nothing may be left that nobody expected."""
        try:
            self.server.start()
            with self.wrong.watched():
                yield self
                self.settle()
                self.expect_nothing_else()
        finally:
            self.slack.calm()
            self._close()
            self.slack.stop()

    def _close(self) -> None:
        """As the server stops, but without waiting for uvicorn, which takes a fifth of a second."""
        if self.hands is None or self._socket_mode:
            self.server.stop()
            return
        self.server._uvicorn.should_exit = True
        assert self.service.stop(LONG_ENOUGH)
        threading.Thread(target=self._web_closed).start()

    def _web_closed(self) -> None:
        if self.server._thread.is_alive():
            self.server._thread.join()
        self.server._socket.close()

    # Time and work

    def settle(self, within: timedelta = USUALLY) -> None:
        """Let everything come to its end that is due within so much time."""
        if self.hands is not None:
            self.hands.settle(self._quiet, within)
        else:
            eventually(self._nothing_owed, "all work done")
        self._quiet()

    def _quiet(self) -> None:
        assert self.service.later.ended(LONG_ENOUGH)
        assert self.service.delivery._edits.ended(LONG_ENOUGH)

    def _nothing_owed(self) -> bool:
        with self.stores.read() as store:
            runs = [run for partner in store.partners.all() for run in store.runs.of(partner)]
            return store.messages.backlog() == 0 and all(run.outcome for run in runs)

    def night(self) -> None:
        """The clock moves past two o'clock at night everywhere, and what is due is done."""
        noon = self.clock.now.replace(hour=12, minute=0, second=0, microsecond=0)
        self.clock.move_to(noon if noon > self.clock.now else noon + timedelta(days=1))
        self.service.nights.catch_up()
        self.settle()

    def heard(self, event: str) -> None:
        """The bot has answered this event, each time that it was sent."""

        def answered() -> bool:
            sent = [d for d in self.slack.deliveries if d.kind == "events_api"]
            told = [d for d in sent if d.payload["event"]["type"] == event]
            return bool(told) and all(d.done and d.answer.ok for d in told)

        self.slack.wait_for(answered, LONG_ENOUGH)

    def forget_people(self) -> None:
        """As after a start at which Slack could not be reached."""
        people = self.service.people
        for kept in (people._team, people._users, people._groups):
            kept.drop(None)

    # Asking

    def command(self, line: str, *, by: str, in_: str) -> Answer:
        """Type a slash command such as `/schools list` in a channel."""
        return self.slack.command(line, by=by, channel=in_)

    def open_home(self, by: str) -> Home:
        """Somebody opens the app's Home tab; what the bot publishes is what they see."""
        self.slack.open_home(by)
        self.heard("app_home_opened")
        view = self.awaited(f"a Home tab for {by}", lambda: self.slack.home(by))
        return Home(self, view, by)

    # Looking

    def channel(self, name: str) -> Place:
        return Place(self, name)

    def expect_ephemeral(self, to: str, saying: str, *more: str) -> Card:
        """What only this person sees, in a channel."""
        where = f"what only {to} sees"
        return Card(self, self.found(where, lambda: self.slack.ephemerals(to), (saying, *more)))

    def expect_direct_message(self, to: str, saying: str, *more: str) -> Card:
        where = f"direct messages to {to}"
        return Card(
            self, self.found(where, lambda: self.slack.direct_messages(to), (saying, *more))
        )

    def files_of(self, person: str) -> list[SentFile]:
        """Every file that the bot sent to this person alone, oldest first."""
        return [f for m in self.slack.direct_messages(person) for f in Card(self, m).files]

    def expect_file(self, to: str, named: str) -> SentFile:
        """The next file to this person alone that has these words in its name."""
        return self.found_file(
            f"direct messages to {to}", lambda: self.slack.direct_messages(to), named
        )

    def expect_modal(self, to: str, *saying: str) -> Modal:
        """The dialog on top of this person's screen, which says all of this."""
        view = self.awaited(f"a modal for {to} saying {saying}", lambda: self._modal(to, saying))
        return Modal(self, view, to)

    def expect_no_modal(self, of: str) -> None:
        self.settle()
        view = self.slack.open_view(of)
        assert view is None, f"{of} still has a modal: {reading(view.title, view.blocks)}"

    def expect_notice(self, to: str, saying: str) -> None:
        """What Slack's own client says, such as that the app did not answer."""
        fresh = self.slack.notices(to)
        assert any(saying in notice.text for notice in fresh), fresh
        self._told += 1

    def forgive(self, *channels: str) -> None:
        """What was said in these channels so far is another story's subject."""
        self.settle()
        ids = {self.slack.store.channel(name).id for name in channels}
        self._expected |= {(m.channel, m.ts) for m in self._messages() if m.channel in ids}

    def expect_nothing_else(self) -> None:
        """Fails with everything that happened and nobody expected."""
        assert not self.wrong.lines, "\n".join(self.wrong.lines)
        left = [f"{m.channel}: {reading(m.text)}" for m in self.unexpected(self._messages())]
        assert not left, "nobody expected:\n" + "\n".join(left)
        notices = [n for who in PEOPLE for n in self.slack.notices(who)]
        assert len(notices) == self._told, f"Slack told people of trouble: {notices}"

    def expect_trouble(self, *saying: str) -> None:
        """An error in the log that the story is about."""
        assert self.wrong.take(saying), f"no error says {saying}: {self.wrong.lines}"

    def _messages(self) -> list[Message]:
        bot = self.slack.app.bot_user
        with self.slack.store.lock:
            return [m for m in self.slack.store.messages if m.user == bot]

    def replies(self) -> list[Message]:
        """Everything in threads, oldest first; expected by this."""
        found = [m for m in self._messages() if m.is_reply]
        self._expected |= {(m.channel, m.ts) for m in found}
        return found

    def said(self) -> list[str]:
        """Everything the bot has said, as Slack got it."""
        return ["\n".join([m.text, *leaves(list(m.blocks))]) for m in self._messages()]

    def _modal(self, to: str, saying: Sequence[str]) -> View | None:
        view = self.slack.open_view(to)
        if view is None:
            return None
        read = reading(view.title, view.blocks)
        return view if all(words in read for words in saying) else None

    def unexpected(self, messages: Iterable[Message]) -> list[Message]:
        bot = self.slack.app.bot_user
        return [m for m in messages if m.user == bot and (m.channel, m.ts) not in self._expected]

    def found(
        self, where: str, messages: Callable[[], list[Message]], saying: Sequence[str]
    ) -> Message:
        """The first message nobody has expected yet that says all of this."""

        def look() -> Message | None:
            fresh = self.unexpected(messages())
            return next((m for m in fresh if says(m, saying)), None)

        message = self.awaited(f"{saying} in {where}", look)
        self._expected.add((message.channel, message.ts))
        return message

    def found_file(self, where: str, messages: Callable[[], list[Message]], named: str) -> SentFile:
        """A file on the first message nobody has expected yet that brings one of this name."""

        def look() -> tuple[Message, SentFile] | None:
            fresh = self.unexpected(messages())
            brought = ((m, file) for m in fresh for file in Card(self, m).files)
            return next((pair for pair in brought if named in pair[1].name), None)

        message, file = self.awaited(f"a file {named!r} in {where}", look)
        self._expected.add((message.channel, message.ts))
        return file

    def awaited(self, what: str, look: Callable[[], T | None]) -> T:
        """What `look` finds, once everything has settled."""
        if self.hands is not None:
            self.settle()
        try:
            found = self.slack.wait_for(look, 0.0 if self.hands is not None else LONG_ENOUGH)
        except TimeoutError:
            raise AssertionError(f"expected {what}; {self._told_instead()}") from None
        assert found is not None
        return found

    def _told_instead(self) -> str:
        fresh = [f"{m.channel}: {reading(m.text, m.blocks)}" for m in self._messages()]
        views = [v for who in PEOPLE if (v := self.slack.open_view(who))]
        shown = [f"{v.user} sees: {reading(v.title, v.blocks)}" for v in views]
        return "there is\n" + "\n---\n".join([*fresh, *shown, *self.wrong.lines])


class Wrong(logging.Handler):
    """Errors in the log; a story that expects none fails with them."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        # What Slack's library has to say of a broken answer is ours to judge.
        if not record.name.startswith("slack_sdk"):
            self.lines.append(self.format(record))

    def take(self, saying: Sequence[str]) -> bool:
        fitting = [line for line in self.lines if all(words in line for words in saying)]
        self.lines = [line for line in self.lines if line not in fitting]
        return bool(fitting)

    @contextmanager
    def watched(self) -> Iterator[None]:
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)


def furnished(slack: Workspace) -> Workspace:
    """People, groups and channels of the stories."""
    for name, (id, real_name, email) in PEOPLE.items():
        slack.add_person(id, name, real_name, email)
    for id, (handle, name, members) in GROUPS.items():
        slack.add_group(id, handle, name, members)
    for name, (id, members) in CHANNELS.items():
        slack.add_channel(id, name, members)
    return slack


def settings_for(url: str, slack: Workspace, *, socket_mode: bool = False) -> Settings:
    app = slack.app
    return Settings(
        database_url=url,
        slack_bot_token=SecretStr(app.bot_token),
        slack_signing_secret=SecretStr(app.signing_secret),
        slack_app_token=SecretStr(app.app_token) if socket_mode else None,
        slack_api_url=slack.api_url,
        support_usergroup_id="S0SUPPORT",
        support_channel_id="C0SUPPORT",
        http_port=0,
    )


def eventually(came: Callable[[], bool], what: str) -> None:
    """Look again and again, where only the database can tell."""
    deadline = time.monotonic() + LONG_ENOUGH
    while not came():
        assert time.monotonic() < deadline, f"not {what}"
        time.sleep(0.02)
