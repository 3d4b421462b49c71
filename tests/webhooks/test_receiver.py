"""One attempt at the product's end of the wire: whatever it does there is an outcome."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from pydantic import SecretStr

from bot import webhooks
from bot.settings import Settings, SettingsInvalid
from bot.webhooks import LONGEST, Outcome, Receiver, receiver
from storage.events import OWED, Event
from tests.webhooks.product import SECRET

NOW = datetime(2026, 9, 1, 2, tzinfo=UTC)
EVENT = Event(
    id=7,
    partner="lincoln",
    delivery="msg_7",
    type="account.locked",
    subject="account:x",
    data={"account": "kim", "locked": True},
    state=OWED,
    attempts=0,
    created_at=NOW,
    due_at=NOW,
    tried_since=NOW,
    error=None,
)


def sent_to(answer: Callable[[httpx.Request], httpx.Response]) -> Outcome:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return Receiver("https://product.example/hooks", SecretStr(SECRET), client).take(EVENT)


def answered(status: int, body: bytes = b"", **headers: str) -> httpx.Response:
    """As it comes from the wire: the body is not read yet."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(body))


def test_a_body_that_never_ends_keeps_nobody() -> None:
    chunks = 0

    def body() -> Iterator[bytes]:
        nonlocal chunks
        for _ in range(100):
            chunks += 1
            yield b"x" * 16_384

    assert sent_to(lambda _: httpx.Response(200, content=body())).error is None
    assert chunks < 10


def test_a_body_that_drips_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = 0.0

    def drips() -> Iterator[bytes]:
        nonlocal passed
        for _ in range(100):
            passed += 1
            yield b"x"

    monkeypatch.setattr(webhooks.time, "monotonic", lambda: passed)
    assert sent_to(lambda _: httpx.Response(200, content=drips())).error is None
    assert passed < 10


def test_a_body_that_cannot_be_read_takes_nothing_back() -> None:
    def broken() -> Iterator[bytes]:
        yield b"x"
        raise httpx.ReadTimeout("silence")

    assert sent_to(lambda _: httpx.Response(202, content=broken())) == Outcome(EVENT)
    assert sent_to(lambda _: answered(200, b"none", Content_Encoding="gzip")) == Outcome(EVENT)


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answered(307, Location="https://elsewhere.example")

    assert sent_to(elsewhere).error == "it answered 307"
    assert asked == ["https://product.example/hooks"]


@pytest.mark.parametrize("error", [httpx.ConnectError("no"), UnicodeError("x" * 64), OSError()])
def test_whatever_goes_wrong_is_its_outcome(error: Exception) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise error

    assert sent_to(broken).error == f"it could not be reached ({type(error).__name__})"


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        ("600", timedelta(minutes=10)),
        ("9" * 400, LONGEST),
        ("9" * 5_000, LONGEST),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_it_says_how_long_to_wait(after: str, wait: timedelta | None) -> None:
    assert sent_to(lambda _: answered(429, Retry_After=after)).wait == wait


def test_it_may_say_until_when_to_wait() -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    wait = sent_to(lambda _: answered(503, Retry_After=until)).wait
    assert wait is not None
    assert timedelta(minutes=9) < wait <= timedelta(minutes=10)


@pytest.mark.parametrize("url", ["product.example", "ftp://x", "https:///x", "https://x:port/"])
def test_an_address_that_cannot_be_meant_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(SettingsInvalid, match="WEBHOOK_URL is not an address") as refused:
        receiver(Settings(webhook_url=url, webhook_secret=SecretStr(SECRET)))
    assert url not in str(refused.value)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_a", "whsec_é"])
def test_a_secret_that_is_none_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(SettingsInvalid, match="WEBHOOK_SECRET is missing") as refused:
        receiver(Settings(webhook_url="https://x.example", webhook_secret=SecretStr(secret)))
    assert refused.value.__suppress_context__
