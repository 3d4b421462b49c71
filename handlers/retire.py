"""Support retires a partner: nothing runs and nothing is asked any more."""

from handlers.ask import Ask
from handlers.closing import close_case
from handlers.desk import Desk, require
from handlers.release import close_wish
from handlers.telling import Telling
from handlers.unfreeze import close_request
from handlers.views.notes import retired
from storage.cases import Closing
from storage.rules.rights import Right
from storage.runs import SUPERSEDED


def retire(ask: Ask, desk: Desk) -> bool:
    """Stop the partner's runs, close its requests, holds and cards; False if it was done before.

    Freezes and locks stay in force, and support can still undo them.
    """
    with desk.transaction() as store:
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.MANAGE_PARTNERS, partner.access(desk.support_group))
        if not store.partners.retire(partner):
            return False
        for request in store.unfreezes.open_of(partner.id):
            close_request(store, partner, request, ask)
        for wish in store.releases.open_of(partner.id):
            close_wish(store, partner, store.schools.by_key(wish.school_key), ask)
        for case in store.cases.open_of(partner):
            school = store.schools.by_key(case.school_key)
            close_case(store, partner, school, Closing.RETIRED, ask.person.id, ask.person.name)
        if (held := store.runs.held(partner)) is not None:
            settled = store.runs.settle(held, SUPERSEDED, "The partner was retired.")
            Telling(desk.support_channel).uploads_settled(store, [settled])
        store.cards.refresh(partner)
        note = retired(partner, ask.person.name, ask.reason).body()
        store.messages.note(partner.channel, note, partner=partner.id)
    return True
