"""Pause schools: one by its button, or all that somebody picked."""

from collections.abc import Sequence
from dataclasses import replace

from slack_bolt import App

from handlers.ask import Answer, Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Reply, Say, on_button
from handlers.sentences import not_done, school_title
from handlers.trail import record
from handlers.views import ids
from handlers.views.blocks import SLACK, escaped
from storage.partners import Partner
from storage.rules.lifecycle import Event, Refusal
from storage.rules.rights import Right
from storage.schools import Change, School
from storage.store import Store


def pause(ask: Ask, desk: Desk) -> Answer:
    """Pause the asked schools; the card re-renders from what was stored."""
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return Answer(repeated=True)
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.PAUSE, partner.access(desk.support_group))
        picked = store.schools.picked(partner, ask.schools)
        changes = store.schools.change_all(
            picked, Event.PAUSED, ask.actor, reason=ask.reason, expected=ask.expected
        )
        record(store, partner, changes)
        return Answer(_under_a_hold(store, partner, changes))


def _under_a_hold(store: Store, partner: Partner, changes: Sequence[Change]) -> Sequence[Change]:
    """A school that the stored roster still has may be missing from the one that is held."""
    if store.runs.held(partner) is None:
        return changes
    shared = Refusal.STILL_SHARED
    return [replace(one, held=True) if one.refusal is shared else one for one in changes]


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.PAUSE, pressed)


def pressed(click: Click, desk: Desk) -> Reply:
    asked = click.target
    ask = click.ask(desk, [asked.school], expected={asked.school: asked.version})
    answer = pause(ask, desk)
    if answer.refused:
        return Say(not_done(answer.refused[0], SLACK))
    # Everywhere else what was clicked in is drawn anew, and shows it.
    return Say(_said(answer.done[0].school)) if answer.done and click.alone else None


def _said(school: School) -> str:
    title = escaped(school_title(school))
    return f"{title} is paused. Its staff go on with the last data until it is shared again."
