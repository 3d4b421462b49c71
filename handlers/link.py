"""Support joins a school that was made anew in the roster with the one it was before."""

from dataclasses import dataclass

from handlers.ask import Ask
from handlers.cases import close_case
from handlers.desk import Desk, require
from handlers.views.notes import linked
from storage.cases import Closing
from storage.rules.rights import Right
from storage.schools import School


@dataclass(frozen=True)
class Linking:
    """What a link does: the two records, and how many more accounts a Frozen one locks."""

    old: School
    new: School
    people: int
    more_locked: int


def preview_link(desk: Desk, partner: str, old: str, new: str) -> Linking:
    """What `link` would do. Raises UnknownSchool."""
    with desk.read() as store:
        where = store.partners.named(partner)
        first, second = store.schools.named(where, old), store.schools.named(where, new)
        people = store.schools.people([second.key]).get(second.key, 0)
        return Linking(first, second, people, store.links.more_locked(first, second))


def link(ask: Ask, desk: Desk, new: str) -> School:
    """Join the school `new` into the asked one; answers it as it is now.

    Raises NotPossible unless the asked one is absent and `new` is Active and undecided.
    """
    with desk.transaction() as store:
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.LINK, partner.access(desk.support_group))
        [asked] = ask.schools
        store.schools.picked(partner, [asked, new])
        old, other = store.schools.named(partner, asked), store.schools.named(partner, new)
        joined = store.links.link(partner, old, other, ask.actor, ask.reason)
        close_case(store, partner, joined, Closing.LINKED, ask.person.id, ask.person.name)
        card = store.cards.refresh(partner)
        note = linked(joined, ask.person.name, ask.reason).body()
        store.messages.note(partner.channel, note, partner=partner.id, thread=card)
    return joined
