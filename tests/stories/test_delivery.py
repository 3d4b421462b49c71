"""Delivery: what is owed arrives once, whatever Slack does meanwhile."""

import itertools
import threading
from datetime import timedelta
from typing import Any

import pytest

from bot.delivery import Delivery
from storage.errors import Busy
from storage.messages import FAILED, SENT, Message
from tests.harness.patience import LONG, give_up_once
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

POST, UPDATE = "chat.postMessage", "chat.update"
LINCOLN, CEDAR = "C0LINCOLN", "C0CEDAR"


def owe(workspace: Office, words: str, to: str = LINCOLN, thread: int | None = None) -> int:
    with workspace.stores.transaction() as store:
        return store.messages.note(to, {"text": words, "blocks": []}, thread=thread)


def message(workspace: Office, id: int) -> Message:
    with workspace.stores.read() as store:
        return store.messages.by_id(id)


def posts(workspace: Office, words: str) -> int:
    return sum(words in str(call.args.get("text")) for call in workspace.slack.calls_of(POST))


def test_a_rate_limit_is_waited_for_as_long_as_slack_asks(workspace: Office) -> None:
    workspace.slack.misbehave("ratelimited", POST, retry_after=45)
    begun = workspace.clock.now
    owe(workspace, "Hello")
    workspace.channel("lincoln-alerts").expect_message("Hello")
    assert timedelta(seconds=45) <= workspace.clock.now - begun < timedelta(seconds=50)
    assert posts(workspace, "Hello") == 2


UNCERTAIN: list[dict[str, Any]] = [
    {"kind": "reset"},
    {"kind": "timeout"},
    {"kind": "html"},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "error", "error": "internal_error"},
    {"kind": "error", "error": "fatal_error"},
    {"kind": "error", "error": "service_unavailable"},
    {"kind": "error", "error": "request_timeout"},
]


@pytest.mark.parametrize("accepted", [True, False], ids=["taken", "not taken"])
def test_a_post_whose_answer_was_lost_ends_in_exactly_one_message(
    workspace: Office, monkeypatch: pytest.MonkeyPatch, accepted: bool
) -> None:
    for number, fault in enumerate(UNCERTAIN):
        if fault["kind"] == "timeout":
            give_up_once(monkeypatch, workspace.slack, POST)
        workspace.slack.misbehave(**fault, method=POST, accepted=accepted)
        id = owe(workspace, f"Message {number} after {fault}")
        workspace.channel("lincoln-alerts").expect_message(f"Message {number} ")
        assert message(workspace, id).state == SENT, fault
        assert posts(workspace, f"Message {number} ") == (1 if accepted else 2), fault
    workspace.channel("lincoln-alerts").expect_nothing()


def test_so_it_does_in_a_thread_and_in_a_direct_message(workspace: Office) -> None:
    above = owe(workspace, "Above")
    card = workspace.channel("lincoln-alerts").expect_message("Above")
    for accepted in (True, False):
        workspace.slack.misbehave("reset", POST, accepted=accepted)
        owe(workspace, f"Below {accepted}", thread=above)
        card.expect_thread(f"Below {accepted}")
        workspace.slack.misbehave("reset", POST, accepted=accepted)
        owe(workspace, f"To Bo {accepted}", to="U0BO")
        workspace.expect_direct_message("bo", f"To Bo {accepted}")


def test_what_changed_between_a_lost_answer_and_the_look_is_shown_in_the_end(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.misbehave("reset", POST, accepted=True)
    workspace.slack.misbehave("status", "conversations.history", times=3)
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    lincoln.night(without=["Pine Middle"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.expect_thread("Oak Elementary (0012) is shared again")
    assert len(workspace.slack.history("lincoln-alerts")) == 2


def test_a_look_that_is_refused_leaves_the_message_to_an_operator(workspace: Office) -> None:
    workspace.slack.scopes.discard("channels:history")
    workspace.slack.misbehave("reset", POST, accepted=False)
    id = owe(workspace, "Hello")
    workspace.settle()
    failed = message(workspace, id)
    assert failed.state == FAILED
    assert failed.error is not None
    assert "may be posted already" in failed.error
    assert "missing_scope" in failed.error
    assert posts(workspace, "Hello") == 1


PERMANENT = (
    *("invalid_blocks", "msg_blocks_too_long", "msg_too_long", "no_text"),
    *("invalid_auth", "not_authed", "account_inactive", "token_revoked", "missing_scope"),
    *("channel_not_found", "not_in_channel", "is_archived"),
    *("restricted_action", "restricted_action_read_only_channel"),
)


def test_what_slack_refuses_for_good_is_not_tried_again(workspace: Office) -> None:
    for code in PERMANENT:
        workspace.slack.misbehave("error", POST, error=code)
        id = owe(workspace, f"Refused: {code}.")
        workspace.settle()
        assert (message(workspace, id).state, message(workspace, id).error) == (FAILED, code)
        assert posts(workspace, f"Refused: {code}.") == 1
    with workspace.stores.read() as store:
        assert len(store.messages.failures()) == len(PERMANENT)
    workspace.expect_trouble("Slack refuses the app (invalid_auth)")


def test_a_channel_without_the_bot_and_one_that_does_not_exist_are_named(
    workspace: Office,
) -> None:
    workspace.slack.leave("cedar-alerts", workspace.slack.app.bot_user)
    ids = [owe(workspace, "Hello", to=channel) for channel in (CEDAR, "C0NOWHERE")]
    workspace.settle()
    assert [message(workspace, id).error for id in ids] == ["not_in_channel", "channel_not_found"]


def test_a_reply_below_a_message_that_failed_fails_with_it(workspace: Office) -> None:
    workspace.slack.refuse_posts("lincoln-alerts")
    above = owe(workspace, "Above")
    below = owe(workspace, "Below", thread=above)
    workspace.settle()
    assert message(workspace, below).state == FAILED
    assert "the message above it failed" in str(message(workspace, below).error)


def test_a_reply_below_a_message_that_was_let_go_says_nothing_of_the_channel(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.misbehave("error", POST, error="is_archived")
    above = owe(workspace, "Above")
    workspace.settle()
    with workspace.stores.transaction() as store:
        store.troubles.end(LINCOLN)
        store.messages.let_go(store.messages.by_id(above))
    below = owe(workspace, "Below", thread=above)
    workspace.settle()
    assert message(workspace, below).state == FAILED
    with workspace.stores.read() as store:
        assert store.troubles.all() == []
    told_elsewhere(workspace)


def test_a_change_is_made_and_the_clicker_told_although_the_channel_is_archived(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.archive("lincoln-alerts")
    card.click("Pause", school="Oak Elementary", by="ana")
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.expect_direct_message("ana", "Oak Elementary (0012) is already paused")
    assert lincoln.status("Oak Elementary") == "paused"
    with workspace.stores.read() as store:
        failed = {failed.kind: failed.error for failed in store.messages.failures()}
    assert failed == {"card": "is_inactive", "note": "is_archived"}
    told_elsewhere(workspace)


def told_elsewhere(workspace: Office) -> None:
    """What people are told by other roads is the subject of test_other_roads."""
    workspace.forgive("recess-support")
    for who in ("ana", "bo"):
        direct = workspace.unexpected(workspace.slack.direct_messages(who))
        assert all("cannot be written to" in message.text for message in direct)
        workspace._expected |= {(message.channel, message.ts) for message in direct}


def test_a_failed_message_is_tried_again_when_it_has_something_new_to_say(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.archive("lincoln-alerts")
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.channel("lincoln-alerts").expect_nothing()
    workspace.slack.unarchive("lincoln-alerts")
    lincoln.night(without=["Oak Elementary"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.expect_thread("Pine Middle (0020) is shared again")
    told_elsewhere(workspace)


def test_a_look_that_would_lead_too_far_back_is_left_to_a_person_too(
    workspace: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.PAGES", 1)
    monkeypatch.setattr("bot.delivery.PAGE", 1)
    workspace.slack.misbehave("reset", POST, accepted=True)
    id = owe(workspace, "Hello")
    workspace.settle(within=timedelta(0))
    for number in range(3):
        workspace.slack.say(f"Something newer, {number}", by="ana", channel="lincoln-alerts")
    workspace.channel("lincoln-alerts").expect_message("Hello")
    left = message(workspace, id)
    assert left.state == FAILED
    assert "may be posted already" in str(left.error)
    assert posts(workspace, "Hello") == 1


@pytest.mark.parametrize("how", ["deleted", "too old"])
def test_a_card_that_can_no_longer_be_edited_is_posted_anew(
    workspace: Office, lincoln: District, card: Card, how: str
) -> None:
    if how == "deleted":
        workspace.slack.store.remove(card.message)
    else:
        workspace.slack.misbehave("error", UPDATE, error="edit_window_closed")
    card.click("Pause", school="Oak Elementary", by="ana")
    anew = workspace.channel("lincoln-alerts").expect_message("Ana Flores paused Oak Elementary")
    workspace.settle()
    assert ["Ana Flores paused" in reply.text for reply in workspace.replies()] == [True]
    anew.click("Pause", school="Pine Middle", by="ana")
    anew.expect_update("every school on this card is decided")
    anew.expect_thread("Ana Flores paused Pine Middle")


def test_an_edit_that_slack_does_not_take_now_is_made_later(
    workspace: Office, lincoln: District, card: Card
) -> None:
    for kind in ("reset", "status", "ratelimited"):
        workspace.slack.misbehave(kind, UPDATE)  # type: ignore[arg-type]
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_update("Ana Flores paused Oak Elementary")
    card.expect_thread("Ana Flores paused")


def test_many_changes_of_one_message_are_shown_by_the_newest_of_them(
    workspace: Office, lincoln: District, card: Card, monkeypatch: pytest.MonkeyPatch
) -> None:
    slack, gate, begun = workspace.service.delivery.slack, threading.Event(), threading.Event()
    update = slack.chat_update

    def waits(**given: Any) -> Any:
        begun.set()
        assert gate.wait(LONG)
        return update(**given)

    monkeypatch.setattr(slack, "chat_update", waits)
    for number in range(20):
        with workspace.stores.transaction() as store:
            current = store.cards.current(lincoln.stored)
            assert current is not None
            store.messages.touch(current.id)
        assert number > 0 or begun.wait(LONG)
    gate.set()
    workspace.settle()
    last = message(workspace, current.id)
    assert (last.state, last.sent_version, last.version) == (SENT, 21, 21)
    assert len(workspace.slack.calls_of(UPDATE)) == 2


def test_a_post_that_has_to_wait_is_not_overtaken_by_its_own_edit(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.misbehave("ratelimited", POST, retry_after=30 * 3600)
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.channel("lincoln-alerts").expect_nothing()
    lincoln.night(without=["Pine Middle"])
    workspace.settle(timedelta(hours=30))
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.expect_thread("is shared again")
    assert posts(workspace, "2 schools need") == 1
    assert workspace.slack.calls_of(UPDATE) == []


def test_a_broken_channel_does_not_hold_up_another(workspace: Office) -> None:
    workspace.slack.misbehave("ratelimited", POST, channel=LINCOLN, retry_after=3600)
    owe(workspace, "Waits")
    begun = workspace.clock.now
    owe(workspace, "Goes", to=CEDAR)
    workspace.channel("cedar-alerts").expect_message("Goes")
    assert workspace.clock.now - begun < timedelta(minutes=2)
    workspace.settle(timedelta(hours=2))
    workspace.channel("lincoln-alerts").expect_message("Waits")


def test_a_message_waits_for_an_older_one_no_longer_than_an_hour(workspace: Office) -> None:
    workspace.slack.misbehave("ratelimited", POST, retry_after=3 * 3600)
    for words in ("First", "Second"):
        owe(workspace, words)
    workspace.settle(timedelta(minutes=50))
    channel = workspace.channel("lincoln-alerts")
    channel.expect_nothing()
    workspace.settle(timedelta(minutes=30))
    channel.expect_message("Second")
    workspace.settle(timedelta(hours=2))
    channel.expect_message("First")


@pytest.mark.parametrize("step", [0, 1], ids=["before the post", "after the post"])
def test_a_message_that_met_a_busy_database_does_not_wait_for_the_sweep(
    workspace: Office, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    write, steps = Delivery._write, itertools.count()

    def busy_once(delivery: Delivery) -> Any:
        if next(steps) == step:
            raise Busy
        return write(delivery)

    monkeypatch.setattr(Delivery, "_write", busy_once)
    begun = workspace.clock.now
    id = owe(workspace, "Hello")
    workspace.channel("lincoln-alerts").expect_message("Hello")
    workspace.settle()
    assert message(workspace, id).state == SENT
    assert workspace.clock.now - begun < timedelta(seconds=30)
    assert posts(workspace, "Hello") == 1


def test_the_sweep_carries_what_lost_its_job(workspace: Office) -> None:
    owe(workspace, "Hello")
    assert workspace.hands is not None
    assert len(workspace.hands.drop()) == 1
    workspace.service.sweep()
    workspace.channel("lincoln-alerts").expect_nothing()
    workspace.clock.pass_by(minutes=5)
    workspace.service.sweep()
    workspace.channel("lincoln-alerts").expect_message("Hello")


def test_nothing_is_owed_for_a_change_that_was_not_committed(workspace: Office) -> None:
    def broken() -> None:
        with workspace.stores.transaction() as store:
            store.messages.note(LINCOLN, {"text": "Never", "blocks": []})
            raise RuntimeError("planted")

    with pytest.raises(RuntimeError, match="planted"):
        broken()
    workspace.channel("lincoln-alerts").expect_nothing()
    assert workspace.hands is not None
    assert workspace.hands.done == []


def test_a_card_without_the_address_of_its_successor_gets_it_later(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.misbehave("status", "chat.getPermalink")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.channel("lincoln-alerts").expect_message("3 schools need a decision")
    card.expect_update("Go to the newer card")
