"""The hands and eyes of the stories, on an app that is small enough to be right."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.practice import NotThere, Workspace
from tests.harness.slack.office import Office, Wrong, furnished
from tests.harness.slack.surfaces import Modal
from tests.practice.contract import connected
from tests.practice.kit import Json, actions, button, field_block, home, modal, option, section

SCHOOLS = ("Oak Elementary", "Pine & Sons Middle")
STATUSES = [option("Did not sync", "gone"), option("Paused", "paused")]


def school(name: str) -> Json:
    menu = [option("History", f"history of {name}"), option("Freeze…", f"freeze {name}")]
    more = {"type": "overflow", "action_id": "menu", "options": menu}
    return section(f"*{name.replace('&', '&amp;')}*", accessory=more)


def listed(status: str = "Did not sync") -> list[Json]:
    shown = {"type": "static_select", "action_id": "status", "options": STATUSES}
    return [
        section(f"Shown: {status}"),
        actions(shown, button("upload", "Upload…")),
        *(school(name) for name in SCHOOLS),
    ]


def form(page: int = 1) -> Json:
    boxes = {
        "type": "checkboxes",
        "action_id": "tick",
        "options": [option(f"School {page}{letter}", f"{page}{letter}") for letter in "ab"],
    }
    search = {"type": "external_select", "action_id": "search", "min_query_length": 0}
    roster = {"type": "file_input", "action_id": "roster"}
    return modal(
        section(f"Page {page}"),
        {**field_block(boxes), "block_id": f"page-{page}", "optional": True},
        {**field_block(search), "block_id": "search", "optional": True},
        {**field_block(roster), "block_id": "roster"},
        actions(button("next", "Next")),
        callback_id="form",
    )


def app_of(workspace: Workspace) -> App:
    client = WebClient(workspace.app.bot_token, base_url=workspace.api_url, retry_handlers=[])
    secret = workspace.app.signing_secret
    app = App(client=client, signing_secret=secret, process_before_response=True)

    @app.command("/schools")
    def command(ack: Ack, command: Json) -> None:
        ack(f"You asked for {command['text']}.")

    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        client.views_publish(user_id=event["user"], view=home(*listed()))

    @app.action("status")
    def status(ack: Ack, body: Json, action: Json, client: WebClient) -> None:
        ack()
        shown = listed(action["selected_option"]["text"]["text"])
        client.views_publish(user_id=body["user"]["id"], view=home(*shown))

    @app.action("menu")
    def menu(ack: Ack, body: Json, action: Json, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel=body["user"]["id"], text=action["selected_option"]["value"])

    in_the_form(app)
    return app


def in_the_form(app: App) -> None:
    @app.action("upload")
    def upload(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=form())

    @app.action("next")
    def turn(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.views_update(view_id=body["view"]["id"], view=form(page=2))

    @app.options("search")
    def search(ack: Ack, payload: Json) -> None:
        ack(options=[option(n, n) for n in SCHOOLS if payload["value"] in n.lower()])

    @app.view("form")
    def submitted(ack: Ack, body: Json, view: Json, client: WebClient) -> None:
        ack()
        values = view["state"]["values"]
        ticked = [o["value"] for o in values["page-2"]["tick"]["selected_options"]]
        found = (values["search"]["search"]["selected_option"] or {}).get("value")
        token = {"Authorization": f"Bearer {client.token}"}
        (file,) = values["roster"]["roster"]["files"]
        content = httpx.get(file["url_private_download"], headers=token).content
        direct = client.conversations_open(users=body["user"]["id"])["channel"]["id"]
        client.files_upload_v2(
            filename=f"copy of {file['name']}",
            content=content,
            channel=direct,
            initial_comment=f"{ticked} {found}",
        )


class Bare(Office):
    """An office without our bot in it."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack
        self.hands = None
        self.wrong = Wrong()
        self._expected: set[tuple[str, str]] = set()
        self._told = 0


@pytest.fixture(params=["http", "socket mode"])
def office(request: Any) -> Iterator[Bare]:
    with furnished(Workspace(rate_limits=False)) as slack:
        app = app_of(slack)
        app.client.chat_postMessage(channel="C0LINCOLN", text="Two schools", blocks=listed())
        with connected(app, slack, request.param):
            office = Bare(slack)
            office.channel("lincoln-alerts").expect_message("Two schools")
            yield office
            office.expect_nothing_else()


def test_a_command_is_typed_and_answered(office: Bare) -> None:
    assert office.command("/schools list", by="ana", in_="lincoln-alerts").ok
    office.expect_ephemeral(to="ana", saying="You asked for list.")


def test_a_menu_beside_a_schools_name(office: Bare) -> None:
    card = office.channel("lincoln-alerts").latest()
    assert card.menu_of("Pine & Sons Middle") == ["History", "Freeze…"]
    card.choose("History", school="Pine & Sons Middle", by="ana")
    office.expect_direct_message("ana", "history of Pine & Sons Middle")
    card.choose("Freeze", school="Oak Elementary", by="bo")
    office.expect_direct_message("bo", "freeze Oak Elementary")
    with pytest.raises(NotThere):
        card.choose("Freeze", school="Elm Academy", by="bo")


def test_home_is_opened_read_and_used(office: Bare) -> None:
    shown = office.open_home("ana")
    shown.says("Shown: Did not sync", "Pine & Sons Middle")
    assert (shown.buttons, shown.buttons_of("Oak")) == (["Upload…"], [])
    shown.choose("Paused")
    shown.expect_update("Shown: Paused")
    shown.choose("History", school="Oak Elementary")
    office.expect_direct_message("ana", "history of Oak Elementary")


def uploading(office: Bare) -> Modal:
    office.open_home("ana").click("Upload")
    return office.expect_modal("ana", "Page 1")


def test_a_form_has_pages_searches_and_files(office: Bare) -> None:
    dialog = uploading(office)
    dialog.choose("School 1a")
    dialog.click("Next")
    dialog.expect_update("Page 2")
    assert dialog.offers == ["School 2a ()", "School 2b ()"]
    dialog.choose("School 2a", "School 2b")
    dialog.untick("School 2a")
    assert dialog.suggest("pine") == ["Pine & Sons Middle"]
    dialog.choose("Pine & Sons Middle")
    assert dialog.submit(file={"schools.csv": b"12,Oak"}).ok
    sent = office.expect_file(to="ana", named="schools.csv")
    assert (sent.name, sent.content, sent.text) == ("copy of schools.csv", b"12,Oak", "12,Oak")
    assert office.files_of("ana") == [sent]
    assert office.slack.direct_messages("ana")[-1].text == "['2b'] Pine & Sons Middle"


def test_a_form_asks_for_its_file(office: Bare) -> None:
    dialog = uploading(office)
    assert set(dialog.submit().errors) == {"roster"}
    with pytest.raises(NotThere):
        dialog.choose("School 9z")


def test_files_in_a_channel_are_found_there(office: Bare) -> None:
    client = WebClient(office.slack.app.bot_token, base_url=office.slack.api_url)
    client.files_upload_v2(filename="held.csv", content="x", channel="C0LINCOLN")
    assert office.channel("lincoln-alerts").expect_file("held").content == b"x"
