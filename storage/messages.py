"""What is owed to Slack. A message is posted once, and edited until its latest version is shown.

    owed ──► sending ──► sent ──► owed (a newer version)
               │
               └──────► failed (Slack refused for good; shown by `recess doctor`)
                          └──► let_go (people were told by another road, and it is over;
                                       or it was replaced before it was ever posted)

`sending` is committed before the request leaves: whoever finds it later must look in Slack
before posting again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, case, func, select, update
from sqlalchemy.exc import IntegrityError

from storage.tables import messages, written
from storage.work import Carrier, Job

# An edit is usually made at once by whoever committed; the carried job only makes sure of it.
EDIT_DELAY = 3.0
# A message that nobody touched for so long has lost its job.
ABANDONED = timedelta(seconds=90)
# Messages of a channel arrive in their order, unless one has been on its way for so long.
IN_ORDER = timedelta(hours=1)

OWED, SENDING, SENT, FAILED, LET_GO = "owed", "sending", "sent", "failed", "let_go"


@dataclass(frozen=True)
class Message:
    """One message as it is owed. `slack_channel` and `ts` name it in Slack once it is there."""

    id: int
    partner_id: int | None
    channel: str
    kind: str
    subject: str | None
    thread_id: int | None
    body: Mapping[str, Any] | None
    version: int
    sent_version: int
    state: str
    attempts: int
    carried: int
    sending_at: datetime
    slack_channel: str | None
    ts: str | None
    permalink: str | None
    error: str | None
    superseded_by: int | None
    created_at: datetime


class Messages:
    def __init__(
        self, connection: Connection, carrier: Carrier, now: datetime, edited: list[int]
    ) -> None:
        self.connection = connection
        self.carrier = carrier
        self.now = now
        self.edited = edited

    def post(
        self,
        channel: str,
        kind: str,
        *,
        partner: int | None = None,
        subject: str | None = None,
        key: str | None = None,
        thread: int | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> int:
        """Owe a new message and carry its delivery; answers its id.

        With a `key`, a message of that key is owed only once: the existing one is answered.
        """
        if key is not None and (known := self.keyed(key)) is not None:
            return known.id
        values = {
            "partner_id": partner,
            "channel": channel,
            "kind": kind,
            "subject": subject,
            "key": key,
            "thread_id": thread,
            "body": body,
            "version": 1,
            "sent_version": 0,
            "state": OWED,
            "attempts": 0,
            "carried": 0,
            "due_at": self.now,
            "created_at": self.now,
        }
        try:
            # Two partners may owe the same message at the same moment; the second one joins.
            with self.connection.begin_nested():
                inserted = self.connection.execute(messages.insert().values(values))
        except IntegrityError:
            if key is None or (known := self.keyed(key)) is None:
                raise
            self.touch(known.id)
            return known.id
        assert inserted.inserted_primary_key is not None
        message = self.by_id(int(inserted.inserted_primary_key[0]))
        self.carry(message)
        return message.id

    def note(
        self,
        channel: str,
        body: Mapping[str, Any],
        *,
        partner: int | None = None,
        thread: int | None = None,
        key: str | None = None,
    ) -> int:
        """Owe a message whose words are settled now: `body` has `text` and maybe `blocks`."""
        return self.post(channel, "note", partner=partner, thread=thread, key=key, body=body)

    def touch(self, id: int) -> None:
        """What the message shows has changed: owe a newer version of it."""
        self.connection.execute(
            update(messages)
            .where(messages.c.id == id)
            .values(version=messages.c.version + 1, due_at=self.now, error=None)
        )
        # A post under way brings the newest version itself, or owes the edit when it ends.
        self.connection.execute(
            update(messages)
            .where(messages.c.id == id, messages.c.state.in_((SENT, FAILED)))
            .values(state=OWED, attempts=0)
        )
        message = self.by_id(id)
        self.carry(message, EDIT_DELAY if message.ts else 0)
        if message.ts:
            self.edited.append(id)

    def supersede(self, old: Message, by: int) -> None:
        """Another message stands for this one from now on; it keeps no buttons and points there.

        What was never posted is let go instead: what pointed at it points at the other one, and
        what waited to stand below it stands there.
        """
        statement = update(messages).where(messages.c.id == old.id)
        self.connection.execute(statement.values(superseded_by=by))
        if not self._never_posted(old):
            self.touch(old.id)
            return
        older = update(messages).where(messages.c.superseded_by == old.id)
        self.connection.execute(older.values(superseded_by=by))
        below = update(messages).where(
            messages.c.thread_id == old.id, messages.c.state.in_((OWED, SENDING))
        )
        self.connection.execute(below.values(thread_id=by, channel=self.by_id(by).channel))

    def _never_posted(self, message: Message) -> bool:
        """Let a message go that Slack has not got; False when it has, or may have, or will."""
        statement = update(messages).where(
            messages.c.id == message.id,
            messages.c.ts.is_(None),
            messages.c.state != SENDING,
        )
        return self.connection.execute(statement.values(state=LET_GO)).rowcount == 1

    @staticmethod
    def job_key(message: Message) -> str:
        """The key of the job that was carried last for a message."""
        return f"message:{message.id}:{message.carried}"

    def carry(self, message: Message, delay: float = 0) -> None:
        """Carry one attempt; every attempt has a key of its own, since keys are used up."""
        message = replace(message, carried=message.carried + 1)
        self.connection.execute(
            update(messages)
            .where(messages.c.id == message.id)
            .values(carried=message.carried, due_at=self.now + timedelta(seconds=delay))
        )
        # Edits have a lane of their own: they do not wait for the channel's next post.
        lane = f"edit:{message.id}" if message.ts else message.channel
        self.carrier.carry(self.connection, Job("deliver", self.job_key(message), lane, delay))

    def by_id(self, id: int, *, lock: bool = False) -> Message:
        statement = select(messages).where(messages.c.id == id)
        statement = statement.with_for_update() if lock else statement
        return _message(self.connection.execute(statement).one())

    def keyed(self, key: str) -> Message | None:
        row = self.connection.execute(select(messages).where(messages.c.key == key)).first()
        return _message(row) if row else None

    def about(self, kind: str, subject: str) -> Message | None:
        """The newest message of a kind about a subject."""
        statement = (
            select(messages)
            .where(messages.c.kind == kind, messages.c.subject == subject)
            .order_by(messages.c.id.desc())
            .limit(1)
        )
        row = self.connection.execute(statement).first()
        return _message(row) if row else None

    def last_of(self, kind: str, partner: int) -> Message | None:
        """The newest message of a kind about a partner, wherever it went."""
        statement = (
            select(messages)
            .where(messages.c.partner_id == partner, messages.c.kind == kind)
            .order_by(messages.c.id.desc())
            .limit(1)
        )
        row = self.connection.execute(statement).first()
        return _message(row) if row else None

    def held_up(self, message: Message) -> float | None:
        """How long until an older message of the channel is tried again, if one waits (seconds)."""
        statement = (
            select(messages.c.due_at)
            .where(messages.c.channel == message.channel, messages.c.id < message.id)
            .where(_not_there, messages.c.ts.is_(None))
            .where(messages.c.created_at > self.now - IN_ORDER)
            .order_by(messages.c.id)
            .limit(1)
        )
        due: datetime | None = self.connection.execute(statement).scalar()
        return None if due is None else self._seconds_to(due)

    def due_in(self, message: Message) -> float:
        """How long until a message is tried again, in seconds."""
        statement = select(messages.c.due_at).where(messages.c.id == message.id)
        return self._seconds_to(self.connection.execute(statement).scalar_one())

    def _seconds_to(self, moment: datetime) -> float:
        return max(0.0, (moment - self.now).total_seconds())

    def waits(self, message: Message, error: str, delay: float) -> None:
        """It was not its turn yet, which is no attempt."""
        self._set(message, error=error)
        self.carry(self.by_id(message.id), delay)

    def sending(self, message: Message) -> None:
        values = {"state": SENDING, "attempts": message.attempts + 1}
        self._set(message, sending_at=self.now, due_at=self.now, **values)

    def linked(self, message: Message, permalink: str) -> None:
        self._set(message, permalink=permalink)

    def sent(self, message: Message, version: int, channel: str, ts: str) -> None:
        """Slack has `version`. If a newer one is owed by now, the message stays owed."""
        # One statement: a second one could wait for whoever waits for the first.
        self._set(
            message,
            slack_channel=channel,
            ts=ts,
            sent_version=version,
            state=case((messages.c.version == version, SENT), else_=OWED),
            attempts=0,
            error=None,
        )

    def not_sent(self, message: Message, error: str, delay: float) -> None:
        """Slack said no for now, and nothing was posted: owed again after `delay` seconds."""
        self._set(message, state=OWED, error=error, attempts=message.attempts + 1)
        self.carry(self.by_id(message.id), delay)

    def uncertain(self, message: Message, error: str, delay: float) -> None:
        """Slack may have it or not: stays `sending`, so that the next attempt looks first."""
        self._set(message, error=error)
        self.carry(self.by_id(message.id), delay)

    def failed(self, message: Message, error: str) -> None:
        self._set(message, state=FAILED, error=error)

    def let_go(self, message: Message) -> None:
        self._set(message, state=LET_GO)

    def lost(self, message: Message) -> None:
        """Slack has it no more (deleted, or too old to edit): to be posted anew."""
        self._set(message, state=OWED, ts=None, slack_channel=None)
        self.carry(self.by_id(message.id))

    def abandoned(self) -> list[Message]:
        """What is owed and has had no attempt for a while: to be carried again, if no job is."""
        statement = select(messages).where(_not_there, messages.c.due_at < self.now - ABANDONED)
        return [_message(row) for row in self.connection.execute(statement)]

    def failures(self, channel: str | None = None) -> list[Message]:
        """What Slack has refused for good, of one channel or of all, oldest first."""
        statement = select(messages).where(messages.c.state == written(FAILED))
        if channel is not None:
            statement = statement.where(messages.c.channel == channel)
        # Asked for in order, SQLite would go through all messages by their ids.
        return sorted(map(_message, self.connection.execute(statement)), key=lambda m: m.id)

    def backlog(self) -> int:
        """How many messages are owed and not delivered yet."""
        return self.connection.execute(select(func.count()).where(_not_there)).scalar_one()

    def _set(self, message: Message, **values: Any) -> None:
        self.connection.execute(
            update(messages).where(messages.c.id == message.id).values(**values)
        )


_not_there = messages.c.state.in_((written(OWED), written(SENDING)))


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        partner_id=row.partner_id,
        channel=row.channel,
        kind=row.kind,
        subject=row.subject,
        thread_id=row.thread_id,
        body=row.body,
        version=row.version,
        sent_version=row.sent_version,
        state=row.state,
        attempts=row.attempts,
        carried=row.carried,
        sending_at=row.sending_at or row.created_at,
        slack_channel=row.slack_channel,
        ts=row.ts,
        permalink=row.permalink,
        error=row.error,
        superseded_by=row.superseded_by,
        created_at=row.created_at,
    )
