"""The edges to Slack: its clients, the Bolt app, and Socket Mode."""

import time
from concurrent.futures import Executor

from slack_bolt import App, BoltContext
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

import handlers
from bot.settings import Settings
from handlers.desk import Desk

# A click waits for this client; a delivery has more time.
CLICK_TIMEOUT = 2
DELIVERY_TIMEOUT = 10
# Acknowledgements share this pool with the listeners, so it is far larger than Bolt's five.
LISTENERS = 32


def client(settings: Settings, timeout: int) -> WebClient:
    """A client without retries of its own.

    The usual one posts twice when a connection breaks after Slack took the message, and sleeps
    in the calling thread when it is rate limited. Who calls decides what is done again.
    """
    token = settings.slack_bot_token
    return WebClient(
        token=token.get_secret_value() if token else None,
        base_url=settings.slack_api_url,
        timeout=timeout,
        retry_handlers=[],
    )


def app(settings: Settings, desk: Desk, executor: Executor) -> App:
    """The Bolt app with everything that people do.

    `process_before_response`: the listener runs in the request's own thread. Otherwise Bolt
    looks for the acknowledgement only every ten milliseconds.
    """
    secret = settings.slack_signing_secret
    bolt = App(
        # Without a name Bolt reads the sources of whoever calls, which takes a quarter of a second.
        name="recess",
        client=WebClient(base_url=settings.slack_api_url, retry_handlers=[]),
        authorize=_ours,
        # Never used in Socket Mode, where Slack signs nothing.
        signing_secret=secret.get_secret_value() if secret else None,
        request_verification_enabled=secret is not None,
        token_verification_enabled=False,
        process_before_response=True,
        # Bolt would answer 404; handlers.unheard does better.
        raise_error_for_unhandled_request=True,
        listener_executor=executor,
    )
    handlers.register(bolt, desk)
    return bolt


def _ours(context: BoltContext) -> AuthorizeResult:
    """Every request is of our one installation.

    Bolt would ask Slack who we are, on the first click's time, and leave clicks unanswered while
    Slack does not say. Its own client has no token; the desk has a client.
    """
    return AuthorizeResult(enterprise_id=context.enterprise_id, team_id=context.team_id)


class SocketMode:
    """Slack's payloads over a connection that we open, in place of HTTP."""

    def __init__(self, settings: Settings, bolt: App) -> None:
        assert settings.slack_app_token is not None
        self._handler = SocketModeHandler(
            bolt,
            settings.slack_app_token.get_secret_value(),
            web_client=client(settings, DELIVERY_TIMEOUT),
            concurrency=LISTENERS,
        )
        self._heard = time.monotonic()
        self._handler.client.message_listeners.append(self._hear)

    def connect(self) -> None:
        """Connect if we are not; afterwards it reconnects by itself. Raises what Slack answers."""
        if not self._handler.client.is_connected():
            self._handler.client.connect()

    def stop(self) -> None:
        self._handler.client.close()

    def trouble(self) -> str | None:
        """None while connected; else what is wrong, for the health page."""
        if self._handler.client.is_connected():
            return None
        return (
            f"Socket Mode is not connected; last heard {time.monotonic() - self._heard:.0f} s ago"
        )

    def _hear(self, *_: object) -> None:
        self._heard = time.monotonic()
