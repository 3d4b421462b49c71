"""Which schools a card lists, and which card is the partner's."""

from storage.cards import Decisions
from storage.messages import LET_GO, Message
from storage.rules.lifecycle import Event, Status
from tests.storage.office import Office, person

STAFF = [person("p", "A"), person("q", "A", "B")]


def opened(office: Office) -> int:
    with office.stores.transaction() as store:
        return store.cards.open(store.partners.locked("lincoln"))


def refreshed(office: Office) -> int | None:
    with office.stores.transaction() as store:
        return store.cards.refresh(store.partners.locked("lincoln"))


def shown(office: Office, card: int) -> Decisions:
    with office.stores.read() as store:
        return store.cards.decisions(store.messages.by_id(card))


def posted(office: Office, card: int) -> None:
    with office.stores.transaction() as store:
        message = store.messages.by_id(card)
        store.messages.sending(message)
        store.messages.sent(message, message.version, message.channel, "1.1")


def listed(office: Office, card: int) -> dict[str, Status]:
    return {e.school.id: e.school.status for e in shown(office, card).entries}


def current(office: Office) -> Message | None:
    with office.stores.read() as store:
        return store.cards.current(office.partner)


def test_a_partner_without_open_decisions_has_no_card(office: Office) -> None:
    office.night("AB", STAFF)
    assert refreshed(office) is None
    assert current(office) is None


def test_a_card_lists_everything_open_with_its_people(office: Office) -> None:
    office.night("ABC", STAFF)
    office.night("C", STAFF)
    decisions = shown(office, opened(office))
    assert [(e.school.id, e.people, e.last.event) for e in decisions.entries] == [
        ("A", 2, Event.WENT_MISSING),
        ("B", 1, Event.WENT_MISSING),
    ]
    assert not decisions.replaced


def test_a_decided_school_stays_on_its_card(office: Office) -> None:
    office.night("ABC", STAFF)
    office.night("C", STAFF)
    card = opened(office)
    office.change("A", Event.PAUSED)
    assert refreshed(office) == card
    assert listed(office, card) == {"A": Status.PAUSED, "B": Status.ACTION_NEEDED}


def test_a_new_card_lists_everything_open_and_replaces_the_old_one(office: Office) -> None:
    office.night("ABC", STAFF)
    office.night("BC", STAFF)
    old = opened(office)
    office.night("C", STAFF)
    new = opened(office)
    assert listed(office, new) == {"A": Status.ACTION_NEEDED, "B": Status.ACTION_NEEDED}
    assert shown(office, old).replaced
    assert current(office).id == new
    with office.stores.read() as store:
        assert [c.id for c in store.cards.superseded_by(store.messages.by_id(new))] == [old]


def test_the_old_card_is_owed_anew_and_points_at_the_new_one(office: Office) -> None:
    office.night("ABC", STAFF)
    office.night("BC", STAFF)
    old = opened(office)
    posted(office, old)
    new = opened(office)
    with office.stores.transaction() as store:
        assert store.messages.by_id(old).version == 2
        store.messages.linked(store.messages.by_id(new), "https://slack/p2")
    assert shown(office, old).newer == "https://slack/p2"


def test_a_card_that_was_replaced_before_it_was_posted_is_let_go(office: Office) -> None:
    office.night("ABC", STAFF)
    office.night("BC", STAFF)
    first = opened(office)
    posted(office, first)
    second = opened(office)
    with office.stores.transaction() as store:
        below = store.messages.note(office.partner.channel, {"text": "Said below"}, thread=second)
    third = opened(office)
    with office.stores.read() as store:
        assert store.messages.by_id(second).state == LET_GO
        assert store.messages.by_id(first).superseded_by == third
        assert store.messages.by_id(below).thread_id == third


def test_a_school_that_became_open_again_is_put_back(office: Office) -> None:
    office.night("ABC", STAFF)
    office.night("BC", STAFF)
    opened(office)
    office.change("A", Event.FROZEN)
    office.night("C", STAFF)
    card = opened(office)
    assert listed(office, card) == {"B": Status.ACTION_NEEDED}
    office.change("A", Event.UNFROZEN)
    assert refreshed(office) == card
    assert listed(office, card) == {"A": Status.ACTION_NEEDED, "B": Status.ACTION_NEEDED}


def test_every_refresh_owes_a_newer_version(office: Office) -> None:
    office.night("AB", STAFF)
    office.night("B", STAFF)
    card = opened(office)
    refreshed(office)
    refreshed(office)
    assert current(office).version == 3
    assert current(office).id == card


def test_the_card_of_another_partner_is_not_ours(office: Office) -> None:
    office.night("AB", STAFF)
    office.night("B", STAFF)
    opened(office)
    office.partner = office.declare("oakdale")
    assert current(office) is None
