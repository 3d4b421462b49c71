"""What people do in Slack: one file per story, and the pictures they are shown."""

import re

from slack_bolt import Ack, App

from handlers import (
    cases,
    freeze,
    groups,
    history,
    hold,
    home,
    menu,
    mistake,
    pause,
    release,
    syncing,
    unfreeze,
)
from handlers.desk import Desk


def register(app: App, desk: Desk) -> None:
    """Let the app listen to everything that people do."""
    stories = (
        *(menu, pause, freeze, unfreeze, release),
        *(hold, history, mistake, cases, syncing, groups, home),
    )
    for story in stories:
        story.register(app, desk)
    _leave_nothing_unanswered(app)


def _leave_nothing_unanswered(app: App) -> None:
    """Bolt answers 404 to what nobody listens to, which people see as a failure; comes last."""

    def acknowledged(ack: Ack) -> None:
        ack()

    anything = re.compile("")
    app.action(anything)(acknowledged)
    app.view(anything)(acknowledged)
    app.view_closed(anything)(acknowledged)
    app.event(anything)(acknowledged)
