"""Telling the product of locks and statuses, by signed webhooks (Standard Webhooks).

Each partner has a lane of its own: a job makes events of what changed, sends what is due, and
carries the next job while something is owed. Events of one account, or of one school, are sent in
their order; the others do not wait for them.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from bot import patience
from bot.rosters.rest import USER_AGENT
from bot.settings import Settings, SettingsInvalid
from handlers.sentences import counted
from storage.errors import Busy
from storage.events import Event
from storage.partners import Partner
from storage.store import Store, Stores

log = logging.getLogger(__name__)

TIMEOUT = httpx.Timeout(10, connect=5)
# Of an answer's body nothing is used; a short one is heard out, to keep the connection.
HEARD_BYTES, HEARD_SECONDS = 65_536, 5.0
# At a time, and for how many seconds one job goes on before the next one takes over.
AT_ONCE, SLICE = 8, 5.0
# SQLite lets those who wait look for their turn every tenth of a second.
BREATH = 0.1
# How long to wait after each failure, the last one again and again, until it is given up.
GAPS = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
)
GIVEN_UP = timedelta(days=3)
# A receiver may ask for time; longer than our own longest gap is not granted.
LONGEST = GAPS[-1]


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: `error` is None when the receiver took it.

    `wait` is how long the receiver asked to be left alone.
    """

    event: Event
    error: str | None = None
    wait: timedelta | None = None


class Receiver:
    """The product's end of the wire. It gets every event at least once, signed anew each time."""

    def __init__(self, url: str, secret: SecretStr, client: httpx.Client | None = None) -> None:
        self.url = url
        self._signer = Webhook(secret.get_secret_value())
        self._client = client or httpx.Client(
            timeout=TIMEOUT, headers={"User-Agent": USER_AGENT}, follow_redirects=False
        )

    def take(self, event: Event) -> Outcome:
        """Send one event. Raises nothing: whatever goes wrong is its outcome."""
        body, now = content(event), datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": event.delivery,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(event.delivery, now, body),
        }
        try:
            with self._client.stream(
                "POST", self.url, content=body.encode(), headers=headers
            ) as answer:
                _hear_out(answer)
        except Exception as error:
            # Not only httpx.HTTPError: a name that cannot be looked up is a UnicodeError.
            return Outcome(event, f"it could not be reached ({type(error).__name__})")
        if answer.is_success:
            return Outcome(event)
        return Outcome(event, f"it answered {answer.status_code}", _asked_wait(answer))

    def close(self) -> None:
        self._client.close()


def _hear_out(answer: httpx.Response) -> None:
    """The status is the answer, whether or not a body follows, ends or makes sense."""
    size, until = 0, time.monotonic() + HEARD_SECONDS
    with suppress(httpx.HTTPError):
        for chunk in answer.iter_raw():
            size += len(chunk)
            if size > HEARD_BYTES or time.monotonic() > until:
                break


def content(event: Event) -> str:
    """The body of an event, the same at every attempt."""
    document = {
        "type": event.type,
        "timestamp": event.created_at.isoformat(),
        "data": {**event.data, "sequence": event.id},
    }
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def receiver(settings: Settings) -> Receiver | None:
    """Where the product is told; None when nobody wants to be. Raises SettingsInvalid."""
    if not settings.webhook_url:
        return None
    if not _is_address(settings.webhook_url):
        raise SettingsInvalid(
            "WEBHOOK_URL is not an address that begins with https:// or http://. "
            "Nothing was started; correct it in the environment or in .env."
        )
    try:
        return Receiver(settings.webhook_url, settings.webhook_secret or SecretStr(""))
    except Exception:
        # What the library says of a bad secret could contain a part of it.
        raise SettingsInvalid(
            "WEBHOOK_SECRET is missing or is no secret of Standard Webhooks (whsec_ and base64). "
            "Nothing was started; set it in the environment or in .env."
        ) from None


def _is_address(url: str) -> bool:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return address.scheme in ("https", "http") and bool(address.host)


class Webhooks:
    """Does the jobs of the kind "tell". `support` is the support team's channel."""

    def __init__(self, stores: Stores, receiver: Receiver | None, support: str) -> None:
        # What is told in parts is untold until the last of them, and asks for no other job.
        self.stores = replace(stores, tells=False)
        self.receiver = receiver
        self.support = support
        self._senders = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks")

    def tell(self, key: str) -> None:
        """The engine's work, by the job's key. Raises nothing."""
        _, partner_id, number = key.split(":")
        try:
            if self.receiver is not None:
                self._tell(self.receiver, int(partner_id), int(number))
        except Busy:
            log.info("Telling the product of partner %s waits: the database is busy", partner_id)
        except Exception:
            log.exception("The product could not be told of partner %s; it stays owed", partner_id)

    def carry_abandoned(self, waiting: Collection[str]) -> int:
        """Carry again what is owed and has no job `waiting`; answers for how many partners."""
        if self.receiver is None:
            return 0
        with self.stores.read() as store:
            lost = store.events.abandoned(waiting)
        if lost:
            with self._write() as store:
                for partner in lost:
                    store.events.ask(partner)
        return len(lost)

    def close(self) -> None:
        self._senders.shutdown(wait=False, cancel_futures=True)
        if self.receiver is not None:
            self.receiver.close()

    def _tell(self, receiver: Receiver, partner_id: int, number: int) -> None:
        partner = self._expand(partner_id)
        until, errors = time.monotonic() + SLICE, Counter[str]()
        while time.monotonic() < until and (due := self._due(partner)):
            errors += self._settle(partner, self._senders.map(receiver.take, due))
        if errors:
            log.warning("Of %s the product did not take %s", partner.slug, _told(errors))
        with self._write() as store:
            self._go_on(store, partner, number)

    def _expand(self, partner_id: int) -> Partner:
        """Write what is untold as events; in between everybody else gets their turn."""
        with self.stores.read() as store:
            partner = store.partners.by_id(partner_id)
            parts = store.events.untold_locks(partner_id)
        for number, part in enumerate(parts or [[]]):
            if number:
                time.sleep(BREATH)
            with self._write() as store:
                store.events.expand(store.partners.locked(partner.slug), part)
        return partner

    def _due(self, partner: Partner) -> list[Event]:
        with self.stores.read() as store:
            return store.events.due(partner, AT_ONCE * 4)

    def _go_on(self, store: Store, partner: Partner, number: int) -> None:
        """The newest job carries the next one; an older one leaves that to it."""
        at = store.events.next_due(partner)
        if at is not None and store.events.is_newest(partner.id, number):
            store.events.ask(partner.id, max(0.0, (at - store.now).total_seconds()))

    def _settle(self, partner: Partner, outcomes: Iterable[Outcome]) -> Counter[str]:
        """Record what became of them; answers how many were not taken, by what was wrong."""
        known = list(outcomes)
        with self._write() as store:
            for outcome in known:
                _record(store, outcome)
            if any(outcome.error and _over(store, outcome.event) for outcome in known):
                self._tell_support(store, partner)
        return Counter(outcome.error for outcome in known if outcome.error)

    def _tell_support(self, store: Store, partner: Partner) -> None:
        """Once a day and partner, with the first of them: how many follow is not known yet."""
        text = (
            f"The product could not be told of events of {partner.slug} for three days; they "
            "are parked and nothing is lost. `recess webhooks list --parked` shows them. When the "
            f"product takes webhooks again, `recess webhooks replay --partner {partner.slug}` "
            "sends them."
        )
        key = f"parked:{partner.id}:{store.now:%Y-%m-%d}"
        store.messages.note(self.support, {"text": text}, key=key)

    def _write(self) -> AbstractContextManager[Store]:
        return self.stores.transaction(patience.JOB)


def _record(store: Store, outcome: Outcome) -> None:
    event = outcome.event
    if outcome.error is None:
        store.events.sent(event)
        return
    if _over(store, event):
        store.events.park(event, outcome.error)
    else:
        gap = GAPS[min(event.attempts, len(GAPS) - 1)]
        store.events.not_sent(event, outcome.error, max(gap, outcome.wait or gap))


def _told(errors: Counter[str]) -> str:
    """All of a round in one line: while nobody listens, its events fail alike."""
    return ", ".join(f"{counted(n, 'event')} ({error})" for error, n in errors.most_common())


def _over(store: Store, event: Event) -> bool:
    return store.now - event.tried_since >= GIVEN_UP


def _asked_wait(answer: httpx.Response) -> timedelta | None:
    """By `Retry-After`, which has seconds or a date; None when it has neither."""
    after = answer.headers.get("Retry-After", "").strip()
    try:
        if after.isdecimal():
            seconds = float(after)
        else:
            seconds = (parsedate_to_datetime(after) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return timedelta(seconds=min(seconds, LONGEST.total_seconds()))
