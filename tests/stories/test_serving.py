"""`recess serve` as a process: how it stops, and what keeps it from starting."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.engine import ClientCarrier
from bot.practice import Workspace
from storage.database import Database
from storage.messages import SENDING, SENT
from storage.store import Stores
from storage.tables import messages
from tests.harness.network import free_port
from tests.harness.patience import LONG, PATIENTLY
from tests.harness.slack.office import eventually, furnished, settings_for

ROOT = Path(__file__).parents[2]
# What hangs, hangs for longer than this.
AT_MOST = LONG * 2 / 3
POST = "chat.postMessage"


class Serving:
    """One process of `recess serve`, and where it listens."""

    def __init__(
        self,
        folder: Path,
        url: str,
        slack: Workspace,
        recess: Sequence[str] = (sys.executable, "-m", "bot"),
        **more: str,
    ) -> None:
        settings = settings_for(url, slack)
        self.port = int(more.get("HTTP_PORT", free_port()))
        environment = {
            "DATABASE_URL": url,
            "SLACK_BOT_TOKEN": slack.app.bot_token,
            "SLACK_SIGNING_SECRET": slack.app.signing_secret,
            "SLACK_API_URL": settings.slack_api_url,
            "SUPPORT_USERGROUP_ID": settings.support_usergroup_id,
            "SUPPORT_CHANNEL_ID": settings.support_channel_id,
            "HTTP_PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
        }
        self.process = subprocess.Popen(
            [*recess, "serve"],
            cwd=folder,
            env=os.environ | environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def answers(self, path: str) -> tuple[int, str]:
        """Status and body; 0 while nobody listens."""
        try:
            address = f"http://127.0.0.1:{self.port}{path}"
            with urllib.request.urlopen(address, timeout=LONG) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def up(self) -> "Serving":
        eventually(lambda: self.answers("/health/live")[0] == 200, "the server is up")
        return self

    def stops(self) -> tuple[int, str]:
        """SIGTERM: the exit code, which has to come in time, and everything it said."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        said, _ = self.process.communicate(timeout=AT_MOST)
        return self.process.returncode, said


@contextmanager
def serving(folder: Path, url: str, slack: Workspace, **more: Any) -> Iterator[Serving]:
    """A process that does not outlive the block."""
    process = Serving(folder, url, slack, **more)
    try:
        yield process
    finally:
        process.process.kill()
        process.process.communicate()


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with furnished(Workspace(rate_limits=False)) as running:
        yield running
        running.calm()


@pytest.fixture
def stores(database_url: str) -> Iterator[Stores]:
    """Our tables as a command sees them: it leaves its messages to a running server."""
    database, carrier = Database(database_url), ClientCarrier(database_url)
    yield Stores(database, carrier, lambda: datetime.now(UTC))
    carrier.close()
    database.dispose()


def test_stopped_while_slack_hangs_it_ends_in_time_and_loses_nothing(
    tmp_path: Path, database_url: str, slack: Workspace, stores: Stores
) -> None:
    slack.misbehave("timeout", POST, times=None, seconds=2.0 * LONG)
    with serving(tmp_path, database_url, slack, recess=PATIENTLY) as first:
        first.up()
        ids = [owe(stores, f"Message {number}") for number in range(3)]
        slack.wait_for(lambda: slack.calls_of(POST), LONG)
        assert first.stops()[0] == 0
    slack.calm()
    settled(stores)
    with serving(tmp_path, database_url, slack) as second:
        second.up()
        eventually(lambda: all(state(stores, id) == SENT for id in ids), "all messages sent")
        assert second.stops()[0] == 0
    told = sorted(message.text for message in slack.history("lincoln-alerts"))
    assert told == [f"Message {number}" for number in range(3)]


def owe(stores: Stores, words: str) -> int:
    with stores.transaction() as store:
        return store.messages.note("C0LINCOLN", {"text": words, "blocks": []})


def state(stores: Stores, id: int) -> str:
    with stores.read() as store:
        return store.messages.by_id(id).state


def settled(stores: Stores) -> None:
    """As if the time had passed in which Slack may still be storing what it was sent."""
    before = datetime.now(UTC) - timedelta(minutes=1)
    with stores.database.transaction() as tx:
        tx.execute(update(messages).where(messages.c.state == SENDING).values(sending_at=before))


def test_it_stays_up_while_slack_cannot_be_reached_and_says_so(
    tmp_path: Path, sqlite_url: str
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/api/"
    with serving(tmp_path, sqlite_url, Workspace(), SLACK_API_URL=nobody) as process:
        process.up()
        status, body = process.answers("/health/ready")
        checks = json.loads(body)["checks"]
        assert status == 503
        assert "Slack cannot be reached" in checks["slack"]
        assert (checks["database"], checks["engine"]) == ("ok", "ok")
        code, said = process.stops()
    assert code == 0
    assert "Slack cannot be reached" in said
    assert "xoxb-" not in said


def test_a_ready_server_says_so(tmp_path: Path, sqlite_url: str, slack: Workspace) -> None:
    with serving(tmp_path, sqlite_url, slack) as process:
        process.up()
        eventually(lambda: process.answers("/health/ready")[0] == 200, "the server is ready")
        assert process.stops()[0] == 0


def test_a_second_one_on_the_same_sqlite_file_is_refused_in_a_sentence(
    tmp_path: Path, sqlite_url: str, slack: Workspace
) -> None:
    with serving(tmp_path, sqlite_url, slack) as first:
        first.up()
        with serving(tmp_path, sqlite_url, slack) as second:
            code, said = second.ended()
        assert code == 1
        assert "already works on" in said
        assert f"process {first.process.pid}" in said
        assert "Traceback" not in said
        assert first.stops()[0] == 0


def test_a_port_that_is_taken_is_told_in_a_sentence(
    tmp_path: Path, sqlite_url: str, slack: Workspace
) -> None:
    taken = str(slack.server.port)
    with serving(tmp_path, sqlite_url, slack, HTTP_PORT=taken) as process:
        code, said = process.ended()
    assert code == 1
    assert f"Port {taken} of 127.0.0.1 cannot be used" in said
    assert "Traceback" not in said
