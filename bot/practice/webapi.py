"""One Web API call, from its token to its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.practice.errors import Refused
from bot.practice.faults import Fault
from bot.practice.methods import METHODS, Args
from bot.practice.state import Call, Json, Store

APP_METHODS = ("apps.connections.open",)


@dataclass(frozen=True)
class Reply:
    """Status, headers and body of one answer."""

    body: Json
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


def check_token(store: Store, name: str, token: str | None) -> None:
    """Refuse a missing, unknown, wrong-kind or switched-off token."""
    if not token:
        raise Refused("not_authed")
    wanted, other = store.app.bot_token, store.app.app_token
    if name in APP_METHODS:
        wanted, other = other, wanted
    if token == other:
        raise Refused("not_allowed_token_type")
    if token != wanted:
        raise Refused("invalid_auth")
    if store.token_problem and name not in APP_METHODS:
        raise Refused(store.token_problem)


def limited(seconds: int) -> Reply:
    """Slack's 429."""
    return Reply({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})


def attempt(store: Store, name: str, token: str | None, args: Json) -> Reply:
    """Do what a call asks, or say in Slack's words why not."""
    try:
        check_token(store, name, token)
        method = METHODS.get(name)
        if method is None:
            raise Refused("unknown_method", req_method=name)
        if method.scopes:
            store.need(*method.scopes)
        wait = store.pace.wait(name, str(args.get("channel", "")))
        if wait:
            return limited(wait)
        return Reply({"ok": True, **method.run(store, Args(args))})
    except Refused as refused:
        return Reply(refused.json())


def answer(
    store: Store, name: str, token: str | None, args: Json, fault: Fault | None = None
) -> Reply:
    """Answer a call and log it.

    A fault that comes before Slack accepts is logged with an empty answer; the caller then
    misbehaves instead of answering.
    """
    with store.lock:
        before = fault is not None and not fault.accepted and fault.kind != "slow"
        reply = Reply({}, 0) if before else attempt(store, name, token, args)
        if store.scopes and reply.status == 200:
            reply.headers["X-OAuth-Scopes"] = ",".join(sorted(store.scopes))
        logged = {key: value for key, value in args.items() if key != "token"}
        store.calls.append(
            Call(
                number=len(store.calls) + 1,
                method=name,
                args=logged,
                at=store.clock(),
                answer=reply.body,
                status=reply.status,
                fault=fault.name if fault else None,
            )
        )
        store.changed()
        return reply
