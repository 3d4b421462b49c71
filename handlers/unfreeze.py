"""Unfreeze: directly by the support team, or by a request that they approve or deny."""

from slack_bolt import App

from handlers.ask import Answer, Ask
from handlers.desk import Desk, require, require_another
from handlers.listening import Click, Open, Reply, Say, Show, on_button, on_form
from handlers.release import close_wish
from handlers.sentences import (
    PLAIN,
    STATUS_WORDS,
    happened,
    not_done,
    refused_right,
    school_title,
)
from handlers.trail import record
from handlers.views import ids
from handlers.views import unfreeze as view
from handlers.views.blocks import SLACK, Picture, escaped, quoted, section, told
from handlers.views.ids import Target
from storage.errors import NotPossible
from storage.partners import Partner
from storage.rules.lifecycle import Event, Status
from storage.rules.rights import Person, Reason, Right, allows
from storage.schools import Change, School
from storage.store import Store
from storage.unfreezes import APPROVED, DENIED, OPEN, VOID, WITHDRAWN, Asker, Unfreeze


def unfreeze(ask: Ask, desk: Desk) -> Answer:
    """Support unfreezes a school directly; an open request for it is closed with it."""
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return Answer(repeated=True)
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.UNFREEZE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        request = store.unfreezes.open_for(school)
        if request is not None:
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
        if not store.envelopes.first_time(ask.delivery):
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


def withdraw(ask: Ask, desk: Desk) -> bool | None:
    """Ask no longer; answers whether the request ended by it, because nobody else asks.

    None: this delivery was done before. Raises NotPossible for somebody who does not ask.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        # Whoever asked may ask no longer, also after the right to ask is gone.
        [school] = store.schools.picked(partner, ask.schools)
        request, by = _of_ones_own(store, school, ask.person), ask.person
        last = len(request.askers) == 1
        if last:
            store.unfreezes.end(request, WITHDRAWN, by.id, by.name, ask.reason)
        else:
            store.unfreezes.leave(request, by.id)
        note = view.no_longer_asked_note(by.name, school).body()
        thread = store.unfreezes.card(request)
        store.messages.note(desk.support_channel, note, partner=partner.id, thread=thread)
        card = store.cards.refresh(partner)
        store.messages.note(partner.channel, note, partner=partner.id, thread=card)
    return last


def decide(ask: Ask, desk: Desk, request_id: int, approve: bool) -> Answer:
    """Support approves or denies a request; whoever asked is told by direct message.

    Raises NotPossible when it was decided before, with who did it and when.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
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
    if change.done:
        close_wish(store, partner, change.school, ask)
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
        how = "withdrew" if request.state == WITHDRAWN else "decided"
        raise NotPossible(
            f"{request.decided_name} {how} this request {PLAIN.when(request.decided_at)} "
            f"({request.state}). Nothing was changed by this."
        )


def _of_ones_own(store: Store, school: School, person: Person) -> Unfreeze:
    """The open request in which this person is. Raises NotPossible when there is none."""
    request = store.unfreezes.open_for(school)
    if request is not None and request.asked_by(person.id) is not None:
        return request
    if school.status is not Status.FROZEN:
        raise NotPossible(_no_longer(store, school))
    raise NotPossible(
        f"You do not ask to unfreeze {school_title(school)}: your request was decided or "
        "withdrawn before. Nothing was changed by this."
    )


def _not_ones_own(request: Unfreeze, person: Person) -> None:
    require_another(person, [asker.person for asker in request.askers])


def _no_longer(store: Store, school: School) -> str:
    last, title = store.schools.settled_by(school), school_title(school)
    since = f"{happened(last, title)} {PLAIN.when(last.at)}"
    return f"{title} is not frozen: {since}. Nothing was changed."


def _note(store: Store, partner: Partner, card: int | None, text: str, reason: str) -> None:
    shown = escaped(text)
    picture = Picture(shown, [section(f"{shown}{quoted(reason)}")])
    store.messages.note(partner.channel, picture.body(), partner=partner.id, thread=card)


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.UNFREEZE, unfreeze_pressed)
    on_button(app, desk, ids.REQUEST, request_pressed)
    on_button(app, desk, ids.WITHDRAW, _withdraw_pressed)
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
        return Open(view.unfreeze_form(_from(click), school, _effect(store, school)))


def _way_of_an_admin(click: Click, person: Person, desk: Desk, reason: Reason) -> Reply:
    """Refused, with a button for what they may do instead; or what they asked for before."""
    require(person, Right.REQUEST_UNFREEZE, desk.access(click.target.partner))
    with desk.read() as store:
        school = _school(store, click.target)
        known = store.unfreezes.open_for(school)
    asker = known.asked_by(person.id) if known else None
    if known and asker:
        return Open(view.asked_form(_from(click), school, known, asker))
    picture = view.may_request(click.target, refused_right(reason, Right.UNFREEZE))
    return Say(picture.text, tuple(picture.blocks))


def request_pressed(click: Click, desk: Desk) -> Reply:
    person = click.allowed(desk, Right.REQUEST_UNFREEZE)
    with desk.read() as store:
        school = _school(store, click.target)
        if school.status is not Status.FROZEN:
            return Say(escaped(_no_longer(store, school)))
        known = store.unfreezes.open_for(school)
    asker = known.asked_by(person.id) if known else None
    if known and asker:
        return Open(view.asked_form(_from(click), school, known, asker))
    return Open(view.request_form(_from(click), school))


def _withdraw_pressed(click: Click, desk: Desk) -> Reply:
    last = withdraw(_ask(click, desk), desk)
    if last is None:
        return None
    ended = "and the request has ended" if last else "and others still do"
    sentence = f"You ask no longer to unfreeze this school, {ended}."
    return Show(told("Withdrawn", sentence), sentence) if click.view else Say(sentence)


def _decision_pressed(click: Click, desk: Desk, approve: bool) -> Reply:
    person = click.allowed(desk, Right.UNFREEZE)
    with desk.read() as store:
        school = _school(store, click.target)
        asked = store.unfreezes.by_id(click.target.request)
        _undecided(asked)
        _not_ones_own(asked, person)
        target = _from(click, approve=approve)
        return Open(view.decision_form(target, school, _effect(store, school)))


def _unfreeze_submitted(click: Click, desk: Desk) -> Reply:
    answer = unfreeze(_ask(click, desk), desk)
    if answer.refused:
        return Say(not_done(answer.refused[0], SLACK))
    if answer.done and click.target.alone:
        school = answer.done[0].school
        title, status = escaped(school_title(school)), STATUS_WORDS[school.status]
        return Say(f"{title} is unfrozen. Status: {status}.")
    return None


def _request_submitted(click: Click, desk: Desk) -> Reply:
    joined = request(_ask(click, desk), desk)
    if joined is None:
        return None
    sentence = (
        "The support team has been asked. You get a direct message when they decide."
        if joined
        else "You have asked for this already; the support team still has to decide."
    )
    picture = view.asked_picture(_from(click), sentence)
    return Say(picture.text, tuple(picture.blocks))


def _decision_submitted(click: Click, desk: Desk) -> Reply:
    target = click.target
    answer = decide(_ask(click, desk), desk, target.request, target.approve)
    return Say(not_done(answer.refused[0], SLACK)) if answer.refused else None


def _school(store: Store, target: Target) -> School:
    return store.schools.named(store.partners.named(target.partner), target.school)


def _effect(store: Store, school: School) -> view.Effect:
    people, released = store.locks.preview(school).accounts, store.releases.of(school)
    stay = [account for account in people if account.also_by]
    return view.Effect(len(people), len(released.keys() & {a.key for a in people}), stay)


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
        alone=click.alone,
    )


def _ask(click: Click, desk: Desk) -> Ask:
    target = click.target
    seen = {target.school: target.version} if target.version else {}
    return click.ask(desk, [target.school], reason=click.text(view.REASON), expected=seen)
