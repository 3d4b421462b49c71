"""Pause one school by its button, or several by ticking their names."""

from slack_bolt import App

from handlers.ask import Answer, Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Open, Reply, Say, on_button, on_form
from handlers.sentences import not_done
from handlers.trail import record
from handlers.views import ids
from handlers.views.blocks import SLACK
from handlers.views.ids import Target
from handlers.views.notes import answered
from handlers.views.pause import pause_form
from storage.rules.lifecycle import Event, Status
from storage.rules.rights import Right


def pause(ask: Ask, desk: Desk) -> Answer:
    """Pause the asked schools; the card re-renders from what was stored."""
    with desk.transaction() as store:
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return Answer(repeated=True)
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.PAUSE, partner.access(desk.support_group))
        changes = [
            store.schools.change(
                school,
                Event.PAUSED,
                ask.actor,
                reason=ask.reason,
                expected=ask.expected.get(school.id),
            )
            for school in store.schools.picked(partner, ask.schools)
        ]
        record(store, partner, changes)
    return Answer(changes)


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.PAUSE, pressed)
    on_button(app, desk, ids.PAUSE_MANY, _opened)
    on_form(app, desk, ids.PAUSE_FORM, _submitted)


def pressed(click: Click, desk: Desk) -> Reply:
    answer = pause(_ask(click, desk, {click.target.school: click.target.version}), desk)
    refused = answer.refused
    return Say(not_done(refused[0], SLACK)) if refused else None


def _opened(click: Click, desk: Desk) -> Reply:
    access = desk.access(click.target.partner)
    require(click.person(desk, access), Right.PAUSE, access)
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
        schools = [s for s in store.schools.of(partner) if s.status is Status.ACTION_NEEDED]
        people = store.schools.people([school.key for school in schools])
    if not schools:
        return Say("Every school is decided already. Nothing is left to pause.")
    target = Target(partner.slug, channel=click.channel, ts=click.ts)
    return Open(pause_form(target, [(school, people.get(school.key, 0)) for school in schools]))


def _submitted(click: Click, desk: Desk) -> Reply:
    ticked = dict(value.split(":") for value in click.ticked())
    if not ticked:
        return Say("No school was ticked, so nothing was paused.")
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
        ids = {str(school.key): school.id for school in store.schools.of(partner)}
    expected = {ids[key]: int(version) for key, version in ticked.items() if key in ids}
    answer = pause(_ask(click, desk, expected), desk)
    return None if answer.repeated else Say(answered(answer.done, answer.refused))


def _ask(click: Click, desk: Desk, expected: dict[str, int]) -> Ask:
    partner = click.target.partner
    return Ask(
        person=click.person(desk, desk.access(partner)),
        partner=partner,
        schools=list(expected),
        expected=expected,
        delivery=click.delivery,
        channel=click.channel,
        ts=click.ts,
    )
