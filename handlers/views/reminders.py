"""Reminders: short, with a link to the card where it can be decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from handlers.sentences import counted, listed, school_title
from handlers.views.blocks import Picture, escaped, section, shortened
from storage.cases import Case
from storage.partners import Partner
from storage.rules.reminders import OF_SCHOOLS
from storage.runs import Run
from storage.schools import School

NAMED, LONGEST, REASON = 5, 80, 300

Verb = Literal["Unfreeze", "Release accounts of"]


@dataclass(frozen=True)
class Waiting:
    """A school that needs a decision, for so many days."""

    school: School
    days: int


@dataclass(frozen=True)
class OpenCase:
    """A case that support has not closed. `link` leads to its card."""

    case: Case
    school: School
    link: str | None
    now: datetime


@dataclass(frozen=True)
class Wish:
    """What somebody wants support to do with a school, for so many days."""

    verb: Verb
    school: School
    name: str
    days: int
    link: str | None


def undecided(partner: Partner, waiting: Sequence[Waiting], card: str | None) -> Picture:
    """For the partner's channel."""
    count = counted(len(waiting), "school still needs", "schools still need")
    text = (
        f"{_name(partner)}: {count} a decision: {_schools(waiting)}. "
        "Pause or freeze, or say that it is a mistake."
    )
    if max(one.days for one in waiting) >= OF_SCHOOLS[-1]:
        text += " The support team is told next."
    return _picture(":alarm_clock:", text, card, "Open the card")


def escalated(partner: Partner, waiting: Sequence[Waiting], card: str | None) -> Picture:
    """For support, once the partner was reminded in vain."""
    count = counted(len(waiting), "school", "schools")
    days = listed([str(day) for day in OF_SCHOOLS])
    text = (
        f"{_name(partner)} has not decided about {count}: {_schools(waiting)}. "
        f"<#{partner.channel}> was reminded after {days} days; now it is with the support team."
    )
    return _picture(":rotating_light:", text, card, "Open the card")


def open_cases(partner: Partner, cases: Sequence[OpenCase]) -> Picture:
    """For support alone: while a case is open, the partner waits for them."""
    count = counted(len(cases), "report of a mistake waits", "reports of a mistake wait")
    named = [(_reported(one), one.link) for one in cases[:NAMED]]
    return _listing(f"{_name(partner)}: {count} for an answer", named, len(cases))


def held(partner: Partner, run: Run, days: int, card: str | None) -> Picture:
    text = (
        f"The roster of {_name(partner)} is held {_for(days)}: "
        f"{escaped(shortened(run.reason, REASON))} Nothing is taken over until somebody decides."
    )
    return _picture(":raised_hand:", text, card, "Decide on its card")


def wishes(partner: Partner, waiting: Sequence[Wish]) -> Picture:
    """For support: what only they can do, and somebody asked for."""
    count = counted(len(waiting), "request waits", "requests wait")
    named = [(_wished(one), one.link) for one in waiting[:NAMED]]
    return _listing(f"{_name(partner)}: {count} for the support team", named, len(waiting))


def _listing(head: str, named: Sequence[tuple[str, str | None]], count: int) -> Picture:
    """What waits, each leading to its card; the plain text does without links."""
    plainly = _few([words for words, _ in named], count)
    linked = _few([_linked(words, link) for words, link in named], count)
    return Picture(f"{head}: {plainly}.", [section(f":alarm_clock: {head}: {linked}.")])


def _reported(one: OpenCase) -> str:
    by = escaped(shortened(one.case.reports[0].name, LONGEST))
    return f"{_title(one.school)}, reported by {by} {_ago((one.now - one.case.opened_at).days)}"


def _wished(wish: Wish) -> str:
    by = escaped(shortened(wish.name, LONGEST))
    return f"{wish.verb} {_title(wish.school)}, asked for by {by} {_ago(wish.days)}"


def _name(partner: Partner) -> str:
    return escaped(shortened(partner.name, LONGEST))


def _title(school: School) -> str:
    return escaped(shortened(school_title(school), LONGEST))


def _schools(waiting: Sequence[Waiting]) -> str:
    named = [f"{_title(one.school)} {_for(one.days)}" for one in waiting[:NAMED]]
    return _few(named, len(waiting))


def _few(named: Sequence[str], count: int) -> str:
    return listed([*named, f"{count - len(named):,} more"] if count > len(named) else named)


def _for(days: int) -> str:
    return f"for {counted(days, 'day')}"


def _ago(days: int) -> str:
    return f"{counted(days, 'day')} ago"


def _linked(text: str, link: str | None) -> str:
    return f"<{link}|{text}>" if link else text


def _picture(mark: str, text: str, link: str | None, label: str) -> Picture:
    there = f" <{link}|{label}>" if link else ""
    return Picture(text, [section(f"{mark} {text}{there}")])
