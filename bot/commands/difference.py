"""A dry run, readable: what the roster would change, school by school and in numbers."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from operator import itemgetter

from bot.commands.lookups import rostered
from bot.commands.runs import in_words
from bot.commands.terminal import first_few, say
from bot.sync import Result, limits
from handlers.sentences import STATUS_WORDS, school_title
from storage.partners import Partner
from storage.roster.plan import Plan
from storage.rules.breaker import Limits, Loss
from storage.rules.lifecycle import Event, Status, decide
from storage.runs import HELD
from storage.schools import School
from storage.store import Store

NAMED, LISTED = 5, 50
BATCH = 500
_COLOURS = {"+": "green", "-": "red", "↩": "cyan", "~": "yellow"}


def show_difference(store: Store, result: Result) -> None:
    """Print what a dry run found; without a plan only how it would end."""
    say(f"{result.partner}: would be {in_words(result.outcome)}. Nothing is stored.", bold=True)
    if result.plan is None:
        if result.reason:
            say(f"  {result.reason}")
        return
    partner = store.partners.named(result.partner)
    _show("Schools", _schools(store, partner, result.plan))
    _show("Staff", _staff(store, partner, result.plan))
    for line in _breaker(result, result.plan, limits(partner, store.now)):
        say(f"  {line}", fg="red" if result.outcome == HELD else None)


def _show(title: str, lines: Iterable[tuple[str, str]]) -> None:
    say(f"  {title}")
    for sign, group in groupby(lines, key=itemgetter(0)):
        for text in first_few([text for _, text in group], LISTED):
            say(f"    {sign} {text}", fg=_COLOURS.get(sign))


def _schools(store: Store, partner: Partner, plan: Plan) -> Iterator[tuple[str, str]]:
    known = {school.id: school for school in store.schools.of(partner)}
    people = store.schools.people([known[id].key for id in plan.missing])
    for id in plan.new:
        seen = plan.schools[id]
        yield "+", f"{seen.name} ({seen.number or id}): new, {STATUS_WORDS[Status.ACTIVE]}"
    for id in plan.missing:
        staff = people.get(known[id].key, 0)
        yield "-", f"{_becoming(known[id], Event.WENT_MISSING)}; its staff ({staff:,}) stay"
    for id in plan.returned:
        yield "↩", _becoming(known[id], Event.SHARED)
    yield from _renamed(known, plan)
    yield " ", f"{plan.counts.schools_total:,} in the roster"


def _becoming(school: School, event: Event) -> str:
    now, then = school.status, decide(school.status, event)
    what = "missing" if event is Event.WENT_MISSING else "back"
    title = school_title(school)
    if then is now:
        return f"{title}: {what}, stays {STATUS_WORDS[now]}"
    assert isinstance(then, Status)
    return f"{title}: {what}, {STATUS_WORDS[now]} → {STATUS_WORDS[then]}"


def _renamed(known: Mapping[str, School], plan: Plan) -> Iterator[tuple[str, str]]:
    for id, seen in plan.schools.items():
        school = known.get(id)
        if school is not None and (school.name, school.number) != (seen.name, seen.number):
            number = f" ({seen.number})" if seen.number else ""
            yield "~", f"{school_title(school)}: now called {seen.name}{number}"


def _staff(store: Store, partner: Partner, plan: Plan) -> Iterator[tuple[str, str]]:
    counts = plan.counts
    found = {"+": counts.staff_added, "~": counts.staff_changed, "-": counts.staff_removed}
    words = {"+": "added", "~": "changed", "-": "removed"}
    ids = _first_ids(store, partner, plan, found)
    for sign, count in found.items():
        if count:
            more = ", …" if count > NAMED else ""
            yield sign, f"{count:,} {words[sign]}: {', '.join(ids[sign])}{more}"
    yield " ", f"{counts.staff_total:,} in the roster"


def _first_ids(
    store: Store, partner: Partner, plan: Plan, counts: Mapping[str, int]
) -> dict[str, list[str]]:
    """The first few ids of each sort; no more of the plan is read than that needs."""
    found: dict[str, list[str]] = {sign: [] for sign in counts}
    changes = iter(plan.changes)
    while any(len(found[sign]) < min(NAMED, count) for sign, count in counts.items()):
        batch = list(islice(changes, BATCH))
        if not batch:
            break
        known = rostered(store, partner, [change.person.id for change in batch])
        for change in batch:
            added = "~" if change.person.id in known else "+"
            ids = found["-" if change.verb == "gone" else added]
            if len(ids) < NAMED:
                ids.append(change.person.id)
    return found


def _breaker(result: Result, plan: Plan, limits: Limits) -> Iterator[str]:
    if plan.first:
        yield f"Circuit breaker: not asked, this is the first run. {result.reason}".rstrip()
        return
    verdict = "would hold it." if result.outcome == HELD else "lets it pass."
    yield f"Circuit breaker: {verdict} {result.reason}".rstrip()
    yield from (f"  {line}" for line in _measured(plan.loss, limits))


def _measured(loss: Loss, limits: Limits) -> Iterator[str]:
    yield (
        f"{loss.schools_gone:,} of {loss.schools_before:,} schools gone "
        f"(held from {limits.schools:,} and {limits.schools_percent} % on)"
    )
    yield (
        f"{loss.staff_gone:,} of {loss.staff_before:,} staff gone from schools that are there "
        f"(held from {limits.staff_percent} % on, when at least {limits.staff_known:,} are known)"
    )
