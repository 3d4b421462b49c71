"""The product that Recess works for, as far as locks go.

It takes the webhooks, and lets people sign in by their address: whoever is locked is sent to the
frozen screen, as a real one does it.
"""

import base64
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bot.demo.standins.server import Answer, Asked, Server

# Worth nothing anywhere else.
TOKEN = "demo-token"  # noqa: S105
SECRET = "whsec_" + base64.b64encode(b"worth nothing outside a demo").decode()
HOOK = "/hooks/recess"
# How many events are kept, and how many of a kind in a row are named.
KEPT, NAMED = 500, 5

STYLE = (
    "*{box-sizing:border-box}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;"
    "color:#1d1c1d}input{font:inherit;padding:.5rem .7rem;width:24rem;max-width:100%;"
    "border:1px solid #888;border-radius:8px}button{font:inherit;padding:.5rem 1.1rem;border:0;"
    "border-radius:8px;background:#3b4cb8;color:#fff;font-weight:600}h2{margin-top:2.5rem}"
    "li{margin:.2rem 0}.told{padding:.6rem 1rem;border-radius:8px;background:#eef4ee}"
    "code{background:#f3f3f3;padding:.05rem .3rem;border-radius:4px}"
)


class Product(Server):
    """`api` is where Recess answers; it is known once Recess has started."""

    def __init__(self) -> None:
        self.api = ""
        self.taken: deque[Mapping[str, Any]] = deque(maxlen=KEPT)

    def answer(self, asked: Asked) -> Answer:
        place = urlsplit(asked.target)
        if asked.method == "POST" and place.path == HOOK:
            return self._told(asked)
        if place.path == "/sign-in":
            return self._sign_in(parse_qs(place.query).get("email", [""])[0].strip())
        return self._page() if place.path == "/" else Answer(404, {}, b"")

    def asks(self, email: str) -> str:
        """The address at which the access API says whether somebody is locked."""
        return f"{self.api}/v1/partners/{quote(_partner(email))}/access?email={quote(email)}"

    def _told(self, asked: Asked) -> Answer:
        try:
            self.taken.appendleft(Webhook(SECRET).verify(asked.body, dict(asked.headers)))
        except WebhookVerificationError:
            return Answer(401, {}, b"")
        return Answer(204, {}, b"")

    def _sign_in(self, email: str) -> Answer:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        lock = httpx.get(self.asks(email), headers=bearer, timeout=5)
        if lock.status_code == 404:
            return self._page(f"Nobody here has the address {email}.")
        if lock.is_error:
            return self._page(f"Recess answered {lock.status_code}; try again in a minute.")
        if screen := lock.json()["screen"]:
            return Answer(303, {"Location": screen}, b"")
        return self._page(f"{email} is signed in: nothing locks this account.")

    def _page(self, said: str = "") -> Answer:
        told = f'<p class="told" role="status">{escape(said)}</p>' if said else ""
        lines = "".join(f"<li>{line}</li>" for line in _lines(self.taken))
        body = f"""<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>The product</title><style>{STYLE}</style>
<h1>The product</h1><p>It stands for what the schools use. Whoever signs in is looked up by Recess's
access API.</p>{told}<form action="/sign-in"><label for="email">Sign in as</label><br>
<input id="email" name="email" type="email" required value="carmen.diaz@cedar-valley.example">
<button>Sign in</button></form><h2>What Recess told it</h2><ul>{lines or "<li>Nothing yet.</li>"}
</ul></html>"""
        return Answer(200, {"Content-Type": "text/html; charset=utf-8"}, body.encode())


def _partner(email: str) -> str:
    """The addresses of a sample district end in its slug."""
    return email.rpartition("@")[2].removesuffix(".example") or "nobody"


def _lines(taken: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The newest first; a freeze locks many people one after the other, who share a line."""
    for (type, partner), events in groupby(taken, lambda e: (e["type"], e["data"]["partner"])):
        told = [_what(event["data"]) for event in events]
        more = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
        what = escape(", ".join(told[:NAMED]) + more)
        yield f"<code>{escape(type)}</code> {escape(partner)}: {what}"


def _what(data: Mapping[str, Any]) -> str:
    if school := data.get("school"):
        return f"{school['name']}: {data['from'] or 'new'} → {data['to']}".replace("_", " ")
    return str(data["account"])
