"""A `serve` that cannot start says why in its own sentence, at once, and leaves nothing behind."""

import fcntl
import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.engine import EngineBusy
from bot.serving import Server
from bot.settings import Settings
from bot.wiring import DatabaseOutdated
from storage.database import sqlite_path
from tests.harness.patience import LONG


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = [t for t in threading.enumerate() if t not in before and not t.daemon]
    assert not left


def refused(url: str, error: type[Exception]) -> str:
    """The sentence of a server whose start is refused; it stops as `serve` stops it."""
    server = Server(settings(url))
    began = time.monotonic()
    try:
        with pytest.raises(error) as raised:
            server.start()
    finally:
        assert server.stop()
    assert time.monotonic() - began < LONG / 3, "it waited for something that never began"
    return str(raised.value)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits at all waits for long."""
    monkeypatch.setattr("bot.serving.WORK_SECONDS", LONG)
    monkeypatch.setattr("bot.wiring.DOOR_SECONDS", LONG)
    monkeypatch.setattr("bot.wiring.ENGINE_SECONDS", LONG)


def settings(url: str) -> Settings:
    return Settings(
        database_url=url,
        slack_bot_token=SecretStr("xoxb-none"),
        slack_signing_secret=SecretStr("none"),
        slack_api_url="http://127.0.0.1:9/",
        support_usergroup_id="S0SUPPORT",
        support_channel_id="C0SUPPORT",
        http_port=0,
    )


def test_a_database_that_is_not_up_to_date_is_refused(
    empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert "run `recess db upgrade` first" in refused(empty_database_url, DatabaseOutdated)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_second_serve_on_one_sqlite_file_is_refused(sqlite_url: str) -> None:
    file = sqlite_path(sqlite_url)
    assert file is not None
    with Path(f"{file}.serve").open("a+") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        guard.write("77\n")
        guard.flush()
        assert "(process 77) already works" in refused(sqlite_url, EngineBusy)
