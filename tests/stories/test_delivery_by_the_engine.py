"""What only the engine can show: the pace of posts, its lanes, and the same story as by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.practice.pace import Rate
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import lincoln_of

CHANNELS = {"lincoln-alerts": "C0LINCOLN", "cedar-alerts": "C0CEDAR"}


@pytest.fixture
def strict(database_url: str) -> Iterator[Office]:
    """The engine at work, and a workspace that takes one post a second and channel."""
    office = Office(database_url, engine=True, paced=True)
    office.slack.store.pace.rates["chat.postMessage"] = Rate(1, 1.0)
    with office.open():
        yield office


def test_posts_go_out_in_order_and_none_of_them_is_too_fast_for_its_channel(strict: Office) -> None:
    with strict.stores.transaction() as store:
        for number in range(3):
            for channel in CHANNELS.values():
                store.messages.note(channel, {"text": f"Number {number}", "blocks": []})
    for name in CHANNELS:
        for number in range(3):
            strict.channel(name).expect_message(f"Number {number}")
        assert [m.text for m in strict.slack.history(name)] == ["Number 0", "Number 1", "Number 2"]
    assert {call.status for call in strict.slack.calls_of("chat.postMessage")} == {200}


@pytest.mark.parametrize("engine", [True, False], ids=["by the engine", "by hand"])
def test_the_same_story_is_told_by_the_engine_and_by_hand(
    database_url: str, tmp_path: Path, engine: bool
) -> None:
    with Office(database_url, engine=engine).open() as office:
        lincoln = lincoln_of(office, tmp_path)
        lincoln.connect()
        lincoln.night(without=["Oak Elementary", "Pine Middle"])
        card = office.channel("lincoln-alerts").expect_message("2 schools need a decision")
        office.slack.misbehave("ratelimited", "chat.postMessage", retry_after=1)
        card.click("Pause", school="Oak Elementary", by="ana")
        card.expect_update("1 school needs a decision", "Ana Flores paused Oak Elementary")
        card.expect_thread("Ana Flores paused Oak Elementary")
        lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
        newer = office.channel("lincoln-alerts").expect_message("2 schools need a decision")
        card.expect_update("Go to the newer card")
        newer.click("Freeze", school="Elm Academy", by="bo")
        office.expect_modal("bo", "Freezing Elm Academy").submit(reason="Closed")
        office.expect_ephemeral("bo", "Elm Academy (0031) is frozen")
        newer.expect_update("Bo Lindqvist froze Elm Academy")
        newer.expect_thread("Bo Lindqvist froze Elm Academy")
        assert lincoln.locked() == {"Dan Ek"}
        lincoln.spoil()
        office.night()
        office.channel("lincoln-alerts").expect_message("could not be taken over")
        office.channel("recess-support").expect_message("The roster of 1 partner")
