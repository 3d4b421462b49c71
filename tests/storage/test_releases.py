"""Releases, and the wishes for them."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from storage.accounts import Account
from storage.releases import GRANTED, OPEN, ReleaseRequest
from storage.rules.lifecycle import Event
from storage.schools import Actor
from storage.tables import release_requests
from tests.storage.office import Office, person

SUE = Actor("U0SUE", "Sue", "slack")


@pytest.fixture
def frozen(office: Office) -> Office:
    office.night("AB", [person("p", "A", "B"), person("q", "A"), person("r", "B")])
    office.change("A", Event.FROZEN)
    return office


def known(office: Office) -> dict[str, Account]:
    with office.stores.read() as store:
        return {account.id: account for account in store.accounts.of(office.partner)}


def given(office: Office, *ids: str) -> list[str]:
    """Who is newly released from A."""
    keys = {id: account.key for id, account in known(office).items()}
    with office.stores.transaction() as store:
        school = store.schools.named(store.partners.locked("lincoln"), "A")
        fresh = store.releases.give(school, [keys[id] for id in ids], SUE, "Still teach")
    return [id for id, key in keys.items() if key in fresh]


def wished(office: Office) -> ReleaseRequest:
    with office.stores.transaction() as store:
        school = store.schools.named(store.partners.locked("lincoln"), "A")
        return store.releases.ask(school, SUE, "Still teach", "C0SUPPORT")


def test_who_is_released_before_or_works_elsewhere_is_passed_over(frozen: Office) -> None:
    assert given(frozen, "p") == ["p"]
    assert given(frozen, "p", "q", "r") == ["q"]


def test_a_release_says_who_gave_it_and_why(frozen: Office) -> None:
    given(frozen, "p")
    with frozen.stores.read() as store:
        [release] = store.releases.of(frozen.school("A")).values()
    assert (release.by, release.by_name, release.reason) == ("U0SUE", "Sue", "Still teach")


def test_a_release_holds_for_its_freeze_alone(frozen: Office) -> None:
    given(frozen, "p")
    frozen.change("A", Event.UNFROZEN)
    frozen.change("A", Event.FROZEN)
    with frozen.stores.read() as store:
        assert store.releases.of(frozen.school("A")) == {}
    assert given(frozen, "p") == ["p"]


def test_who_was_released_is_not_among_those_that_are_locked(frozen: Office) -> None:
    given(frozen, "p")
    with frozen.stores.read() as store:
        assert [a.id for a in store.locks.unreleased(frozen.school("A"))] == ["q"]


def test_a_wish_waits_for_support_until_it_is_ended_once(frozen: Office) -> None:
    wish = wished(frozen)
    with frozen.stores.transaction() as store:
        assert [w.id for w in store.releases.waiting()] == [wish.id]
        assert [w.id for w in store.releases.open_of(frozen.partner.id)] == [wish.id]
        assert store.releases.end(wish, GRANTED, SUE, "Fine")
        assert not store.releases.end(wish, GRANTED, SUE, "Fine")
        assert store.releases.waiting() == []
        assert store.releases.open_for(frozen.school("A")) is None
        assert store.releases.by_id(wish.id).decided_name == "Sue"


def test_wishes_of_a_retired_partner_do_not_wait(frozen: Office) -> None:
    wished(frozen)
    with frozen.stores.transaction() as store:
        store.partners.retire(store.partners.locked("lincoln"))
        assert store.releases.waiting() == []


def test_the_database_holds_one_open_wish_for_each_school(frozen: Office) -> None:
    wish = wished(frozen)
    with frozen.stores.read() as store:
        [row] = store.connection.execute(select(release_requests)).all()
    again = {**row._mapping, "id": wish.id + 1, "state": OPEN}
    with pytest.raises(IntegrityError), frozen.stores.transaction() as store:
        store.connection.execute(insert(release_requests).values(again))
