"""Support joins a school that was made anew in the roster with the one it was before."""

from collections.abc import Sequence

from slack_bolt import App

from handlers.ask import Ask
from handlers.closing import close_case
from handlers.desk import Desk, require
from handlers.listening import (
    Click,
    Open,
    Reply,
    Say,
    Show,
    on_button,
    on_form,
    on_options,
)
from handlers.searching import fits
from handlers.sentences import STATUS_WORDS, school_title
from handlers.views import ids
from handlers.views import link as view
from handlers.views.blocks import OPTIONS_OF_A_SELECT, Block, escaped
from handlers.views.ids import Target
from handlers.views.link import Linking
from handlers.views.notes import linked
from storage.cases import Closing
from storage.errors import NotPossible
from storage.rules.rights import Right
from storage.schools import School
from storage.store import Store


class LinkChanged(NotPossible):
    """The schools or their people are not those that were shown; nothing was linked."""

    def __init__(self, old: School) -> None:
        super().__init__(
            f"{school_title(old)} or the new school changed while you were reading. "
            "Nothing was linked; look at it again."
        )


def preview_link(desk: Desk, partner: str, old: str, new: str) -> Linking:
    """What `link` would do. Raises UnknownSchool."""
    with desk.read() as store:
        where = store.partners.named(partner)
        return _linking(store, store.schools.named(where, old), store.schools.named(where, new))


def link(ask: Ask, desk: Desk, new: str, shown: str | None = None) -> School | None:
    """Join the school `new` into the asked one; answers it as it is now.

    `shown` is the digest of a preview, compared under the partner's lock; None skips it. None is
    answered when this delivery was done before. Raises LinkChanged, and NotPossible unless the
    asked one is absent and `new` is Active and undecided.
    """
    with desk.transaction() as store:
        if not store.envelopes.first_time(ask.delivery):
            return None
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.LINK, partner.access(desk.support_group))
        [asked] = ask.schools
        store.schools.picked(partner, [asked, new])
        old, other = store.schools.named(partner, asked), store.schools.named(partner, new)
        store.links.check(old, other)
        if shown is not None and store.links.digest(old, other) != shown:
            raise LinkChanged(old)
        joined = store.links.link(partner, old, other, ask.actor, ask.reason)
        close_case(store, partner, joined, Closing.LINKED, ask.person.id, ask.person.name)
        card = store.cards.refresh(partner)
        note = linked(joined, ask.person.name, ask.reason).body()
        store.messages.note(partner.channel, note, partner=partner.id, thread=card)
    return joined


def _linking(store: Store, old: School, new: School) -> Linking:
    people = store.schools.people([old.key, new.key])
    return Linking(
        old=old,
        new=new,
        people_before=people.get(old.key, 0),
        people=people.get(new.key, 0),
        more_locked=store.links.more_locked(old, new),
        digest=store.links.digest(old, new),
    )


# In Slack


def register(app: App, desk: Desk) -> None:
    on_button(app, desk, ids.LINK, pressed)
    on_button(app, desk, ids.LINK_NEW, _chosen)
    on_options(app, desk, ids.LINK_NEW, _offered)
    on_form(app, desk, ids.LINK_FORM, _submitted)


def pressed(click: Click, desk: Desk) -> Reply:
    """The dialog with the new school that looks most like it, if one does."""
    click.allowed(desk, Right.LINK)
    asked = click.target
    target = Target(asked.partner, asked.school, key=asked.key, channel=click.channel, ts=click.ts)
    with desk.read() as store:
        partner = store.partners.named(target.partner)
        old = store.schools.named(partner, target.school)
        if old.present or not store.links.newcomers(partner):
            return Say(escaped(_nothing_to_link(old)))
        likely = store.links.likely(partner).get(old.key)
        if likely is None:
            return Open(view.choosing_form(target, old))
        return Open(view.link_form(target, _linking(store, old, likely.new), likely.likeness))


def _nothing_to_link(old: School) -> str:
    title = school_title(old)
    if old.present:
        return f"{title} is in the last roster, so it was not re-created. Nothing was changed."
    return (
        f"The roster has no new school that {title} could have become. Nothing was changed; "
        "sync the partner when it was re-created just now."
    )


def _chosen(click: Click, desk: Desk) -> Reply:
    """Another new school was chosen: the same dialog with what linking that one does."""
    click.allowed(desk, Right.LINK)
    return _shown(click, desk, int(click.chosen[0]))


def _offered(click: Click, desk: Desk) -> Sequence[Block]:
    """The new schools whose name, number or id has what was typed."""
    click.allowed(desk, Right.LINK)
    with desk.read() as store:
        young = store.links.newcomers(store.partners.named(click.target.partner))
    found = [s for s in young if fits(click.chosen[0], s.name, s.number, s.id)]
    return [view.offered(school) for school in found[:OPTIONS_OF_A_SELECT]]


def _submitted(click: Click, desk: Desk) -> Reply:
    target, wanted = click.target, _wanted(click)
    if wanted != target.other:
        # Another school was chosen, and what linking that one does was not shown yet.
        return _shown(click, desk, wanted, changed=True)
    with desk.read() as store:
        new = _by_key(store, target, target.other)
    try:
        ask = click.ask(desk, [target.school], reason=click.text(view.REASON))
        joined = link(ask, desk, new.id, target.digest)
    except LinkChanged:
        return _shown(click, desk, target.other, changed=True)
    return None if joined is None else Say(_said(joined))


def _wanted(click: Click) -> int:
    """Our key of the new school that stands in the menu of the dialog."""
    menus = [elements.get(ids.LINK_NEW) or {} for elements in click.values.values()]
    picked = [menu["selected_option"]["value"] for menu in menus if menu.get("selected_option")]
    return int(picked[0]) if picked else click.target.other


def _shown(click: Click, desk: Desk, key: int, *, changed: bool = False) -> Reply:
    """The dialog with what linking the new school of this key does."""
    with desk.read() as store:
        old = store.schools.named(store.partners.named(click.target.partner), click.target.school)
        new = _by_key(store, click.target, key)
        store.links.check(old, new)
        return Show(view.link_form(click.target, _linking(store, old, new), changed=changed))


def _said(joined: School) -> str:
    title, status = escaped(school_title(joined)), STATUS_WORDS[joined.status]
    return f"{title} is linked with the school it was before. Status: {status}."


def _by_key(store: Store, target: Target, key: int) -> School:
    """Raises NotPossible for a school that is another partner's, or was linked meanwhile."""
    young = store.links.newcomers(store.partners.named(target.partner))
    new = next((school for school in young if school.key == key), None)
    if new is None:
        raise NotPossible(
            "The new school is not there any more, or somebody has decided about it. "
            "Nothing was linked."
        )
    return new
