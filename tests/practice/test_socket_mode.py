"""Socket Mode, with slack_sdk's own client at the other end."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from bot.practice import Message, Workspace
from tests.practice.kit import actions, button, field_block, modal

Post = Callable[..., Message]
Listener = Callable[[SocketModeClient, SocketModeRequest], None]


class SocketApp:
    """An app that acknowledges with what `answer` says; None is no acknowledgement at all."""

    def __init__(self, workspace: Workspace) -> None:
        self.requests: list[SocketModeRequest] = []
        self.answer: Callable[[SocketModeRequest], dict[str, Any] | None] = lambda request: {}
        self.web = WebClient("xoxb-practice", base_url=workspace.api_url, retry_handlers=[])
        self.client = SocketModeClient(
            app_token=workspace.app.app_token, web_client=self.web, concurrency=2
        )
        self.client.socket_mode_request_listeners.append(self.take)

    def take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        payload = self.answer(request)
        if payload is not None:
            response = SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
            client.send_socket_mode_response(response)


@pytest.fixture
def socket_app(workspace: Workspace) -> Iterator[SocketApp]:
    app = SocketApp(workspace)
    app.client.connect()
    workspace.wait_for(lambda: workspace.sockets.open)
    yield app
    hang_up(workspace, app)


def hang_up(workspace: Workspace, *apps: SocketApp) -> None:
    """Close both ends; a receiving thread wakes at once only when the other end is gone."""
    for app in apps:
        app.client.auto_reconnect_enabled = False
    workspace.stop()
    for app in apps:
        # Two threads of the client may close its socket at once; the second time it is closed.
        with suppress(AttributeError):
            app.client.close()
        app.client.close()


def test_only_an_app_token_opens_a_connection(workspace: Workspace, client: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.apps_connections_open(app_token="xoxb-practice")
    assert caught.value.response["error"] == "not_allowed_token_type"
    url = client.apps_connections_open(app_token="xapp-practice")["url"]
    assert url.startswith(f"ws://127.0.0.1:{workspace.server.port}/link/?ticket=")


def test_a_click_is_an_envelope_that_is_acknowledged(
    workspace: Workspace, socket_app: SocketApp, post: Post
) -> None:
    answer = workspace.click(post(actions(button())), "Go", by="ana")
    request = socket_app.requests[-1]
    assert answer.ok
    assert (request.type, request.accepts_response_payload) == ("interactive", True)
    assert request.payload["type"] == "block_actions"


def test_a_modal_takes_its_answer_from_the_acknowledgement(
    workspace: Workspace, socket_app: SocketApp, post: Post
) -> None:
    def answer(request: SocketModeRequest) -> dict[str, Any]:
        if request.payload["type"] == "view_submission":
            return {"response_action": "errors", "errors": {"why": "Say more."}}
        trigger = request.payload["trigger_id"]
        socket_app.web.views_open(trigger_id=trigger, view=modal(field_block()))
        return {}

    socket_app.answer = answer
    workspace.click(post(actions(button())), "Go", by="ana")
    view = workspace.open_view("ana")
    assert view is not None
    assert workspace.submit(view, {"why": "x"}, by="ana").errors == {"why": "Say more."}


def test_a_command_and_an_event_have_their_own_types(
    workspace: Workspace, socket_app: SocketApp
) -> None:
    workspace.command("/schools list", by="ana", channel="C0LINCOLN")
    workspace.open_home("ana")
    workspace.wait_for(lambda: all(d.done for d in workspace.deliveries))
    command, event = socket_app.requests
    assert (command.type, command.payload["text"]) == ("slash_commands", "list")
    assert (event.type, event.payload["event"]["type"]) == ("events_api", "app_home_opened")
    assert (event.retry_attempt, event.accepts_response_payload) == (0, False)


def test_an_event_that_is_not_acknowledged_comes_again(
    workspace: Workspace, socket_app: SocketApp
) -> None:
    workspace.dispatch.seconds = 0.6
    socket_app.answer = lambda request: {} if request.retry_attempt else None
    workspace.open_home("ana")
    workspace.wait_for(lambda: all(d.done for d in workspace.deliveries))
    first, second, *_ = socket_app.requests
    assert first.payload["event_id"] == second.payload["event_id"]
    assert (second.retry_attempt, second.retry_reason) == (1, "http_timeout")


def test_a_click_that_is_not_acknowledged_is_a_notice(
    workspace: Workspace, socket_app: SocketApp, post: Post
) -> None:
    workspace.dispatch.seconds = 0.1
    socket_app.answer = lambda request: None
    answer = workspace.click(post(actions(button())), "Go", by="ana")
    assert answer.notice == "Operation timed out. Apps need to respond within 3 seconds."


def test_each_envelope_goes_to_one_of_the_open_sockets(
    workspace: Workspace, socket_app: SocketApp, post: Post
) -> None:
    other = SocketApp(workspace)
    other.client.connect()
    workspace.wait_for(lambda: len(workspace.sockets.open) == 2)
    message = post(actions(button()))
    for _ in range(4):
        workspace.click(message, "Go", by="ana")
    hang_up(workspace, socket_app, other)
    assert (len(socket_app.requests), len(other.requests)) == (2, 2)


def test_ten_sockets_at_most_and_each_ticket_opens_one(
    workspace: Workspace, client: WebClient
) -> None:
    urls = [client.apps_connections_open(app_token="xapp-practice")["url"] for _ in range(11)]
    with ExitStack() as stack:
        opened = [stack.enter_context(connect(url)) for url in urls[:10]]
        hello = json.loads(opened[0].recv())
        workspace.wait_for(lambda: len(workspace.sockets.open) == 10)
        for url in (urls[0], urls[10]):
            with pytest.raises(InvalidStatus), connect(url):
                """Refused before it opens."""
    assert (hello["type"], hello["connection_info"]) == ("hello", {"app_id": "A0RECESS"})
