"""The App Home, "Schools": look at schools, filter, search, turn pages; each for oneself."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slack_bolt import App

from handlers.desk import Desk
from handlers.listening import Click, Publish, Reply, on_button, on_options
from handlers.publishing import Visitor, publish
from handlers.sight import partners_like
from handlers.views import ids
from handlers.views.blocks import Block
from handlers.views.home import FILTERS, partner_option
from handlers.views.looking import Looking
from handlers.views.support_desk import PARTNERS

WAYS = (ids.HOME_ALL, ids.HOME_GO, ids.HOME_CLEAR, ids.HOME_BACK, ids.HOME_ON)


def register(app: App, desk: Desk) -> None:
    def opened(event: dict[str, Any]) -> None:
        desk.later(lambda: _opened(event, desk))

    app.event("app_home_opened")(opened)
    for way in WAYS:
        on_button(app, desk, way, _went)
    on_button(app, desk, ids.HOME_STATUS, _filtered)
    on_button(app, desk, ids.HOME_PARTNER, _chose_a_partner)
    on_button(app, desk, ids.HOME_SEARCH, _searched)
    on_options(app, desk, ids.HOME_PARTNER, _partners_like)


def _opened(event: dict[str, Any], desk: Desk) -> None:
    """Home as its visitor left it; the first time, and on every other tab, there is no view."""
    if event.get("tab", "home") != "home":
        return
    view = event.get("view") or {}
    packed = view.get("private_metadata")
    home = ids.Target.unpacked(packed).home if packed else ""
    looking = Looking.unpacked(home) if home else Looking()
    publish(desk, Visitor(str(event["user"])), looking, str(view.get("hash", "")))


def _went(click: Click, desk: Desk) -> Reply:
    return Publish(_looking(click))


def _filtered(click: Click, desk: Desk) -> Reply:
    status = next(iter(click.chosen), "")
    looking = _looking(click)
    return Publish(replace(looking, status=status if status in FILTERS else looking.status, page=0))


def _chose_a_partner(click: Click, desk: Desk) -> Reply:
    """Another partner begins anew: what was searched for there is of no use here."""
    return Publish(Looking(next(iter(click.chosen), "")))


def _searched(click: Click, desk: Desk) -> Reply:
    looking = _looking(click).searching(next(iter(click.chosen), ""))
    # Of the support desk, only the partners can be searched.
    return Publish(looking if looking.partner else replace(looking, part=PARTNERS))


def _partners_like(click: Click, desk: Desk) -> Sequence[Block]:
    return [partner_option(partner) for partner in partners_like(click.chosen[0], click, desk)]


def _looking(click: Click) -> Looking:
    return Looking.unpacked(click.target.home) if click.target.home else Looking()
