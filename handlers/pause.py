"""Pause schools: one by its button, or all that somebody picked."""

from slack_bolt import App

from handlers.ask import Answer, Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Reply, Say, on_button
from handlers.sentences import not_done
from handlers.trail import record
from handlers.views import ids
from handlers.views.blocks import SLACK
from storage.rules.lifecycle import Event
from storage.rules.rights import Right


def pause(ask: Ask, desk: Desk) -> Answer:
    """Pause the asked schools; the card re-renders from what was stored."""
    with desk.transaction() as store:
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return Answer(repeated=True)
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.PAUSE, partner.access(desk.support_group))
        picked = store.schools.picked(partner, ask.schools)
        changes = store.schools.change_all(
            picked, Event.PAUSED, ask.actor, reason=ask.reason, expected=ask.expected
        )
        record(store, partner, changes)
    return Answer(changes)


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.PAUSE, pressed)


def pressed(click: Click, desk: Desk) -> Reply:
    asked = click.target
    ask = Ask(
        person=click.person(desk, desk.access(asked.partner)),
        partner=asked.partner,
        schools=[asked.school],
        expected={asked.school: asked.version},
        delivery=click.delivery,
        channel=click.channel,
        ts=click.ts,
    )
    refused = pause(ask, desk).refused
    return Say(not_done(refused[0], SLACK)) if refused else None
