"""HTTP: Slack's requests, and what a load balancer asks."""

from collections.abc import Callable, Mapping, Sequence

from slack_bolt import App, BoltRequest
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

# What is checked, by name: None when it is well, else what is wrong.
Health = Callable[[], Mapping[str, str | None]]
# What is wrong besides, and no reason to send anybody elsewhere.
Notices = Callable[[], Sequence[str]]


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
            body=(await request.body()).decode("utf-8", "replace"),
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
    return Starlette(routes=routes, middleware=[Middleware(AsSent)])


class AsSent:
    """Routes by the path as it was sent: an id in it may hold anything, also slashes, encoded."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes | None = scope.get("raw_path")
        sent = {**scope, "path": raw.decode("latin-1")} if raw else scope
        await self.app(sent, receive, send)
