"""`recess schools match`: which school of a new source each known one is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from bot import settings
from bot.commands.desk import acting, desk_of
from bot.commands.stores import reading
from bot.commands.terminal import document, first_few, iso, say, table
from handlers.sentences import STATUS_WORDS, counted
from storage.schools import titled

if TYPE_CHECKING:
    from storage.matches import Matched, Matching
    from storage.snapshot import RosterSchool

_STATES = {
    "linked": "linked",
    "proposed": "proposed",
    "none": "not in it any more",
    None: "no match",
}


@click.command(short_help="Show or decide which new school each old one is.")
@click.argument("partner")
@click.option("--accept", is_flag=True, help="Link every proposed pair that is left.")
@click.option("--pair", "pairs", multiple=True, metavar="OLD=NEW", help="Link these two ids.")
@click.option("--none", "gone", multiple=True, metavar="OLD", help="The new source has it no more.")
@click.option("--run", type=int, help="The run you looked at; refused if it is another by now.")
@click.option("--by", metavar="SLACK_USER", help="Who decides, by Slack id (U…).")
@click.option("--reason", default="", help="Why; the threads of the held roster's cards say it.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def match(
    partner: str,
    accept: bool,
    pairs: Sequence[str],
    gone: Sequence[str],
    run: int | None,
    by: str | None,
    reason: str,
    as_json: bool,
) -> None:
    """Show or decide which school of its new source each school of a PARTNER is.

    Only support decides, and nothing happens to a school before the held roster is applied.
    --pair and --none can be given more than once, and correct what was proposed or decided.
    """
    wanted = _wanted(pairs, gone)
    if not wanted and not accept:
        matching = _stored(partner)
    else:
        if by is None or not reason.strip():
            raise click.UsageError("A decision needs --by and --reason.")
        matching = _decided(partner, wanted, accept, run, by, reason.strip())
    if as_json:
        document(_described(partner, matching))
    else:
        _show(partner, matching, _more_locked(partner, matching))


def _wanted(pairs: Sequence[str], gone: Sequence[str]) -> dict[str, str | None]:
    """What is asked, by known id. Raises UsageError for a school that is named twice."""
    split = [pair.partition("=") for pair in pairs]
    if any(not old or not new for old, _, new in split):
        raise click.UsageError("--pair is the id of a known school, =, and its id in the new one.")
    asked: list[tuple[str, str | None]] = [(old, new) for old, _, new in split]
    asked += [(old, None) for old in gone]
    wanted = dict(asked)
    if len(wanted) < len(asked):
        raise click.UsageError("A school is named twice; say once what it is.")
    return wanted


def _stored(partner: str) -> "Matching":
    from handlers.match import open_matches

    with reading(settings.load()) as store:
        return open_matches(store, store.partners.named(partner))


def _more_locked(slug: str, matching: "Matching") -> Mapping[int, int]:
    with reading(settings.load()) as store:
        return store.matches.more_locked(store.partners.named(slug), matching)


def _decided(
    partner: str,
    wanted: dict[str, str | None],
    accept: bool,
    run: int | None,
    by: str,
    reason: str,
) -> "Matching":
    from handlers import match as story
    from handlers.ask import Ask

    with desk_of(settings.load()) as desk:
        ask = Ask(acting(desk, by, partner), partner, list(wanted), reason=reason, via="cli")
        decided = story.match(ask, desk, wanted, accept=accept, run=run)
    assert decided is not None, "only a click in Slack is handed over twice"
    return decided


def _described(partner: str, matching: "Matching") -> Iterator[dict[str, Any]]:
    """Every known school; then, with an id of null, what only the new source has."""
    for one in matching.schools:
        yield {
            "partner": partner,
            "run": matching.run.id,
            "id": one.school.id,
            "number": one.school.number,
            "name": one.school.name,
            "status": one.school.status.value,
            "state": one.state.value if one.state else None,
            "new": _new(one.new),
            "because": one.likeness.value if one.likeness else None,
            "by": one.decided_by,
            "at": iso(one.decided_at),
            "reason": one.reason,
        }
    for new in matching.unmatched:
        unknown = dict.fromkeys(("id", "number", "name", "status", "state"))
        yield {"partner": partner, "run": matching.run.id, **unknown, "new": _new(new)}


def _new(school: "RosterSchool | None") -> dict[str, str] | None:
    if school is None:
        return None
    return {"id": school.id, "number": school.number, "name": school.name}


def _show(partner: str, matching: "Matching", more: Mapping[int, int]) -> None:
    from handlers.views.hold import locking_lines

    heads = ("ID", "SCHOOL", "STATUS", "MATCH", "NEW ID", "SCHOOL OF THE NEW SOURCE", "BECAUSE")
    table(heads, map(_row, matching.schools))
    if matching.unmatched:
        say(f"{counted(len(matching.unmatched), 'school')} of the new source without a match:")
        titles = [f"{new.id}  {titled(new.name, new.number)}" for new in matching.unmatched]
        for line in first_few(titles):
            say(f"  {line}")
    for school in matching.waiting:
        say(f"{school.title} is Frozen and has to be decided before anything is applied.", fg="red")
    for line in locking_lines(matching, more):
        say(line, fg="yellow")
    run = matching.run.id
    say(f"`recess runs apply {partner} {run}` applies it; what has no place becomes Action Needed.")


def _row(one: "Matched") -> Sequence[object]:
    new = titled(one.new.name, one.new.number) if one.new else ""
    because = one.likeness.value if one.likeness else one.decided_name or ""
    state = _STATES[one.state.value if one.state else None]
    status = STATUS_WORDS[one.school.status]
    return (
        one.school.id,
        one.school.title,
        status,
        state,
        one.new.id if one.new else "",
        new,
        because,
    )
