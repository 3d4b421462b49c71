"""Release accounts of a Frozen school: as support, or asked for by whoever froze it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from slack_bolt import App

from handlers.ask import Ask
from handlers.desk import Desk, require, require_another
from handlers.listening import Click, Fix, Open, Reply, Say, Show, on_button, on_form
from handlers.sentences import PLAIN, counted, happened, school_title
from handlers.views import ids
from handlers.views import keys as packing
from handlers.views import release as view
from handlers.views.blocks import Block, Picture, escaped
from handlers.views.ids import Target
from handlers.views.release import Choosing
from storage.errors import NotPossible
from storage.locks import Locked
from storage.partners import Partner
from storage.releases import DECLINED, GRANTED, OPEN, VOID, ReleaseRequest
from storage.rules.lifecycle import Status
from storage.rules.rights import Person, Reason, Right, allows
from storage.schools import School
from storage.store import Store


@dataclass(frozen=True)
class Released:
    """Who was let in again. `before` counts those of the asked who were released already."""

    school: School
    people: Sequence[Locked]
    before: int = 0

    @property
    def still_locked(self) -> list[Locked]:
        """Who stays locked all the same, by another Frozen school."""
        return [account for account in self.people if account.also_by]


def release(
    ask: Ask, desk: Desk, accounts: Collection[int], request_id: int = 0
) -> Released | None:
    """Support lets accounts of a Frozen school in again, as long as this freeze of it holds.

    `accounts` are our keys; who does not work there is passed over. With a `request_id` this
    answers that wish. None: this delivery was done before. Raises NotPossible when the freeze
    that the person saw has ended, and when all of them are released already.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.RELEASE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        require_freeze(store, school, ask.expected.get(school.id))
        wish = _wish(store, school, request_id, ask.person)
        people = {account.key: account for account in store.locks.preview(school).accounts}
        asked = people.keys() & set(accounts)
        fresh = store.releases.give(school, asked, ask.actor, ask.reason)
        released = Released(school, [people[key] for key in fresh], len(asked) - len(fresh))
        _require_some(released)
        _told(store, partner, released, ask)
        _answer(store, partner, wish, released, ask, answered=bool(request_id))
    return released


def request(ask: Ask, desk: Desk) -> ReleaseRequest | None:
    """Ask support to release those of a Frozen school who also work elsewhere.

    Answers the wish that is open now, which may be somebody else's; None: this delivery was done
    before. Raises NotPossible when nobody of them is locked, or the school is not Frozen.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.FREEZE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        require_freeze(store, school, ask.expected.get(school.id))
        _require_somebody(store, school)
        known = store.releases.open_for(school)
        if known is None:
            ask_support(store, partner, school, ask, desk.support_channel)
        wish = known or store.releases.open_for(school)
        assert wish is not None
    return wish


def decline(ask: Ask, desk: Desk, request_id: int) -> None:
    """Support lets nobody in; whoever asked is told. Raises NotPossible when it was decided."""
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.RELEASE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        wish = _wish(store, school, request_id, ask.person)
        assert wish is not None
        _end(store, partner, school, wish, DECLINED, ask)
        note = view.declined_note(ask.person.name, school, ask.reason)
        _note(store, partner, note)


def still_locked_elsewhere(store: Store, school: School) -> list[Locked]:
    """Those of a Frozen school who also work elsewhere and are not released."""
    return [account for account in store.locks.unreleased(school) if account.elsewhere]


def require_freeze(store: Store, school: School, seen: int | None) -> None:
    """Raises NotPossible unless the school is Frozen, by the freeze that the person saw."""
    if school.status is Status.FROZEN and seen in (None, school.version):
        return
    last, title = store.schools.settled_by(school), school_title(school)
    since = f"{happened(last, title)} {PLAIN.when(last.at)}"
    state = "was frozen anew" if school.status is Status.FROZEN else "is not frozen"
    raise NotPossible(f"{title} {state}: {since}. Nobody was released.")


# As a part of other stories, in their transaction


def at_once(store: Store, partner: Partner, school: School, ask: Ask) -> int:
    """Support has just frozen the school, and spares who also works elsewhere."""
    people = still_locked_elsewhere(store, school)
    store.releases.give(school, [account.key for account in people], ask.actor, ask.reason)
    if people:
        _told(store, partner, Released(school, people), ask)
    return len(people)


def ask_support(
    store: Store, partner: Partner, school: School, ask: Ask, support_channel: str
) -> int:
    """An admin asks support to spare who also works elsewhere; no such wish is open."""
    count = len(still_locked_elsewhere(store, school))
    if count:
        store.releases.ask(school, ask.actor, ask.reason, support_channel)
        _note(store, partner, view.asked_note(ask.person.name, school, count))
    return count


def close_wish(store: Store, partner: Partner, school: School, ask: Ask) -> None:
    """The school is not Frozen any more, or its partner is retired: nobody has to be released."""
    wish = store.releases.open_for(school)
    if wish is not None:
        _end(store, partner, school, wish, VOID, ask)


def _wish(store: Store, school: School, request_id: int, person: Person) -> ReleaseRequest | None:
    """The wish that is meant, or that is open. Raises NotPossible for one that was decided."""
    wish = store.releases.by_id(request_id) if request_id else store.releases.open_for(school)
    if wish is not None:
        _undecided(wish)
        require_another(person, [wish.asked_by])
    return wish


def _undecided(wish: ReleaseRequest) -> None:
    if wish.state != OPEN and wish.decided_at is not None:
        how = {GRANTED: "released accounts", DECLINED: "declined"}.get(wish.state, "closed it")
        raise NotPossible(
            f"This request is decided: {wish.decided_name} {how} {PLAIN.when(wish.decided_at)}. "
            "Nothing was changed by this."
        )


def _require_some(released: Released) -> None:
    if released.people:
        return
    title = school_title(released.school)
    if released.before:
        raise NotPossible(f"All of them are released from {title} already. Nothing was changed.")
    raise NotPossible(
        f"None of them works at {title} any more, so it does not lock them. Nothing was changed."
    )


def _require_somebody(store: Store, school: School) -> list[Locked]:
    people = still_locked_elsewhere(store, school)
    if not people:
        raise NotPossible(
            f"Nobody whom {school_title(school)} locks works at another school, so there is nobody "
            "to release. Nothing was changed. You can request to unfreeze the school."
        )
    return people


def _told(store: Store, partner: Partner, released: Released, ask: Ask) -> None:
    note = view.released_note(ask.person.name, released.school, released.people, ask.reason)
    _note(store, partner, note)


def _answer(
    store: Store,
    partner: Partner,
    wish: ReleaseRequest | None,
    released: Released,
    ask: Ask,
    *,
    answered: bool,
) -> None:
    """A wish ends when it is decided, or when nobody is left that it could be about."""
    if wish is None:
        return
    if answered or not still_locked_elsewhere(store, released.school):
        of_them = sum(bool(account.elsewhere) for account in released.people)
        _end(store, partner, released.school, wish, GRANTED, ask, of_them)
    else:
        store.releases.touch(wish)


def _end(
    store: Store,
    partner: Partner,
    school: School,
    wish: ReleaseRequest,
    state: str,
    ask: Ask,
    released: int = 0,
) -> None:
    left = still_locked_elsewhere(store, school) if state == GRANTED else []
    store.releases.end(wish, state, ask.actor, ask.reason, released=released, left=len(left))
    told = view.told_asker(partner, school, store.releases.by_id(wish.id), left).body()
    key = f"release asked:{wish.id}"
    store.messages.note(wish.asked_by, told, partner=partner.id, key=key)


def _note(store: Store, partner: Partner, note: Picture) -> None:
    card = store.cards.refresh(partner)
    store.messages.note(partner.channel, note.body(), partner=partner.id, thread=card)


# In Slack


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.RELEASE_ASKED, _opened)
    on_button(app, desk, ids.RELEASE_DECLINE, _decline_pressed)
    on_button(app, desk, ids.RELEASE_ELSEWHERE, _ticked_all)
    on_button(app, desk, ids.RELEASE_NOBODY, _unticked)
    on_button(app, desk, ids.RELEASE_BACK, _turned)
    on_button(app, desk, ids.RELEASE_ON, _turned)
    on_button(app, desk, ids.RELEASE_FIND, _searched)
    on_form(app, desk, ids.RELEASE_FORM, _submitted)
    on_form(app, desk, ids.DECLINE_FORM, _declined)
    on_form(app, desk, ids.ASK_RELEASE_FORM, _asked)


def release_pressed(click: Click, desk: Desk) -> Reply:
    """In a school's menu: support picks the people, and an admin may ask support to do it."""
    access = desk.access(click.target.partner)
    person = click.person(desk, access)
    refused = allows(person, Right.RELEASE, access)
    may_ask = allows(person, Right.FREEZE, access) is None
    if may_ask and refused in (Reason.NOT_GRANTED, Reason.ADMINISTERS_PARTNER):
        return _way_of_an_admin(click, desk)
    return _opened(click, desk)


def _way_of_an_admin(click: Click, desk: Desk) -> Reply:
    target = replace(click.target, channel=click.channel, ts=click.ts)
    with desk.read() as store:
        school = _school(store, target)
        require_freeze(store, school, target.version)
        people = _require_somebody(store, school)
        known = store.releases.open_for(school)
    if known is not None:
        return Say(escaped(_asked_before(known)))
    return Open(view.ask_form(target, school, people))


def _asked(click: Click, desk: Desk) -> Reply:
    ask = _ask(click, desk)
    wish = request(ask, desk)
    if wish is None:
        return None
    if wish.asked_by != ask.person.id:
        return Say(escaped(_asked_before(wish)))
    return Say("The support team has been asked. You get a direct message when they decide.")


def _asked_before(wish: ReleaseRequest) -> str:
    at = PLAIN.when(wish.asked_at)
    return f"{wish.asked_name} asked support for this {at}; they still have to decide."


def _opened(click: Click, desk: Desk) -> Reply:
    """From a school's menu nobody is ticked; from the card of a wish, everybody it is about."""
    person = click.allowed(desk, Right.RELEASE)
    target = replace(click.target, channel=click.channel, ts=click.ts)
    with desk.read() as store:
        school = _school(store, target)
        wish = _wish(store, school, target.request, person) if target.request else None
        require_freeze(store, school, target.version)
        people = still_locked_elsewhere(store, school) if wish else []
        choosing = _choosing(store, school, {account.key for account in people})
    if not choosing.people:
        return Say(escaped(f"{school_title(school)} locks nobody any more. Nothing was changed."))
    form = view.release_form(target, choosing)
    return Open(form if form else _too_many(target, replace(choosing, picked=())))


def _decline_pressed(click: Click, desk: Desk) -> Reply:
    person = click.allowed(desk, Right.RELEASE)
    target = replace(click.target, channel=click.channel, ts=click.ts)
    with desk.read() as store:
        school = _school(store, target)
        _wish(store, school, target.request, person)
        people = still_locked_elsewhere(store, school)
    return Open(view.decline_form(target, school, len(people)))


def _ticked_all(click: Click, desk: Desk) -> Reply:
    def with_them(choosing: Choosing) -> set[int]:
        return {*choosing.picked, *(account.key for account in choosing.elsewhere)}

    return _shown(click, desk, with_them)


def _unticked(click: Click, desk: Desk) -> Reply:
    return _shown(click, desk, lambda choosing: set())


def _turned(click: Click, desk: Desk) -> Reply:
    return _shown(click, desk, lambda choosing: choosing.picked, page=click.target.page)


def _searched(click: Click, desk: Desk) -> Reply:
    query = click.chosen[0] if click.chosen else ""
    return _shown(click, desk, lambda choosing: choosing.picked, query=query)


def _shown(
    click: Click,
    desk: Desk,
    pick: Callable[[Choosing], Collection[int]],
    *,
    page: int = 0,
    query: str | None = None,
) -> Reply:
    """The dialog again, with what was ticked so far and what `pick` makes of it."""
    click.allowed(desk, Right.RELEASE)
    target = replace(
        click.target,
        accounts="",
        query=click.around.query if query is None else query,
        digest=click.hash,
        channel=click.around.channel,
        ts=click.around.ts,
    )
    ticked = _ticked(click)
    with desk.read() as store:
        school = _school(store, target)
        require_freeze(store, school, target.version)
        choosing = _choosing(store, school, ticked, target.query, page)
    form = view.release_form(target, replace(choosing, picked=pick(choosing)))
    return Show(form if form else _too_many(target, choosing))


def _too_many(target: Target, choosing: Choosing) -> Block:
    form = view.release_form(target, choosing, view.TOO_MANY)
    assert form is not None, "what was ticked before was remembered"
    return form


def _submitted(click: Click, desk: Desk) -> Reply:
    ticked = _ticked(click)
    if not ticked:
        return Fix({view.REASON: "Tick at least one person above. Nobody was released yet."})
    released = release(_ask(click, desk), desk, ticked, click.target.request)
    return None if released is None else Say(escaped(said(released)))


def said(released: Released) -> str:
    """What whoever released them is told."""
    title = school_title(released.school)
    text = f"{counted(len(released.people), 'account')} of {title} released."
    if released.before:
        text += f" {counted(released.before, 'more was', 'more were')} released before."
    if stay := released.still_locked:
        verb = counted(len(stay), "of them stays", "of them stay")
        text += f" {verb} locked, because another school of theirs is frozen."
    return text


def _declined(click: Click, desk: Desk) -> Reply:
    decline(_ask(click, desk), desk, click.target.request)
    return None


def _choosing(
    store: Store, school: School, picked: Collection[int], query: str = "", page: int = 0
) -> Choosing:
    known = store.releases.of(school)
    people = store.locks.preview(school).accounts
    locked = [account for account in people if account.key not in known]
    released = [account for account in people if account.key in known]
    keys = {account.key for account in locked}
    ordered = sorted(locked, key=lambda a: (not a.elsewhere, a.shown.casefold(), a.key))
    return Choosing(school, ordered, released, keys & set(picked), query, page)


def _ticked(click: Click) -> set[int]:
    """Everybody who is ticked: on the page that is shown, and on the others."""
    return packing.unpacked(click.around.accounts) | {int(value) for value in click.ticked()}


def _school(store: Store, target: Target) -> School:
    return store.schools.named(store.partners.named(target.partner), target.school)


def _ask(click: Click, desk: Desk) -> Ask:
    target = click.target
    seen = {target.school: target.version}
    return click.ask(desk, [target.school], reason=click.text(view.REASON), expected=seen)
