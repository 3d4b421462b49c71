"""`recess webhooks`: what is owed to the product, what is parked, and sending it again."""

from datetime import timedelta

import pytest

from storage.events import Event
from tests.commands.conftest import Shell

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def told(sqlite_shell: Shell) -> Shell:
    """Lincoln's school s1 is frozen, and nobody runs who would tell the product."""
    sqlite_shell.environment |= {
        "WEBHOOK_URL": "http://127.0.0.1:9/hooks",
        "WEBHOOK_SECRET": SECRET,
    }
    sqlite_shell.synced()
    return sqlite_shell


def events(shell: Shell) -> list[Event]:
    """Made as a running bot would make them."""
    with shell.store() as store:
        partner = store.partners.locked("lincoln")
        store.events.expand(partner)
        return store.events.owed()


def test_a_command_that_changes_a_status_asks_for_the_product_to_be_told(told: Shell) -> None:
    with told.store() as store:
        partner = store.partners.named("lincoln")
        assert store.events.untold(partner.id)
        # Nobody works, so the job that the sync has carried waits for a running bot.
        assert store.events.is_newest(partner.id, 1)


def test_what_is_owed_is_listed_and_then_everything_was_told(told: Shell) -> None:
    owed = events(told)
    assert [event.type for event in owed] == ["school.status_changed"] * 3
    listed = told.json("webhooks", "list")
    assert [row["event"] for row in listed] == [event.id for event in owed]
    assert {row["state"] for row in listed} == {"owed"}
    with told.store() as store:
        for event in owed:
            store.events.sent(event)
    assert "The product was told of everything." in told.done("webhooks", "list")


def test_parked_events_are_replayed_by_partner_and_others_by_number(told: Shell) -> None:
    first, second, third = events(told)
    with told.store() as store:
        store.events.park(first, "it answered 500")
        store.events.park(second, "it answered 500")
        store.events.sent(third)
    assert "it answered 500" in told.done("webhooks", "list", "--parked")
    assert "2 events" in told.done("webhooks", "replay", "--partner", "lincoln")
    assert told.json("webhooks", "list", "--parked") == []
    assert "1 event" in told.done("webhooks", "replay", str(third.id))
    assert len(told.json("webhooks", "list")) == 3


def test_events_that_wait_after_a_failed_try_are_replayed_by_number_and_by_partner(
    told: Shell,
) -> None:
    owed = events(told)
    with told.store() as store:
        for event in owed:
            store.events.not_sent(event, "it answered 503", timedelta(hours=6))
        assert store.events.due(store.partners.named("lincoln"), 9) == []
    assert "1 event" in told.done("webhooks", "replay", str(owed[1].id))
    assert due(told) == [owed[1].delivery]
    assert "3 events" in told.done("webhooks", "replay", "--partner", "lincoln")
    assert due(told) == [event.delivery for event in owed]


def due(shell: Shell) -> list[str]:
    with shell.store() as store:
        return [e.delivery for e in store.events.due(store.partners.named("lincoln"), 9)]


def test_an_event_that_there_is_not_is_said_and_the_others_are_sent(told: Shell) -> None:
    [first, *_] = events(told)
    with told.store() as store:
        store.events.park(first, "it answered 500")
    said = told("webhooks", "replay", str(first.id), "999")
    assert "1 event" in said.stdout
    assert "There is no event 999 any more, or none yet. The others are sent" in said.stderr
    assert told.json("webhooks", "list", "--parked") == []


def test_a_replay_of_nothing_says_that_nothing_was_changed(told: Shell) -> None:
    said = told("webhooks", "replay", str(2**63 - 1))
    assert (said.exit_code, said.stdout) == (1, "")
    assert f"There is no event {2**63 - 1} any more, or none yet. Nothing was" in said.stderr
    assert told("webhooks", "replay", str(2**63)).exit_code == 2


def test_a_replay_without_anybody_to_tell_is_refused(sqlite_shell: Shell) -> None:
    sqlite_shell.synced()
    assert "WEBHOOK_URL is not set" in sqlite_shell.refused("webhooks", "replay", "1")
    assert sqlite_shell("webhooks", "replay").exit_code == 2


def test_without_an_address_nothing_is_asked_for(sqlite_shell: Shell) -> None:
    sqlite_shell.synced()
    with sqlite_shell.store() as store:
        partner = store.partners.named("lincoln")
        assert not store.events.is_newest(partner.id, 1)
        assert store.events.owed() == []
