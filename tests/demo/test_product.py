"""The stand-in for the product: what it shows of what it was told."""

import json
from datetime import UTC, datetime

import httpx
from standardwebhooks.webhooks import Webhook

from bot.demo.standins.product import HOOK, SECRET, Product


def tell(product: Product, type: str, **data: object) -> int:
    body = json.dumps({"type": type, "data": {"partner": "lincoln-usd", **data}})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("msg_1", now, body),
    }
    return httpx.post(f"{product.url}{HOOK}", content=body, headers=headers).status_code


def test_a_freeze_of_many_people_is_one_line_below_which_its_school_is_seen() -> None:
    oak = {"name": "Oak <Elementary>"}
    with Product() as product:
        change = {"school": oak, "from": None, "to": "frozen"}
        assert tell(product, "school.status_changed", **change) == 204
        for number in range(7):
            assert tell(product, "account.locked", account=f"U{number}") == 204
        page = httpx.get(product.url).text
    lines = page.partition("<ul>")[2].split("</li>")
    assert lines[0].endswith("lincoln-usd: U6, U5, U4, U3, U2 and 2 more")
    assert lines[1].endswith("lincoln-usd: Oak &lt;Elementary&gt;: new → frozen")


def test_what_is_not_signed_is_not_taken() -> None:
    with Product() as product:
        assert httpx.post(f"{product.url}{HOOK}", content=b"{}").status_code == 401
        assert "Nothing yet." in httpx.get(product.url).text


def test_a_browser_has_an_icon_and_asks_for_no_other() -> None:
    with Product() as product:
        assert '<link rel="icon" href="data:,">' in httpx.get(product.url).text
