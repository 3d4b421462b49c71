"""A workspace with four people and two channels, its client, and an app that listens."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.practice import Message, Workspace
from tests.harness.patience import patient
from tests.practice.kit import Clock, Receiver


@pytest.fixture
def clock() -> Clock:
    return Clock()


def furnish(workspace: Workspace) -> Workspace:
    workspace.add_person("U0ANA", "ana", "Ana Diaz", "ana@lincoln.test", note="Admin of Lincoln")
    workspace.add_person("U0BO", "bo", "Bo Lindqvist", "bo@lincoln.test", note="Admin of Lincoln")
    workspace.add_person("U0SAM", "sam", "Sam Sato", "sam@support.test", note="Support")
    workspace.add_person("U0EVE", "eve", "Eve Else", "eve@other.test", team_id="T0OTHER")
    workspace.add_channel("C0LINCOLN", "lincoln-alerts", ["ana", "bo", "sam"])
    workspace.add_channel("C0AWAY", "elsewhere", ["sam", "eve"], with_bot=False)
    workspace.add_channel("G0SECRET", "secret", ["sam"], private=True, with_bot=False)
    workspace.add_group("S0SUPPORT", "support", "Support", ["sam"])
    return workspace


@pytest.fixture
def workspace(clock: Clock) -> Iterator[Workspace]:
    made = Workspace(clock=clock, rate_limits=False, retry_delays=(0.0, 0.0), edit_window=3600)
    with furnish(patient(made)) as running:
        yield running


@pytest.fixture
def client(workspace: Workspace) -> WebClient:
    return WebClient(workspace.app.bot_token, base_url=workspace.api_url, retry_handlers=[])


@pytest.fixture
def app(workspace: Workspace) -> Iterator[Receiver]:
    """The app behind signed HTTP."""
    with Receiver(workspace.app.signing_secret) as receiver:
        workspace.request_url = receiver.url
        yield receiver


@pytest.fixture
def post(workspace: Workspace, client: WebClient) -> Callable[..., Message]:
    """Post to the Lincoln channel and give the stored message."""

    def posted(*blocks: Any, text: str = "Hello", **more: Any) -> Message:
        sent = client.chat_postMessage(channel="C0LINCOLN", text=text, blocks=blocks, **more)
        return next(m for m in workspace.store.messages if m.ts == sent["ts"])

    return posted


def refusal(call: Callable[[], Any]) -> SlackApiError:
    """The error a call is answered with."""
    with pytest.raises(SlackApiError) as caught:
        call()
    return caught.value


@pytest.fixture
def refused() -> Callable[[Callable[[], Any]], str]:
    """The code a call is refused with."""
    return lambda call: str(refusal(call).response["error"])
