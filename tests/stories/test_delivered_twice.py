"""What Slack delivers twice counts once, also at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

from bot.practice import Answer
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card


def test_two_deliveries_of_one_click_at_the_same_moment_count_once(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause", school="Pine Middle", by="ana")
    card.expect_thread("Ana Flores paused Pine Middle")
    payload = next(d for d in workspace.slack.deliveries if d.kind == "interactive").payload
    [action] = payload["actions"]
    oak = next(b for b in card.message.blocks if b.get("block_id", "").startswith("school:"))
    again = payload | {
        "trigger_id": "fresh",
        "actions": [action | {"value": oak["elements"][0]["value"]}],
    }
    together = threading.Barrier(2)

    def deliver() -> Answer:
        together.wait()
        return workspace.slack.dispatch.ask("interactive", again)

    with ThreadPoolExecutor(2) as both:
        answers = [both.submit(deliver) for _ in range(2)]
    assert all(answer.result().ok for answer in answers)
    card.expect_thread("Ana Flores paused Oak Elementary")


def test_a_dialog_whose_click_is_delivered_twice_is_open_and_nothing_else_is_said(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="ana")
    modal = workspace.expect_modal("ana", "Freezing Oak Elementary")
    payload = workspace.slack.deliveries[-1].payload
    assert workspace.slack.dispatch.ask("interactive", payload).ok
    workspace.settle()
    assert workspace.slack.ephemerals("ana") == []
    modal.close()
