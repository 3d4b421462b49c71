"""The JSON behind the page, and the same workspace for another process, under `/practice/`.

GET  /practice/screen?person=&channel=&thread=   what one person sees
GET  /practice/stream                            server-sent events: a number at every change
GET  /practice/file/{id}?person=                 a file that this person may see
POST /practice/file?person=&name=                a person chooses a file in a modal: its bytes
POST /practice/act/{verb}                        a person acts: the page's own calls
POST /practice/control/{verb}                    the workspace's owner acts or looks

A POST takes a JSON object with the arguments of the function of that name, and answers
`{"ok": true, "result": …}`, or `{"ok": false, "error": sentence}` with status 400. Bytes are
base64 in a result.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import functools
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.practice import shapes
from bot.practice.errors import NotThere
from bot.practice.files import as_download
from bot.practice.screen import screen
from bot.practice.state import Json, Message, View

if TYPE_CHECKING:
    from bot.practice.workspace import Workspace

PAGE = Path(__file__).parent / "page"
FILES = (
    "page.css",
    "page.js",
    "mrkdwn.js",
    "blocks.js",
    "dialogs.js",
    "dom.js",
    "signs.js",
    "lock.svg",
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
SAFE = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# What another process may call; the names and arguments are those of Workspace.
OWNER = (
    "add_channel",
    "add_group",
    "add_person",
    "archive",
    "calls_of",
    "calm",
    "change_group",
    "command",
    "direct_messages",
    "disable_group",
    "disturb",
    "ephemerals",
    "files_shared_with",
    "history",
    "join",
    "leave",
    "misbehave",
    "notices",
    "open_home",
    "open_view",
    "paid_plan",
    "refuse_posts",
    "revoke",
    "say",
    "set_scopes",
    "unarchive",
    "unreadable_group",
    "verify_request_url",
)


def plain(value: Any) -> Any:
    """A result as JSON."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return sorted(value) if isinstance(value, set) else value


class Control:
    """Routes of the page and of the control endpoint."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = workspace.store
        self.acts: dict[str, Callable[[Json], Any]] = {
            "click": self._click,
            "options": self._options,
            "submit": self._submit,
            "close": self._close,
            "command": lambda a: workspace.command(a["line"], by=a["by"], channel=a["channel"]),
            "say": self._say,
            "home": lambda a: workspace.open_home(a["by"], a.get("tab", "home")) is not None,
            "direct": lambda a: self._direct(a["by"]),
            "read": lambda a: self._read(a["by"], a["channel"], a["ts"]),
            "run": lambda a: workspace.page_actions[a["label"]](),
        }

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/", self._index),
            Route("/favicon.ico", self._no_icon),
            Route("/practice/page/{name}", self._file),
            Route("/practice/screen", self._screen),
            Route("/practice/stream", self._stream),
            Route("/practice/file", self._upload, methods=["POST"]),
            Route("/practice/file/{id}", self._download),
            Route("/practice/act/{verb}", self._act, methods=["POST"]),
            Route("/practice/control/{verb}", self._control, methods=["POST"]),
        ]

    async def _index(self, request: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers=SAFE)

    async def _no_icon(self, request: Request) -> Response:
        return Response(status_code=204)

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            return Response(status_code=404)
        return FileResponse(PAGE / name, headers=SAFE)

    async def _screen(self, request: Request) -> Response:
        if not self._from_here(request):
            return JSONResponse({"ok": False, "error": "not from this page"}, 403)
        query = request.query_params
        seen = await self.workspace.server.threaded(
            self._seen, query.get("person", ""), query.get("channel", ""), query.get("thread", "")
        )
        return JSONResponse(seen, headers=SAFE)

    def _seen(self, person: str, channel: str, thread: str) -> Json:
        with self.store.lock:
            shown = screen(self.store, person, channel, thread)
        labels = list(self.workspace.page_actions)
        minutes = round((self.store.clock() - time.time()) / 60)
        told = {"headline": self.workspace.headline, "ahead": minutes * 60}
        return {**shown, **told, "actions": labels}

    async def _stream(self, request: Request) -> Response:
        return StreamingResponse(self._pulses(), media_type="text/event-stream", headers=SAFE)

    async def _pulses(self) -> AsyncIterator[str]:
        moved, loop = asyncio.Event(), asyncio.get_running_loop()

        def listener() -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(moved.set)

        self.store.listeners.append(listener)
        try:
            while not self.workspace.server.stopping:
                moved.clear()
                # A page that lost us looks again after half a second.
                yield f"retry: 500\ndata: {self.store.generation}\n\n"
                await self.workspace.server.pause(15, moved.wait)
        finally:
            self.store.listeners.remove(listener)

    async def _upload(self, request: Request) -> Response:
        query = request.query_params
        content = await request.body()
        if not self._from_here(request):
            return JSONResponse({"ok": False, "error": "not from this page"}, 403)
        return await self._answered(
            self._chosen, query.get("name", ""), content, query.get("person", "")
        )

    def _chosen(self, name: str, content: bytes, person: str) -> Json:
        return shapes.file(self.store, self.workspace.upload(name, content, by=person))

    async def _download(self, request: Request) -> Response:
        wanted, person = request.path_params["id"], request.query_params.get("person", "")
        if not self._from_here(request):
            return Response(status_code=403)
        return await self.workspace.server.threaded(self._given, wanted, person)

    def _given(self, wanted: str, person: str) -> Response:
        with contextlib.suppress(NotThere):
            for file in self.workspace.files_shared_with(person):
                if file.id == wanted:
                    return as_download(file)
        return Response(status_code=404)

    def _from_here(self, request: Request) -> bool:
        """Only this page and local programs, never another site's script or a rebound name."""
        host = request.headers.get("host", "")
        origin = request.headers.get("origin")
        local = host.split(":")[0] in ("127.0.0.1", "localhost")
        return local and origin in (None, f"http://{host}")

    async def _act(self, request: Request) -> Response:
        return await self._call(request, self.acts.get(request.path_params["verb"]))

    async def _control(self, request: Request) -> Response:
        verb = request.path_params["verb"]
        work = functools.partial(self._owner, verb) if verb in OWNER else self.acts.get(verb)
        return await self._call(request, work)

    def _owner(self, verb: str, args: Json) -> Any:
        result = getattr(self.workspace, verb)(**args)
        return None if verb == "open_home" else result

    async def _call(self, request: Request, work: Callable[[Json], Any] | None) -> Response:
        json_sent = request.headers.get("content-type", "").startswith("application/json")
        if work is None or not json_sent or not self._from_here(request):
            return JSONResponse({"ok": False, "error": "not a call of this page"}, 403)
        try:
            args = await request.json()
        except ValueError as error:
            return JSONResponse({"ok": False, "error": str(error)}, 400)
        return await self._answered(work, args)

    async def _answered(self, work: Callable[..., Any], *args: Any) -> Response:
        """What comes of it, as the page and other processes are told."""
        try:
            result = await self.workspace.server.threaded(work, *args)
        except (NotThere, KeyError, TypeError, ValueError) as error:
            return JSONResponse({"ok": False, "error": str(error)}, 400)
        return JSONResponse({"ok": True, "result": plain(result)}, headers=SAFE)

    def _place(self, args: Json) -> Message | View:
        """The message or view an act is about. Raises NotThere."""
        with self.store.lock:
            if args.get("view_id"):
                return self._view(args["view_id"])
            message = self.store.message(args["channel"], args["ts"])
        if message is None:
            raise NotThere("that message is gone")
        return message

    def _view(self, view_id: str) -> View:
        with self.store.lock:
            view = self.store.view(view_id)
        if view is None:
            raise NotThere("that view is closed")
        return view

    def _click(self, args: Json) -> Any:
        return self.workspace.click(
            self._place(args),
            args.get("what"),
            by=args["by"],
            block_id=args.get("block_id"),
            value=args.get("value"),
            near=args.get("near"),
            values=args.get("values"),
        )

    def _options(self, args: Json) -> list[Json]:
        place, query = self._place(args), args.get("query", "")
        return self.workspace.options(place, args["what"], by=args["by"], query=query)

    def _submit(self, args: Json) -> Any:
        view = self._view(args["view_id"])
        return self.workspace.submit(view, args.get("values"), by=args["by"])

    def _close(self, args: Json) -> Any:
        return self.workspace.close(self._view(args["view_id"]), by=args["by"])

    def _say(self, args: Json) -> Message:
        thread = args.get("thread_ts") or None
        return self.workspace.say(
            args["text"], by=args["by"], channel=args["channel"], thread_ts=thread
        )

    def _direct(self, by: str) -> str:
        with self.store.lock:
            channel = self.store.direct(self.store.person(by).id)
            self.store.changed()
            return channel.id

    def _read(self, by: str, channel: str, ts: str) -> None:
        with self.store.lock:
            key = (self.store.person(by).id, channel)
            if float(ts) > float(self.store.read.get(key, "0")):
                self.store.read[key] = ts
                self.store.changed()
