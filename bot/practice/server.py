"""The server: ASGI routes, connections that can be broken, and a life in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import json
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.practice import responses, webapi
from bot.practice.faults import Fault, Faults
from bot.practice.files import Files, Work
from bot.practice.sockets import Sockets
from bot.practice.state import Json, Store

T = TypeVar("T")
# An RST instead of an orderly end, so that the client sees its connection reset.
LINGER_NOT = struct.pack("ii", 1, 0)


class Breakable(H11Protocol):
    """Connections that a route can reset; found by the client's address."""

    live: dict[tuple[str, int], asyncio.Transport] = {}  # noqa: RUF012 - shared on purpose

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        if self.client is not None:
            self.live[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self.client is not None:
            self.live.pop(self.client, None)
        super().connection_lost(exc)


class Broken(Response):
    """No answer: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reset, then wait until the server has noticed."""
        transport = Breakable.live.get(tuple(scope["client"]))
        if transport is not None:
            raw = transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


async def arguments(request: Request) -> Json:
    """The arguments of a Web API call: query, form or JSON."""
    given: Json = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        parsed = json.loads(await request.body() or b"{}")
        return {**given, **parsed} if isinstance(parsed, dict) else given
    form = parse_qsl((await request.body()).decode(), keep_blank_values=True)
    return {**given, **dict(form)}


def bearer(request: Request, args: Json) -> str | None:
    """The token, from the header or the arguments."""
    header = request.headers.get("authorization", "")
    return header.removeprefix("Bearer ").strip() or args.get("token")


class Server:
    """Serves a store on loopback; `start` and `stop` as often as needed, on one port."""

    def __init__(self, store: Store, faults: Faults, sockets: Sockets, port: int) -> None:
        self.store = store
        self.faults = faults
        self.sockets = sockets
        self.port = port
        self.routes: list[BaseRoute] = [
            Route("/api/{method:path}", self._api, methods=["POST", "GET"]),
            Route("/actions/{team}/{key}", self._respond, methods=["POST"]),
            WebSocketRoute("/link/", self.sockets.serve),
            *Files(store, self.threaded, self.disturbed).routes(),
        ]
        self.loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._stopping: asyncio.Event | None = None

    def start(self) -> None:
        """Serve in a background thread; returns when connections are answered."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self.store.url = f"http://127.0.0.1:{self.port}"
        self._pool = ThreadPoolExecutor(32, thread_name_prefix="practice")
        self._server = _Server(self._config())
        serve = functools.partial(self._serve, self._server, listener)
        self._thread = threading.Thread(target=serve, name="practice-server", daemon=True)
        self._thread.start()
        if not self._server.ready.wait(10):
            raise RuntimeError("the practice workspace did not start listening")

    def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is None or self._thread is None or self._pool is None:
            return
        if self.loop is not None and self._stopping is not None:
            self.loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)
        self._pool.shutdown()
        self._server = self._thread = self.loop = None

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            Starlette(routes=self.routes),
            http=Breakable,
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
        )

    def _serve(self, server: _Server, listener: socket.socket) -> None:
        async def main() -> None:
            self.loop = asyncio.get_running_loop()
            self._stopping = asyncio.Event()
            server.stopping = self._stopping
            await server.serve(sockets=[listener])

        try:
            asyncio.run(main())
        finally:
            listener.close()

    async def threaded(self, work: Callable[..., T], *args: Any) -> T:
        """Run something that blocks in a worker thread."""
        assert self._pool is not None
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)

    async def pause(self, seconds: float, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        """Wait for so long, or until the server stops, or until `meanwhile` ends."""
        assert self._stopping is not None
        waits = [asyncio.ensure_future(self._stopping.wait()), asyncio.ensure_future(meanwhile())]
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Also when whoever waits is cancelled, as a page that is closed is.
            for task in waits:
                task.cancel()

    @property
    def stopping(self) -> bool:
        """Whether the server is on its way out."""
        return self._stopping is None or self._stopping.is_set()

    async def _api(self, request: Request) -> Response:
        name = request.path_params["method"]
        try:
            args = await arguments(request)
        except ValueError:
            return JSONResponse({"ok": False, "error": "invalid_json"})
        with self.store.lock:
            fault = self.faults.take(name, args)
        if fault is not None and fault.kind == "slow":
            await self.pause(fault.seconds, asyncio.Event().wait)
        call = functools.partial(webapi.answer, self.store, name, bearer(request, args), args)
        reply = await self.threaded(call, fault)
        if fault is None or fault.kind == "slow":
            return JSONResponse(reply.body, reply.status, reply.headers)
        return await self._misbehave(fault, request)

    async def disturbed(self, name: str, request: Request, work: Work) -> Response:
        """Answer a request that is no method, such as an upload, unless it is to go wrong."""
        with self.store.lock:
            fault = self.faults.take(name, {})
        if fault is None:
            return await work(request)
        if fault.kind == "slow":
            await self.pause(fault.seconds, asyncio.Event().wait)
            return await work(request)
        if fault.accepted:
            await work(request)
        return await self._misbehave(fault, request)

    async def _misbehave(self, fault: Fault, request: Request) -> Response:
        if fault.kind == "timeout":
            await self.pause(fault.seconds, functools.partial(gone, request))
            return Broken()
        if fault.kind == "reset":
            return Broken()
        if fault.kind == "ratelimited":
            reply = webapi.limited(fault.retry_after)
            return JSONResponse(reply.body, reply.status, reply.headers)
        if fault.kind == "error":
            return JSONResponse({"ok": False, "error": fault.error})
        if fault.kind == "html":
            page = "<!DOCTYPE html><title>Slack</title><p>Something went wrong."
            return Response(page, 200, media_type="text/html")
        return PlainTextResponse("upstream error", fault.status)

    async def _respond(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        key = request.path_params["key"]
        status, text = await self.threaded(responses.respond, self.store, key, body)
        if status == 200:
            return PlainTextResponse(text)
        return JSONResponse({"ok": False, "error": text}, status)


async def gone(request: Request) -> None:
    """Wait until the client has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class _Server(uvicorn.Server):
    """A uvicorn that says when it listens, and starts and stops without polling for it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening and tell the thread that waits."""
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Keep the Date header right until it is time to stop."""
        for tick in itertools.count():
            await self.on_tick(tick)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), 0.1)
                return

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let running answers end, for a second at most; sockets are told and closed at once."""
        for listening in self.servers:
            listening.close()
        for listener in sockets or []:
            listener.close()
        connections = self.server_state.connections
        for connection in list(connections):
            connection.shutdown()
        end = asyncio.get_running_loop().time() + 1
        while _answering(connections) and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.002)
        for connection in list(connections):
            connection.transport.close()
        await asyncio.sleep(0)


def _answering(connections: Iterable[object]) -> bool:
    """Whether an HTTP request is still being answered."""
    return any(isinstance(connection, Breakable) for connection in connections)
