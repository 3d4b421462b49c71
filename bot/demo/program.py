"""`recess demo`: the whole product with sample districts and a practice Slack, on this machine.

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
from rich.markup import escape

from bot.demo.connected import UPLOADED, Connected, connected
from bot.demo.samples import CHANNELS, GROUPS, PEOPLE, Samples, bring_night, write_samples
from bot.engine import prepare
from bot.partners_file import import_partners
from bot.practice.workspace import Workspace
from bot.serving import Server, stop_signal, wait_for
from bot.settings import Settings
from storage.migrations import upgrade
from storage.runs import Run
from storage.store import Stores

PORT = 8100
POLL = 0.2
NIGHT_SECONDS = 120.0
# At this hour of a day in UTC it is past two o'clock at night in every sample district.
HOUR = 12
SYNC_CRON = "0 2 * * *"


@dataclass
class MovableClock:
    """The real time, moved by whole nights; it goes on running in between."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move_to(self, moment: datetime) -> None:
        self.ahead = moment - datetime.now(UTC)


class Story:
    """The nights of the demo. Every one goes the scheduled road: due, owed, carried, done."""

    def __init__(
        self, samples: Samples, others: Connected, clock: MovableClock, server: Server
    ) -> None:
        self.samples = samples
        self.others = others
        self.clock = clock
        self.service = server.service
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
            return "\n".join([f"The night of {self.date:%B %-d}.", *changed, *self._ended(known)])

    def _newest(self) -> int:
        with self.service.stores.read() as store:
            ids = [run.id for p in store.partners.all() for run in store.runs.of(p, 1)]
        return max(ids, default=0)

    def _ended(self, known: int) -> list[str]:
        """Wait until all runs after `known` have ended, and say how."""
        until = time.monotonic() + NIGHT_SECONDS
        while time.monotonic() < until:
            with self.service.stores.read() as store:
                runs = [run for p in store.partners.all() for run in store.runs.of(p, 1)]
            fresh = [run for run in runs if run.id > known]
            if fresh and all(run.outcome for run in fresh):
                return [_told(run) for run in fresh]
            time.sleep(0.05)
        return ["The night has not ended yet; look again in a minute."]


def run(folder: Path, port: int = PORT, *, http: bool = False) -> None:
    """Run the demo until Ctrl-C, with all its files in `folder`, made anew.

    `http` takes Slack's requests by signed HTTP instead of Socket Mode.
    """
    over = stop_signal()
    with demo(folder, port, http=http) as (workspace, _, samples):
        _tell(workspace, samples)
        wait_for(over)
        Console().print("\nStopping…")


@contextmanager
def demo(
    folder: Path, port: int = PORT, *, http: bool = False
) -> Iterator[tuple[Workspace, Story, Samples]]:
    """Everything started, with the first two nights behind it; stopped at the end."""
    samples = write_samples(folder)
    url = _fresh_database(folder)
    clock = MovableClock()
    with ExitStack() as stack:
        workspace = stack.enter_context(_workspace(_free(port), samples))
        others = stack.enter_context(connected(folder))
        server = Server(_settings(url, workspace, http, others), clock, POLL)
        stack.callback(server.stop)
        story = Story(samples, others, clock, server)
        clock.move_to(story.date)
        _import(server.service.stores, samples.partners, others.partners)
        if http:
            workspace.request_url = f"http://127.0.0.1:{server.port}/slack/events"
        server.start()
        others.upload_first(server.service.syncing)
        story.next_night()
        story.next_night()
        clock.ahead = timedelta()
        workspace.page_actions["Run tonight's sync"] = story.next_night
        yield workspace, story, samples


def _fresh_database(folder: Path) -> str:
    """The workspace forgets everything at the end, so the database begins anew with it."""
    for leftover in folder.glob("recess.db*"):
        leftover.unlink()
    url = f"sqlite:///{folder / 'recess.db'}"
    upgrade(url)
    prepare(url, poll=POLL)
    return url


def _workspace(port: int, samples: Samples) -> Workspace:
    headline = f"Rosters: {samples.rosters['lincoln-usd'].parent.resolve()}"
    workspace = Workspace(port=port, headline=headline)
    for person in PEOPLE:
        workspace.add_person(
            person.id, person.name, person.real_name, person.email, note=person.role
        )
    for group in GROUPS:
        workspace.add_group(group.id, group.handle, group.name, group.members)
    for channel in CHANNELS:
        workspace.add_channel(channel.id, channel.name, channel.members)
    return workspace


def _settings(url: str, workspace: Workspace, http: bool, others: Connected) -> Settings:
    app = workspace.app
    return Settings(
        database_url=url,
        slack_bot_token=SecretStr(app.bot_token),
        slack_signing_secret=SecretStr(app.signing_secret),
        slack_app_token=None if http else SecretStr(app.app_token),
        slack_api_url=workspace.api_url,
        support_usergroup_id="S0SUPPORT",
        support_channel_id="C0SUPPORT",
        sync_cron=SYNC_CRON,
        http_host="127.0.0.1",
        http_port=0,
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


def _told(run: Run) -> str:
    moved = {"missing": run.counts.schools_missing, "back": run.counts.schools_returned}
    told = ", ".join(f"{count} {what}" for what, count in moved.items() if count)
    outcome = (run.outcome or "").replace("_", " ") + (f" ({told})" if told else "")
    return f"{run.partner}: {outcome}. {run.reason}".strip()


def _tell(workspace: Workspace, samples: Samples) -> None:
    rosters = escape(str(samples.rosters["lincoln-usd"].parent.resolve()))
    upload = escape(_upload_command(samples.folder))
    Console().print(
        f"""
[bold]The practice workspace is open at[/bold] [bold cyan]{workspace.url}[/bold cyan]

  Be Ana, an admin of Lincoln Unified, and open #lincoln-alerts: two schools need a decision.
  Pause one, freeze the other, try to unfreeze it, and request it. Then be Sam of the support
  team and open #recess-support.

  "Run tonight's sync" on the page brings the next night. The rosters are in
  [bold]{rosters}[/bold]
  Delete a school's row from an orgs.csv there, run the night, and the school is flagged.

  Harbor Point shares its roster by Clever, Granite Falls by OneRoster, Mesa Verde by ClassLink
  and Blue Ridge by TP Connector; stand-ins on this machine serve them from the same folder.
  Northwind uploads its own. Its next roster is ready, and lacks a school:
  [bold]{upload}[/bold]

Ctrl-C stops everything.""",
        soft_wrap=True,
    )


def _upload_command(folder: Path) -> str:
    """How to upload the CSV partner's second set, to the demo's own database."""
    database = f"sqlite:///{folder / 'recess.db'}"
    roster = folder / "uploads" / UPLOADED / "second"
    return f"DATABASE_URL={database} .venv/bin/recess upload {UPLOADED} {roster}"
