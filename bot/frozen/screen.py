"""`GET /frozen/{token}`: which schools, since when, and whom to ask. Nothing about anyone else.

The page needs no script and loads nothing. Whoever holds a link sees what it is about, so it is
kept out of caches, of search engines, and of the Referer header.
"""

import base64
import hashlib
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.frozen.links import Bearer, FrozenLinks
from bot.frozen.words import LANGUAGES, Reader, reader
from storage.access import Access, Cause
from storage.errors import Busy
from storage.partners import Partner
from storage.schools import titled
from storage.store import Stores

log = logging.getLogger(__name__)

REFERENCE_BYTES = 4
HERE = Path(__file__).parent
STYLE = (HERE / "screen.css").read_text("utf-8")
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

EMAIL = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
PAGE = re.compile(r"https?://\S+")
TELEPHONE = re.compile(r"\+?[\d\s()./-]{6,}")
# An email within a sentence, but never a part of a longer one: a tap would write to somebody else.
EMAIL_IN_TEXT = re.compile(r"(?<![^\s<>(),;:])(\w[\w.+-]*@[\w-]+(?:\.[\w-]*\w)+)(?![\w@-]|\.\w)")

templates = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


@dataclass(frozen=True)
class Contact:
    """Whom to ask, and where a tap on it leads: on the whole text, or on the emails in it."""

    of: str
    text: str

    @property
    def href(self) -> str | None:
        if EMAIL.fullmatch(self.text):
            return f"mailto:{self.text}"
        if PAGE.fullmatch(self.text):
            return self.text
        if TELEPHONE.fullmatch(self.text):
            return "tel:" + re.sub(r"[^\d+]", "", self.text)
        return None

    @property
    def parts(self) -> list[tuple[str, str | None]]:
        """The text in parts, each with where it leads."""
        if self.href:
            return [(self.text, self.href)]
        parts = enumerate(EMAIL_IN_TEXT.split(self.text))
        return [(part, f"mailto:{part}" if number % 2 else None) for number, part in parts if part]


class FrozenScreen:
    """`contact` is SUPPORT_CONTACT; the partner's own is shown before it."""

    def __init__(self, stores: Stores, links: FrozenLinks, contact: str) -> None:
        self.stores = stores
        self.links = links
        self.contact = contact.strip()

    def route(self) -> Route:
        """For whatever comes below /frozen: a link that was cut or added to gets a page as well."""
        return Route("/frozen/{token:path}", self.show)

    async def show(self, request: Request) -> Response:
        who = reader(
            request.headers.get("Accept-Language", ""), request.query_params.get("lang", "")
        )
        # Programs that pass links on like to end them with a slash.
        token = request.path_params["token"].rstrip("/")
        return await run_in_threadpool(self.page, token, who)

    def page(self, token: str, who: Reader) -> Response:
        """The screen for whoever holds this link; whatever happens, it says whom to ask."""
        try:
            return self._page(token, who)
        except (Busy, OperationalError, InterfaceError) as error:
            log.warning("The frozen screen cannot look: %s", type(error).__name__)
            answer = self._told(503, "busy", who.words.busy, who.words.in_a_minute, who)
            answer.headers["Retry-After"] = "60"
            return answer
        except Exception:
            reference = secrets.token_hex(REFERENCE_BYTES)
            log.exception("Unexpected error in the frozen screen, reference %s", reference)
            advice = who.words.reference.format(reference=reference)
            return self._told(500, "busy", who.words.busy, advice, who)

    def _page(self, token: str, who: Reader) -> Response:
        bearer = self.links.bearer(token)
        found = self._found(bearer) if bearer else None
        if bearer is None or found is None:
            return self._told(404, "unknown", who.words.unknown, who.words.another_link, who)
        access, partner = found
        if bearer.expired:
            return self._told(410, "expired", who.words.expired, who.words.new_link, who, partner)
        if not access.locked:
            return self._told(200, "unlocked", who.words.unlocked, who.words.sign_in, who, partner)
        return self._locked(access, partner, who)

    def _found(self, bearer: Bearer) -> tuple[Access, Partner] | None:
        with self.stores.read() as store:
            access = store.access.by_key(bearer.keys)
            return (access, store.partners.by_id(access.partner_id)) if access else None

    def _locked(self, access: Access, partner: Partner, who: Reader) -> Response:
        causes = [_shown(cause, partner, who) for cause in access.because]
        return self._rendered(
            200, who, partner, state="locked", title=who.words.locked, causes=causes
        )

    def _told(
        self,
        status: int,
        state: str,
        title: str,
        advice: str,
        who: Reader,
        partner: Partner | None = None,
    ) -> Response:
        """A screen that says nothing of schools."""
        return self._rendered(status, who, partner, state=state, title=title, advice=advice)

    def _rendered(
        self, status: int, who: Reader, partner: Partner | None, **shown: Any
    ) -> Response:
        page = templates.get_template("screen.html").render(
            words=who.words,
            style=STYLE,
            partner=partner.name if partner else "",
            contacts=self._contacts(who, partner),
            languages=LANGUAGES.values(),
            **shown,
        )
        headers: Mapping[str, str] = HEADERS | {"Content-Language": who.words.code}
        return HTMLResponse(page, status, headers)

    def _contacts(self, who: Reader, partner: Partner | None) -> list[Contact]:
        contacts = [Contact(partner.name, partner.contact.strip())] if partner else []
        contacts.append(Contact(who.words.support, self.contact))
        return [contact for contact in contacts if contact.text]


def _shown(cause: Cause, partner: Partner, who: Reader) -> Mapping[str, str]:
    """A school and the day of its freeze where it is, in the reader's words."""
    date = who.date(cause.since, partner.timezone)
    return {
        "school": titled(cause.name, cause.number),
        "date": date,
        "since": who.words.since.format(date=date),
    }
