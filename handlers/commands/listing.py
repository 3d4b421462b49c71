"""`/schools list`, `search` and `history`: schools, a page at a time, newest decisions first."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.commands.asked import Asked
from handlers.commands.lines import (
    EVERY,
    LIST,
    SEARCH,
    Filter,
    Line,
    filtered,
    near,
)
from handlers.desk import Desk
from handlers.history import past
from handlers.listening import Open, Reply, Say
from handlers.searching import fits, folded
from handlers.sentences import counted
from handlers.views.commands import ON_A_PAGE, Listing, Row, listing
from handlers.views.history import history_form
from handlers.views.ids import Target
from storage.schools import School
from storage.store import Store

SUGGESTED = 5


@dataclass(frozen=True)
class Hits:
    """Schools that somebody asked for. `again` is the command that finds them once more."""

    schools: Sequence[School]
    title: str
    again: str
    hint: str = ""


def list_schools(asked: Asked, desk: Desk, page: int = 0) -> Say:
    """Those that did not sync, unless another status or words to search for are typed."""
    which, words = filtered(asked.rest)
    with desk.read() as store:
        every = store.schools.of(asked.partner)
        found = [s for s in every if s.status in which.statuses and _fits(s, words)]
        title = _title(asked, which, words, len(found))
        hint = _hint(which, words, every, found)
        hits = Hits(found, title, Line(LIST, asked.rest).text, hint)
        return _said(store, asked, hits, desk, page)


def search_schools(asked: Asked, desk: Desk, page: int = 0) -> Say:
    """By name, number or the source's id; by all the words."""
    if not asked.rest:
        return Say("Type what to look for, such as `/schools search oak` or a school's number.")
    with desk.read() as store:
        every = store.schools.of(asked.partner)
        found = [s for s in every if _fits(s, asked.rest)]
        title = _title(asked, EVERY, asked.rest, len(found))
        if not found and (found := _alike(every, asked.rest)):
            title = f"{title} Did you mean one of these?"
        hits = Hits(found, title, Line(SEARCH, asked.rest).text)
        return _said(store, asked, hits, desk, page)


def finds_any(asked: Asked, desk: Desk) -> bool:
    """Whether there is a school to which the words fit."""
    with desk.read() as store:
        return any(_fits(school, asked.rest) for school in store.schools.of(asked.partner))


def show_history(asked: Asked, desk: Desk) -> Reply:
    """Of the one school that is meant; where several may be, their list, with menus."""
    if not asked.rest:
        return Say("Type which school, by name or number: `/schools history Oak Elementary`.")
    with desk.read() as store:
        every = store.schools.of(asked.partner)
        exact = [s for s in every if _is(s, asked.rest)]
        found = exact or [s for s in every if _fits(s, asked.rest)]
        if len(found) == 1:
            one = found[0]
            target = Target(asked.partner.slug, one.id, key=one.key, channel=asked.channel)
            return Open(history_form(target, past(store, target)))
    return search_schools(asked, desk)


def turned(asked: Asked, desk: Desk, verb: str, page: int) -> Say:
    """Another page of a list that was shown."""
    show = search_schools if verb == SEARCH else list_schools
    return show(asked, desk, page)


def _said(store: Store, asked: Asked, hits: Hits, desk: Desk, page: int) -> Say:
    """One page; what is past the last one is the last one."""
    newest = sorted(hits.schools, key=lambda school: school.since, reverse=True)
    page = max(0, min(page, (len(newest) - 1) // ON_A_PAGE))
    schools = newest[page * ON_A_PAGE : (page + 1) * ON_A_PAGE]
    people = store.schools.people([school.key for school in schools])
    shown = Listing(
        partner=asked.partner,
        title=hits.title,
        asked=hits.again,
        rows=[Row(s, people.get(s.key, 0), store.schools.settled_by(s)) for s in schools],
        total=len(newest),
        page=page,
        may=asked.may(desk),
        hint=hits.hint,
    )
    picture = listing(shown)
    return Say(picture.text, tuple(picture.blocks))


def _title(asked: Asked, which: Filter, words: str, count: int) -> str:
    """As in "Lincoln Unified: 2 schools that are Active fit “elm”."."""
    name = asked.partner.name
    if not words and not count:
        return f"{name}: {which.none}."
    if not words:
        return f"{name}: {counted(count, *which.reads)}."
    one, many = (reads.replace(" ", " that ", 1) for reads in which.reads)
    found = counted(count, one, many) if count else f"no {one}"
    return f"{name}: {found} {'fit' if count > 1 else 'fits'} “{words}”."


def _hint(which: Filter, words: str, every: Sequence[School], found: Sequence[School]) -> str:
    """How to see the others; and what may have been meant by a word that fits nothing."""
    if words and not found:
        meant = near(words, ("frozen", "paused", "active", "all", "action needed"))
        return f"Did you mean `/schools list {meant[0]}`?" if meant else ""
    if len(found) < len(every) and not words:
        return f"`/schools list all` shows all {len(every):,} schools."
    return ""


def _fits(school: School, words: str) -> bool:
    return fits(words, school.name, school.number, school.id)


def _is(school: School, words: str) -> bool:
    """By the whole of its name, number, both as they are shown, or the source's id."""
    meant = folded(words)
    return meant in {folded(one) for one in (school.name, school.number, school.id, school.title)}


def _alike(every: Sequence[School], words: str) -> list[School]:
    names = near(words, [school.name for school in every], SUGGESTED)
    return [school for school in every if school.name in names]
