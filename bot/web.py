"""HTTP: Slack's requests, and what a load balancer asks."""

from collections.abc import Callable, Mapping, Sequence

from anyio import fail_after
from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

# What is checked, by name: None when it is well, else what is wrong.
Health = Callable[[], Mapping[str, str | None]]
# What is wrong besides, and no reason to send anybody elsewhere.
Notices = Callable[[], Sequence[str]]

# Far more than Slack ever sends; what is larger is read by nobody.
SLACK_BYTES = 4_000_000
# Whoever takes longer to send a body does not wait for the answer any more.
BODY_SECONDS = 30.0


def web(
    bolt: App,
    health: Health,
    notices: Notices,
    *,
    takes_slack: bool,
    doors: Sequence[BaseRoute] = (),
) -> Starlette:
    """`takes_slack` is False in Socket Mode, where nothing here would be signed.

    `doors` are the routes of the product and of locked people. All routes see the path as sent.
    """

    async def slack(request: Request) -> Response:
        # Bolt's own adapter runs the app on the event loop, one request at a time.
        bolt_request = BoltRequest(
            body=(await body_of(request, SLACK_BYTES)).decode("utf-8", "replace"),
            query=request.url.query,
            headers=dict(request.headers),
        )
        answer = await run_in_threadpool(bolt.dispatch, bolt_request)
        return Response(answer.body, answer.status, answer.first_headers_without_set_cookie())

    async def ready(_: Request) -> Response:
        checks = await run_in_threadpool(health)
        well = not any(checks.values())
        told = {name: trouble or "ok" for name, trouble in checks.items()}
        besides = list(await run_in_threadpool(notices))
        answer = {"ready": well, "checks": told, "notices": besides}
        return JSONResponse(answer, 200 if well else 503)

    async def live(_: Request) -> Response:
        return PlainTextResponse("ok")

    routes = [
        Route("/health/live", live),
        Route("/health/ready", ready),
        *doors,
    ]
    if takes_slack:
        routes.append(Route("/slack/events", slack, methods=["POST"]))
    site = Starlette(routes=routes, middleware=[Middleware(AsSent)])
    # It would send people to whatever host the request names.
    site.router.redirect_slashes = False
    return site


async def body_of(request: Request, most: int) -> bytes:
    """The body, of up to `most` bytes.

    Raises HTTPException: 413 when it is larger, 408 when it does not come, 400 when it breaks off.
    """
    body = bytearray()
    try:
        with fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise HTTPException(413)
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400) from None
    return bytes(body)


class AsSent:
    """Routes by the path as it was sent: an id in it may hold anything, also slashes, encoded."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes | None = scope.get("raw_path")
        sent = {**scope, "path": raw.decode("latin-1")} if raw else scope
        await self.app(sent, receive, send)
