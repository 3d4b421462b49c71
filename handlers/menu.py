"""The menu of a school, on the card, in Home and in lists: which story each choice begins."""

from collections.abc import Mapping

from slack_bolt import App

from handlers import freeze, history, link, mistake, release, review, unfreeze
from handlers.desk import Desk
from handlers.listening import Listener, on_menu
from handlers.views import ids, menu

STORIES: Mapping[str, Listener] = {
    menu.PAUSE: review.pause_pressed,
    menu.FREEZE: freeze.pressed,
    menu.UNFREEZE: unfreeze.unfreeze_pressed,
    menu.REQUEST: unfreeze.request_pressed,
    menu.RELEASE: release.release_pressed,
    menu.LINK: link.pressed,
    menu.MISTAKE: mistake.pressed,
    menu.HISTORY: history.history_opened,
}


def register(app: App, desk: Desk) -> None:
    on_menu(app, desk, ids.SCHOOL_MENU, STORIES)
