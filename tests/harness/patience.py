"""The product's short limits, made long: a machine that stands still must not change a story.

Whoever clicks is told after a second or two that something is slow, because Slack waits no longer
than three. A machine that is busy with tests can be slower than that at any moment. Tests whose
subject is such a limit set it themselves.
"""

import sys
from itertools import count
from typing import TYPE_CHECKING, Any

from slack_sdk import WebClient

import bot.people
import bot.slack
import handlers.desk
import handlers.harm
import handlers.listening
import handlers.patience
import storage.database
from bot.practice import Workspace

if TYPE_CHECKING:
    import pytest

LONG = 90
# `recess` in a process of its own that has this patience too.
PATIENTLY = (sys.executable, "-m", "tests.harness.patiently")


def be_patient() -> None:
    """For this process, and everything that is opened in it from now on."""
    bot.people.CLICK_SECONDS = LONG
    bot.slack.CLICK_TIMEOUT = bot.slack.DELIVERY_TIMEOUT = LONG
    handlers.desk.LOCK_TIMEOUT = LONG
    handlers.harm.SECONDS = handlers.listening.COMMAND_SECONDS = handlers.patience.SECONDS = LONG
    storage.database.POOL_TIMEOUT = LONG


def patient(workspace: Workspace) -> Workspace:
    """A Slack that waits as long for its app."""
    workspace.dispatch.seconds = workspace.store.trigger_seconds = LONG
    return workspace


def give_up_once(monkeypatch: "pytest.MonkeyPatch", workspace: Workspace, method: str) -> None:
    """The next call of this method that Slack leaves unanswered is waited for only a moment."""
    name = method.replace(".", "_")
    call, numbers = getattr(WebClient, name), count()

    def faults() -> int:
        return sum(call.fault is not None for call in workspace.calls_of(method))

    def hasty(client: WebClient, **given: Any) -> Any:
        if next(numbers):
            return call(client, **given)
        before = faults()
        client.timeout, usual = 0.3, client.timeout  # type: ignore[assignment]
        try:
            return call(client, **given)
        finally:
            client.timeout = usual
            workspace.wait_for(lambda: faults() > before, LONG)

    monkeypatch.setattr(WebClient, name, hasty)
