"""What the workspace makes of the app's answers, and of none: three seconds, notices, retries."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.practice import Message, NotThere, View, Workspace
from bot.practice.limits import ANSWER_SECONDS
from bot.practice.state import Trigger
from tests.harness.patience import LONG
from tests.practice.kit import (
    Receiver,
    Request,
    actions,
    button,
    field_block,
    modal,
    option,
    plain,
    section,
)

Post = Callable[..., Message]


@pytest.fixture
def view(workspace: Workspace, client: WebClient) -> View:
    """A modal with one field, on Ana's screen."""
    workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
    client.views_open(trigger_id="t", view=modal(field_block()))
    opened = workspace.open_view("ana")
    assert opened is not None
    return opened


def saying(body: Any, status: int = 200) -> Callable[[Request], tuple[int, Any]]:
    return lambda request: (status, body)


# Clicks


def test_the_app_has_three_seconds() -> None:
    assert Workspace().dispatch.seconds == ANSWER_SECONDS == 3.0


def test_an_app_that_does_not_answer_is_a_notice(
    workspace: Workspace, app: Receiver, post: Post
) -> None:
    late = threading.Event()
    app.answer = lambda request: (200, str(late.wait(LONG)))
    workspace.dispatch.seconds = 0.1
    answer = workspace.click(post(actions(button())), "Go", by="ana")
    late.set()
    assert answer.problem == "http_timeout"
    told = "Operation timed out. Apps need to respond within 3 seconds."
    assert [n.text for n in workspace.notices("ana")] == [told]
    assert workspace.notices("bo") == []


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_app_that_answers_with_an_error_is_a_notice(
    status: int, workspace: Workspace, app: Receiver, post: Post
) -> None:
    app.answer = saying("", status)
    answer = workspace.click(post(actions(button())), "Go", by="ana")
    assert (answer.ok, answer.status) == (False, status)
    assert answer.notice == f"This app responded with Status Code {status}."


def test_an_app_that_is_not_there_is_a_notice(workspace: Workspace, post: Post) -> None:
    answer = workspace.click(post(actions(button())), "Go", by="ana")
    assert answer.notice == "This app is not responding."


def test_interactions_are_not_repeated(workspace: Workspace, app: Receiver, post: Post) -> None:
    app.answer = saying("", 500)
    workspace.click(post(actions(button())), "Go", by="ana")
    assert len(app.requests) == 1


def test_nobody_clicks_what_they_do_not_see(
    workspace: Workspace, client: WebClient, post: Post
) -> None:
    message = post(actions(button()))
    client.chat_postEphemeral(
        channel="C0LINCOLN", user="U0ANA", text="x", blocks=[actions(button())]
    )
    with pytest.raises(NotThere):
        workspace.click(message, "Stop", by="ana")
    with pytest.raises(NotThere):
        workspace.click(message, "Go", by="eve")
    with pytest.raises(NotThere):
        workspace.click(workspace.ephemerals("ana")[0], "Go", by="bo")


def test_of_two_buttons_alike_the_one_near_a_name_is_clicked(
    workspace: Workspace, app: Receiver, post: Post
) -> None:
    card = post(
        section("*Oak*"),
        actions(button("pause", "Pause", value="oak")),
        section("*Elm*"),
        actions(button("pause", "Pause", value="elm")),
    )
    workspace.click(card, "Pause", near="Elm", by="ana")
    workspace.click(card, "Pause", value="oak", by="ana")
    values = [r.payload["actions"][0]["value"] for r in app.requests]
    assert values == ["elm", "oak"]


def test_an_overflow_menu_is_clicked_by_its_option(
    workspace: Workspace, app: Receiver, post: Post
) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": [option("History", "h")]}
    workspace.click(post(section(accessory=menu)), "History", by="ana")
    assert app.requests[-1].payload["actions"][0]["selected_option"]["value"] == "h"


def test_a_dismissed_confirmation_sends_nothing(
    workspace: Workspace, app: Receiver, post: Post
) -> None:
    words = {name: plain(name) for name in ("title", "text", "confirm", "deny")}
    message = post(actions(button(confirm=words)))
    workspace.click(message, "Go", by="ana", confirm=False)
    assert app.requests == []
    workspace.click(message, "Go", by="ana")
    assert len(app.requests) == 1


def test_a_stale_message_can_still_be_clicked(
    workspace: Workspace, app: Receiver, post: Post, client: WebClient
) -> None:
    stale = post(actions(button(value="old")))
    client.chat_update(channel="C0LINCOLN", ts=stale.ts, text="decided")
    workspace.click(stale, "Go", by="bo")
    payload = app.requests[-1].payload
    assert (payload["actions"][0]["value"], payload["message"]["text"]) == ("old", "decided")


def test_choices_in_a_message_are_remembered_per_person(
    workspace: Workspace, app: Receiver, post: Post
) -> None:
    boxes = {"type": "checkboxes", "action_id": "tick", "options": [option()]}
    message = post(actions(boxes, button(), block_id="b"))
    workspace.click(message, "tick", by="ana", value=["1"])
    workspace.click(message, "Go", by="ana")
    workspace.click(message, "Go", by="bo")
    ticked = [
        len(r.payload["state"]["values"]["b"]["tick"]["selected_options"]) for r in app.requests
    ]
    assert ticked == [1, 1, 0]


def test_choices_of_a_block_that_is_gone_are_not_told(
    workspace: Workspace, app: Receiver, post: Post, client: WebClient
) -> None:
    boxes = {"type": "checkboxes", "action_id": "tick", "options": [option()]}
    message = post(actions(boxes, block_id="first"))
    workspace.click(message, "tick", by="ana", value=["1"])
    edited = [actions(boxes, button(), block_id="second")]
    client.chat_update(channel="C0LINCOLN", ts=message.ts, text="x", blocks=edited)
    now = workspace.current(message)
    assert now is not None
    workspace.click(now, "Go", by="ana")
    values = app.requests[-1].payload["state"]["values"]
    assert values == {"second": {"tick": {"type": "checkboxes", "selected_options": []}}}


# Searches


EXTERNAL = {"type": "external_select", "action_id": "pick"}


@pytest.mark.parametrize(
    ("answer", "offered"),
    [
        ((200, {"options": [option("Oak", "1"), option("Elm", "2")]}), ["Oak", "Elm"]),
        ((200, {"option_groups": [{"label": plain("A"), "options": [option("Oak")]}]}), ["Oak"]),
        ((200, {"options": [option("Oak")] * 101}), []),
        ((200, {"options": [option("x" * 76)]}), []),
        ((200, ""), []),
        ((404, ""), []),
    ],
    ids=["options", "groups", "101 options", "a long option", "no answer", "an error"],
)
def test_what_a_search_offers(
    answer: Any, offered: list[str], workspace: Workspace, app: Receiver, post: Post
) -> None:
    app.answer = lambda request: answer
    found = workspace.options(post(actions(EXTERNAL)), "pick", by="ana", query="oak")
    assert [o["text"]["text"] for o in found] == offered


# Modals


def test_an_empty_answer_closes_the_modal(workspace: Workspace, app: Receiver, view: View) -> None:
    assert workspace.submit(view, {"Why": "moved"}, by="ana").ok
    assert workspace.open_view("ana") is None


def test_a_required_field_is_asked_for_without_the_app(
    workspace: Workspace, app: Receiver, view: View
) -> None:
    answer = workspace.submit(view, by="ana")
    assert answer.errors == {"why": "Please complete this required field."}
    assert app.requests == []


def test_a_field_tells_the_app_only_when_it_was_asked_to(
    workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    workspace.store.triggers["u"] = Trigger("U0ANA", workspace.store.clock())
    loud = {**field_block(), "block_id": "loud", "dispatch_action": True}
    client.views_open(trigger_id="u", view=modal(field_block(), loud))
    view = workspace.open_view("ana")
    assert view is not None
    workspace.click(view, block_id="why", value="quiet", by="ana")
    assert app.requests == []
    workspace.click(view, block_id="loud", value="heard", by="ana")
    payload = app.requests[-1].payload
    typed = {block: state["text"]["value"] for block, state in values_of(payload).items()}
    assert (payload["actions"][0]["value"], typed) == ("heard", {"why": "quiet", "loud": "heard"})


def values_of(payload: Any) -> Any:
    return payload["view"]["state"]["values"]


def test_text_ends_at_3000_characters(workspace: Workspace, app: Receiver, view: View) -> None:
    assert workspace.submit(view, {"why": "x" * 3001}, by="ana").errors
    assert workspace.submit(view, {"why": "x" * 3000}, by="ana").ok


def test_errors_are_shown_at_their_fields(workspace: Workspace, app: Receiver, view: View) -> None:
    app.answer = saying({"response_action": "errors", "errors": {"why": "Say more."}})
    answer = workspace.submit(view, {"why": "x"}, by="ana")
    shown = workspace.open_view("ana")
    assert shown is not None
    assert answer.errors == shown.errors == {"why": "Say more."}


def test_an_error_at_no_field_is_trouble(workspace: Workspace, app: Receiver, view: View) -> None:
    app.answer = saying({"response_action": "errors", "errors": {"nowhere": "Say more."}})
    workspace.submit(view, {"why": "x"}, by="ana")
    told = [n.text for n in workspace.notices("ana")]
    assert told == ["We had some trouble connecting. Try again?"]


def test_an_update_takes_the_modals_place(workspace: Workspace, app: Receiver, view: View) -> None:
    app.answer = saying({"response_action": "update", "view": modal(section("done"))})
    workspace.submit(view, {"why": "x"}, by="ana")
    shown = workspace.open_view("ana")
    assert shown is not None
    assert shown.id == view.id
    assert shown.hash != view.hash


def test_a_push_goes_on_top(workspace: Workspace, app: Receiver, view: View) -> None:
    app.answer = saying({"response_action": "push", "view": modal(title=plain("Next"))})
    workspace.submit(view, {"why": "x"}, by="ana")
    top = workspace.open_view("ana")
    assert top is not None
    assert (top.title, top.previous_view_id, top.root_view_id) == ("Next", view.id, view.id)
    workspace.close(top, by="ana")
    below = workspace.open_view("ana")
    assert below is not None
    assert below.id == view.id


def test_a_clear_closes_every_modal(workspace: Workspace, app: Receiver, view: View) -> None:
    app.answer = saying({"response_action": "push", "view": modal(section())})
    workspace.submit(view, {"why": "x"}, by="ana")
    top = workspace.open_view("ana")
    assert top is not None
    app.answer = saying({"response_action": "clear"})
    workspace.submit(top, by="ana")
    assert workspace.open_view("ana") is None


def test_an_illegal_view_in_the_answer_is_trouble(
    workspace: Workspace, app: Receiver, view: View
) -> None:
    app.answer = saying({"response_action": "update", "view": modal(title=plain("x" * 25))})
    workspace.submit(view, {"why": "x"}, by="ana")
    assert len(workspace.notices("ana")) == 1
    assert workspace.open_view("ana") is not None


def test_a_submission_without_an_answer_keeps_the_modal(
    workspace: Workspace, app: Receiver, view: View
) -> None:
    app.answer = saying("", 500)
    answer = workspace.submit(view, {"why": "x"}, by="ana")
    assert answer.notice == "We had some trouble connecting. Try again?"
    assert workspace.open_view("ana") is not None


def test_closing_all_says_that_it_was_cleared(
    workspace: Workspace, app: Receiver, view: View
) -> None:
    pushed = modal(section(), notify_on_close=True, clear_on_close=True)
    app.answer = saying({"response_action": "push", "view": pushed})
    workspace.submit(view, {"why": "x"}, by="ana")
    top = workspace.open_view("ana")
    assert top is not None
    workspace.close(top, by="ana")
    assert app.requests[-1].payload["is_cleared"] is True
    assert workspace.open_view("ana") is None


# Commands


def test_a_commands_answer_is_for_the_person(workspace: Workspace, app: Receiver) -> None:
    app.answer = saying("Two schools.")
    workspace.command("/schools", by="ana", channel="C0LINCOLN")
    app.answer = saying({"response_type": "in_channel", "text": "Everyone, look."})
    workspace.command("/schools", by="ana", channel="C0LINCOLN")
    assert [m.text for m in workspace.ephemerals("ana")] == ["Two schools."]
    assert [m.text for m in workspace.history("C0LINCOLN")] == ["Everyone, look."]


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (saying("", 500), "dispatch_failed"),
        (saying({"blocks": [section("x" * 3001)]}), "invalid_command_response"),
    ],
)
def test_a_command_that_fails_says_so(
    answer: Callable[[Request], tuple[int, Any]], word: str, workspace: Workspace, app: Receiver
) -> None:
    app.answer = answer
    workspace.command("/schools", by="ana", channel="C0LINCOLN")
    assert workspace.notices("ana")[-1].text == f'/schools failed with the error "{word}"'


def test_a_command_of_no_app_is_refused_by_slack_itself(
    workspace: Workspace, app: Receiver
) -> None:
    workspace.commands = {"/schools"}
    told = workspace.command("/shcools list", by="ana", channel="C0LINCOLN")
    assert (told.ok, told.notice) == (False, "/shcools is not a valid command.")
    assert app.requests == []
    assert workspace.command("/schools list", by="ana", channel="C0LINCOLN").ok


# Events


def finished(workspace: Workspace) -> None:
    workspace.wait_for(lambda: all(d.done for d in workspace.deliveries))


def test_an_event_is_sent_again_until_it_is_taken(workspace: Workspace, app: Receiver) -> None:
    statuses = iter([500, 500, 200])
    app.answer = lambda request: (next(statuses), "")
    workspace.open_home("ana")
    finished(workspace)
    marks = [
        (r.headers.get("x-slack-retry-num"), r.headers.get("x-slack-retry-reason"))
        for r in app.requests
    ]
    assert marks == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len({r.payload["event_id"] for r in app.requests}) == 1


def test_an_event_is_given_up_after_its_last_attempt(workspace: Workspace, app: Receiver) -> None:
    app.answer = saying("", 500)
    workspace.open_home("ana")
    finished(workspace)
    assert [a.status for a in workspace.deliveries[-1].answers] == [500] * 3


def test_slack_waits_a_minute_and_then_five() -> None:
    assert Workspace().dispatch.retry_delays == (0.0, 60.0, 300.0)


def test_stopping_does_not_wait_for_a_later_attempt(app: Receiver, workspace: Workspace) -> None:
    workspace.dispatch.retry_delays = (600.0,)
    app.answer = saying("", 500)
    workspace.open_home("ana")
    workspace.wait_for(lambda: workspace.deliveries[-1].answers)
    workspace.stop()
    assert workspace.deliveries[-1].done


# Disturbances on the way to the app


def test_a_click_can_arrive_twice(workspace: Workspace, app: Receiver, post: Post) -> None:
    workspace.disturb("interactive", duplicate=1)
    workspace.click(post(actions(button())), "Go", by="ana")
    first, second = (r.payload for r in app.requests)
    assert first == second


def test_an_event_can_arrive_twice(workspace: Workspace, app: Receiver) -> None:
    workspace.disturb("events_api", duplicate=1)
    workspace.open_home("ana")
    finished(workspace)
    assert [r.headers.get("x-slack-retry-num") for r in app.requests] == [None, "1"]
    assert len({r.payload["event_id"] for r in app.requests}) == 1


def test_something_can_be_delivered_again_later(
    workspace: Workspace, app: Receiver, post: Post
) -> None:
    workspace.click(post(actions(button())), "Go", by="ana")
    workspace.redeliver(workspace.deliveries[-1])
    assert app.requests[0].payload == app.requests[1].payload


def test_a_click_can_get_lost(workspace: Workspace, app: Receiver, post: Post) -> None:
    workspace.disturb(drop=True)
    answer = workspace.click(post(actions(button())), "Go", by="ana")
    assert (answer.problem, app.requests) == ("http_timeout", [])


def test_an_answer_can_get_lost(workspace: Workspace, app: Receiver, post: Post) -> None:
    workspace.disturb(lose_answer=True)
    answer = workspace.click(post(actions(button())), "Go", by="ana")
    assert (answer.problem, len(app.requests)) == ("http_timeout", 1)
