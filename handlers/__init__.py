"""What people do in Slack: one file per story, and the pictures they are shown."""

from slack_bolt import App

from handlers import (
    cases,
    channels,
    commands,
    freeze,
    groups,
    history,
    hold,
    home,
    link,
    match,
    menu,
    mistake,
    pause,
    release,
    review,
    syncing,
    unfreeze,
    unheard,
    upload,
)
from handlers.desk import Desk


def register(app: App, desk: Desk) -> None:
    """Let the app listen to everything that people do."""
    stories = (
        *(menu, pause, review, freeze, unfreeze, release, link, match),
        *(hold, history, mistake, cases, syncing, groups, channels, home),
        *(commands, upload),
    )
    for story in stories:
        story.register(app, desk)
    unheard.register(app, desk)
