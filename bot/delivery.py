"""Delivery: bringing what Slack shows to what our tables say, once.

A post is marked `sending` before it leaves. Whoever finds that mark later cannot know whether
Slack took the message, and looks for its metadata in Slack before posting again. Edits can be
repeated, so they need no mark: they are made until the newest version is shown.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackRequestError

from bot import patience
from bot.pool import Pool
from bot.trouble import CALL_FAILED, Trouble, Verdict, trouble_of
from handlers.other_roads import PARENT_FAILED, OtherRoads
from handlers.telling import HOLD
from handlers.views.blocks import Picture
from handlers.views.rendering import render
from storage.cards import KIND as CARD
from storage.cases import KIND as CASE
from storage.errors import Busy
from storage.messages import FAILED, LET_GO, SENDING, SENT, Message
from storage.releases import KIND as RELEASE
from storage.store import Store, Stores
from storage.unfreezes import KIND as REQUEST

log = logging.getLogger(__name__)

EVENT = "recess_message"
# What people are led to from elsewhere.
LINKED = frozenset({CARD, HOLD, REQUEST, CASE, RELEASE})
# Slack allows about one post a second and channel.
PACE = 1.05
# Longer than a post may take to be stored after its connection broke.
SETTLED = timedelta(seconds=12)
LONGEST_WAIT = 300.0
# A reply waits for the message above it.
PARENT_WAIT = 1.0
# And a message for the one before it, so that they arrive in the order in which they were owed.
TURN_WAIT = 1.0
# Whoever waits for another message looks again after so long, whatever the other waits for.
LOOK_AGAIN = 900.0
# A card is complete without the address of its successor, so that is not asked for at once.
ADDRESS_WAIT = 60.0
# Another thread is at the same message, or the database was busy: look again when that is over.
COME_BACK = 1.0
# How far back a message is looked for; beyond it a person has to look.
PAGES, PAGE = 20, 100


class Delivery:
    """`slack` must have no retries of its own: they would post twice.

    `roads` are the others that are left when a channel takes nothing any more.
    """

    def __init__(
        self, stores: Stores, slack: WebClient, roads: OtherRoads, *, paced: bool = True
    ) -> None:
        self.stores = stores
        self.slack = slack
        self.roads = roads
        self.pace = PACE if paced else None
        self.settled = SETTLED
        self._under_way: set[int] = set()
        self._mutex = threading.Lock()
        self._edits = Pool(8, "edits")

    def deliver(self, key: str) -> float | None:
        """The engine's work. Answers how long the lane is to be held, in seconds."""
        try:
            return self._in_turn(int(key.split(":")[1]))
        except Busy:
            log.info("Message %s waits for the sweep: the database is still busy", key)
        except Exception:
            log.exception("Message %s could not be delivered; it stays owed", key)
        return None

    def _in_turn(self, id: int) -> float | None:
        """Come back soon when another thread is at it, or the database was busy."""
        try:
            with self._alone(id) as alone:
                if alone:
                    return self._bring_up_to_date(id)
        except Busy:
            log.info("Message %s waits: the database is busy", id)
        self._come_back(id)
        return None

    def prompt(self, edited: Sequence[int]) -> None:
        """Show edits at once, after the commit that made them; the queue makes sure of them."""
        for id in edited:
            self._edits.soon(partial(self.deliver, f"message:{id}:at once"))

    def close(self, timeout: float) -> bool:
        """Begin no more edits; False when one is still under way after `timeout` seconds."""
        return self._edits.close(timeout)

    def carry_abandoned(self, waiting: Collection[str]) -> int:
        """Carry again what is owed and has no job among `waiting`; answers how many."""
        with self._write() as store:
            lost = [
                m for m in store.messages.abandoned() if store.messages.job_key(m) not in waiting
            ]
            for message in lost:
                store.messages.carry(message)
        return len(lost)

    @contextmanager
    def _alone(self, id: int) -> Iterator[bool]:
        """One at a time for each message, so that an older edit cannot land after a newer one."""
        with self._mutex:
            alone = id not in self._under_way
            self._under_way.add(id)
        try:
            yield alone
        finally:
            if alone:
                self._under_way.discard(id)

    def _come_back(self, id: int) -> None:
        with self._write() as store:
            store.messages.carry(store.messages.by_id(id), COME_BACK)

    def _write(self) -> AbstractContextManager[Store]:
        """What Slack has taken must be recorded, so this waits longer than a click may."""
        return self.stores.transaction(patience.JOB)

    def _bring_up_to_date(self, id: int) -> float | None:
        message = self._read(id)
        if message.state in (FAILED, LET_GO):
            return None
        if _shown(message):
            # Whoever posted it may have died before its address was known.
            if message.permalink is None:
                self._link(message)
            return None
        if message.ts is not None:
            self._edit(message)
            return None
        return self._post(message)

    def _read(self, id: int) -> Message:
        with self.stores.read() as store:
            return store.messages.by_id(id)

    def _picture(self, id: int) -> tuple[Message, Picture]:
        """The message and its picture from one view of the database."""
        with self.stores.read() as store:
            message = store.messages.by_id(id)
            return message, render(store, message)

    # Editing

    def _edit(self, message: Message) -> None:
        while not _shown(message):
            message, picture = self._picture(message.id)
            assert message.ts is not None
            try:
                self.slack.chat_update(
                    channel=message.slack_channel or message.channel,
                    ts=message.ts,
                    text=picture.text[:4_000],
                    blocks=list(picture.blocks) or None,
                )
            except CALL_FAILED as error:
                self._edit_failed(message, trouble_of(error))
                return
            message = self._sent(message, message.slack_channel or message.channel, message.ts)

    def _edit_failed(self, message: Message, trouble: Trouble) -> None:
        log.warning("Editing message %s: %s", message.id, trouble.words)
        if trouble.verdict is Verdict.REFUSED:
            self._refused(message, trouble.words, trouble.words)
            return
        with self._write() as store:
            if trouble.verdict is Verdict.LOST:
                store.messages.lost(message)
            else:
                store.messages.not_sent(message, trouble.words, _wait(message, trouble))

    def _refused(self, message: Message, words: str, code: str) -> None:
        """Slack will never take it; people are told by another road if there is one."""
        others = self.roads.others(message, code)
        with self._write() as store:
            store.messages.failed(message, words)
            self.roads.failed(store, message, code, others)

    # Posting

    def _post(self, message: Message) -> float | None:
        parent = self._read(message.thread_id) if message.thread_id else None
        if parent is not None and parent.ts is None:
            self._wait_for_parent(message, parent)
            return None
        claimed = self._claim(message.id)
        if claimed is None:
            return None
        uncertain, message = claimed
        if uncertain and self._found(message, parent):
            return self.pace
        self._send(message, parent)
        return self.pace

    def _wait_for_parent(self, message: Message, parent: Message) -> None:
        # One that was replaced meanwhile has left what is below it to the one that replaced it.
        if parent.state in (FAILED, LET_GO) and self._read(message.id).thread_id == parent.id:
            # Why one was let go is over, and says nothing of its channel now.
            code = parent.error or "" if parent.state == FAILED else ""
            self._refused(message, f"{PARENT_FAILED}: {parent.error}", code)
            return
        with self._write() as store:
            due = min(store.messages.due_in(parent), LOOK_AGAIN)
            wait = max(PARENT_WAIT, due + TURN_WAIT)
            store.messages.waits(message, "waits for the message above it", wait)

    def _claim(self, id: int) -> tuple[bool, Message] | None:
        """Mark the message as being sent; answers whether an earlier attempt may have posted it.

        None: there is nothing to do now.
        """
        with self._write() as store:
            message = store.messages.by_id(id, lock=True)
            if message.state in (SENT, FAILED, LET_GO) or message.ts is not None:
                return None
            uncertain = message.state == SENDING
            if not uncertain and (turn := store.messages.held_up(message)) is not None:
                wait = min(turn, LOOK_AGAIN) + TURN_WAIT
                store.messages.waits(message, "waits for an older message", wait)
                return None
            if uncertain and (left := self._unsettled(store, message)) > 0:
                store.messages.uncertain(message, message.error or "looks in Slack first", left)
                return None
            store.messages.sending(message)
            return uncertain, store.messages.by_id(id)

    def _unsettled(self, store: Store, message: Message) -> float:
        """How long Slack may still be storing the earlier attempt, in seconds."""
        return (message.sending_at + self.settled - store.now).total_seconds()

    def _send(self, message: Message, parent: Message | None) -> None:
        message, picture = self._picture(message.id)
        try:
            answer = self.slack.chat_postMessage(
                channel=message.channel,
                text=picture.text,
                blocks=list(picture.blocks) or None,
                thread_ts=parent.ts if parent else None,
                metadata={"event_type": EVENT, "event_payload": _mark(message)},
                unfurl_links=False,
            )
        except CALL_FAILED as error:
            self._post_failed(message, trouble_of(error))
            return
        self._posted(message, str(answer["channel"]), str(answer["ts"]))

    def _post_failed(self, message: Message, trouble: Trouble) -> None:
        log.warning("Posting message %s: %s", message.id, trouble.words)
        if trouble.verdict not in (Verdict.NOT_POSTED, Verdict.UNCERTAIN):
            self._refused(message, trouble.words, trouble.words)
            return
        with self._write() as store:
            if trouble.verdict is Verdict.NOT_POSTED:
                store.messages.not_sent(message, trouble.words, _wait(message, trouble))
            else:
                wait = max(_wait(message, trouble), self.settled.total_seconds())
                store.messages.uncertain(message, trouble.words, wait)

    def _posted(self, message: Message, channel: str, ts: str) -> None:
        with self._write() as store:
            store.messages.sent(message, message.version, channel, ts)
            self.roads.posted(store, message)
            posted = store.messages.by_id(message.id)
        self._link(posted)

    def _sent(self, message: Message, channel: str, ts: str) -> Message:
        with self._write() as store:
            store.messages.sent(message, message.version, channel, ts)
            return store.messages.by_id(message.id)

    def _link(self, message: Message) -> None:
        """Reminders and lists lead to a card by its address, and so do those that it replaced."""
        if message.kind not in LINKED or message.slack_channel is None or message.ts is None:
            return
        try:
            answer = self.slack.chat_getPermalink(
                channel=message.slack_channel, message_ts=message.ts
            )
            link = str(answer["permalink"])
        except CALL_FAILED as error:
            self._not_linked(message, trouble_of(error))
            return
        with self._write() as store:
            store.messages.linked(message, link)
            for older in store.cards.superseded_by(message):
                store.messages.touch(older.id)

    def _not_linked(self, message: Message, trouble: Trouble) -> None:
        log.info("Message %s has no address yet: %s", message.id, trouble.words)
        if trouble.verdict is not Verdict.REFUSED:
            with self._write() as store:
                store.messages.carry(message, ADDRESS_WAIT)

    # Looking for a message that may be there

    def _found(self, message: Message, parent: Message | None) -> bool:
        """Whether Slack has the message already (then it is recorded), or cannot tell now."""
        try:
            there = self._look(message, parent)
        except CALL_FAILED as error:
            self._could_not_look(message, trouble_of(error))
            return True
        if there is None:
            return False
        channel, posted = there
        shown = int(posted["metadata"]["event_payload"]["version"])
        with self._write() as store:
            store.messages.sent(message, shown, channel, str(posted["ts"]))
            latest = store.messages.by_id(message.id)
            if not _shown(latest):
                store.messages.carry(latest)
        self._link(latest)
        return True

    def _could_not_look(self, message: Message, trouble: Trouble) -> None:
        log.warning("Looking for message %s: %s", message.id, trouble.words)
        with self._write() as store:
            if trouble.verdict is Verdict.REFUSED:
                words = f"may be posted already, and looking it up was refused: {trouble.words}"
                store.messages.failed(message, words)
            else:
                store.messages.uncertain(message, trouble.words, _wait(message, trouble))

    def _look(self, message: Message, parent: Message | None) -> tuple[str, dict[str, Any]] | None:
        channel = self._conversation(message.channel)
        wanted = _mark(message)
        cursor = None
        for _ in range(PAGES):
            page = self._page(channel, parent, cursor)
            for posted in page["messages"]:
                if _same(posted.get("metadata"), wanted):
                    return channel, posted
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
        raise SlackRequestError(f"{PAGES * PAGE:,} newer messages stand before it")

    def _conversation(self, channel: str) -> str:
        """A person is written to by user id, but read by the id of the direct conversation."""
        if not channel.startswith(("U", "W")):
            return channel
        return str(self.slack.conversations_open(users=channel)["channel"]["id"])

    def _page(self, channel: str, parent: Message | None, cursor: str | None) -> Any:
        # History returns parents only; replies are in their thread.
        if parent is not None and parent.ts is not None:
            return self.slack.conversations_replies(
                channel=channel,
                ts=parent.ts,
                include_all_metadata=True,
                limit=PAGE,
                cursor=cursor,
            )
        return self.slack.conversations_history(
            channel=channel, include_all_metadata=True, limit=PAGE, cursor=cursor
        )


def _shown(message: Message) -> bool:
    return message.state == SENT and message.sent_version == message.version


def _mark(message: Message) -> dict[str, int]:
    """Names one posting of one message: it is posted anew when Slack has lost the first."""
    return {"id": message.id, "after": message.sent_version, "version": message.version}


def _same(metadata: dict[str, Any] | None, wanted: dict[str, int]) -> bool:
    if not metadata or metadata.get("event_type") != EVENT:
        return False
    payload = metadata.get("event_payload", {})
    return all(payload.get(name) == wanted[name] for name in ("id", "after"))


def _wait(message: Message, trouble: Trouble) -> float:
    backoff = float(min(LONGEST_WAIT, 2 ** min(message.attempts, 10)))
    return backoff if trouble.wait is None else trouble.wait
