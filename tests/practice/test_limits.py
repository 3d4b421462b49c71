"""Every limit of Slack's: what just fits is taken, one more is refused with Slack's own code."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.practice import Workspace
from bot.practice.errors import Refused
from bot.practice.limits import BLOCKS, ELEMENTS, check_blocks, check_view
from bot.practice.state import Trigger
from tests.practice.conftest import furnish
from tests.practice.kit import (
    Json,
    actions,
    button,
    field_block,
    home,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    section,
    table,
)


@dataclass(frozen=True)
class Row:
    """A limit: `build(n)` makes something of size n, of which `most` is the largest allowed."""

    name: str
    most: int
    build: Callable[[int], Any]
    code: str = "invalid_blocks"


def confirm(**changed: str) -> Json:
    words = {"title": "Sure?", "text": "It locks.", "confirm": "Yes", "deny": "No", **changed}
    return {name: plain(text) for name, text in words.items()}


def confirmed(name: str) -> Callable[[int], list[Json]]:
    return lambda n: [actions(button(confirm=confirm(**{name: "x" * n})))]


def overflow(count: int = 1, **more: Any) -> Json:
    return {"type": "overflow", "action_id": "more", "options": options(count), **more}


def one_option(**changed: Any) -> list[Json]:
    element = {"type": "overflow", "action_id": "more", "options": [{**option(), **changed}]}
    return [actions(element)]


def choice(kind: str, count: int) -> list[Json]:
    return [actions({"type": kind, "action_id": "pick", "options": options(count)})]


def text_input(**more: Any) -> Json:
    return field_block({"type": "plain_text_input", "action_id": "text", **more})


def file_field(**more: Any) -> Json:
    return field_block({"type": "file_input", "action_id": "file", **more})


def focused(block_id: str) -> Json:
    return {**text_input(focus_on_load=True), "block_id": block_id}


def blocks_of_json(size: int) -> list[Json]:
    """Sections whose compact JSON is exactly this long."""
    blocks = [section("x" * 2900) for _ in range(5)]
    extra = len(json.dumps(blocks, separators=(",", ":"))) - size
    blocks[-1] = section("x" * (2900 - extra))
    return blocks


def image(**changed: Any) -> Json:
    return {"type": "image", "image_url": "https://a.test/oak.png", "alt_text": "Oak", **changed}


def grouped(groups: int, each: int, label: str = "Lincoln") -> Json:
    group = {"label": plain(label), "options": options(each)}
    return {"type": "static_select", "action_id": "pick", "option_groups": [group] * groups}


def external(**more: Any) -> Json:
    return {"type": "external_select", "action_id": "pick", **more}


def many(**more: Any) -> Json:
    return {**choice("multi_static_select", 2)[0]["elements"][0], **more}


MESSAGES = [
    Row("blocks in a message", 50, lambda n: [section()] * n),
    Row("a message's blocks as JSON", 13_200, blocks_of_json, "msg_blocks_too_long"),
    Row("section text", 3000, lambda n: [section("x" * n)]),
    Row("section fields", 10, lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}]),
    Row("section field text", 2000, lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}]),
    Row("header text", 150, lambda n: [{"type": "header", "text": plain("x" * n)}]),
    Row("context elements", 10, lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}]),
    Row("actions elements", 25, lambda n: [actions(*(button(f"b{i}") for i in range(n)))]),
    Row("button text", 75, lambda n: [actions(button(text="x" * n))]),
    Row("button value", 2000, lambda n: [actions(button(value="x" * n))]),
    Row("confirm title", 100, confirmed("title")),
    Row("confirm text", 300, confirmed("text")),
    Row("confirm confirm", 30, confirmed("confirm")),
    Row("confirm deny", 30, confirmed("deny")),
    Row("overflow options", 5, lambda n: [actions(overflow(n))]),
    Row("option text", 75, lambda n: one_option(text=plain("x" * n))),
    Row("option value", 150, lambda n: one_option(value="x" * n)),
    Row("option description", 75, lambda n: one_option(description=plain("x" * n))),
    Row("checkboxes options", 10, lambda n: choice("checkboxes", n)),
    Row("radio button options", 10, lambda n: choice("radio_buttons", n)),
    Row("static_select options", 100, lambda n: choice("static_select", n)),
    Row("action_id", 255, lambda n: [actions(button("x" * n))]),
    Row("block_id", 255, lambda n: [section(block_id="x" * n)]),
    Row("table rows", 100, lambda n: [table(n, 1)]),
    Row("table cells", 20, lambda n: [table(1, n)]),
    Row("table characters", 10_000, lambda n: [table(1, 1, "x" * n)]),
    Row("tables in a message", 1, lambda n: [table(1, 1)] * n),
    Row("image alt text", 2000, lambda n: [image(alt_text="x" * n)]),
    Row("image title", 2000, lambda n: [image(title=plain("x" * n))]),
    Row("alt text beside a section", 2000, lambda n: [section(accessory=image(alt_text="x" * n))]),
    Row("option groups", 100, lambda n: [actions(grouped(n, 1))]),
    Row("options in a group", 100, lambda n: [actions(grouped(1, n))]),
    Row("group label", 75, lambda n: [actions(grouped(1, 1, "x" * n))]),
    Row("placeholder", 150, lambda n: [actions(external(placeholder=plain("x" * n)))]),
    Row("link of an option", 3000, lambda n: one_option(url="x" * n)),
    Row("link of a button", 3000, lambda n: [actions(button(url="x" * n))]),
    Row("accessibility label", 75, lambda n: [actions(button(accessibility_label="x" * n))]),
    Row("selected items at most", 100, lambda n: [actions(many(max_selected_items=n))]),
    Row("the same block_id in a message", 1, lambda n: [section(block_id="twice")] * n),
    Row("the same action_id in a block", 1, lambda n: [actions(*[button("twice")] * n)]),
]

WRONG = "invalid_arguments"
MODALS = [
    Row("blocks in a modal", 100, lambda n: modal(*[section()] * n), WRONG),
    Row("modal title", 24, lambda n: modal(title=plain("x" * n)), WRONG),
    Row("modal submit", 24, lambda n: modal(submit=plain("x" * n)), WRONG),
    Row("modal close", 24, lambda n: modal(close=plain("x" * n)), WRONG),
    Row("private_metadata", 3000, lambda n: modal(private_metadata="x" * n), WRONG),
    Row("callback_id", 255, lambda n: modal(callback_id="x" * n), WRONG),
    Row("a modal's action_id", 255, lambda n: modal(actions(button("x" * n))), WRONG),
    Row("plain_text_input max_length", 3000, lambda n: modal(text_input(max_length=n)), WRONG),
    Row("text filled in", 3000, lambda n: modal(text_input(initial_value="x" * n)), WRONG),
    Row("external_id", 255, lambda n: modal(external_id="x" * n), WRONG),
    Row("label of a field", 2000, lambda n: modal(text_input() | {"label": plain("x" * n)}), WRONG),
    Row("hint of a field", 2000, lambda n: modal(text_input() | {"hint": plain("x" * n)}), WRONG),
    Row("files of a field", 10, lambda n: modal(file_field(max_files=n)), WRONG),
    Row("fields in focus", 1, lambda n: modal(*[focused(f"f{i}") for i in range(n)]), WRONG),
    Row("a modal's block_id twice", 1, lambda n: modal(*[section(block_id="a")] * n), WRONG),
]

HOMES = [
    Row("Home callback_id", 255, lambda n: {**home(), "callback_id": "x" * n}, WRONG),
    Row("options of a menu in Home", 5, lambda n: home(actions(overflow(n))), WRONG),
    Row("section text in Home", 3000, lambda n: home(section("x" * n)), WRONG),
    Row("the same action_id in Home", 1, lambda n: home(actions(*[button("a")] * n)), WRONG),
    Row("blocks in a Home tab", 100, lambda n: home(*[section()] * n), WRONG),
    Row("Home private_metadata", 3000, lambda n: {**home(), "private_metadata": "x" * n}, WRONG),
]


@pytest.fixture(scope="module")
def limits_workspace() -> Iterator[Workspace]:
    with furnish(Workspace(rate_limits=False)) as running:
        yield running


@pytest.fixture(scope="module")
def slack(limits_workspace: Workspace) -> WebClient:
    return WebClient("xoxb-practice", base_url=limits_workspace.api_url, retry_handlers=[])


def named(rows: list[Row]) -> Any:
    return pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])


def assert_limit(row: Row, send: Callable[[Any], Any]) -> None:
    send(row.build(row.most))
    with pytest.raises(SlackApiError) as caught:
        send(row.build(row.most + 1))
    assert caught.value.response["error"] == row.code


@named(MESSAGES)
def test_limit_of_a_message(row: Row, slack: WebClient) -> None:
    assert_limit(
        row, lambda blocks: slack.chat_postMessage(channel="C0LINCOLN", text="x", blocks=blocks)
    )


@named(MESSAGES)
def test_an_edit_has_the_limits_of_a_message(row: Row, slack: WebClient) -> None:
    ts = slack.chat_postMessage(channel="C0LINCOLN", text="x")["ts"]
    assert_limit(
        row, lambda blocks: slack.chat_update(channel="C0LINCOLN", ts=ts, text="x", blocks=blocks)
    )


@named(MODALS)
def test_limit_of_a_modal(row: Row, slack: WebClient, limits_workspace: Workspace) -> None:
    store = limits_workspace.store

    def send(view: Json) -> None:
        store.triggers["now"] = Trigger("U0ANA", store.clock())
        slack.views_open(trigger_id="now", view=view)

    assert_limit(row, send)


@named(HOMES)
def test_limit_of_home(row: Row, slack: WebClient) -> None:
    assert_limit(row, lambda view: slack.views_publish(user_id="U0ANA", view=view))


def test_text_of_an_update_ends_at_4000_characters(slack: WebClient) -> None:
    ts = slack.chat_postMessage(channel="C0LINCOLN", text="x")["ts"]
    row = Row("text in chat.update", 4000, lambda n: "x" * n, "msg_too_long")
    assert_limit(row, lambda text: slack.chat_update(channel="C0LINCOLN", ts=ts, text=text))


def test_text_of_a_post_is_cut_off_at_40000_characters(slack: WebClient) -> None:
    sent = slack.chat_postMessage(channel="C0LINCOLN", text="x" * 40_001)
    assert len(sent["message"]["text"]) == 40_000


def test_three_modals_stack_and_a_fourth_does_not(
    slack: WebClient, limits_workspace: Workspace
) -> None:
    store = limits_workspace.store
    for name in ("a", "b", "c", "d"):
        store.triggers[name] = Trigger("U0BO", store.clock(), in_modal=True)
    slack.views_open(trigger_id="a", view=modal())
    slack.views_push(trigger_id="b", view=modal())
    slack.views_push(trigger_id="c", view=modal())
    with pytest.raises(SlackApiError) as caught:
        slack.views_push(trigger_id="d", view=modal())
    assert caught.value.response["error"] == "push_limit_reached"


ILLEGAL = {
    "an overflow menu without options": [actions(overflow(0))],
    "a confirm on an option": one_option(confirm=confirm()),
    "mrkdwn in a header": [{"type": "header", "text": mrkdwn("x")}],
    "mrkdwn in a confirm": [actions(button(confirm={**confirm(), "text": mrkdwn("It *locks*.")}))],
    "mrkdwn on a button": [actions({**button(), "text": mrkdwn("x")})],
    "a section that says nothing": [{"type": "section"}],
    "a text that is empty": [section("")],
    "an unknown block": [{"type": "marquee"}],
    "an unknown field": [section(colour="red")],
    "a text input among actions": [actions({"type": "plain_text_input", "action_id": "a"})],
    "a file input among actions": [actions({"type": "file_input", "action_id": "a"})],
    "a file input in a message": [file_field()],
    "a link on an option of a select": [
        actions({"type": "static_select", "action_id": "a", "options": [option(url="https://a")]})
    ],
    "options and groups of options": [actions({**grouped(1, 1), "options": options(1)})],
    "neither options nor groups": [actions({"type": "static_select", "action_id": "a"})],
    "an image without alt text": [{"type": "image", "image_url": "https://a.test/oak.png"}],
    "a field without a label": [{"type": "input", "element": text_input()["element"]}],
    "an initial option that is none": [
        actions({**choice("static_select", 2)[0]["elements"][0], "initial_option": option("No")})
    ],
    "blocks that are no list": {"type": "section"},
}


@pytest.mark.parametrize("blocks", ILLEGAL.values(), ids=ILLEGAL.keys())
def test_illegal_blocks_are_refused(blocks: Any, slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel="C0LINCOLN", text="x", blocks=blocks)
    assert caught.value.response["error"] == "invalid_blocks"


def test_an_external_select_may_offer_what_a_static_one_may_not(slack: WebClient) -> None:
    external = {"type": "external_select", "action_id": "pick", "placeholder": plain("School")}
    assert slack.chat_postMessage(channel="C0LINCOLN", text="x", blocks=[actions(external)])["ok"]


def test_a_table_belongs_in_a_message(slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        slack.views_publish(user_id="U0ANA", view=home(table(1, 1)))
    assert caught.value.response["error"] == "invalid_arguments"


def test_a_modal_with_inputs_needs_a_submit_button(
    slack: WebClient, limits_workspace: Workspace
) -> None:
    store = limits_workspace.store
    store.triggers["now"] = Trigger("U0ANA", store.clock())
    view = modal(field_block())
    del view["submit"]
    with pytest.raises(SlackApiError) as caught:
        slack.views_open(trigger_id="now", view=view)
    assert caught.value.response["error"] == "invalid_arguments"


def test_home_asks_for_no_files(slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        slack.views_publish(user_id="U0ANA", view=home(file_field()))
    assert caught.value.response["error"] == "invalid_arguments"


def test_a_refusal_says_where_and_why(slack: WebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        slack.chat_postMessage(channel="C0LINCOLN", text="x", blocks=[section("x" * 3001)])
    answer = caught.value.response
    assert answer["errors"] == [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {e}" for e in answer["errors"]]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "text", "elements", "options", "accessory", "fields", "rows"]),
            inner | st.sampled_from([*BLOCKS, *ELEMENTS, "plain_text", "mrkdwn"]),
            max_size=5,
        )
    ),
    max_leaves=25,
)


def verdict(check: Callable[..., None], *given: Any) -> str | None:
    """The code something is refused with, or None."""
    try:
        check(*given)
    except Refused as refused:
        return refused.code
    return None


@given(JSON)
def test_any_blocks_are_taken_or_refused_and_never_a_fault(blocks: Any) -> None:
    assert verdict(check_blocks, blocks) in (None, "invalid_blocks", "msg_blocks_too_long")


@given(JSON)
def test_any_view_is_taken_or_refused_and_never_a_fault(view: Any) -> None:
    for content in (view, {**modal(), "blocks": view}):
        assert verdict(check_view, content, ("modal", "home")) in (None, "invalid_arguments")
