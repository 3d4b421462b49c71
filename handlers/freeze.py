"""Freeze one school, after its modal has shown what that does."""

from dataclasses import dataclass

from slack_bolt import App

from handlers.ask import Answer, Ask
from handlers.cases import close_case
from handlers.desk import Desk, require
from handlers.listening import Click, Fix, Open, Reply, Say, Show, on_button, on_form
from handlers.sentences import not_done, school_title
from handlers.trail import record
from handlers.views import freeze as view
from handlers.views import ids
from handlers.views.blocks import SLACK, escaped
from handlers.views.ids import Target
from storage.cases import Closing
from storage.errors import RecessError
from storage.locks import Preview
from storage.partners import Partner
from storage.rules.lifecycle import Event, Refusal, decide
from storage.rules.rights import Right
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
    """What a freeze locked."""

    answer: Answer
    accounts: int


def freeze(ask: Ask, desk: Desk, shown: str | None) -> Frozen:
    """Freeze the asked school if it still locks exactly the accounts that were `shown`.

    `shown` is the digest of a preview, compared inside the transaction, under the lock that the
    sync takes too; None skips it. Raises PreviewChanged when it differs.
    """
    with desk.transaction() as store:
        if ask.delivery and not store.envelopes.first_time(ask.delivery):
            return Frozen(Answer(repeated=True), 0)
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.FREEZE, partner.access(desk.support_group))
        [school] = store.schools.picked(partner, ask.schools)
        preview = store.locks.preview(school)
        change = _change(store, school, ask, preview, shown)
        record(store, partner, [change])
        if change.done:
            close_case(store, partner, school, Closing.FROZEN, ask.person.id, ask.person.name)
    return Frozen(Answer([change]), len(preview.accounts))


def _change(store: Store, school: School, ask: Ask, preview: Preview, shown: str | None) -> Change:
    expected = ask.expected.get(school.id)
    moved = expected is not None and expected != school.version
    if shown is not None and preview.digest != shown and not moved and _can(school):
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
    access = desk.access(click.target.partner)
    person = click.person(desk, access)
    require(person, Right.FREEZE, access)
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
        school = store.schools.named(partner, click.target.school)
        if not _can(school) or school.version != click.target.version:
            return Say(not_done(_as_it_is(store, school), SLACK))
        form = _form(store, partner, school, click, desk)
    return Open(form)


def _as_it_is(store: Store, school: School) -> Change:
    decided = decide(school.status, Event.FROZEN)
    refusal = decided if isinstance(decided, Refusal) else None
    return Change(school, refusal, store.schools.last(school), stale=refusal is None)


def _form(
    store: Store,
    partner: Partner,
    school: School,
    click: Click,
    desk: Desk,
    changed_from: int | None = None,
) -> dict[str, object]:
    target = Target(partner.slug, channel=click.channel, ts=click.ts)
    preview = store.locks.preview(school)
    email = desk.email(click.user).casefold()
    locks_asker = bool(email) and any(a.email.casefold() == email for a in preview.accounts)
    return view.freeze_form(
        target, school, preview, locks_asker=locks_asker, changed_from=changed_from
    )


def _submitted(click: Click, desk: Desk) -> Reply:
    if (fix := _unconfirmed(click, desk)) is not None:
        return fix
    target = click.target
    ask = Ask(
        person=click.person(desk, desk.access(target.partner)),
        partner=target.partner,
        schools=[target.school],
        reason=click.text(view.REASON),
        expected={target.school: target.version},
        delivery=click.delivery,
        channel=click.channel,
        ts=click.ts,
    )
    try:
        frozen = freeze(ask, desk, target.digest)
    except PreviewChanged:
        return _show_again(click, desk)
    return _told(frozen)


def _unconfirmed(click: Click, desk: Desk) -> Fix | None:
    """A large freeze is confirmed by typing; the form stays open until it is right."""
    if click.target.people < view.TYPED_FROM:
        return None
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
        school = store.schools.named(partner, click.target.school)
    if view.typed_right(school, click.text(view.TYPED)):
        return None
    wanted = school.number or school.name
    return Fix({view.TYPED: f"This is not “{wanted}”. Nothing was frozen yet."})


def _show_again(click: Click, desk: Desk) -> Reply:
    with desk.read() as store:
        partner = store.partners.named(click.target.partner)
        school = store.schools.named(partner, click.target.school)
        return Show(_form(store, partner, school, click, desk, click.target.people))


def _told(frozen: Frozen) -> Reply:
    if frozen.answer.repeated:
        return None
    if frozen.answer.refused:
        return Say(not_done(frozen.answer.refused[0], SLACK))
    school = frozen.answer.done[0].school
    return Say(
        f"{escaped(school_title(school))} is frozen; its accounts ({frozen.accounts:,}) are "
        "locked. Nothing was erased. Only the support team can undo this."
    )
