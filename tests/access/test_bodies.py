"""Bodies that are too large, never come, or break off; at the product's door and at Slack's."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from slack_bolt import BoltRequest, BoltResponse
from starlette.applications import Starlette

from bot import web
from tests.access.door import FIRST_TOKEN, Door

BATCH = "/v1/partners/lincoln/access"
DISCONNECT = {"type": "http.disconnect"}


def posted(site: Starlette, path: str, messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the site sends when its server gives it these; after them nothing comes any more."""
    given, sent = iter(messages), []
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {FIRST_TOKEN}".encode()),
            (b"content-type", b"application/json"),
        ],
    }

    async def receive() -> dict[str, Any]:
        if (message := next(given, None)) is None:
            await asyncio.sleep(60)
        assert message is not None
        return message

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(site(scope, receive, send))
    return sent


def part(body: bytes) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": True}


def test_a_body_that_never_comes_is_not_waited_for(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_SECONDS", 0.01)
    start, body = posted(sqlite_door.site, BATCH, [part(b'{"accounts"')])
    assert start["status"] == json.loads(body["body"])["status"] == 408
    assert (b"content-type", b"application/problem+json") in start["headers"]
    assert (b"connection", b"close") in start["headers"]


def test_a_client_that_goes_away_is_no_error(
    sqlite_door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    start, _ = posted(sqlite_door.site, BATCH, [part(b'{"accounts"'), DISCONNECT])
    assert start["status"] == 400
    assert caplog.records == []


def test_an_endless_body_is_read_no_further_than_it_may_be(sqlite_door: Door) -> None:
    read = 0

    def endless() -> Iterable[dict[str, Any]]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield part(b" " * 100_000)

    start, _ = posted(sqlite_door.site, BATCH, endless())
    assert start["status"] == 413
    assert read == 11


def test_slack_is_heard_out_and_nobody_who_sends_more() -> None:
    bolt = Listening()
    site = web.web(bolt, dict, list, takes_slack=True)  # type: ignore[arg-type]
    assert slack(site, b"x" * web.SLACK_BYTES).status_code == 200
    assert slack(site, b"x" * (web.SLACK_BYTES + 1)).status_code == 413
    assert bolt.heard == [web.SLACK_BYTES]


@dataclass
class Listening:
    """As Bolt does, to anything; `heard` has the lengths of the bodies."""

    heard: list[int] = field(default_factory=list)

    def dispatch(self, request: BoltRequest) -> BoltResponse:
        self.heard.append(len(request.raw_body))
        return BoltResponse(status=200)


def slack(site: Starlette, body: bytes) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(site)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.post("/slack/events", content=body)

    return asyncio.run(send())
