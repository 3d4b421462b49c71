"""The menu of one school, on the card and in Home."""

from collections.abc import Sequence
from typing import Any

from handlers.views.blocks import option
from handlers.views.ids import SCHOOL_MENU
from storage.schools import School

# What a menu can offer, and how it reads; Slack shows one to five of them.
PAUSE, FREEZE, UNFREEZE, REQUEST = "pause", "freeze", "unfreeze", "request"
MISTAKE, HISTORY, LINK, RELEASE = "mistake", "history", "link", "release"

LABELS = {
    PAUSE: "Pause",
    FREEZE: "Freeze…",
    UNFREEZE: "Unfreeze…",
    REQUEST: "Request unfreeze…",
    MISTAKE: "This is a mistake…",
    HISTORY: "History",
    LINK: "Link with the new school…",
    RELEASE: "Release accounts…",
}


def school_menu(school: School, choices: Sequence[str]) -> dict[str, Any]:
    """An overflow menu. Its options carry our key of the school: the source's id may be long."""
    options = [
        option(LABELS[choice], f"{choice}:{school.key}:{school.version}") for choice in choices
    ]
    return {"type": "overflow", "action_id": SCHOOL_MENU, "options": options}
