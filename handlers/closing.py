"""A case that ends because of what happened to its school; and who is told of a case."""

from handlers.views import mistake as view
from handlers.views.blocks import Picture
from storage.cases import Case, Closing
from storage.partners import Partner
from storage.schools import School
from storage.store import Store


def close_case(
    store: Store, partner: Partner, school: School, how: Closing, by: str, name: str
) -> None:
    """End the school's open case, if there is one, because of what happened to the school.

    `by` and `name` are whoever did that; the sync has the id "sync".
    """
    case = store.cases.open_for(school)
    if case is not None and store.cases.close(case, how, by, name):
        tell_reporters(store, partner, case, view.closed_note)


def tell_reporters(store: Store, partner: Partner, case: Case, note: view.CaseNote) -> None:
    """A direct message to everybody who reported it, and a line below support's card."""
    case, school = as_it_is(store, case)
    told: Picture = note(partner, case, school)
    for reporter in case.reports:
        store.messages.note(reporter.person, told.body(), partner=partner.id)
    if (card := store.cases.card(case)) is not None:
        store.messages.note(card.channel, told.body(), partner=partner.id, thread=card.id)


def as_it_is(store: Store, case: Case) -> tuple[Case, School]:
    return store.cases.by_id(case.id), store.schools.by_key(case.school_key)
