"""The page in a real browser: what each person sees, and that it acts like a hand."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.practice import Message, Workspace
from bot.practice.state import Trigger
from tests.practice.kit import (
    Json,
    Receiver,
    Request,
    actions,
    button,
    field_block,
    home,
    modal,
    mrkdwn,
    option,
    plain,
    section,
    table,
)

Post = Callable[..., Message]
# A browser on a shared machine may take its time; nothing here waits that long when all is well.
PATIENCE = 60_000

CONFIRM = {
    "title": plain("Freeze Oak?"),
    "text": plain("40 accounts lock."),
    "confirm": plain("Freeze"),
    "deny": plain("Keep"),
}
REASON = modal(
    field_block({"type": "plain_text_input", "action_id": "text", "max_length": 50}),
    title=plain("Freeze Oak"),
    callback_id="freeze",
)


def bot(client: WebClient) -> Callable[[Request], tuple[int, Any]]:
    """An app with a modal, a refusal in it, and an ephemeral answer."""

    def submitted(payload: Json) -> tuple[int, Any]:
        reason = payload["view"]["state"]["values"]["why"]["text"]["value"]
        if len(reason) < 5:
            return 200, {"response_action": "errors", "errors": {"why": "Say more."}}
        client.chat_postMessage(channel="C0LINCOLN", text=f"Oak is frozen: {reason}")
        return 200, ""

    def answer(request: Request) -> tuple[int, Any]:
        payload = request.payload
        if payload["type"] == "view_submission":
            return submitted(payload)
        if payload["type"] == "event_callback":
            shown = home({"type": "header", "text": plain("Schools")})
            client.views_publish(user_id=payload["event"]["user"], view=shown)
            return 200, ""
        if payload["actions"][0]["action_id"] == "freeze":
            client.views_open(trigger_id=payload["trigger_id"], view=REASON)
        if payload["actions"][0]["action_id"] == "pause":
            user = payload["user"]["id"]
            client.chat_postEphemeral(channel="C0LINCOLN", user=user, text="Bo paused it at 9:12.")
        return (500, "") if payload["actions"][0]["action_id"] == "broken" else (200, "")

    return answer


@pytest.fixture
def at(page: Any, workspace: Workspace, app: Receiver, client: WebClient) -> Iterator[Any]:
    """The page, with a browser's patience; go to `workspace.url` after posting."""
    app.answer = bot(client)
    page.set_default_timeout(PATIENCE)
    yield page
    page.goto("about:blank")


def become(at: Any, workspace: Workspace, person: str) -> None:
    at.goto(workspace.url)
    at.click(f"[data-person={person}]")
    at.wait_for_selector("[data-open-channel]")


def test_it_opens_at_the_people_one_can_be(at: Any, workspace: Workspace) -> None:
    workspace.headline = "Roster folder: demo/rosters"
    at.goto(workspace.url)
    at.wait_for_selector("[data-person]")
    names = at.locator("[data-person] strong").all_inner_texts()
    assert names == ["Ana Diaz", "Bo Lindqvist", "Sam Sato", "Eve Else"]
    assert at.locator("[data-person] small").first.inner_text() == "Admin of Lincoln"
    assert "demo/rosters" in at.locator(".headline").inner_text()


def test_a_confirmed_click_opens_a_modal_that_complains_and_then_closes(
    at: Any, workspace: Workspace, app: Receiver, post: Post
) -> None:
    post(section("*Oak*"), actions(button("freeze", "Freeze…", style="danger", confirm=CONFIRM)))
    become(at, workspace, "U0ANA")
    at.click("[data-action-id=freeze]")
    at.click("[data-deny]")
    assert app.requests == []
    at.click("[data-action-id=freeze]")
    assert at.locator("[data-confirm] .text").inner_text() == "40 accounts lock."
    at.click("[data-accept]")
    at.click("[data-submit]")
    at.wait_for_selector("text=Please complete this required field.")
    at.fill("[data-view-id] input", "no")
    at.click("[data-submit]")
    at.wait_for_selector("text=Say more.")
    assert at.input_value("[data-view-id] input") == "no"
    at.fill("[data-view-id] input", "closed for good")
    at.click("[data-submit]")
    at.wait_for_selector("[data-view-id]", state="detached")
    at.wait_for_selector("text=Oak is frozen: closed for good")


def test_an_ephemeral_message_is_seen_by_its_person_only(
    at: Any, workspace: Workspace, post: Post
) -> None:
    post(actions(button("pause", "Pause")))
    become(at, workspace, "U0ANA")
    at.click("[data-action-id=pause]")
    shown = at.wait_for_selector("[data-ephemeral]")
    assert "Only visible to you" in shown.inner_text()
    at.click("[data-person=U0BO]")
    at.wait_for_selector("[data-person=U0BO][aria-pressed=true]")
    assert at.locator("[data-ts]").count() == 1
    assert at.locator("[data-ephemeral]").count() == 0


def test_a_thread_opens_beside_its_message(
    at: Any, workspace: Workspace, post: Post, client: WebClient
) -> None:
    parent = post(text="parent")
    post(text="first reply", thread_ts=parent.ts)
    become(at, workspace, "U0ANA")
    at.click("text=1 reply")
    at.wait_for_selector("[data-open-thread] >> text=first reply")
    post(text="second reply", thread_ts=parent.ts)
    at.wait_for_selector("[data-open-thread] >> text=second reply")
    at.wait_for_selector("text=2 replies")
    at.fill("[data-open-thread] [data-composer]", "from Ana")
    at.keyboard.press("Enter")
    at.wait_for_selector("[data-open-thread] >> text=from Ana")
    assert [m.user for m in workspace.replies(parent)][-1] == "U0ANA"


def test_an_edit_is_shown_at_once_and_marked(
    at: Any, workspace: Workspace, post: Post, client: WebClient
) -> None:
    message = post(section("before"))
    become(at, workspace, "U0ANA")
    client.chat_update(channel="C0LINCOLN", ts=message.ts, text="after", blocks=[section("after")])
    at.wait_for_selector(f"[data-ts='{message.ts}'] >> text=after")
    assert at.locator(f"[data-ts='{message.ts}'] [data-edited]").count() == 1


def test_what_changes_during_a_click_takes_nothing_from_it(
    at: Any, workspace: Workspace, client: WebClient
) -> None:
    become(at, workspace, "U0ANA")
    at.hover("[data-person=U0BO]")
    with at.expect_response("**/practice/screen*") as seen:
        at.mouse.down()
        client.chat_postMessage(channel="C0LINCOLN", text="look")
    seen.value.finished()
    at.evaluate("new Promise(requestAnimationFrame)")
    at.mouse.up()
    at.wait_for_selector("[data-person=U0BO][aria-pressed=true]")
    at.wait_for_selector("text=look")


def test_what_people_wrote_is_never_markup(at: Any, workspace: Workspace, post: Post) -> None:
    post(section("&lt;img src=x onerror=alert(1)&gt; <b>"), text="x")
    become(at, workspace, "U0ANA")
    shown = at.wait_for_selector("[data-block-type=section]")
    assert "<img src=x onerror=alert(1)>" in shown.inner_text()
    assert at.locator("[data-ts] img, [data-ts] b").count() == 0


def test_mrkdwn(at: Any, workspace: Workspace, post: Post) -> None:
    text = (
        "*bold* _italic_ ~gone~ `code` <https://a.test|here> <@U0BO> <#C0LINCOLN> "
        "<!subteam^S0SUPPORT> <!date^1700000000^{date_num}|then> :white_check_mark: 2*3*4 a_b_c"
    )
    post(section(text))
    become(at, workspace, "U0ANA")
    block = at.locator("[data-block-type=section]")
    assert [block.locator(tag).inner_text() for tag in ("strong", "em", "s", "code", "a")] == [
        "bold",
        "italic",
        "gone",
        "code",
        "here",
    ]
    assert block.locator(".mention").all_inner_texts() == [
        "@Bo Lindqvist",
        "#lincoln-alerts",
        "@support",
    ]
    assert block.locator("time").count() == 1
    assert block.inner_text().endswith(" 2*3*4 a_b_c")
    assert block.get_by_role("img", name="white check mark").is_visible()


def test_a_menu_without_room_below_it_opens_upwards(
    at: Any, workspace: Workspace, post: Post
) -> None:
    choices = [option(f"Choice {n}", str(n)) for n in range(5)]
    for n in range(20):
        post(section(f"Message {n}"))
    post(actions({"type": "overflow", "action_id": "more", "options": choices}))
    become(at, workspace, "U0ANA")
    at.click("[data-action-id=more]")
    menu = at.locator(".menu:not([hidden])")
    room, taken = at.locator(".main .list").bounding_box(), menu.bounding_box()
    assert taken["y"] + taken["height"] <= room["y"] + room["height"]
    assert taken["y"] >= room["y"]


def test_every_block_has_a_picture(at: Any, workspace: Workspace, post: Post) -> None:
    choices = [option("One", "1"), option("Two", "2")]
    post(
        {"type": "header", "text": plain("Two schools")},
        {"type": "context", "elements": [mrkdwn("Lincoln"), mrkdwn("_today_")]},
        {"type": "divider"},
        {"type": "section", "fields": [mrkdwn("*A*"), mrkdwn("*B*")]},
        actions(
            {"type": "static_select", "action_id": "s", "options": choices},
            {"type": "checkboxes", "action_id": "c", "options": choices},
            {"type": "radio_buttons", "action_id": "r", "options": choices},
        ),
        table(2, 3, "cell"),
    )
    become(at, workspace, "U0ANA")
    message = at.wait_for_selector("[data-ts]")
    counts = {
        query: len(message.query_selector_all(query))
        for query in (
            "h3",
            "hr",
            ".fields > div",
            "select",
            "[type=checkbox]",
            "[type=radio]",
            "td",
        )
    }
    assert list(counts.values()) == [1, 1, 2, 1, 2, 2, 3]
    assert message.query_selector_all(".unknown") == []


def test_choosing_sends_what_was_chosen(
    at: Any, workspace: Workspace, app: Receiver, post: Post
) -> None:
    choices = [option("One", "1"), option("Two", "2")]
    menu = {"type": "overflow", "action_id": "more", "options": choices}
    post(
        section(accessory=menu),
        actions(
            {"type": "static_select", "action_id": "pick", "options": choices},
            {"type": "checkboxes", "action_id": "tick", "options": choices},
        ),
    )
    become(at, workspace, "U0ANA")

    def last() -> Any:
        return app.requests[-1].payload["actions"][0]

    at.click("[data-action-id=more]")
    at.keyboard.press("ArrowDown")
    at.keyboard.press("Enter")
    workspace.wait_for(lambda: len(app.requests) == 1)
    assert last()["selected_option"]["value"] == "2"
    at.select_option("select[data-action-id=pick]", "2")
    workspace.wait_for(lambda: len(app.requests) == 2)
    assert last()["selected_option"]["value"] == "2"
    at.check("[data-action-id=tick] input >> nth=1")
    workspace.wait_for(lambda: len(app.requests) == 3)
    assert [o["value"] for o in last()["selected_options"]] == ["2"]


def test_an_app_that_fails_is_told_in_a_corner(at: Any, workspace: Workspace, post: Post) -> None:
    post(actions(button("broken", "Break")))
    become(at, workspace, "U0ANA")
    at.click("[data-action-id=broken]")
    at.wait_for_selector("[data-notice] >> text=Status Code 500")


def test_unread_messages_are_counted_until_they_are_read(
    at: Any, workspace: Workspace, client: WebClient
) -> None:
    workspace.add_channel("C0OTHER", "other", ["ana"])
    become(at, workspace, "U0ANA")
    client.chat_postMessage(channel="C0OTHER", text="look")
    at.wait_for_selector("[data-channel=C0OTHER] [data-unread='1']")
    at.click("[data-channel=C0OTHER]")
    at.wait_for_selector("text=look")
    at.click("[data-channel=C0LINCOLN]")
    at.wait_for_selector("[data-open-channel=C0LINCOLN]")
    at.wait_for_selector("[data-unread]", state="detached")


def test_the_app_has_a_home_and_messages(at: Any, workspace: Workspace, client: WebClient) -> None:
    client.chat_postMessage(channel="U0ANA", text="Your request was approved.")
    become(at, workspace, "U0ANA")
    at.click("[data-app]")
    at.wait_for_selector("text=Your request was approved.")
    at.click("[data-tab=home]")
    at.wait_for_selector("[data-view-id] h3 >> text=Schools")


def test_a_command_is_typed_where_messages_are(
    at: Any, workspace: Workspace, app: Receiver
) -> None:
    app.answer = lambda request: (200, f"You asked for {request.payload['text']}.")
    become(at, workspace, "U0ANA")
    at.fill("[data-composer=channel]", "/schools list")
    at.keyboard.press("Enter")
    at.wait_for_selector("[data-ephemeral] >> text=You asked for list.")


def test_a_file_of_the_bot_can_be_downloaded(
    at: Any, workspace: Workspace, client: WebClient
) -> None:
    client.files_upload_v2(
        filename="schools.csv", content="12,Oak\n", channel="C0LINCOLN", initial_comment="Here."
    )
    become(at, workspace, "U0ANA")
    at.wait_for_selector("text=Here.")
    shown = at.locator("[data-file='schools.csv']")
    assert shown.inner_text().split("\n") == ["CSV", "schools.csv", "schools.csv · 7 bytes"]
    with at.expect_download() as download:
        shown.click()
    assert download.value.suggested_filename == "schools.csv"
    assert Path(download.value.path()).read_bytes() == b"12,Oak\n"


def chosen(*names: str) -> list[Json]:
    return [{"name": name, "mimeType": "text/csv", "buffer": b"12,Oak\n"} for name in names]


def test_a_file_is_chosen_in_a_modal(
    at: Any, workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    field = {"type": "file_input", "action_id": "roster", "filetypes": ["csv"], "max_files": 2}
    opened(workspace, client, modal(field_block(field)))
    become(at, workspace, "U0ANA")
    at.click("[data-submit]")
    at.wait_for_selector("text=Please complete this required field.")
    at.set_input_files("input[type=file]", chosen("a.csv", "b.csv"))
    at.wait_for_selector("[data-chosen='b.csv']")
    at.click("[aria-label='Remove a.csv']")
    at.set_input_files("input[type=file]", chosen("c.csv"))
    at.wait_for_selector("[data-chosen='c.csv']")
    app.answer = lambda request: (200, "")
    at.click("[data-submit]")
    at.wait_for_selector("[data-view-id]", state="detached")
    files = app.requests[-1].payload["view"]["state"]["values"]["why"]["roster"]["files"]
    assert [file["name"] for file in files] == ["b.csv", "c.csv"]
    assert workspace.store.files[files[0]["id"]].content == b"12,Oak\n"


def opened(workspace: Workspace, client: WebClient, view: Json) -> str:
    """A modal on Ana's screen; gives its id."""
    workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
    return str(client.views_open(trigger_id="t", view=view)["view"]["id"])


def page_of_boxes(block_id: str, *names: str) -> Json:
    boxes = {"type": "checkboxes", "action_id": "tick", "options": [option(n, n) for n in names]}
    return modal({**field_block(boxes), "block_id": block_id})


def test_boxes_of_a_page_begin_anew_when_it_comes_back(
    at: Any, workspace: Workspace, client: WebClient
) -> None:
    view = opened(workspace, client, page_of_boxes("one", "Oak", "Elm"))
    become(at, workspace, "U0ANA")
    at.check("[data-action-id=tick] input[value=Oak]")
    client.views_update(view_id=view, view=page_of_boxes("one", "Oak", "Elm", "Ash"))
    at.wait_for_selector("input[value=Ash]")
    assert at.is_checked("input[value=Oak]")
    client.views_update(view_id=view, view=page_of_boxes("two", "Fir"))
    at.wait_for_selector("input[value=Fir]")
    client.views_update(view_id=view, view=page_of_boxes("one", "Oak", "Elm"))
    at.wait_for_selector("input[value=Oak]")
    assert not at.is_checked("input[value=Oak]")


def test_a_menu_that_asks_the_app_offers_at_once_when_it_may(
    at: Any, workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    def answer(request: Request) -> tuple[int, Any]:
        known = [option("Oak", "oak"), option("Elm", "elm")]
        asked = request.payload.get("value", "")
        return 200, {"options": [o for o in known if asked in o["value"]]}

    field = {"type": "external_select", "action_id": "pick", "min_query_length": 0}
    opened(workspace, client, modal(field_block(field)))
    app.answer = answer
    become(at, workspace, "U0ANA")
    at.click("[data-action-id=pick]")
    at.wait_for_selector("button[data-value=elm]")
    at.fill("[data-action-id=pick]", "fir")
    at.wait_for_selector("text=No result")
    at.fill("[data-action-id=pick]", "oa")
    at.click("button[data-value=oak]")
    app.answer = lambda request: (200, "")
    at.click("[data-submit]")
    at.wait_for_selector("[data-view-id]", state="detached")
    state = app.requests[-1].payload["view"]["state"]["values"]["why"]["pick"]
    assert state["selected_option"]["value"] == "oak"


def test_a_field_reports_on_enter_or_on_every_character(
    at: Any, workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    each = {"trigger_actions_on": ["on_character_entered"]}
    plain_field: Json = {"type": "plain_text_input", "action_id": "text"}
    fields = [
        {**field_block(plain_field), "dispatch_action": True, "block_id": "enter"},
        {
            **field_block({**plain_field, "dispatch_action_config": each}),
            "dispatch_action": True,
            "block_id": "each",
        },
    ]
    client.views_publish(user_id="U0ANA", view=home(*fields))
    client.conversations_open(users="U0ANA")
    app.answer = lambda request: (200, "")
    become(at, workspace, "U0ANA")
    at.click("[data-app]")
    at.click("[data-tab=home]")

    def typed(block: str) -> list[Any]:
        actions = [a for r in app.requests for a in r.payload.get("actions", [])]
        return [a["value"] for a in actions if a["block_id"] == block]

    at.type("[data-block-id=enter] input", "oak")
    at.keyboard.press("Enter")
    workspace.wait_for(lambda: typed("enter") == ["oak"])
    # The first report is slow on its way, and the second one must not overtake it.
    workspace.disturb("interactive", delay=0.1)
    at.type("[data-block-id=each] input", "el")
    workspace.wait_for(lambda: typed("each") == ["e", "el"])


def test_everything_in_home_can_be_clicked(
    at: Any, workspace: Workspace, app: Receiver, client: WebClient
) -> None:
    choices = [option("One", "1"), option("Two", "2")]
    client.views_publish(
        user_id="U0ANA",
        view=home(
            section(
                "*Oak*", accessory={"type": "overflow", "action_id": "more", "options": choices}
            ),
            actions(
                button("next", "Next"),
                {"type": "static_select", "action_id": "filter", "options": choices},
                {"type": "radio_buttons", "action_id": "view", "options": choices},
            ),
        ),
    )
    client.conversations_open(users="U0ANA")
    app.answer = lambda request: (200, "")
    become(at, workspace, "U0ANA")
    at.click("[data-app]")
    at.click("[data-tab=home]")
    at.click("[data-action-id=more]")
    at.click("[role=menuitem] >> text=Two")
    at.select_option("[data-action-id=filter]", "2")
    at.check("[data-action-id=view] input[value='1']")
    at.click("[data-action-id=next]")

    def clicked() -> list[str]:
        return [a["action_id"] for r in app.requests for a in r.payload.get("actions", [])]

    workspace.wait_for(lambda: clicked() == ["more", "filter", "view", "next"])
    at.locator("[data-action-id=filter] option[value=''][disabled]").wait_for(state="attached")


def test_a_button_of_the_demo_says_what_it_did(at: Any, workspace: Workspace) -> None:
    workspace.page_actions["Run tonight's sync"] = lambda: "Two schools are missing."
    become(at, workspace, "U0ANA")
    at.click("[data-run]")
    at.wait_for_selector("text=Two schools are missing.")
    assert at.is_enabled("[data-run]")


def test_a_button_of_the_demo_waits_while_it_runs(
    at: Any, workspace: Workspace, post: Post
) -> None:
    over = threading.Event()
    workspace.page_actions["Run tonight's sync"] = lambda: "Done." if over.wait(60) else "Late."
    become(at, workspace, "U0ANA")
    at.click("[data-run]")
    post(text="A school is missing")
    at.wait_for_selector("text=A school is missing")
    assert at.is_disabled("[data-run]")
    over.set()
    at.wait_for_selector("text=Done.")
    at.wait_for_selector("[data-run]:enabled")


def test_a_workspace_that_is_stopped_is_told_and_goes_on_when_it_runs_again(
    at: Any, workspace: Workspace, post: Post
) -> None:
    post(section("*Oak*"), actions(button("pause", "Pause")))
    become(at, workspace, "U0ANA")
    workspace.stop()
    at.wait_for_selector("text=The workspace cannot be reached. This page goes on")
    at.click("[data-action-id=pause]")
    at.wait_for_selector("text=cannot be reached, so nothing was done.")
    workspace.start()
    at.wait_for_selector("#unreached", state="hidden")
    at.wait_for_selector("text=Oak")


def test_a_modal_closes_by_the_keyboard(at: Any, workspace: Workspace, post: Post) -> None:
    post(actions(button("freeze", "Freeze…")))
    become(at, workspace, "U0ANA")
    at.focus("[data-action-id=freeze]")
    at.keyboard.press("Enter")
    at.wait_for_selector("[data-view-id]")
    at.keyboard.press("Escape")
    at.wait_for_selector("[data-view-id]", state="detached")
    assert workspace.open_view("ana") is None


def test_a_telephone_shows_one_thing_at_a_time(at: Any, workspace: Workspace, post: Post) -> None:
    at.set_viewport_size({"width": 320, "height": 800})
    post(*[section("long " * 40) for _ in range(5)])
    become(at, workspace, "U0ANA")
    assert at.evaluate("document.documentElement.scrollWidth") <= 320
    author = at.locator(".author").first
    assert author.evaluate("line => line.clientHeight") < 30, "who it is from stays in one line"
    assert not at.is_visible("[data-channel=C0LINCOLN]")
    at.click(".burger")
    at.wait_for_selector("[data-channel=C0LINCOLN]")
    at.click(".veil", position={"x": 310, "y": 400})
    at.wait_for_selector("[data-channel=C0LINCOLN]", state="hidden")


def test_an_answer_below_the_readers_place_is_announced(
    at: Any, workspace: Workspace, post: Post
) -> None:
    post(actions(button("pause", "Pause")), *[section("line\n" * 10) for _ in range(8)])
    become(at, workspace, "U0ANA")
    at.locator("[data-action-id=pause]").scroll_into_view_if_needed()
    at.click("[data-action-id=pause]")
    at.click("[data-new] >> text=Only visible to you: Bo paused it at 9:12.")
    at.wait_for_selector("[data-new]", state="detached")
    assert at.locator("[data-ephemeral]").is_visible()
