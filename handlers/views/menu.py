"""The menu of one school, on the card and in Home."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from handlers.views.blocks import option
from handlers.views.ids import SCHOOL_MENU
from storage.rules.lifecycle import Status
from storage.rules.rights import Right
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

# What can be begun with a school in each status, and the right that it takes.
OFFERED: Mapping[Status, Mapping[str, Right]] = {
    Status.ACTIVE: {FREEZE: Right.FREEZE},
    Status.ACTION_NEEDED: {PAUSE: Right.PAUSE, FREEZE: Right.FREEZE, MISTAKE: Right.REPORT},
    Status.PAUSED: {FREEZE: Right.FREEZE, MISTAKE: Right.REPORT},
    Status.FROZEN: {
        UNFREEZE: Right.UNFREEZE,
        REQUEST: Right.REQUEST_UNFREEZE,
        RELEASE: Right.RELEASE,
    },
}


def choices(school: School, may: Collection[Right]) -> list[str]:
    """What somebody with these rights can begin with a school; its history always."""
    offered = [choice for choice, right in OFFERED[school.status].items() if right in may]
    if UNFREEZE in offered:
        # Who may unfreeze has nobody to ask.
        offered = [choice for choice in offered if choice != REQUEST]
    if school.status is Status.FROZEN and Right.FREEZE in may and RELEASE not in offered:
        # Who may not release anybody asks support to do it.
        offered.append(RELEASE)
    if Right.LINK in may and not school.present:
        offered.append(LINK)
    return [*offered, HISTORY]


def school_menu(school: School, choices: Sequence[str]) -> dict[str, Any]:
    """An overflow menu. Its options carry our key of the school: the source's id may be long."""
    options = [
        option(LABELS[choice], f"{choice}:{school.key}:{school.version}") for choice in choices
    ]
    return {"type": "overflow", "action_id": SCHOOL_MENU, "options": options}
