"""`recess schools`: what they are, what happened to them, and deciding about them."""

import time
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot import settings
from bot.commands.desk import acting, desk_of
from bot.commands.matching import match
from bot.commands.stores import reading
from bot.commands.terminal import (
    Refused,
    asks,
    document,
    first_few,
    given_reason,
    iso,
    say,
    table,
    when,
)
from handlers.sentences import PLAIN, STATUS_WORDS, counted, happened, not_done, school_title
from storage.partners import Partner
from storage.rules.lifecycle import Status
from storage.schools import School, Transition
from storage.store import Store

if TYPE_CHECKING:
    from handlers.ask import Answer, Ask
    from handlers.desk import Desk
    from handlers.harm import Addresses
    from storage.locks import Preview

Decorated = TypeVar("Decorated", bound=Any)


@click.group()
def schools() -> None:
    """The schools of a partner."""


schools.add_command(match)


def _decision(command: Decorated, reason: str = "Why; it stands in the history.") -> Decorated:
    """The arguments that every decision takes; `reason` says who reads why."""
    for add in (
        click.option("--reason", required=True, help=reason),
        click.option(
            "--by",
            required=True,
            metavar="SLACK_USER",
            help="Who decides, by Slack id (U…). They need the right to do it in Slack.",
        ),
        click.argument("school", metavar="ID"),
        click.argument("partner"),
    ):
        command = add(command)
    return command


# Reading


@schools.command("list")
@click.argument("partner")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice([status.value for status in Status]),
    help="Only these; can be given more than once.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def list_(partner: str, status: Sequence[str], as_json: bool) -> None:
    """Show the schools of a PARTNER; times are in UTC."""
    with reading(settings.load()) as store:
        named = store.partners.named(partner)
        found = [s for s in store.schools.of(named) if not status or s.status in status]
        rows = list(_described(store, named, found))
    if as_json:
        document(rows)
    elif not found:
        say("No school is like that." if status else "No school was synced yet.")
    else:
        heads = ("ID", "NUMBER", "NAME", "STATUS", "IN ROSTER", "SINCE (UTC)", "LAST SYNCED (UTC)")
        table(heads, (_row(school, row) for school, row in zip(found, rows, strict=True)))


def _described(store: Store, partner: Partner, found: Sequence[School]) -> Iterator[dict[str, Any]]:
    last_run = store.schools.last_run_at(partner)
    for school in found:
        yield {
            "partner": partner.slug,
            "id": school.id,
            "number": school.number,
            "name": school.name,
            "status": school.status.value,
            "present": school.present,
            "since": iso(school.since),
            "last_synced": iso(last_run if school.present else school.last_seen_at),
        }


def _row(school: School, row: dict[str, Any]) -> Sequence[object]:
    synced = (row["last_synced"] or "never").replace("T", " ")[:16]
    status = STATUS_WORDS[school.status]
    present = "yes" if school.present else "no"
    return school.id, school.number, school.name, status, present, when(school.since), synced


@schools.command()
@click.argument("partner")
@click.argument("school", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def history(partner: str, school: str, as_json: bool) -> None:
    """Show what happened to a school, newest first. Times are in UTC."""
    with reading(settings.load()) as store:
        named = store.schools.named(store.partners.named(partner), school)
        rows = store.schools.history(named)
    if as_json:
        document(_transition(partner, row) for row in rows)
        return
    say(school_title(named), bold=True)
    table(("AT (UTC)", "FROM", "TO", "WHAT HAPPENED", "VIA", "REASON"), map(_history_row, rows))


def _transition(partner: str, row: Transition) -> dict[str, object]:
    return {
        "partner": partner,
        "id": row.school,
        "at": iso(row.at),
        "from": row.from_status.value if row.from_status else None,
        "to": row.to_status.value,
        "event": row.event.value,
        "by": row.actor,
        "by_name": row.actor_name,
        "via": row.via,
        "reason": row.reason,
    }


def _history_row(row: Transition) -> Sequence[object]:
    before = STATUS_WORDS[row.from_status] if row.from_status else "–"
    to = STATUS_WORDS[row.to_status]
    what = happened(row, "it") if row.from_status else "it was first seen"
    return when(row.at), before, to, what, row.via, row.reason


# Deciding


@schools.command()
@_decision
def pause(partner: str, school: str, by: str, reason: str) -> None:
    """Pause a school that dropped out.

    Its staff go on with the last roster; only a school that is Action Needed can be paused.
    """
    from handlers import pause as story

    with desk_of(settings.load()) as desk:
        answer = story.pause(_ask(desk, partner, school, by, reason), desk)
    _tell(answer, "is paused.")


@schools.command()
@_decision
@click.option("--yes", is_flag=True, help="Do not ask to type the school's number or name.")
@click.option(
    "--ask-release", "spare", flag_value="ask", help="Ask support to release who works elsewhere."
)
@click.option(
    "--release-elsewhere",
    "spare",
    flag_value="release",
    help="As the support team, release who also works elsewhere.",
)
def freeze(partner: str, school: str, by: str, reason: str, yes: bool, spare: str | None) -> None:
    """Freeze a school, which locks its accounts.

    What it would do is shown first. Only the support team can undo it. Nothing is erased.
    """
    from handlers import freeze as story
    from handlers.desk import require
    from handlers.harm import addresses
    from handlers.views.freeze import Spare
    from storage.rules.rights import Right

    with desk_of(settings.load()) as desk:
        ask, access = _ask(desk, partner, school, by, reason), desk.access(partner)
        require(ask.person, Right.FREEZE, access)
        known = addresses(desk, by, access, time.monotonic())
        with desk.read() as store:
            found = store.schools.named(store.partners.named(partner), school)
            preview = store.locks.preview(found)
            if found.status is not Status.FROZEN:
                _show(store, found, preview, known)
        if found.status is not Status.FROZEN:
            _confirm(found, yes)
        wanted = Spare(spare) if spare else Spare.LOCK
        frozen = story.freeze(_seen(ask, found), desk, preview.digest, wanted)
    _tell(frozen.answer, f"is frozen; {story.locked(frozen)} Nothing was erased.")


@schools.command()
@_decision
def unfreeze(partner: str, school: str, by: str, reason: str) -> None:
    """Unfreeze a school, as the support team."""
    from handlers import unfreeze as story

    with desk_of(settings.load()) as desk:
        answer = story.unfreeze(_ask(desk, partner, school, by, reason), desk)
    _tell(answer, "is unfrozen.")


@schools.command("request-unfreeze")
@partial(_decision, reason="Why; the support team and the thread of the card say it.")
def request_unfreeze(partner: str, school: str, by: str, reason: str) -> None:
    """Ask the support team to unfreeze a school. They decide in Slack."""
    from handlers import unfreeze as story

    with desk_of(settings.load()) as desk:
        new = story.request(_ask(desk, partner, school, by, reason), desk)
    say("The support team is asked." if new else "This person has asked for it already.")


@schools.command()
@partial(_decision, reason="Why; it is kept with the request.")
def withdraw(partner: str, school: str, by: str, reason: str) -> None:
    """Withdraw one's request to unfreeze a school."""
    from handlers import unfreeze as story

    with desk_of(settings.load()) as desk:
        ended = story.withdraw(_ask(desk, partner, school, by, reason), desk)
    say("Withdrawn." if ended else "Withdrawn; others still ask for it.")


@schools.command()
@_decision
@click.argument("new", metavar="NEW_ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
def link(partner: str, school: str, new: str, by: str, reason: str, yes: bool) -> None:
    """Join a school that was made anew with its old record.

    Only the support team may. ID is the absent school and takes the id, name and people of NEW_ID,
    whose record ends.
    """
    from handlers import link as story

    with desk_of(settings.load()) as desk:
        ask = _ask(desk, partner, school, by, reason)
        seen = story.preview_link(desk, partner, school, new)
        say(f"{seen.old.title} ({STATUS_WORDS[seen.old.status]}) and {seen.new.title} become one.")
        if seen.old.status is Status.FROZEN:
            say(f"It stays Frozen, and {counted(seen.more_locked, 'more account')} lock.", fg="red")
        if not yes and not (asks() and click.confirm("Link them?")):
            raise Refused("Nothing was linked; --yes does it without a question.")
        joined = story.link(ask, desk, new, seen.digest)
    assert joined is not None, "only a click in Slack is handed over twice"
    say(f"{joined.title} is linked. Status: {STATUS_WORDS[joined.status]}.")


def _ask(desk: "Desk", partner: str, school: str, by: str, reason: str) -> "Ask":
    from handlers.ask import Ask

    reason = given_reason(reason)
    person = acting(desk, by, partner)
    return Ask(person, partner, [school], reason=reason, via="cli")


def _seen(ask: "Ask", school: School) -> "Ask":
    from dataclasses import replace

    return replace(ask, expected={school.id: school.version})


def _show(store: Store, school: School, preview: "Preview", known: "Addresses") -> None:
    from handlers.harm import harm
    from handlers.views import freeze as view

    count = counted(len(preview.accounts), "account")
    say(f"Freezing {school_title(school)} locks {count}, also for their work at other schools.")
    say("Only the support team can undo this. Nothing is erased.", fg="yellow")
    elsewhere = preview.elsewhere
    work = "works" if len(elsewhere) == 1 else "work"
    say(f"{len(elsewhere):,} of them also {work} at other schools{':' if elsewhere else '.'}")
    for line in first_few([f"{a.shown}: {', '.join(a.elsewhere)}" for a in elsewhere]):
        say(f"  {line}")
    partner = store.partners.by_id(school.partner_id)
    found = harm(store, school, known)
    for warning in view.warnings(partner, found, view.PLAINLY):
        say(warning, fg="red", bold=True)
    for sentence in view.unchecked(partner, found, view.PLAINLY):
        say(sentence)
    if (match := store.links.likely(partner).get(school.key)) is not None:
        say(view.looks_recreated(match), fg="yellow")


def _confirm(school: School, yes: bool) -> None:
    """Raises Refused unless it is confirmed, or the school's number or name is typed."""
    from handlers.views.freeze import typed_right

    if yes:
        return
    if not asks():
        raise Refused(
            "A freeze has to be confirmed, and there is no terminal to ask at. "
            "Nothing was frozen; --yes confirms it."
        )
    wanted = school.number or school.name
    typed = click.prompt(f"Type “{wanted}” to freeze it", default="", show_default=False)
    if not typed_right(school, typed):
        raise Refused(f"This is not “{wanted}”. Nothing was frozen.")


def _tell(answer: "Answer", done: str) -> None:
    for change in answer.refused:
        raise Refused(not_done(change, PLAIN))
    for change in answer.done:
        status = STATUS_WORDS[change.school.status]
        say(f"{school_title(change.school)} {done} Status: {status}.")
