"""Requests to unfreeze: one open per school, joined by whoever asks as well."""

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from storage.rules.lifecycle import Event
from storage.tables import messages, unfreeze_requests
from storage.unfreezes import APPROVED, DENIED, OPEN, Asker, Unfreeze
from tests.storage.office import Office, person


@pytest.fixture
def frozen(office: Office) -> Office:
    office.night("A", [person("p", "A")])
    office.change("A", Event.FROZEN)
    return office


def asked(office: Office, who: str) -> tuple[Unfreeze, bool]:
    with office.stores.transaction() as store:
        school = store.schools.named(store.partners.locked("lincoln"), "A")
        return store.unfreezes.ask(school, Asker(who, who, "please", store.now), "C0SUPPORT")


def ended(office: Office, request: Unfreeze, state: str) -> bool:
    with office.stores.transaction() as store:
        return store.unfreezes.end(request, state, "U0SUE", "Sue", "so it is")


def test_a_request_names_the_freeze_it_asks_to_end(frozen: Office) -> None:
    request, new = asked(frozen, "ana")
    assert new
    assert (request.state, request.version) == (OPEN, 2)
    assert [a.person for a in request.askers] == ["ana"]


def test_a_second_asker_joins_the_first(frozen: Office) -> None:
    first, _ = asked(frozen, "ana")
    frozen.pass_time(60)
    second, new = asked(frozen, "bo")
    assert new
    assert second.id == first.id
    assert [a.person for a in second.askers] == ["ana", "bo"]


def test_who_asks_twice_has_asked_once(frozen: Office) -> None:
    asked(frozen, "ana")
    request, new = asked(frozen, "ana")
    assert not new
    assert len(request.askers) == 1


def test_a_request_has_one_card_for_support_however_many_join(frozen: Office) -> None:
    for who in ("ana", "bo", "cy"):
        asked(frozen, who)
    [card] = frozen.rows(select(messages).where(messages.c.kind == "request"))
    assert (card.channel, card.version) == ("C0SUPPORT", 3)


def test_a_request_is_decided_once(frozen: Office) -> None:
    request, _ = asked(frozen, "ana")
    assert ended(frozen, request, DENIED)
    assert not ended(frozen, request, APPROVED)
    with frozen.stores.read() as store:
        decided = store.unfreezes.by_id(request.id)
    assert (decided.state, decided.decided_name) == (DENIED, "Sue")


def test_after_a_decision_the_next_request_is_a_new_one(frozen: Office) -> None:
    first, _ = asked(frozen, "ana")
    ended(frozen, first, DENIED)
    second, new = asked(frozen, "ana")
    assert new
    assert second.id != first.id


def test_the_database_itself_allows_one_open_request_for_each_school(frozen: Office) -> None:
    request, _ = asked(frozen, "ana")
    row = {
        "partner_id": request.partner_id,
        "school_id": request.school_key,
        "version": 2,
        "asked_at": frozen.moment,
    }
    with frozen.database.transaction() as connection:
        connection.execute(insert(unfreeze_requests).values(state=DENIED, **row))
    with pytest.raises(IntegrityError), frozen.database.transaction() as connection:
        connection.execute(insert(unfreeze_requests).values(state=OPEN, **row))
    assert frozen.rows(select(func.count()).select_from(unfreeze_requests))[0][0] == 2
