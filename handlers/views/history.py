"""The history of one school: every transition, newest first, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.sentences import STATUS_WORDS, counted, school_title
from handlers.views.blocks import (
    Block,
    actions,
    button,
    context,
    escaped,
    modal,
    quoted,
    section,
    when,
)
from handlers.views.ids import HISTORY_NEWER, HISTORY_OLDER, Target
from storage.cards import Reported
from storage.releases import LetIn, ReleaseRequest
from storage.rules.lifecycle import Event
from storage.schools import School, Transition
from storage.unfreezes import Unfreeze

ON_A_PAGE = 20
# Of one freeze, each with its reason.
RELEASES_SHOWN = 3

# A sync is named as who did it.
_ROADS = {"slack": ", in Slack", "cli": ", on the command line", "sync": ""}
_EVENTS = {
    Event.SHARED: "shared",
    Event.WENT_MISSING: "missing from the roster",
    Event.PAUSED: "paused",
    Event.FROZEN: "frozen",
    Event.UNFROZEN: "unfrozen",
    Event.UNFROZEN_WHILE_MISSING: "unfrozen while missing",
    Event.REPORTED: "reported as a mistake",
    Event.LINKED: "linked with the school it was re-created as",
}


@dataclass(frozen=True)
class Past:
    """`rows` is one page of `total` transitions; `page` counts from 0."""

    school: School
    rows: Sequence[Transition]
    page: int
    total: int
    unfreeze: Unfreeze | None
    reported: Reported | None
    # What support was asked to do with a Frozen school short of unfreezing it, and what it did.
    wish: ReleaseRequest | None
    released: Sequence[LetIn]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // ON_A_PAGE))


def history_form(target: Target, past: Past) -> Block:
    blocks = [section(f"*{escaped(school_title(past.school))}*\n{_now(past)}"), *_open(past)]
    blocks += [section(_line(row, past.released)) for row in past.rows[:ON_A_PAGE]]
    return modal("history", "History", [*blocks, *_pager(target, past)], target.packed(), None)


def _now(past: Past) -> str:
    school = past.school
    return f"{STATUS_WORDS[school.status]} since {when(school.since)}"


def _open(past: Past) -> list[Block]:
    """What waits for the support team."""
    lines = []
    if past.unfreeze is not None:
        first = past.unfreeze.askers[0]
        asked = f"{escaped(first.name)} asked to unfreeze it {when(first.at)}"
        lines.append(f":hourglass: {asked}; the support team decides.")
    if past.wish is not None:
        asked = f"{escaped(past.wish.asked_name)} asked to release accounts"
        lines.append(f":hourglass: {asked} {when(past.wish.asked_at)}; the support team decides.")
    if past.reported is not None:
        lines.append(f":speech_balloon: {reported(past.reported)}")
    return [context("\n".join(lines))] if lines else []


def let_in(released: int, people: int) -> str:
    """Of a Frozen school, whom it does not lock."""
    verb = "is" if released == 1 else "are"
    return f"{released:,} of its {counted(people, 'account')} {verb} released by the support team."


def reported(case: Reported) -> str:
    """As in "Reported as a mistake by Ana Flores and 2 others …", and whether support answered."""
    others = {0: "", 1: " and one other"}.get(case.others, f" and {case.others:,} others")
    answer = "the support team answers"
    if case.answered is not None and case.answered_at is not None:
        answer = f"{escaped(case.answered)} of the support team answered {when(case.answered_at)}"
    return f"Reported as a mistake by {escaped(case.name)}{others} {when(case.at)}; {answer}."


def _line(row: Transition, released: Sequence[LetIn]) -> str:
    """A freeze, with those whom support let in again while it held."""
    before = f"{STATUS_WORDS[row.from_status]} → " if row.from_status else ""
    what = _EVENTS[row.event] if row.from_status else "first seen"
    road = _ROADS.get(row.via, f", by {escaped(row.via)}")
    line = f"*{before}{STATUS_WORDS[row.to_status]}* {when(row.at)}\n{what} · "
    line += f"{escaped(row.actor_name)}{road}"
    return "\n".join([line + quoted(row.reason), *_released(row, released)])


def _released(row: Transition, released: Sequence[LetIn]) -> list[str]:
    mine = [one for one in released if one.version == row.version]
    more = len(mine) - RELEASES_SHOWN
    lines = [
        f":unlock: {escaped(one.by_name)} released {counted(one.accounts, 'account')} "
        f"{when(one.at)}{quoted(one.reason)}"
        for one in mine[:RELEASES_SHOWN]
    ]
    return lines + ([f"…and released accounts {counted(more, 'more time')}"] if more > 0 else [])


def _pager(target: Target, past: Past) -> list[Block]:
    if past.pages == 1:
        return []
    turns = []
    if past.page > 0:
        turns.append(button("Newer", HISTORY_NEWER, target.on_page(past.page - 1).packed()))
    if past.page < past.pages - 1:
        turns.append(button("Older", HISTORY_OLDER, target.on_page(past.page + 1).packed()))
    return [context(f"Page {past.page + 1:,} of {past.pages:,}"), actions("turn", *turns)]
