"""A tour through every kind of payload, to be made once by signed HTTP and once by Socket Mode.

The app may be any. It is asked the same things over both, and what it got and what people see
afterwards must be the same.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler

from bot.practice import Workspace
from bot.practice.limits import leaves
from tests.practice.kit import Json, Receiver, Request

TRANSPORTS = ("http", "socket mode")


@dataclass(frozen=True)
class Stop:
    """Something that a person does, or that happens."""

    name: str
    act: Callable[[Workspace], Any]


@dataclass(frozen=True)
class Seen:
    """What came of a stop: each delivery's kind and whether it was answered, and the screen."""

    name: str
    sent: tuple[tuple[str, str, bool], ...]
    texts: tuple[str, ...]
    modals: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    home: tuple[str, ...]
    notices: tuple[str, ...]


def tour(workspace: Workspace, stops: Sequence[Stop], person: str) -> list[Seen]:
    """Make every stop, and look after each at what this person sees."""
    return [visited(workspace, stop, person) for stop in stops]


def visited(workspace: Workspace, stop: Stop, person: str) -> Seen:
    before = len(workspace.deliveries)
    stop.act(workspace)
    workspace.wait_for(lambda: all(d.done for d in workspace.deliveries))
    sent = [(d.kind, type_of(d.payload), d.answer.ok) for d in workspace.deliveries[before:]]
    stack = workspace.store.stack(workspace.store.person(person).id)
    home = workspace.home(person)
    return Seen(
        stop.name,
        tuple(sent),
        tuple(m.text for m in workspace.store.messages),
        tuple((view.title, tuple(view.errors.items())) for view in stack),
        tuple(leaves(home.blocks) if home else ()),
        tuple(notice.text for notice in workspace.notices(person)),
    )


def type_of(payload: Json) -> str:
    """The finest name that Slack has for a payload."""
    event = payload.get("event") or {}
    return str(event.get("type") or payload.get("type") or payload["command"])


def shape(value: Any) -> Any:
    """A payload without what differs from one run to the next: its keys, and kinds of values."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


@contextmanager
def connected(app: App, workspace: Workspace, transport: str) -> Iterator[None]:
    """The app at the other end of the workspace for the block."""
    with over_http(app, workspace) if transport == "http" else over_sockets(app, workspace):
        yield


@contextmanager
def over_http(app: App, workspace: Workspace) -> Iterator[None]:
    def answer(request: Request) -> tuple[int, Any]:
        asked = BoltRequest(body=request.body.decode(), headers=dict(request.headers))
        response = app.dispatch(asked)
        return response.status, response.body

    with Receiver(workspace.app.signing_secret, answer) as receiver:
        workspace.request_url = receiver.url
        yield


@contextmanager
def over_sockets(app: App, workspace: Workspace) -> Iterator[None]:
    handler = SocketModeHandler(app, workspace.app.app_token)
    handler.connect()
    workspace.wait_for(lambda: workspace.sockets.open)
    try:
        yield
    finally:
        handler.client.auto_reconnect_enabled = False
        workspace.stop()
        # Two threads of the client may close its socket at once; the second time it is closed.
        with suppress(AttributeError):
            handler.close()
        handler.close()
