"""A practice workspace: a small Slack that enforces Slack's rules, for the demo and the tests.

It is a server of its own: it knows nothing of the rest of this program, and what it shows comes
only from what it was told through Slack's protocol.
"""

from bot.practice.dispatch import Answer, Delivery
from bot.practice.errors import NotThere
from bot.practice.faults import Disturbance, Fault
from bot.practice.state import (
    App,
    Call,
    Channel,
    File,
    Group,
    Message,
    Notice,
    Person,
    Upload,
    View,
)
from bot.practice.workspace import Workspace

__all__ = [
    "Answer",
    "App",
    "Call",
    "Channel",
    "Delivery",
    "Disturbance",
    "Fault",
    "File",
    "Group",
    "Message",
    "NotThere",
    "Notice",
    "Person",
    "Upload",
    "View",
    "Workspace",
]
