"""`recess demo`: Recess with sample districts, a practice Slack and a stand-in for the product.

The bot reaches the practice workspace only through Slack's own protocol. What is special here
is the clock, which moves on by a day whenever somebody asks for the next night.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from bot.commands.manifest import COMMAND, EVENTS
from bot.demo import welcome
from bot.demo.connected import UPLOADED, Connected, connected
from bot.demo.samples import CHANNELS, GROUPS, PEOPLE, Samples, bring_night, write_samples
from bot.demo.standins import product
from bot.demo.standins.product import Product
from bot.engine import prepare
from bot.partners_file import import_partners
from bot.practice.workspace import Workspace
from bot.serving import Server, stop_signal, wait_for
from bot.settings import Settings
from storage.migrations import upgrade
from storage.partners import Partner
from storage.runs import APPLIED, NO_CHANGE, Run
from storage.store import Stores

PORT = 8100
# Soon enough for somebody who watches; at 0.2 s an idle demo takes a tenth of a core more.
POLL = 0.5
NIGHT_SECONDS, DELIVERY_SECONDS = 120.0, 5.0
# At this hour of a day in UTC it is past two o'clock at night in every sample district.
HOUR = 12
# And so much later people are at work in all of them.
AT_WORK = timedelta(hours=5)
USUAL = (APPLIED, NO_CHANGE)
SYNC_CRON = "0 2 * * *"
SUPPORT_CONTACT = "help@school-messages.example"


@dataclass
class MovableClock:
    """The real time, moved by whole nights; it goes on running in between."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move_to(self, moment: datetime) -> None:
        self.ahead = moment - datetime.now(UTC)


class Story:
    """The nights of the demo. Every one goes the scheduled road: due, owed, carried, done.

    They come when somebody asks for them and not by the clock, which would run ahead of the story.
    After each comes a morning, when people are reminded of what they have not decided.
    """

    def __init__(
        self, samples: Samples, others: Connected, clock: MovableClock, server: Server
    ) -> None:
        self.samples = samples
        self.others = others
        self.clock = clock
        self.service = server.service
        self.service.nights.by_clock = False
        self.number = 0
        self.date = _last_noon(datetime.now(UTC)) - timedelta(days=2)
        self._one_at_a_time = threading.Lock()

    def next_night(self) -> str:
        """Bring the next night's rosters and run its syncs; says what came of it."""
        with self._one_at_a_time:
            self.number += 1
            self.date += timedelta(days=1)
            changed = bring_night(self.samples.folder, self.number)
            changed += self.others.bring(self.number, self.date)
            self.clock.move_to(self.date)
            known = self._newest()
            self.service.nights.catch_up()
            ended = self._ended(known)
            self._delivered()
            self.clock.move_to(self.date + AT_WORK)
            self.service.reminding.look()
            self._delivered()
            return "\n".join([f"The night of {self.date:%B %-d}.", *_unusual(changed), *ended])

    def _newest(self) -> int:
        with self.service.stores.read() as store:
            ids = [run.id for p in store.partners.all() for run in store.runs.of(p, 1)]
        return max(ids, default=0)

    def _ended(self, known: int) -> list[str]:
        """Wait until all runs after `known` have ended, and say which did not end as usual."""
        until = time.monotonic() + NIGHT_SECONDS
        while time.monotonic() < until:
            with self.service.stores.read() as store:
                runs = [(p, run) for p in store.partners.all() for run in store.runs.of(p, 1)]
            fresh = [(partner, run) for partner, run in runs if run.id > known]
            if fresh and all(run.outcome for _, run in fresh):
                return [_told(partner, run) for partner, run in fresh if run.outcome not in USUAL]
            time.sleep(0.05)
        return ["The night has not ended yet; look again in a minute."]

    def _delivered(self) -> None:
        """Wait until Slack has everything that it is owed, so that it bears the date of the day."""
        until = time.monotonic() + DELIVERY_SECONDS
        while self._backlog() and time.monotonic() < until:
            time.sleep(0.05)

    def _backlog(self) -> int:
        with self.service.stores.read() as store:
            return store.messages.backlog()


@dataclass(frozen=True)
class Running:
    """A started demo, and where everything of it is."""

    workspace: Workspace
    story: Story
    samples: Samples
    product: Product


def run(folder: Path, port: int = PORT, *, http: bool = False) -> None:
    """Run the demo until Ctrl-C, with all its files in `folder`, made anew.

    `http` takes Slack's requests by signed HTTP instead of Socket Mode.
    """
    over = stop_signal()
    with demo(folder, port, http=http) as running:
        welcome.say(
            running.workspace.url,
            running.product,
            rosters=running.samples.rosters["lincoln-usd"].parent,
            upload=folder / "uploads" / UPLOADED / "second",
        )
        wait_for(over)
        Console().print("\nStopping…")


@contextmanager
def demo(folder: Path, port: int = PORT, *, http: bool = False) -> Iterator[Running]:
    """Everything started, with the first two nights behind it; stopped at the end."""
    samples = write_samples(folder)
    url = _fresh_database(folder)
    clock = MovableClock()
    with ExitStack() as stack:
        workspace = stack.enter_context(_workspace(_free(port), clock))
        others = stack.enter_context(connected(folder))
        told = stack.enter_context(Product())
        workspace.headline = _headline(folder, told)
        settings = _settings(url, workspace, told, http, others)
        server = Server(settings, clock, POLL)
        stack.callback(server.stop)
        story = Story(samples, others, clock, server)
        clock.move_to(story.date)
        _import(server.service.stores, samples.partners, others.partners)
        told.api = f"http://127.0.0.1:{server.port}"
        if http:
            workspace.request_url = f"{told.api}/slack/events"
        server.start()
        others.upload_first(server.service.syncing)
        story.next_night()
        story.next_night()
        clock.ahead = timedelta()
        workspace.page_actions["Run tonight's sync"] = story.next_night
        yield Running(workspace, story, samples, told)


def _fresh_database(folder: Path) -> str:
    """The workspace forgets everything at the end, so the database begins anew with it."""
    for leftover in folder.glob("recess.db*"):
        leftover.unlink()
    url = f"sqlite:///{folder / 'recess.db'}"
    upgrade(url)
    prepare(url, poll=POLL)
    return url


def _workspace(port: int, clock: MovableClock) -> Workspace:
    workspace = Workspace(port=port, clock=lambda: clock().timestamp())
    workspace.commands = {COMMAND}
    workspace.events = set(EVENTS)
    for person in PEOPLE:
        workspace.add_person(
            person.id, person.name, person.real_name, person.email, note=person.role
        )
    for group in GROUPS:
        workspace.add_group(group.id, group.handle, group.name, group.members)
    for channel in CHANNELS:
        workspace.add_channel(channel.id, channel.name, channel.members)
    return workspace


def _headline(folder: Path, told: Product) -> str:
    rosters, upload = folder / "rosters", folder / "uploads" / UPLOADED / "second"
    return (
        f"The product, to sign in: {told.url}\n"
        f"Tonight's rosters: {rosters.resolve()}\n"
        f"Noor's next upload: {upload.resolve()}"
    )


def _settings(
    url: str, workspace: Workspace, told: Product, http: bool, others: Connected
) -> Settings:
    app = workspace.app
    return Settings(
        database_url=url,
        slack_bot_token=SecretStr(app.bot_token),
        slack_signing_secret=SecretStr(app.signing_secret),
        slack_app_token=None if http else SecretStr(app.app_token),
        slack_api_url=workspace.api_url,
        support_usergroup_id="S0SUPPORT",
        support_channel_id="C0SUPPORT",
        support_contact=SUPPORT_CONTACT,
        sync_cron=SYNC_CRON,
        http_host="127.0.0.1",
        http_port=0,
        access_api_token=SecretStr(product.TOKEN),
        webhook_url=f"{told.url}{product.HOOK}",
        webhook_secret=SecretStr(product.SECRET),
        **others.settings,
    )


def _import(stores: Stores, *files: Path) -> None:
    with stores.transaction() as store:
        for file in files:
            import_partners(store, file)


def _free(port: int) -> int:
    """The port if it is free, else 0: any other."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _last_noon(now: datetime) -> datetime:
    noon = now.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return noon if noon <= now else noon - timedelta(days=1)


def _unusual(changed: list[str]) -> list[str]:
    """What became of schools and files; people come and go every night."""
    return [sentence for sentence in changed if not sentence.startswith("Other staff of")]


def _told(partner: Partner, run: Run) -> str:
    """What became of a night that did not end as usual."""
    return f"{partner.name}: {run.outcome}. {run.reason}".strip()
