"""The routes of the access API, and the edge where every trouble becomes a problem document.

A question is answered in a thread, from one reading of the database: who asks, may they ask now,
and then one query. Neither Slack nor a roster source is needed for it.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from anyio import CapacityLimiter, to_thread
from pydantic import ValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from bot.access import problems
from bot.access.clients import Clients
from bot.access.openapi import document
from bot.access.pace import Pace
from bot.access.shapes import Batch, Lock, Locks
from bot.frozen.links import FrozenLinks
from bot.web import body_of
from storage.access import Access
from storage.errors import Busy
from storage.store import Store, Stores
from storage.tokens import Client

log = logging.getLogger(__name__)

# Fewer than the connections to the database, so that clicks always get one.
THREADS = 12
# So many more wait for one; beyond that the database stands still, and nobody is kept waiting.
WAITING = 500
REFERENCE_BYTES = 4
# Of the mistakes in a body.
NAMED = 20
# A product may keep an answer if it asks each time whether it still holds; nobody in between may.
OWN_COPY = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

Answer = Callable[[Store, Client], Response]


class AccessApi:
    def __init__(self, stores: Stores, clients: Clients, links: FrozenLinks, pace: Pace) -> None:
        self.stores = stores
        self.clients = clients
        self.links = links
        self.pace = pace
        self._threads: CapacityLimiter | None = None

    def mount(self) -> Mount:
        """Everything below /v1, with refusals of its own."""
        routes = [
            Route("/openapi.json", self.described),
            Route("/partners/{partner}/access", self.of_many, methods=["GET", "POST"]),
            Route("/partners/{partner}/accounts/{account:path}/access", self.of_account),
        ]
        app = Starlette(routes=routes, exception_handlers={HTTPException: problems.refused})
        app.router.redirect_slashes = False
        return Mount("/v1", app)

    async def described(self, _: Request) -> Response:
        return JSONResponse(document(self.links.base), headers={"Cache-Control": "no-cache"})

    async def of_account(self, request: Request) -> Response:
        partner, account = (segment(request, name) for name in ("partner", "account"))

        def answer(store: Store, client: Client) -> Response:
            found = store.access.by_id(client.scoped(partner), [account])
            return self._one(request, found.get(account))

        return await self._answered(request, answer)

    async def of_many(self, request: Request) -> Response:
        """By email, or about many at once."""
        if request.method == "POST":
            return await self._of_batch(request)
        partner, emails = segment(request, "partner"), request.query_params.getlist("email")

        def answer(store: Store, client: Client) -> Response:
            if len(emails) != 1 or not emails[0]:
                return problems.unaddressed()
            # Whoever forgets to encode the plus of kim+pta@… sends what means a space in a query.
            [email], plus = emails, emails[0].replace(" ", "+")
            found = store.access.by_email(client.scoped(partner), [email, plus])
            return self._one(request, found.get(email) or found.get(plus))

        return await self._answered(request, answer)

    async def _of_batch(self, request: Request) -> Response:
        partner = segment(request, "partner")
        body = await body_of(request, problems.MOST_BYTES)

        def answer(store: Store, client: Client) -> Response:
            if media_type(request) != "application/json":
                return problems.no_json()
            try:
                asked = Batch.model_validate_json(body)
            except ValidationError as error:
                return problems.malformed(faults(error))
            self.pace.charge(client.name, len(asked.accounts) + len(asked.emails))
            return self._batch(store, client.scoped(partner), asked)

        return await self._answered(request, answer)

    def _one(self, request: Request, access: Access | None) -> Response:
        if access is None:
            return problems.unknown()
        lock = Lock.of(access, self.links.address)
        headers = {"ETag": lock.etag, **OWN_COPY}
        if known(request.headers.get("If-None-Match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return Response(lock.model_dump_json(), 200, headers, "application/json")

    def _batch(self, store: Store, slug: str, asked: Batch) -> Response:
        by_id = store.access.by_id(slug, asked.accounts)
        by_email = store.access.by_email(slug, asked.emails)
        told = Locks(
            accounts={id: self._lock(by_id.get(id)) for id in asked.accounts},
            emails={email: self._lock(by_email.get(email)) for email in asked.emails},
        )
        headers = {"Cache-Control": "no-store"}
        return Response(told.model_dump_json(), 200, headers, "application/json")

    def _lock(self, access: Access | None) -> Lock | None:
        return None if access is None else Lock.of(access, self.links.address)

    # The edge

    async def _answered(self, request: Request, answer: Answer) -> Response:
        """The answer to an authorized client within its pace; else, and always, a problem."""
        # It belongs to an event loop, which is not there yet when this is made.
        self._threads = self._threads or CapacityLimiter(THREADS)
        if self._threads.statistics().tasks_waiting >= WAITING:
            return problems.busy()
        authorization = request.headers.get("Authorization", "")
        try:
            return await to_thread.run_sync(
                self._asked, authorization, answer, limiter=self._threads
            )
        except (Busy, OperationalError, InterfaceError) as error:
            log.warning("The access API cannot answer: %s", type(error.__cause__ or error).__name__)
            return problems.busy()
        except Exception:
            reference = secrets.token_hex(REFERENCE_BYTES)
            log.exception("Unexpected error in the access API, reference %s", reference)
            return problems.unexpected(reference)

    def _asked(self, authorization: str, answer: Answer) -> Response:
        with self.stores.read() as store:
            client = self.clients.asking(authorization, store)
            if client is None:
                return problems.unauthorized()
            allowed = self.pace.take(client.name)
            response = problems.too_many(allowed.wait) if allowed.wait else answer(store, client)
        response.headers.update(allowed.headers)
        return response


def segment(request: Request, name: str) -> str:
    """A part of the path as its bytes say; what is no text is the id of nobody."""
    raw: str = request.path_params[name]
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return ""


def media_type(request: Request) -> str:
    return request.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def faults(error: ValidationError) -> list[dict[str, str]]:
    """Where the first mistakes are, as JSON pointers, and what they are; no value is repeated."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {"pointer": "".join(f"/{escaped(part)}" for part in one["loc"]), "detail": one["msg"]}
        for one in found[:NAMED]
    ]


def escaped(part: Any) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def known(if_none_match: str, etag: str) -> bool:
    """Whether the client has this answer already (RFC 9110, weak comparison)."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags
