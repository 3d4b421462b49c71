"""Every kind of payload gives the same answers by signed HTTP and by Socket Mode."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from slack_bolt import Ack, App, Respond, Say
from slack_sdk import WebClient

from bot.practice import Message, Upload, View, Workspace
from tests.practice.conftest import furnish
from tests.practice.contract import TRANSPORTS, Seen, Stop, connected, shape, tour
from tests.practice.kit import (
    Clock,
    Json,
    actions,
    button,
    field_block,
    home,
    modal,
    option,
    plain,
    section,
)

CARD = [
    section("*Oak*", accessory={"type": "overflow", "action_id": "menu", "options": [option()]}),
    actions(
        button("open", "Open"),
        button("unknown", "Unknown"),
        {"type": "external_select", "action_id": "school", "min_query_length": 0},
    ),
]
ROSTER = {**field_block({"type": "file_input", "action_id": "roster"}), "block_id": "roster"}
FORM = modal(
    field_block(),
    {**ROSTER, "optional": True},
    actions(button("refresh", "Refresh")),
    callback_id="form",
    notify_on_close=True,
)
ANSWERS: dict[str, Json] = {
    "complain": {"response_action": "errors", "errors": {"why": "Say more."}},
    "push": {"response_action": "push", "view": modal(section(), title=plain("On top"))},
    "update": {"response_action": "update", "view": {**FORM, "title": plain("Updated")}},
}


def small_app(workspace: Workspace, received: list[Json]) -> App:
    """An app with a listener for each kind; it notes what it gets."""
    client = WebClient(workspace.app.bot_token, base_url=workspace.api_url, retry_handlers=[])
    app = App(
        client=client,
        signing_secret=workspace.app.signing_secret,
        process_before_response=True,
        raise_error_for_unhandled_request=False,
    )

    @app.use
    def note(body: Json, next: Any) -> None:
        received.append(body)
        next()

    listen_to_messages(app)
    listen_to_views(app)
    listen_to_events(app)
    return app


def listen_to_messages(app: App) -> None:
    @app.command("/schools")
    def command(ack: Ack, respond: Respond) -> None:
        ack("Two schools.")
        respond("One of them is Oak.")

    @app.action("open")
    def opens(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=FORM)

    @app.action("menu")
    def menu(ack: Ack, respond: Respond) -> None:
        ack()
        respond("The history of Oak.")

    @app.options("school")
    def schools(ack: Ack) -> None:
        ack(options=[option("Oak", "oak")])

    @app.action("school")
    def chosen(ack: Ack, action: Json, respond: Respond) -> None:
        ack()
        respond(f"You chose {action['selected_option']['text']['text']}.")


def listen_to_views(app: App) -> None:
    @app.action("refresh")
    def refresh(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        view = {**FORM, "title": plain("Refreshed")}
        client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        answer = ANSWERS.get(view["state"]["values"]["why"]["text"]["value"], {})
        ack(**answer)

    @app.view_closed("form")
    def closed(ack: Ack, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel="C0LINCOLN", text="The form was closed.")


def listen_to_events(app: App) -> None:
    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        known = (event.get("view") or {}).get("hash")
        client.views_publish(user_id=event["user"], view=home(section("Schools")), hash=known)

    @app.event("message")
    def hello(event: Json, say: Say) -> None:
        say(f"Hello to you too, {event['user']}.")

    @app.event("channel_archive")
    def archived(client: WebClient) -> None:
        client.chat_postMessage(channel="U0ANA", text="A channel is gone.")


def card(workspace: Workspace) -> Message:
    return workspace.history("C0LINCOLN")[0]


def view(workspace: Workspace) -> View:
    shown = workspace.open_view("ana")
    assert shown is not None
    return shown


def click(what: str) -> Stop:
    return Stop(f"click {what}", lambda w: w.click(card(w), what, by="ana"))


def submit(word: str, **more: Any) -> Stop:
    return Stop(f"submit {word}", lambda w: w.submit(view(w), {"why": word, **more}, by="ana"))


def choose_a_school(workspace: Workspace) -> None:
    (found,) = workspace.options(card(workspace), "school", by="ana")
    workspace.click(card(workspace), "school", by="ana", value=found)


def say_hello(workspace: Workspace) -> None:
    direct = workspace.store.direct("U0ANA").id
    workspace.say("Hello", by="ana", channel=direct)


CLOSE = Stop("close", lambda w: w.close(view(w), by="ana"))
STOPS = [
    Stop("command", lambda w: w.command("/schools", by="ana", channel="C0LINCOLN")),
    click("One"),
    Stop("suggestion", choose_a_school),
    click("Open"),
    Stop("click in a modal", lambda w: w.click(view(w), "Refresh", by="ana")),
    submit("complain"),
    submit("update"),
    submit("push"),
    CLOSE,
    submit("close", roster=Upload("schools.csv", b"12,Oak")),
    click("Open"),
    CLOSE,
    Stop("home", lambda w: w.open_home("ana")),
    Stop("home again", lambda w: w.open_home("ana")),
    Stop("message", say_hello),
    Stop("event", lambda w: w.archive("C0AWAY")),
]
KINDS = {
    ("slash_commands", "/schools"),
    ("interactive", "block_actions"),
    ("interactive", "block_suggestion"),
    ("interactive", "view_submission"),
    ("interactive", "view_closed"),
    ("events_api", "app_home_opened"),
    ("events_api", "message"),
    ("events_api", "channel_archive"),
}


@contextmanager
def practising(transport: str, received: list[Json]) -> Iterator[Workspace]:
    with furnish(Workspace(clock=Clock(), rate_limits=False, retry_delays=())) as workspace:
        workspace.events.add("message.im")
        app = small_app(workspace, received)
        app.client.chat_postMessage(channel="C0LINCOLN", text="Oak is missing", blocks=CARD)
        with connected(app, workspace, transport):
            yield workspace


@pytest.fixture(scope="module")
def tours() -> dict[str, tuple[list[Seen], list[Json]]]:
    """What was seen and what the app got, by transport."""
    made: dict[str, tuple[list[Seen], list[Json]]] = {}
    for transport in TRANSPORTS:
        received: list[Json] = []
        with practising(transport, received) as workspace:
            made[transport] = (tour(workspace, STOPS, "ana"), received)
    return made


Tours = dict[str, tuple[list[Seen], list[Json]]]


@pytest.mark.parametrize("number", range(len(STOPS)), ids=[stop.name for stop in STOPS])
def test_people_see_the_same(number: int, tours: Tours) -> None:
    by_http, by_socket = (tours[transport][0][number] for transport in TRANSPORTS)
    assert by_http == by_socket


def test_the_app_gets_the_same(tours: Tours) -> None:
    by_http, by_socket = ([shape(body) for body in tours[t][1]] for t in TRANSPORTS)
    assert by_http == by_socket


def test_the_tour_has_every_kind(tours: Tours) -> None:
    sent = [delivery for seen in tours["http"][0] for delivery in seen.sent]
    assert {(kind, name) for kind, name, _ in sent} == KINDS


def test_the_tour_ends_as_it_should(tours: Tours) -> None:
    """So that two transports that both fail are not taken for two that agree."""
    seen = tours["http"][0]
    last = seen[-1]
    assert last.texts == (
        "Oak is missing",
        "One of them is Oak.",
        "Two schools.",
        "The history of Oak.",
        "You chose Oak.",
        "The form was closed.",
        "Hello",
        "Hello to you too, U0ANA.",
        "A channel is gone.",
    )
    assert (last.modals, last.home, last.notices) == ((), ("Schools",), ())
    assert {one.name: one.modals for one in seen if one.modals} == {
        "click Open": (("Freeze", ()),),
        "click in a modal": (("Refreshed", ()),),
        "submit complain": (("Refreshed", (("why", "Say more."),)),),
        "submit update": (("Updated", ()),),
        "submit push": (("Updated", ()), ("On top", ())),
        "close": (("Updated", ()),),
    }


@pytest.mark.parametrize(
    ("transport", "notice"),
    [
        ("http", "This app responded with Status Code 404."),
        # Bolt acknowledges by socket only what a listener took.
        ("socket mode", "Operation timed out. Apps need to respond within 3 seconds."),
    ],
)
def test_a_click_that_nobody_takes_is_a_notice(transport: str, notice: str) -> None:
    with practising(transport, []) as workspace:
        workspace.dispatch.seconds = 0.5
        workspace.click(card(workspace), "Unknown", by="ana")
        assert [told.text for told in workspace.notices("ana")] == [notice]
