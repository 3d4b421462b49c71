"""The one place where everything is put together."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from slack_sdk.errors import SlackClientError

from bot import slack
from bot.delivery import Delivery
from bot.engine import Engine, Work
from bot.nights import Clock, Nights, trigger
from bot.people import People
from bot.pool import Pool
from bot.reminding import Reminding
from bot.settings import Settings
from bot.slack import SocketMode
from bot.slack_files import SlackFiles
from bot.sync import Syncing
from bot.uploads import Uploading
from bot.webhooks import Webhooks, receiver
from handlers.desk import Desk
from handlers.other_roads import OtherRoads, known_again
from handlers.sentences import counted
from handlers.telling import Telling
from handlers.views.other_roads import sentence
from storage import migrations
from storage.database import Database
from storage.errors import RecessError
from storage.store import Stores
from storage.troubles import APP
from storage.work import Carrier, Kind

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
GROUP_SECONDS = 45.0
REMIND_SECONDS = 300.0
# Of the time to stop: a socket to Slack is closed within three seconds.
DOOR_SECONDS, ENGINE_SECONDS = 3.5, 2.0
# The engine keeps what it did for ever; ours are the tables that matter.
FORGET_SECONDS, FORGET_AFTER = 3_600.0, timedelta(days=14)
# How long an event that the product has taken can be sent again.
REPLAYABLE = timedelta(days=30)


class DatabaseOutdated(RecessError):
    def __init__(self) -> None:
        super().__init__(
            "The database is not up to date. Nothing was started; run `recess db upgrade` first."
        )


def now() -> datetime:
    return datetime.now(UTC)


def owner() -> str:
    """Names this process to people who wonder who runs a sync."""
    return f"recess serve on {socket.gethostname()}, process {os.getpid()}"


class Worker(Protocol):
    """Who does the work that is carried; the engine, unless a test does it by hand."""

    @property
    def carrier(self) -> Carrier: ...
    def launch(self) -> None: ...
    def alive(self) -> bool: ...
    def stop(self, timeout: float) -> bool: ...
    def waiting(self) -> set[str]: ...
    def forget(self, before: datetime) -> int: ...


# Makes the worker of a database (its URL), given what a job of each kind does.
Hire = Callable[[str, Mapping[Kind, Work]], Worker]


class Service:
    """What `recess serve` runs, but for the web server around it.

    `clock` tells the time of what is stored, `ticks` the age of what is remembered of people
    (seconds), `poll` is the engine's; with `hire` somebody else does the work.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], datetime] = now,
        poll: float = 1.0,
        *,
        ticks: Callable[[], float] = time.monotonic,
        hire: Hire | None = None,
    ) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        work: dict[Kind, Work] = {
            "sync": self._sync,
            "preview": self._preview,
            "deliver": self._deliver,
            "tell": self._tell,
        }
        hire = hire or partial(Engine, poll=poll)
        self.engine: Worker = hire(settings.database_url, work)
        self.stores = Stores(self.database, self.engine.carrier, clock)
        self.people = People(slack.client(settings, slack.CLICK_TIMEOUT), ticks)
        roads = OtherRoads(self.stores, settings.support_channel_id, self.people.members)
        self.delivery = Delivery(self.stores, slack.client(settings, slack.DELIVERY_TIMEOUT), roads)
        self.stores.on_commit = self.delivery.prompt
        telling = Telling(settings.support_channel_id)
        self.syncing = Syncing(self.stores, telling, owner(), settings)
        given = SlackFiles(slack.client(settings, slack.DELIVERY_TIMEOUT))
        self.uploading = Uploading(self.stores, self.syncing, given)
        product = receiver(settings)
        self.webhooks = Webhooks(self.stores, product, settings.support_channel_id)
        self.stores.tells = product is not None
        self.nights = Nights(self.stores, settings.sync_cron)
        self.reminding = Reminding(
            self.stores, settings.support_channel_id, ZoneInfo(settings.support_timezone)
        )
        self.listeners = ThreadPoolExecutor(slack.LISTENERS, thread_name_prefix="listener")
        self.later = Pool(slack.LISTENERS, "answers")
        self.bolt = slack.app(settings, self._desk(), self.listeners)
        self.socket_mode = SocketMode(settings, self.bolt) if settings.slack_app_token else None
        self.clock = Clock(self.nights, self._regularly())
        self.slack_trouble: str | None = None

    def _desk(self) -> Desk:
        return Desk(
            stores=self.stores,
            who=self.people.who,
            email=self.people.email,
            addresses=self.people.addresses,
            forget_group=self.people.forget,
            slack=slack.client(self.settings, slack.CLICK_TIMEOUT),
            later=self.later.soon,
            support_group=self.settings.support_usergroup_id,
            support_channel=self.settings.support_channel_id,
            support_contact=self.settings.support_contact,
        )

    def _regularly(self) -> Mapping[str, tuple[float, Callable[[], object]]]:
        return {
            "sweep": (SWEEP_SECONDS, self.sweep),
            "remind": (REMIND_SECONDS, self.reminding.look),
            "greet": (SWEEP_SECONDS, self.greet),
            "support group": (GROUP_SECONDS, self._refresh_support),
            "forget": (FORGET_SECONDS, self._forget),
        }

    def _sync(self, key: str) -> None:
        self.syncing.owed(key)

    def _tell(self, key: str) -> None:
        self.webhooks.tell(key)

    def _preview(self, key: str) -> None:
        self.uploading.owed(key)

    def _deliver(self, key: str) -> float | None:
        return self.delivery.deliver(key)

    def _refresh_support(self) -> None:
        self.people.refresh(self.settings.support_usergroup_id)

    def _forget(self) -> None:
        """Drop what is only of use for a while: the engine's history, Slack's deliveries."""
        self.engine.forget(now() - FORGET_AFTER)
        with self.stores.transaction() as store:
            store.envelopes.prune()
            store.events.prune(now() - REPLAYABLE)
        self.uploading.give_up()
        self.uploading.tidy()

    def start(self) -> None:
        """Begin to work.

        Raises EngineBusy, and before anything is started CronInvalid and DatabaseOutdated.
        """
        trigger(self.settings.sync_cron, "UTC")
        if migrations.pending(self.database):
            raise DatabaseOutdated
        self.engine.launch()
        self.sweep()
        self.clock.start()
        self.greet()

    def stop(self, timeout: float) -> bool:
        """Take no more, finish what is under way, hand the rest back.

        False when something still runs after about `timeout` seconds; it is owed, and not lost.
        """
        until = time.monotonic() + timeout
        settled = [
            self._take_no_more(),
            self.engine.stop(max(ENGINE_SECONDS, until - time.monotonic())),
            self.later.close(1.0),
            self.delivery.close(1.0),
        ]
        self.listeners.shutdown(wait=False, cancel_futures=True)
        self.webhooks.close()
        self.people.close()
        self.database.dispose()
        return all(settled)

    def _take_no_more(self) -> bool:
        """No more clicks, no more nights; False when one that came before is still under way."""
        ending = [] if self.socket_mode is None else [self.socket_mode.stop]
        # Also called when the start was refused, before the clock ran.
        if self.clock.scheduler.running:
            ending.append(self.clock.stop)
        # Both wait for what they have begun, without an end.
        threads = [threading.Thread(target=end, daemon=True) for end in ending]
        for thread in threads:
            thread.start()
        until = time.monotonic() + DOOR_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in threads)

    def sweep(self) -> None:
        """Carry again whatever our tables say is owed and nobody carries."""
        waiting = self.engine.waiting()
        for carry in (
            self.delivery.carry_abandoned,
            self.syncing.carry_abandoned,
            self.uploading.carry_abandoned,
            self.webhooks.carry_abandoned,
        ):
            try:
                carry(waiting)
            except RecessError as error:
                log.info("The sweep waits: %s", error.sentence)

    def health(self) -> Mapping[str, str | None]:
        """By name, None when it is well, else what is wrong."""
        return {
            "database": self._database_trouble(),
            "engine": None if self.engine.alive() else "the engine does not work",
            "slack": self.slack_trouble or self._app_trouble(),
        } | ({"socket": self.socket_mode.trouble()} if self.socket_mode else {})

    def _database_trouble(self) -> str | None:
        try:
            outdated = migrations.pending(self.database)
        except Exception as error:
            return f"the database cannot be reached ({type(error).__name__})"
        return "the database is not up to date: run `recess db upgrade`" if outdated else None

    def notices(self) -> Sequence[str]:
        """What is wrong and no reason to send people elsewhere: channels that take nothing.

        Whose they are is for the doctor to say: the health page is open to everybody.
        """
        try:
            with self.stores.read() as store:
                silent = sum(trouble.channel != APP for trouble in store.troubles.all())
        except Exception as error:
            return [f"the channels are not known ({type(error).__name__})"]
        told = f"{counted(silent, 'channel')} cannot be written to; `recess doctor` names them"
        return [told] if silent else []

    def _app_trouble(self) -> str | None:
        try:
            with self.stores.read() as store:
                trouble = store.troubles.of(APP)
        except Exception:
            return None
        return sentence(trouble, None) if trouble else None

    def greet(self) -> None:
        """Whether Slack knows us, for the health page; it may be out of reach for a while."""
        try:
            lost = self._app_trouble() is not None
            self.people.own_team(asked_anew=lost)
            if lost:
                with self.stores.transaction() as store:
                    known_again(store)
            if self.socket_mode is not None:
                self.socket_mode.connect()
            self.slack_trouble = None
        except (SlackClientError, OSError) as error:
            self.slack_trouble = f"Slack cannot be reached or refuses our tokens ({error})"
            log.warning("%s", self.slack_trouble)
