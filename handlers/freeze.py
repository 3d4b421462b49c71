"""Freeze one school, after its modal has shown what that does."""

import time
from dataclasses import dataclass

from slack_bolt import App

from handlers.ask import Answer, Ask
from handlers.closing import close_case
from handlers.desk import Desk, require
from handlers.harm import Addresses, addresses, harm
from handlers.listening import Click, Fix, Open, Reply, Say, Show, on_button, on_form
from handlers.release import ask_support, at_once
from handlers.sentences import counted, not_done, school_title
from handlers.trail import record
from handlers.views import freeze as view
from handlers.views import ids, keys
from handlers.views.blocks import SLACK, escaped
from handlers.views.freeze import Difference, Showing, Spare
from handlers.views.ids import Target
from storage.cases import Closing
from storage.errors import RecessError
from storage.locks import Preview, digest_of
from storage.partners import Partner
from storage.rules.lifecycle import Event, Refusal, decide
from storage.rules.rights import Access, Person, Right, allows
from storage.schools import Change, School
from storage.store import Store


class PreviewChanged(RecessError):
    """The accounts are not those that the person was shown; nothing was frozen."""

    def __init__(self, school: School) -> None:
        super().__init__(
            f"The accounts of {school_title(school)} changed while you were reading. "
            "Nothing was frozen; look at it again."
        )


@dataclass(frozen=True)
class Frozen:
    """What a freeze did to `accounts`. `spared` also work elsewhere: released or asked for."""

    answer: Answer
    accounts: int
    spare: Spare = Spare.LOCK
    spared: int = 0


def freeze(ask: Ask, desk: Desk, shown: str | None, spare: Spare = Spare.LOCK) -> Frozen:
    """Freeze the asked school if it still locks exactly the accounts that were `shown`.

    `shown` is the digest of a preview, compared inside the transaction, under the lock that the
    sync takes too; None skips it. Raises PreviewChanged when it differs. `spare` says what
    becomes of those who also work elsewhere, in the same transaction.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return Frozen(Answer(repeated=True), 0)
        partner = store.partners.locked(ask.partner)
        access = partner.access(desk.support_group)
        require(ask.person, Right.FREEZE, access)
        if spare is Spare.RELEASE:
            require(ask.person, Right.RELEASE, access)
        [school] = store.schools.picked(partner, ask.schools)
        attached = store.locks.attached(school)
        change = _change(store, school, ask, digest_of(attached), shown)
        record(store, partner, [change])
        if not change.done:
            return Frozen(Answer([change]), 0)
        close_case(store, partner, school, Closing.FROZEN, ask.person.id, ask.person.name)
        spared = _spare(store, partner, change.school, ask, desk, spare)
    return Frozen(Answer([change]), len(attached), spare, spared)


def _spare(
    store: Store, partner: Partner, school: School, ask: Ask, desk: Desk, spare: Spare
) -> int:
    if spare is Spare.RELEASE:
        return at_once(store, partner, school, ask)
    if spare is Spare.ASK:
        return ask_support(store, partner, school, ask, desk.support_channel)
    return 0


def _change(store: Store, school: School, ask: Ask, digest: str, shown: str | None) -> Change:
    expected = ask.expected.get(school.id)
    moved = expected is not None and expected != school.version
    if shown is not None and digest != shown and not moved and _can(school):
        raise PreviewChanged(school)
    return store.schools.change(
        school, Event.FROZEN, ask.actor, reason=ask.reason, expected=expected
    )


def _can(school: School) -> bool:
    return not isinstance(decide(school.status, Event.FROZEN), Refusal)


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.FREEZE, pressed)
    on_form(app, desk, ids.FREEZE_FORM, _submitted)


def pressed(click: Click, desk: Desk) -> Reply:
    since = time.monotonic()
    access = desk.access(click.target.partner)
    person = click.person(desk, access)
    require(person, Right.FREEZE, access)
    asking = _asking(person, desk, access, since)
    with desk.read() as store:
        school = _school(store, click.target)
        if not _can(school) or school.version != click.target.version:
            return Say(not_done(_as_it_is(store, school), SLACK))
        form = _form(store, school, click, asking)
    return Open(form)


def _as_it_is(store: Store, school: School) -> Change:
    decided = decide(school.status, Event.FROZEN)
    refusal = decided if isinstance(decided, Refusal) else None
    last = store.schools.settled_by(school) if refusal else store.schools.last(school)
    return Change(school, refusal, last, stale=refusal is None)


@dataclass(frozen=True)
class _Asking:
    """Who looks at the dialog, and what Slack told about people before anything was read."""

    person: Person
    access: Access
    known: Addresses

    def may(self, right: Right) -> bool:
        return allows(self.person, right, self.access) is None


def _asking(person: Person, desk: Desk, access: Access, since: float) -> _Asking:
    return _Asking(person, access, addresses(desk, person.id, access, since))


def _form(
    store: Store,
    school: School,
    click: Click,
    asking: _Asking,
    changed_from: Target | None = None,
) -> dict[str, object]:
    partner = store.partners.by_id(school.partner_id)
    preview = store.locks.preview(school)
    showing = Showing(
        partner=partner,
        school=school,
        preview=preview,
        harm=harm(store, school, asking.known),
        last=store.schools.settled_by(school),
        recreated=store.links.likely(partner).get(school.key),
        may_link=asking.may(Right.LINK),
        offer=Spare.RELEASE if asking.may(Right.RELEASE) else Spare.ASK,
        changed=_difference(store, preview, changed_from) if changed_from else None,
    )
    target = Target(partner.slug, channel=click.channel, ts=click.ts)
    return view.freeze_form(target, showing)


def _difference(store: Store, preview: Preview, before: Target) -> Difference:
    """Who came and who left since the dialog was shown, as far as it could remember them."""
    if before.people and not before.accounts:
        return Difference(before.people)
    shown, now = keys.unpacked(before.accounts), {a.key: a for a in preview.accounts}
    left = shown - now.keys()
    named = store.locks.named(left)
    came = [account for key, account in now.items() if key not in shown]
    return Difference(before.people, came, named, gone=len(left) - len(named))


def _submitted(click: Click, desk: Desk) -> Reply:
    if (fix := _unconfirmed(click, desk)) is not None:
        return fix
    since, target = time.monotonic(), click.target
    seen, reason = {target.school: target.version}, click.text(view.REASON)
    ask = click.ask(desk, [target.school], reason=reason, expected=seen)
    try:
        frozen = freeze(ask, desk, target.digest, _spare_ticked(click))
    except PreviewChanged:
        asking = _asking(ask.person, desk, desk.access(target.partner), since)
        with desk.read() as store:
            return Show(_form(store, _school(store, target), click, asking, changed_from=target))
    return _told(frozen)


def _spare_ticked(click: Click) -> Spare:
    ticked = click.ticked()
    return Spare(ticked[0]) if ticked else Spare.LOCK


def _unconfirmed(click: Click, desk: Desk) -> Fix | None:
    """A large freeze is confirmed by typing; the form stays open until it is right."""
    if click.target.people < view.TYPED_FROM:
        return None
    with desk.read() as store:
        school = _school(store, click.target)
    if view.typed_right(school, click.text(view.TYPED)):
        return None
    wanted = school.number or school.name
    return Fix({view.TYPED: f"This is not “{wanted}”. Nothing was frozen yet."})


def _school(store: Store, target: Target) -> School:
    return store.schools.named(store.partners.named(target.partner), target.school)


def _told(frozen: Frozen) -> Reply:
    if frozen.answer.repeated:
        return None
    if frozen.answer.refused:
        return Say(not_done(frozen.answer.refused[0], SLACK))
    return Say(
        f"{escaped(school_title(frozen.answer.done[0].school))} is frozen; {locked(frozen)} "
        "Nothing was erased. Only the support team can undo this."
    )


def locked(frozen: Frozen) -> str:
    """Who is locked now, and what becomes of those who also work elsewhere."""
    spared = frozen.spared
    who = f"the {spared:,} who also work{'s' if spared == 1 else ''} elsewhere"
    if spared and frozen.spare is Spare.RELEASE:
        rest = counted(frozen.accounts - spared, "account is", "accounts are")
        return f"{rest} locked; {who} {'is' if spared == 1 else 'are'} released."
    text = f"its accounts ({frozen.accounts:,}) are locked."
    return f"{text} Support is asked to release {who}." if spared else text
