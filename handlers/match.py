"""Support decides which school of a new source each known one is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.listening import (
    Click,
    Fix,
    Open,
    Reply,
    Show,
    on_button,
    on_form,
    on_options,
)
from handlers.telling import Telling
from handlers.views import ids
from handlers.views import match as view
from handlers.views.blocks import Block, told
from handlers.views.hold import matched_note
from handlers.views.ids import Target
from storage.errors import NotPossible
from storage.matches import Matching
from storage.partners import Partner
from storage.rules.rights import Right
from storage.store import Store


class MatchesChanged(NotPossible):
    """Somebody else decided, or other things are proposed, than was shown; nothing was saved."""

    def __init__(self) -> None:
        super().__init__(
            "The matches changed while you were reading: somebody else decided. Nothing was "
            "saved; look at them again."
        )


def open_matches(store: Store, partner: Partner) -> Matching:
    """The matches of the held roster of a new source. Raises NotPossible without one."""
    matching = store.matches.held(partner)
    if matching is None:
        raise NotPossible(
            f"No roster of {partner.slug} is held because its source is new, so there is nothing "
            "to match. Nothing was changed."
        )
    return matching


def match(
    ask: Ask,
    desk: Desk,
    wanted: Mapping[str, str | None],
    *,
    accept: bool,
    run: int | None = None,
    shown: str | None = None,
) -> Matching | None:
    """Decide single schools as `wanted` says, and with `accept` all proposals that are left.

    `wanted` pairs ids of known schools with ids of the new source; None is "it is not there".
    `run` is the one whose proposals the person saw; when another is held by now, that is told.
    Nothing is done to a school before the held roster is applied. `shown` is the digest of what
    the person saw. None: this delivery was done before. Raises UnknownSchool, MatchesChanged, and
    NotPossible for a school of the new source that is not there or that is another one already.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.LINK, partner.access(desk.support_group))
        before = open_matches(store, partner)
        if run not in (None, before.run.id):
            raise NotPossible(
                f"Run {run} is not held any more: run {before.run.id} took its place, and may "
                "propose something else. Nothing was changed; look at it first."
            )
        if before.run.decision is not None:
            who = before.run.decided_name
            raise NotPossible(f"{who} chose to apply this roster already. Nothing was changed.")
        if shown not in (None, before.digest):
            raise MatchesChanged
        after = store.matches.decide(partner, before, wanted, ask.actor, ask.reason, accept=accept)
        note = matched_note(ask.person.name, after, ask.reason)
        Telling(desk.support_channel).hold_decided(store, partner, note)
    return after


# In Slack


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.MATCH, _pressed)
    on_button(app, desk, ids.MATCH_BACK, _turned)
    on_button(app, desk, ids.MATCH_ON, _turned)
    on_options(app, desk, ids.MATCH_NEW, _offered)
    on_form(app, desk, ids.MATCH_FORM, _submitted)


def _pressed(click: Click, desk: Desk) -> Reply:
    target = replace(click.target, channel=click.channel, ts=click.ts)
    return Open(view.match_form(target, _allowed(click, desk)))


def _turned(click: Click, desk: Desk) -> Reply:
    return Show(view.match_form(click.target, _allowed(click, desk)))


def _offered(click: Click, desk: Desk) -> Sequence[Block]:
    return view.offered(_allowed(click, desk), click.chosen[0])


def _allowed(click: Click, desk: Desk) -> Matching:
    """The open matches, for somebody of the support team."""
    click.allowed(desk, Right.LINK)
    with desk.read() as store:
        return open_matches(store, store.partners.named(click.target.partner))


def _submitted(click: Click, desk: Desk) -> Reply:
    before, target = _allowed(click, desk), click.target
    wanted = view.chosen(before, _picked(click), accept=view.ALL in click.ticked())
    if not wanted and before.digest == target.digest:
        return Fix({view.REASON: "Nothing was chosen that is not decided already."})
    try:
        after = match(
            click.ask(desk, list(wanted), reason=click.text(view.REASON)),
            desk,
            wanted,
            accept=False,
            run=target.run,
            shown=target.digest,
        )
    except MatchesChanged as changed:
        return Show(view.match_form(target, _allowed(click, desk), f":warning: {changed.sentence}"))
    return None if after is None else Show(_next(target, before, after))


def _picked(click: Click) -> dict[int, str]:
    """What was chosen on the page, by our key of the school; an empty field is to be decided."""
    picked: dict[int, str] = {}
    for block, elements in click.values.items():
        key = view.key_of(block)
        if key is not None:
            option = elements.get(ids.MATCH_NEW, {}).get("selected_option")
            picked[key] = str(option["value"]) if option else view.LATER
    return picked


def _next(target: Target, before: Matching, after: Matching) -> Block:
    """The page with what is still to be decided; at the end how to go on."""
    if all(one.decided for one in after.schools):
        return told(
            "Match schools",
            "Every known school has its place in the new source. Nothing has happened to any "
            "yet: the card of the held roster applies it.",
        )
    decided = sum(one.decided for one in after.schools) - sum(o.decided for o in before.schools)
    return view.match_form(replace(target, page=0), after, view.saved(decided, after))
