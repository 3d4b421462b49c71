"""What people do in Slack: one file per story, and the pictures they are shown."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from slack_bolt import App

    from handlers.desk import Desk


def register(app: "App", desk: "Desk") -> None:
    """Let the app listen to everything that people do."""
    # Imported when somebody listens: a command that needs one sentence of ours loads no Bolt.
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

    stories = (
        *(menu, pause, review, freeze, unfreeze, release, link, match),
        *(hold, history, mistake, cases, syncing, groups, channels, home),
        *(commands, upload),
    )
    for story in stories:
        story.register(app, desk)
    unheard.register(app, desk)
