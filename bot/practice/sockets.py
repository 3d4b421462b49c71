"""Socket Mode: up to ten open sockets, each envelope to any one of them, an ack for each."""

from __future__ import annotations

import asyncio
import itertools
import json
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAck
from dataclasses import dataclass

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.practice.limits import SOCKETS
from bot.practice.state import Json, Store


@dataclass(frozen=True)
class Ack:
    """An envelope's answer: the payload as JSON (empty when there is none), or a problem."""

    body: str = ""
    problem: str | None = None


class Sockets:
    """The app's open sockets."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.open: list[WebSocket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, Future[str]] = {}
        self._turn = itertools.count()

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from hello to its end. The ticket is good for one."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self.store.tickets or len(self.open) >= SOCKETS:
            await socket.close(1008)
            return
        self.store.tickets.discard(ticket)
        await socket.accept()
        self._loop = asyncio.get_running_loop()
        await socket.send_text(json.dumps(self._hello()))
        self._enter(socket)
        try:
            while True:
                self._hear(await socket.receive_text())
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._leave(socket)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self.open) + 1,
            "debug_info": {
                "host": "applink-practice",
                "build_number": 1,
                "approximate_connection_time": 18060,
            },
            "connection_info": {"app_id": self.store.app.app_id},
        }

    def _enter(self, socket: WebSocket) -> None:
        with self.store.lock:
            self.open.append(socket)
            self.store.changed()

    def _leave(self, socket: WebSocket) -> None:
        with self.store.lock:
            if socket in self.open:
                self.open.remove(socket)
            self.store.changed()

    def _hear(self, text: str) -> None:
        try:
            said = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.pop(said.get("envelope_id", ""), None)
        if waiting is not None:
            payload = said.get("payload")
            waiting.set_result(json.dumps(payload) if payload else "")

    def send(
        self, kind: str, payload: Json, number: int, reason: str | None, seconds: float
    ) -> Ack:
        """Send one envelope and wait for its ack. Not to be called on the event loop."""
        with self.store.lock:
            sockets = list(self.open)
            envelope_id = self.store.ids.new("")
        if not sockets or self._loop is None:
            return Ack(problem="connection_failed")
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason or ""}
        socket = sockets[next(self._turn) % len(sockets)]
        return self._exchange(socket, envelope_id, json.dumps(envelope), seconds)

    def _exchange(self, socket: WebSocket, envelope_id: str, text: str, seconds: float) -> Ack:
        assert self._loop is not None
        answer: Future[str] = Future()
        self._waiting[envelope_id] = answer
        sending = asyncio.run_coroutine_threadsafe(socket.send_text(text), self._loop)
        try:
            sending.result(seconds)
            return Ack(answer.result(seconds))
        except NoAck:
            return Ack(problem="http_timeout")
        except (OSError, RuntimeError, WebSocketDisconnect):
            return Ack(problem="connection_failed")
        finally:
            self._waiting.pop(envelope_id, None)

    async def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask every client to reconnect, as Slack does now and then, and close."""
        for socket in list(self.open):
            notice = {"type": "disconnect", "reason": reason, "debug_info": {"host": "practice"}}
            try:
                await socket.send_text(json.dumps(notice))
                await socket.close()
            except (RuntimeError, WebSocketDisconnect):
                self._leave(socket)
