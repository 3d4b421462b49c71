"""A dry run, readable: what the roster would change, school by school and in numbers."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter

from bot.commands.runs import in_words
from bot.commands.terminal import first_few, say
from bot.difference import STAFF_WORDS, first_staff, school_lines, staff_counts
from bot.sync import Result, limits
from storage.partners import Partner
from storage.roster.plan import Plan
from storage.rules.breaker import Limits, Loss
from storage.runs import HELD
from storage.store import Store

NAMED, LISTED = 5, 50
_COLOURS = {"+": "green", "-": "red", "↩": "cyan", "~": "yellow"}


def show_difference(store: Store, result: Result) -> None:
    """Print what a dry run found; without a plan only how it would end."""
    say(f"{result.partner}: would be {in_words(result.outcome)}. Nothing is stored.", bold=True)
    if result.plan is None:
        if result.reason:
            say(f"  {result.reason}")
        return
    partner = store.partners.named(result.partner)
    _show("Schools", school_lines(store, partner, result.plan))
    _show("Staff", _staff(store, partner, result.plan))
    for line in _breaker(result, result.plan, limits(partner, store.now)):
        say(f"  {line}", fg="red" if result.outcome == HELD else None)


def _show(title: str, lines: Iterable[tuple[str, str]]) -> None:
    say(f"  {title}")
    for sign, group in groupby(lines, key=itemgetter(0)):
        for text in first_few([text for _, text in group], LISTED):
            say(f"    {sign} {text}", fg=_COLOURS.get(sign))


def _staff(store: Store, partner: Partner, plan: Plan) -> Iterator[tuple[str, str]]:
    first = first_staff(store, partner, plan, NAMED)
    for sign, count in staff_counts(plan).items():
        if count:
            more = ", …" if count > NAMED else ""
            ids = ", ".join(person.id for person in first[sign])
            yield sign, f"{count:,} {STAFF_WORDS[sign]}: {ids}{more}"
    yield " ", f"{plan.counts.staff_total:,} in the roster"


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
