"""What is owed to Slack: once, and until its latest version is shown."""

import pytest

from storage.messages import ABANDONED, EDIT_DELAY, Message, Messages
from storage.store import Store
from tests.storage.office import Office


def owed(office: Office, key: str | None = None) -> int:
    with office.stores.transaction() as store:
        return store.messages.note("C1", {"text": "hello"}, key=key)


def sent(office: Office, id: int, ts: str = "1.1") -> Message:
    with office.stores.transaction() as store:
        message = store.messages.by_id(id)
        store.messages.sending(message)
        store.messages.sent(message, message.version, "C1", ts)
    return stored(office, id)


def stored(office: Office, id: int) -> Message:
    with office.stores.read() as store:
        return store.messages.by_id(id)


def test_a_new_message_is_owed_and_carried(office: Office) -> None:
    id = owed(office)
    message = stored(office, id)
    assert (message.state, message.version, message.sent_version) == ("owed", 1, 0)
    [job] = office.carrier.jobs
    assert (job.kind, job.key, job.lane) == ("deliver", f"message:{id}:1", "C1")


def test_a_message_with_a_key_is_owed_once(office: Office) -> None:
    assert owed(office, "first") == owed(office, "first")
    assert owed(office, "second") != owed(office, "first")
    assert len(office.carrier.jobs) == 2


def test_messages_without_a_key_are_each_owed(office: Office) -> None:
    assert owed(office) != owed(office)


def test_two_who_owe_one_key_at_the_same_moment_owe_one_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = owed(office, "same")
    known = Messages.keyed
    answers = iter([None])
    monkeypatch.setattr(
        Messages, "keyed", lambda self, key: next(answers, known(self, key) if key else None)
    )
    assert owed(office, "same") == first


def test_what_was_sent_is_owed_again_when_it_changes(office: Office) -> None:
    id = owed(office)
    sent(office, id)
    with office.stores.transaction() as store:
        store.messages.touch(id)
        assert store.edited == [id]
    message = stored(office, id)
    assert (message.state, message.version, message.sent_version) == ("owed", 2, 1)
    job = office.carrier.jobs[-1]
    assert (job.lane, job.delay) == (f"edit:{id}", EDIT_DELAY)


def test_what_changes_while_it_is_being_sent_is_owed_afterwards(office: Office) -> None:
    id = owed(office)
    with office.stores.transaction() as store:
        store.messages.sending(store.messages.by_id(id))
    with office.stores.transaction() as store:
        store.messages.touch(id)
    assert stored(office, id).state == "sending"
    with office.stores.transaction() as store:
        store.messages.sent(store.messages.by_id(id), 1, "C1", "1.1")
    message = stored(office, id)
    assert (message.state, message.version, message.sent_version) == ("owed", 2, 1)
    with office.stores.transaction() as store:
        store.messages.sent(store.messages.by_id(id), 2, "C1", "1.1")
    assert stored(office, id).state == "sent"


def test_what_failed_is_tried_again_when_it_changes(office: Office) -> None:
    id = owed(office)
    with office.stores.transaction() as store:
        store.messages.failed(store.messages.by_id(id), "channel_not_found")
    with office.stores.read() as store:
        assert [m.id for m in store.messages.failures()] == [id]
    with office.stores.transaction() as store:
        store.messages.touch(id)
    message = stored(office, id)
    assert (message.state, message.error, message.attempts) == ("owed", None, 0)


def test_what_slack_refused_for_now_is_owed_after_the_delay(office: Office) -> None:
    id = owed(office)
    with office.stores.transaction() as store:
        store.messages.sending(store.messages.by_id(id))
        store.messages.not_sent(store.messages.by_id(id), "ratelimited", 30)
    assert stored(office, id).state == "owed"
    assert office.carrier.jobs[-1].delay == 30


def test_what_may_have_arrived_stays_in_doubt(office: Office) -> None:
    id = owed(office)
    with office.stores.transaction() as store:
        store.messages.sending(store.messages.by_id(id))
        store.messages.uncertain(store.messages.by_id(id), "timeout", 5)
    assert stored(office, id).state == "sending"


def test_what_slack_lost_is_posted_anew(office: Office) -> None:
    id = owed(office)
    message = sent(office, id)
    with office.stores.transaction() as store:
        store.messages.lost(message)
    message = stored(office, id)
    assert (message.state, message.ts, message.slack_channel) == ("owed", None, None)
    assert office.carrier.jobs[-1].lane == "C1"


def test_no_jobs_key_ever_repeats(office: Office) -> None:
    id = owed(office)
    for delay in range(3):
        with office.stores.transaction() as store:
            store.messages.touch(id)
            store.messages.not_sent(store.messages.by_id(id), "ratelimited", delay)
    keys = [job.key for job in office.carrier.jobs]
    assert len(keys) == len(set(keys)) == 7


def test_what_nobody_touched_for_long_is_abandoned(office: Office) -> None:
    waiting, done = owed(office), owed(office)
    sent(office, done)
    office.pass_time(ABANDONED.total_seconds() + 1)
    with office.stores.read() as store:
        assert [m.id for m in store.messages.abandoned()] == [waiting]


def test_the_backlog_counts_what_is_not_shown_yet(office: Office) -> None:
    first, second = owed(office), owed(office)
    assert backlog(office) == 2
    sent(office, first)
    sent(office, second, "1.2")
    assert backlog(office) == 0
    with office.stores.transaction() as store:
        store.messages.touch(first)
    assert backlog(office) == 1


def backlog(office: Office) -> int:
    with office.stores.read() as store:
        return store.messages.backlog()


def test_a_rolled_back_transaction_owes_nothing(office: Office) -> None:
    def fail(store: Store) -> None:
        store.messages.note("C1", {"text": "hello"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), office.stores.transaction() as store:
        fail(store)
    assert backlog(office) == 0
