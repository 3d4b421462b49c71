"""Bytes of files: the address that uploads go to, and private downloads with the bot's token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.message import Message as Headers
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.practice.state import File, Store

Work = Callable[[Request], Awaitable[Response]]
Threaded = Callable[..., Awaitable[Response]]
Disturbed = Callable[[str, Request, Work], Awaitable[Response]]

SIGN_IN = "<!DOCTYPE html><html><title>Sign in | Slack</title><p>Sign in to your workspace."
LOST = "<!DOCTYPE html><html><title>File not found | Slack</title><p>This file was not found."


def uploaded(content_type: str, body: bytes) -> bytes:
    """What was sent: the body as it is, or the first part of a form; a broken form is empty."""
    headers = Headers()
    headers["Content-Type"] = content_type
    boundary = headers.get_boundary()
    if headers.get_content_type() != "multipart/form-data" or not boundary:
        return body
    part = body.partition(b"--" + boundary.encode())[2].partition(b"\r\n--" + boundary.encode())[0]
    return part.partition(b"\r\n\r\n")[2]


def as_download(file: File) -> Response:
    """The bytes, to be saved under their name."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, headers=headers, media_type="application/octet-stream")


class Files:
    """Routes for the bytes of files.

    threaded   runs what blocks in a worker thread
    disturbed  lets an `upload` or a `download` go wrong when that was ordered
    """

    def __init__(self, store: Store, threaded: Threaded, disturbed: Disturbed) -> None:
        self.store = store
        self.threaded = threaded
        self.disturbed = disturbed

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/upload/v1/{ticket}", self._uploads, methods=["POST"]),
            Route("/files-pri/{key}/{name}", self._downloads),
            Route("/files-pri/{key}/download/{name}", self._downloads),
            Route("/signin", self._sign_in),
        ]

    async def _uploads(self, request: Request) -> Response:
        return await self.disturbed("upload", request, self._upload)

    async def _downloads(self, request: Request) -> Response:
        return await self.disturbed("download", request, self._download)

    async def _upload(self, request: Request) -> Response:
        content = uploaded(request.headers.get("content-type", ""), await request.body())
        return await self.threaded(self._keep, request.path_params["ticket"], content)

    def _keep(self, ticket: str, content: bytes) -> Response:
        with self.store.lock:
            file = self.store.files.get(self.store.uploads.get(ticket, ""))
            if file is None or file.complete:
                return PlainTextResponse("upload URL not found", 404)
            # What Slack does with another length than was announced is not documented.
            if len(content) != file.length:
                return PlainTextResponse(f"{len(content)} bytes, not {file.length}", 400)
            self.store.put_file(replace(file, content=content))
        return PlainTextResponse(f"OK - {len(content)}")

    async def _download(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        wanted = request.path_params["key"].partition("-")[2]
        return await self.threaded(self._give, wanted, token, request.url.path)

    def _give(self, wanted: str, token: str, path: str) -> Response:
        with self.store.lock:
            if not self._may_read(token):
                return RedirectResponse(f"/signin?redir={quote(path, safe='')}", 302)
            file = self.store.files.get(wanted)
        if file is None or file.content is None:
            return HTMLResponse(LOST, 404)
        return as_download(file)

    def _may_read(self, token: str) -> bool:
        good = token == self.store.app.bot_token and not self.store.token_problem
        return good and "files:read" in self.store.scopes

    async def _sign_in(self, request: Request) -> Response:
        """What whoever follows the redirect takes for the file, as with Slack: HTML, and a 200."""
        return HTMLResponse(SIGN_IN)
