"""The product is told of every lock and every status, in order, at least once, and signed."""

from datetime import timedelta

import pytest

from bot.webhooks import GIVEN_UP
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card
from tests.webhooks.product import SECRET, Product


def ids(lincoln: District, *names: str) -> set[str]:
    return {teacher.id for teacher in lincoln.staff if teacher.name in names}


def unfreeze(workspace: Office, card: Card) -> None:
    card.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.expect_modal("sam", "Unfreeze").submit(reason="It was the wrong school")
    card.expect_thread("Sam Sato unfroze Oak Elementary")


OAK = ("Ada Byron", "Ben Cole", "Rosa Ibarra")


def test_a_freeze_tells_of_every_account_with_the_school_that_locks_it(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    workspace.settle()
    told = product.of("account.locked")
    assert {data["account"] for data in told} == ids(lincoln, *OAK)
    assert len(told) == len(OAK)
    for data in told:
        assert (data["partner"], data["locked"]) == ("lincoln-usd", True)
        [cause] = data["because"]
        assert (cause["id"], cause["number"]) == (lincoln.id("Oak Elementary"), "0012")
        assert cause["since"] == lincoln.school("Oak Elementary").since.isoformat()


def test_every_row_of_the_history_is_told(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    workspace.settle()
    told = product.of("school.status_changed")
    oak = [data for data in told if data["school"]["number"] == "0012"]
    assert [(data["from"], data["to"]) for data in oak] == [
        (None, "active"),
        ("active", "action_needed"),
        ("action_needed", "frozen"),
    ]
    rows = sum(len(lincoln.history(school)) for school in lincoln.schools)
    assert len(told) == rows


def test_an_unfreeze_unlocks_them_and_the_sequence_rises(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    workspace.settle()
    before = max(data["sequence"] for data in product.of("account.locked"))
    unfreeze(workspace, frozen)
    told = product.of("account.unlocked")
    assert {data["account"] for data in told} == ids(lincoln, *OAK)
    assert min(data["sequence"] for data in told) > before
    assert all(data["because"] == [] for data in told)
    assert product.locked() == set()


def test_somebody_who_is_still_locked_by_another_school_is_not_unlocked(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    frozen.click("Freeze", school="Pine Middle", by="ana")
    workspace.expect_modal("ana", "Freezing Pine Middle").submit(reason="Closed as well")
    workspace.expect_ephemeral("ana", "Pine Middle (0020) is frozen")
    unfreeze(workspace, frozen)
    workspace.forgive("lincoln-alerts")
    assert product.locked() == ids(lincoln, "Cora Dunn", "Rosa Ibarra")
    told = {data["account"] for data in product.of("account.unlocked")}
    assert told == ids(lincoln, "Ada Byron", "Ben Cole")


def test_an_account_that_a_night_adds_to_a_frozen_school_is_told_of(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    lincoln.add_teacher("Nia Newton", "Oak Elementary")
    lincoln.night(without=["Pine Middle"])
    workspace.forgive("lincoln-alerts", "recess-support")
    assert product.locked() == ids(lincoln, *OAK, "Nia Newton")


def test_while_the_product_is_away_nothing_is_lost_and_the_gaps_grow(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    workspace.settle()
    product.answer = 503
    unfreeze(workspace, frozen)
    workspace.settle(timedelta(hours=1))
    assert product.of("account.unlocked") == []
    tried = [d for d, document in product.attempts if document["type"] == "account.unlocked"]
    assert 3 * len(OAK) < len(tried) < 12 * len(OAK)
    product.answer = 204
    workspace.settle(timedelta(hours=1))
    assert product.locked() == set()
    assert {d for d, e in product.attempts if e["type"] == "account.unlocked"} == set(tried)


def frozen_and_undone_with_ada_refused(
    workspace: Office, lincoln: District, card: Card, product: Product
) -> str:
    """Ada Byron's id, of whom the product takes nothing."""
    [ada] = ids(lincoln, "Ada Byron")
    product.refused = {ada}
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "Freezing").submit(reason="Closed for good")
    workspace.expect_ephemeral("ana", "is frozen")
    card.expect_update("Ana Flores froze Oak Elementary")
    unfreeze(workspace, card)
    return ada


def test_an_account_that_is_refused_holds_up_nobody_but_itself(
    workspace: Office, lincoln: District, card: Card, product: Product
) -> None:
    ada = frozen_and_undone_with_ada_refused(workspace, lincoln, card, product)
    workspace.forgive("lincoln-alerts")
    of_ada = [e["type"] for _, e in product.attempts if e["data"].get("account") == ada]
    assert set(of_ada) == {"account.locked"}
    product.refused = set()
    workspace.settle(timedelta(hours=1))
    taken = [e["type"] for e in product.taken if e["data"].get("account") == ada]
    assert taken == ["account.locked", "account.unlocked"]


def test_a_receiver_that_asks_for_time_gets_it(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    workspace.settle()
    product.answer, product.headers = 429, {"Retry-After": "600"}
    unfreeze(workspace, frozen)
    workspace.settle(timedelta(minutes=9))
    tried = [d for d, e in product.attempts if e["type"] == "account.unlocked"]
    assert len(tried) == len(set(tried)) == len(OAK)
    product.answer = 204
    workspace.settle(timedelta(minutes=11))
    assert product.locked() == set()


def test_after_three_days_an_event_is_parked_support_is_told_once_and_a_replay_sends_it(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    workspace.settle()
    product.answer = 500
    unfreeze(workspace, frozen)
    workspace.settle(GIVEN_UP + timedelta(hours=7))
    support = workspace.channel("recess-support")
    support.expect_message("could not be told of", "lincoln-usd", "they are parked")
    product.answer = 204
    workspace.settle(timedelta(days=1))
    assert product.locked() == ids(lincoln, *OAK)
    with workspace.stores.transaction() as store:
        parked = store.events.parked()
        assert {event.type for event in parked} == {"account.unlocked", "school.status_changed"}
        store.events.replay([event.id for event in parked])
    workspace.settle()
    assert product.locked() == set()
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_telling_that_lost_its_job_is_carried_again(
    workspace: Office, lincoln: District, frozen: Card, product: Product
) -> None:
    assert workspace.hands is not None
    workspace.settle()
    frozen.click("Unfreeze", school="Oak Elementary", by="sam")
    workspace.slack.submit(
        workspace.expect_modal("sam", "Unfreeze").view, {"reason": "Wrong school"}, by="sam"
    )
    workspace.hands.drop()
    workspace.clock.pass_by(minutes=5)
    workspace.service.sweep()
    workspace.settle()
    assert product.locked() == set()
    workspace.forgive("lincoln-alerts")


def test_a_replay_hurries_what_waits_and_nothing_passes_an_earlier_event_of_its_account(
    workspace: Office, lincoln: District, card: Card, product: Product
) -> None:
    ada = frozen_and_undone_with_ada_refused(workspace, lincoln, card, product)
    workspace.settle(timedelta(hours=1))
    product.refused = set()
    with workspace.stores.transaction() as store:
        of_ada = [e for e in store.events.owed() if e.data.get("account") == ada]
        assert [event.type for event in of_ada] == ["account.locked", "account.unlocked"]
        assert of_ada[0].due_at > store.now
        store.events.replay([of_ada[1].id])
    workspace.settle()
    taken = [e["type"] for e in product.taken if e["data"].get("account") == ada]
    assert taken == ["account.locked", "account.unlocked"]
    assert {d for d, e in product.attempts if e["data"].get("account") == ada} == {
        event.delivery for event in of_ada
    }
    workspace.forgive("lincoln-alerts")


def test_a_round_that_nobody_takes_is_one_line_of_the_log(
    workspace: Office, frozen: Card, product: Product, caplog: pytest.LogCaptureFixture
) -> None:
    workspace.settle()
    before, product.answer = len(product.attempts), 503
    unfreeze(workspace, frozen)
    workspace.settle(timedelta(minutes=1))
    told = [record.getMessage() for record in caplog.records if record.name == "bot.webhooks"]
    of_all = len(OAK) + 1
    line = f"Of lincoln-usd the product did not take {of_all} events (it answered 503)"
    assert set(told) == {line}
    assert len(told) * of_all == len(product.attempts) - before
    product.answer = 204
    workspace.forgive("lincoln-alerts")


@pytest.mark.parametrize("answer", [204, 500])
def test_the_secret_and_the_people_are_in_no_log(
    workspace: Office,
    lincoln: District,
    frozen: Card,
    product: Product,
    caplog: pytest.LogCaptureFixture,
    answer: int,
) -> None:
    caplog.set_level("DEBUG")
    product.answer = answer
    unfreeze(workspace, frozen)
    workspace.settle()
    assert product.attempts
    assert SECRET not in caplog.text
    assert "@lincoln.example" not in caplog.text
    product.answer = 204
