"""The weekly digest: one line for each thing that is open, and how many more there are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.sentences import counted, listed
from handlers.views.blocks import Block, Picture, context, escaped, section, shortened
from handlers.views.other_roads import speechless
from storage.overview import Failing, Held, Line, Silent, Wish

LINES, NAME, REASON = 5, 60, 120


@dataclass(frozen=True)
class Week:
    """What is open on a Monday morning, each the oldest first; no retired partner is in it."""

    partners: Sequence[Line]
    holds: Sequence[Held]
    failing: Sequence[Failing]
    unfreezes: Sequence[Wish]
    releases: Sequence[Wish]
    cases: Sequence[Wish]
    silent: Sequence[Silent]
    now: datetime


def digest(week: Week) -> Picture:
    waiting = [line for line in week.partners if line.decisions]
    decisions = sum(line.decisions for line in waiting)
    requests = len(week.unfreezes) + len(week.releases)
    tally = {
        f"{counted(decisions, 'school')} to decide": decisions,
        f"{counted(len(week.holds), 'roster')} held": len(week.holds),
        f"{counted(len(week.failing), 'source')} failing": len(week.failing),
        f"{counted(requests, 'request')} to answer": requests,
        f"{counted(len(week.cases), 'report')} of a mistake": len(week.cases),
        f"{counted(len(week.silent), 'channel')} that cannot be written to": len(week.silent),
    }
    told = [words for words, count in tally.items() if count]
    partners = counted(len(week.partners), "partner")
    if not told:
        text = f"Nothing is open this week: {partners}, and nobody waits for anything."
        return Picture(text, [section(f":sunny: {text}")])
    text = f"Open this week, of {partners}: {listed(told)}."
    return Picture(text, [section(f":calendar: *{text}*"), *_sections(week, waiting)])


def _sections(week: Week, waiting: Sequence[Line]) -> list[Block]:
    parts = [
        *_part("Schools to decide", [_decisions(line) for line in waiting]),
        *_part("Rosters that are held", [_held(held, week.now) for held in week.holds]),
        *_part("Sources that fail", [_failing(failing, week.now) for failing in week.failing]),
        *_part("Requests", [*_unfreezes(week), *_releases(week)]),
        *_part("Reported as a mistake", [_wish(wish, week.now) for wish in week.cases]),
        *_part("Channels that cannot be written to", [_silent(s, week.now) for s in week.silent]),
    ]
    return [*parts, context("Home has all of it.")]


def _part(title: str, lines: Sequence[str]) -> Iterable[Block]:
    if not lines:
        return
    more = [f"…and {len(lines) - LINES:,} more"] if len(lines) > LINES else []
    yield section("\n".join([f"*{title}*", *(f"• {line}" for line in lines[:LINES]), *more]))


def _decisions(line: Line) -> str:
    return f"{_short(line.name)}: {counted(line.decisions, 'school')}"


def _held(held: Held, now: datetime) -> str:
    since = f" {_since(held.at, now)}" if held.at else ""
    reason = "uploaded, and not applied yet" if held.preview else _short(held.reason, REASON)
    return f"{_linked(_short(held.partner_name), held.link)}{since}: {reason}"


def _failing(failing: Failing, now: datetime) -> str:
    since = f" {_since(failing.since, now)}" if failing.since else ""
    return f"{_short(failing.partner_name)}{since}: {_short(failing.reason, REASON)}"


def _unfreezes(week: Week) -> list[str]:
    return [f"Unfreeze {_wish(wish, week.now)}" for wish in week.unfreezes]


def _releases(week: Week) -> list[str]:
    return [f"Release accounts of {_wish(wish, week.now)}" for wish in week.releases]


def _wish(wish: Wish, now: datetime) -> str:
    title = f"{_short(wish.title)} of {_short(wish.partner_name)}"
    return f"{_linked(title, wish.link)}, {_since(wish.at, now)}"


def _silent(silent: Silent, now: datetime) -> str:
    whose = f" of {_short(silent.partner_name)}" if silent.partner_name else ""
    where = f"{speechless(silent.channel)}{whose}"
    return f"{where} {_since(silent.since, now)}: {escaped(silent.error)}"


def _since(moment: datetime, now: datetime) -> str:
    return f"for {counted(max(0, (now - moment).days), 'day')}"


def _short(text: str, limit: int = NAME) -> str:
    return escaped(shortened(text, limit))


def _linked(text: str, link: str | None) -> str:
    return f"<{link}|{text}>" if link else text
