"""`docs/refusals.md`, made of the sentences in the code: `python -m bot.rosters.refusals`."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.rosters.faults import THEMES, NoBatch, RosterFault, Unread

PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"

_HEAD = """# Why a roster was not taken over

Made from the code; after a change there, make it anew with `python -m bot.rosters.refusals`.

Each cause has a code and one sentence of its own, which `recess runs list`, the cards in Slack and
the report beside a rejected batch show. What stands in ‹› is filled in: files, lines, columns, ids.
A run that ends like this changes no school and no account.
"""
_NOTHING_NEW = (
    "## Nothing new: the run is skipped",
    "The source itself says that there is nothing to compare. Nobody is told at once; of a drop "
    "folder, people are told after three such nights.",
)
_FAULTY = (
    "## The feed is at fault: the run failed",
    "Never taken as a sign that a school or a person left. A cause with ↻ may pass by itself: the "
    "night is tried again after 10, 30 and 90 minutes, and people are told when the last of these "
    "failed too. Every other one needs somebody to act, and is told at once.",
)
_GAP = re.compile(r"\{(\w+)\}")


def page() -> str:
    """The whole document."""
    nothing: list[type[Unread]] = [NoBatch, *NoBatch.__subclasses__()]
    parts = [_HEAD, *_NOTHING_NEW, _table(nothing), *_FAULTY, *_groups()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _groups() -> Iterator[str]:
    for group in THEMES:
        yield f"### {_summary(group)}"
        yield _table([kind for kind in RosterFault.every() if issubclass(kind, group)])


def _table(causes: Sequence[type[Unread]]) -> str:
    rows = "\n".join(map(_row, causes))
    return f"| Code | What happened | What to do |\n|---|---|---|\n{rows}"


def _row(cause: type[Unread]) -> str:
    happened, remedy = _GAP.sub(r"‹\1›", cause.sentence).replace("|", "\\|").split(". ", 1)
    again = " ↻" if getattr(cause, "again", False) else ""
    return f"| `{cause.code}`{again} | {happened}. | {remedy} |"


def _summary(group: type[RosterFault]) -> str:
    return (group.__doc__ or group.__name__).splitlines()[0].rstrip(".")


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), "utf-8")
