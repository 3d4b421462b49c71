"""Unfreeze: directly by the support team, or by a request that they approve or deny."""

from slack_bolt import App

from handlers.ask import Answer, Ask
from handlers.desk import Desk, require
from handlers.listening import Click, Open, Reply, Say, on_button, on_form
from handlers.sentences import PLAIN, happened, not_done, refused_right, school_title
from handlers.trail import record
from handlers.views import ids
from handlers.views import unfreeze as view
from handlers.views.blocks import SLACK, Picture, escaped, section
from handlers.views.ids import Target
from storage.errors import NotPossible
from storage.partners import Partner
from storage.rules.lifecycle import Event, Status
from storage.rules.rights import Person, Reason, Right, allows
from storage.schools import Change, School
from storage.store import Store
from storage.unfreezes import APPROVED, DENIED, OPEN, VOID, Asker, Unfreeze


def unfreeze(ask: Ask, desk: Desk) -> Answer:
    """Support unfreezes a school directly; an open request for it is closed with it."""
    with desk.transaction() as store:
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return Answer(repeated=True)
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.UNFREEZE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        request = store.unfreezes.open_for(school)
        _not_ones_own(request, ask.person)
        change = _unfrozen(store, partner, school, ask)
        if change.done and request is not None:
            _end(store, partner, change.school, request, VOID, ask)
    return Answer([change])


def request(ask: Ask, desk: Desk) -> bool | None:
    """Ask support to unfreeze a school, or join who asked before; answers whether that is new.

    None: this delivery was done before. Raises NotPossible when the school is not Frozen any more.
    """
    with desk.transaction() as store:
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.REQUEST_UNFREEZE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        if school.status is not Status.FROZEN:
            raise NotPossible(_no_longer(store, school))
        asker = Asker(ask.person.id, ask.person.name, ask.reason, store.now)
        _, joined = store.unfreezes.ask(school, asker, desk.support_channel)
        if joined:
            card = store.cards.refresh(partner)
            text = f"{ask.person.name} asked support to unfreeze {school_title(school)}"
            _note(store, partner, card, text, ask.reason)
    return joined


def decide(ask: Ask, desk: Desk, request_id: int, approve: bool) -> Answer:
    """Support approves or denies a request; whoever asked is told by direct message.

    Raises NotPossible when it was decided before, with who did it and when.
    """
    with desk.transaction() as store:
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return Answer(repeated=True)
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.UNFREEZE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        asked = store.unfreezes.by_id(request_id)
        _undecided(asked)
        _not_ones_own(asked, ask.person)
        if not approve:
            _end(store, partner, school, asked, DENIED, ask)
            card = store.cards.refresh(partner)
            text = f"{ask.person.name} denied the unfreeze of {school_title(school)}"
            _note(store, partner, card, text, ask.reason)
            return Answer()
        change = _unfrozen(store, partner, school, ask, expected=asked.version)
        if change.done:
            _end(store, partner, change.school, asked, APPROVED, ask)
    return Answer([change])


def _unfrozen(
    store: Store, partner: Partner, school: School, ask: Ask, expected: int | None = None
) -> Change:
    seen = ask.expected.get(school.id) if expected is None else expected
    change = store.schools.change(
        school, Event.UNFROZEN, ask.actor, reason=ask.reason, expected=seen
    )
    record(store, partner, [change])
    return change


def _end(
    store: Store, partner: Partner, school: School, request: Unfreeze, state: str, ask: Ask
) -> None:
    """Close the request, and tell everybody who asked how it ended."""
    store.unfreezes.end(request, state, ask.person.id, ask.person.name, ask.reason)
    ended = store.unfreezes.by_id(request.id)
    told = view.told_askers(school, partner, ended).body()
    for asker in ended.askers:
        key = f"asked:{ended.id}:{asker.person}"
        store.messages.note(asker.person, told, partner=partner.id, key=key)


def close_request(store: Store, partner: Partner, request: Unfreeze, ask: Ask) -> None:
    """End a request that nobody decided, because there is nothing to decide any more."""
    _end(store, partner, store.schools.by_key(request.school_key), request, VOID, ask)


def _undecided(request: Unfreeze) -> None:
    if request.state != OPEN and request.decided_at is not None:
        raise NotPossible(
            f"{request.decided_name} decided this request {PLAIN.when(request.decided_at)} "
            f"({request.state}). Nothing was changed by this."
        )


def _not_ones_own(request: Unfreeze | None, person: Person) -> None:
    if request is not None and any(asker.person == person.id for asker in request.askers):
        raise NotPossible(
            "You asked for this yourself, so somebody else of the support team has to decide. "
            "Nothing was changed."
        )


def _no_longer(store: Store, school: School) -> str:
    last, title = store.schools.last(school), school_title(school)
    since = f": {happened(last, title)} {PLAIN.when(last.at)}" if last else ""
    return f"{title} is not frozen{since}. Nothing was changed."


def _note(store: Store, partner: Partner, card: int | None, text: str, reason: str) -> None:
    shown = escaped(text)
    picture = Picture(shown, [section(f"{shown}\n>{escaped(reason)}")])
    store.messages.note(partner.channel, picture.body(), partner=partner.id, thread=card)


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.UNFREEZE, unfreeze_pressed)
    on_button(app, desk, ids.REQUEST, request_pressed)
    on_button(app, desk, ids.APPROVE, lambda click, desk: _decision_pressed(click, desk, True))
    on_button(app, desk, ids.DENY, lambda click, desk: _decision_pressed(click, desk, False))
    on_form(app, desk, ids.UNFREEZE_FORM, _unfreeze_submitted)
    on_form(app, desk, ids.REQUEST_FORM, _request_submitted)
    on_form(app, desk, ids.DECISION_FORM, _decision_submitted)


def unfreeze_pressed(click: Click, desk: Desk) -> Reply:
    access = desk.access(click.target.partner)
    person = click.person(desk, access)
    reason = allows(person, Right.UNFREEZE, access)
    if reason in (Reason.NOT_GRANTED, Reason.ADMINISTERS_PARTNER):
        return _way_of_an_admin(click, person, desk, reason)
    require(person, Right.UNFREEZE, access)
    with desk.read() as store:
        school = _school(store, click.target)
        if school.status is not Status.FROZEN:
            return Say(escaped(_no_longer(store, school)))
        return Open(view.unfreeze_form(_from(click), school, *_effect(store, school)))


def _way_of_an_admin(click: Click, person: Person, desk: Desk, reason: Reason) -> Reply:
    """Refused, with a button for what they may do instead."""
    require(person, Right.REQUEST_UNFREEZE, desk.access(click.target.partner))
    picture = view.may_request(click.target, refused_right(reason, Right.UNFREEZE))
    return Say(picture.text, tuple(picture.blocks))


def request_pressed(click: Click, desk: Desk) -> Reply:
    access = desk.access(click.target.partner)
    require(click.person(desk, access), Right.REQUEST_UNFREEZE, access)
    with desk.read() as store:
        school = _school(store, click.target)
        if school.status is not Status.FROZEN:
            return Say(escaped(_no_longer(store, school)))
    return Open(view.request_form(_from(click), school))


def _decision_pressed(click: Click, desk: Desk, approve: bool) -> Reply:
    access = desk.access(click.target.partner)
    person = click.person(desk, access)
    require(person, Right.UNFREEZE, access)
    with desk.read() as store:
        school = _school(store, click.target)
        asked = store.unfreezes.by_id(click.target.request)
        _undecided(asked)
        _not_ones_own(asked, person)
        target = _from(click, approve=approve)
        return Open(view.decision_form(target, school, *_effect(store, school)))


def _unfreeze_submitted(click: Click, desk: Desk) -> Reply:
    answer = unfreeze(_ask(click, desk), desk)
    return Say(not_done(answer.refused[0], SLACK)) if answer.refused else None


def _request_submitted(click: Click, desk: Desk) -> Reply:
    joined = request(_ask(click, desk), desk)
    if joined is None:
        return None
    if joined:
        return Say("The support team has been asked. You get a direct message when they decide.")
    return Say("You have asked for this already; the support team still has to decide.")


def _decision_submitted(click: Click, desk: Desk) -> Reply:
    target = click.target
    answer = decide(_ask(click, desk), desk, target.request, target.approve)
    return Say(not_done(answer.refused[0], SLACK)) if answer.refused else None


def _school(store: Store, target: Target) -> School:
    return store.schools.named(store.partners.named(target.partner), target.school)


def _effect(store: Store, school: School) -> tuple[int, int]:
    """How many accounts the school has, and how many stay locked by another one."""
    people = store.schools.people([school.key]).get(school.key, 0)
    return people, store.locks.still_locked(school)


def _from(click: Click, approve: bool = False) -> Target:
    asked = click.target
    return Target(
        asked.partner,
        asked.school,
        asked.version,
        key=asked.key,
        request=asked.request,
        approve=approve,
        channel=click.channel,
        ts=click.ts,
    )


def _ask(click: Click, desk: Desk) -> Ask:
    target = click.target
    return Ask(
        person=click.person(desk, desk.access(target.partner)),
        partner=target.partner,
        schools=[target.school],
        reason=click.text(view.REASON),
        expected={target.school: target.version} if target.version else {},
        delivery=click.delivery,
        channel=click.channel,
        ts=click.ts,
    )
