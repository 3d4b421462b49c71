"""The Web API as slack_sdk's client speaks it: what is done and what is answered."""

import json
from collections.abc import Callable
from typing import Any

from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from bot.practice import Message, Workspace
from bot.practice.state import Trigger
from tests.practice.kit import Clock, field_block, home, modal, option, section

Post = Callable[..., Message]


def test_auth_test_says_who_the_bot_is(client: WebClient, workspace: Workspace) -> None:
    answer = client.auth_test()
    assert (answer["user_id"], answer["bot_id"]) == ("U0RECESS", "B0RECESS")
    assert answer.headers["x-oauth-scopes"] == ",".join(sorted(workspace.scopes))


def test_json_and_form_bodies_are_the_same_to_it(client: WebClient) -> None:
    blocks = [section("*hi*")]
    as_json = client.api_call(
        "chat.postMessage", json={"channel": "C0LINCOLN", "text": "x", "blocks": blocks}
    )
    as_form = client.api_call(
        "chat.postMessage",
        data={"channel": "C0LINCOLN", "text": "x", "blocks": json.dumps(blocks)},
    )
    assert as_json["message"]["blocks"][0]["text"] == as_form["message"]["blocks"][0]["text"]


def test_time_stamps_rise_even_when_the_clock_stands(post: Post) -> None:
    stamps = [post().ts for _ in range(3)]
    assert stamps == ["1700000000.000100", "1700000000.000101", "1700000000.000102"]


def test_blocks_and_elements_get_ids(post: Post) -> None:
    posted = post(
        section(),
        {
            "type": "actions",
            "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Go"}}],
        },
    )
    assert all(block["block_id"] for block in posted.blocks)
    assert posted.blocks[1]["elements"][0]["action_id"]


def test_history_is_newest_first_and_has_parents_only(client: WebClient, post: Post) -> None:
    first = post(text="first")
    post(text="reply", thread_ts=first.ts)
    post(text="second")
    found = client.conversations_history(channel="C0LINCOLN")["messages"]
    assert [m["text"] for m in found] == ["second", "first"]
    assert (found[1]["reply_count"], found[1]["thread_ts"]) == (1, first.ts)


def test_metadata_comes_back_only_when_asked_for(client: WebClient, post: Post) -> None:
    metadata = {"event_type": "card", "event_payload": {"key": "k1"}}
    post(metadata=metadata)
    bare = client.conversations_history(channel="C0LINCOLN")["messages"][0]
    full = client.conversations_history(channel="C0LINCOLN", include_all_metadata=True)
    assert "metadata" not in bare
    assert full["messages"][0]["metadata"] == metadata


def test_a_thread_has_its_parent_first(client: WebClient, post: Post) -> None:
    parent = post(text="parent")
    reply = post(text="one", thread_ts=parent.ts)
    post(text="two", thread_ts=reply.ts)
    found = client.conversations_replies(channel="C0LINCOLN", ts=parent.ts)["messages"]
    assert [m["text"] for m in found] == ["parent", "one", "two"]
    assert all(m["thread_ts"] == parent.ts for m in found)


def test_history_comes_in_pages(client: WebClient, post: Post) -> None:
    for i in range(5):
        post(text=str(i))
    first = client.conversations_history(channel="C0LINCOLN", limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    rest = client.conversations_history(channel="C0LINCOLN", limit=3, cursor=cursor)
    assert [m["text"] for m in [*first["messages"], *rest["messages"]]] == list("43210")
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_history_between_two_moments(client: WebClient, post: Post) -> None:
    stamps = [post(text=str(i)).ts for i in range(3)]
    after = client.conversations_history(channel="C0LINCOLN", oldest=stamps[0])["messages"]
    at = client.conversations_history(channel="C0LINCOLN", oldest=stamps[2], inclusive=True)
    assert [m["text"] for m in after] == ["2", "1"]
    assert [m["text"] for m in at["messages"]] == ["2"]


def test_an_edit_is_marked_and_keeps_place_and_metadata(
    client: WebClient, workspace: Workspace, post: Post
) -> None:
    posted = post(section(), metadata={"event_type": "card", "event_payload": {}})
    client.chat_update(channel="C0LINCOLN", ts=posted.ts, text="new", blocks=[section("new")])
    now = workspace.current(posted)
    assert now is not None
    assert (now.text, now.ts, now.metadata) == ("new", posted.ts, posted.metadata)
    assert now.edited is not None
    assert now.edited["user"] == "U0RECESS"
    assert posted.text == "Hello"


def test_text_without_blocks_drops_the_blocks(
    client: WebClient, workspace: Workspace, post: Post
) -> None:
    posted = post(section())
    client.chat_update(channel="C0LINCOLN", ts=posted.ts, text="bare")
    now = workspace.current(posted)
    assert now is not None
    assert now.blocks == ()


def test_a_deleted_message_is_gone(client: WebClient, workspace: Workspace, post: Post) -> None:
    posted = post(section())
    assert client.chat_delete(channel="C0LINCOLN", ts=posted.ts)["ts"] == posted.ts
    assert workspace.current(posted) is None


def test_of_a_deleted_message_with_answers_a_stone_is_left(
    client: WebClient, workspace: Workspace, post: Post
) -> None:
    parent = post(section("secret"))
    post(text="reply", thread_ts=parent.ts)
    client.chat_delete(channel="C0LINCOLN", ts=parent.ts)
    (stone,) = client.conversations_history(channel="C0LINCOLN")["messages"]
    assert (stone["subtype"], stone["text"]) == ("tombstone", "This message was deleted.")
    assert (stone["reply_count"], "blocks" in stone) == (1, False)


def test_an_ephemeral_message_is_for_one_person_and_in_no_history(
    client: WebClient, workspace: Workspace
) -> None:
    client.chat_postEphemeral(channel="C0LINCOLN", user="U0ANA", text="psst")
    assert [m.text for m in workspace.ephemerals("ana")] == ["psst"]
    assert workspace.ephemerals("bo") == []
    assert client.conversations_history(channel="C0LINCOLN")["messages"] == []


def test_a_direct_message_opens_once(client: WebClient, workspace: Workspace) -> None:
    first = client.conversations_open(users="U0ANA")
    again = client.conversations_open(users=["U0ANA"])
    client.chat_postMessage(channel=first["channel"]["id"], text="for you")
    client.chat_postMessage(channel="U0ANA", text="and this")
    assert again["channel"]["id"] == first["channel"]["id"]
    assert again["already_open"] is True
    assert [m.text for m in workspace.direct_messages("ana")] == ["for you", "and this"]


def test_the_bot_joins_a_public_channel(client: WebClient) -> None:
    assert client.conversations_info(channel="C0AWAY")["channel"]["is_member"] is False
    assert client.conversations_join(channel="C0AWAY")["channel"]["is_member"] is True
    assert client.chat_postMessage(channel="C0AWAY", text="here")["ok"]


def test_permalinks_name_the_thread_of_a_reply(client: WebClient, post: Post) -> None:
    parent = post()
    reply = post(thread_ts=parent.ts)
    link = client.chat_getPermalink(channel="C0LINCOLN", message_ts=reply.ts)["permalink"]
    assert link.endswith(f"/p{reply.ts.replace('.', '')}?thread_ts={parent.ts}&cid=C0LINCOLN")


def test_people_are_found_by_id_and_by_address(client: WebClient, workspace: Workspace) -> None:
    by_id = client.users_info(user="U0EVE")["user"]
    by_email = client.users_lookupByEmail(email="EVE@other.test")["user"]
    assert by_id == by_email
    assert by_id["team_id"] == "T0OTHER"
    workspace.scopes.discard("users:read.email")
    assert "email" not in client.users_info(user="U0EVE")["user"]["profile"]


def test_groups_and_their_members(client: WebClient, workspace: Workspace) -> None:
    workspace.change_group("S0SUPPORT", add=["ana"], remove=["sam"])
    assert client.usergroups_users_list(usergroup="S0SUPPORT")["users"] == ["U0ANA"]
    listed = client.usergroups_list(include_users=True, include_count=True)["usergroups"]
    assert [(g["handle"], g["users"], g["user_count"]) for g in listed] == [
        ("support", ["U0ANA"], 1)
    ]


def test_a_disabled_group_is_shown_only_when_asked_for(
    client: WebClient, workspace: Workspace
) -> None:
    workspace.disable_group("S0SUPPORT")
    assert client.usergroups_list()["usergroups"] == []
    disabled = client.usergroups_list(include_disabled=True)["usergroups"][0]
    assert disabled["date_delete"] == 1_700_000_000
    members = client.usergroups_users_list(usergroup="S0SUPPORT", include_disabled=True)
    assert members["users"] == ["U0SAM"]


def test_a_view_update_keeps_what_was_filled_in(client: WebClient, workspace: Workspace) -> None:
    workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
    view = client.views_open(trigger_id="t", view=modal(field_block()))["view"]
    opened = workspace.open_view("ana")
    assert opened is not None
    workspace.fill(opened, {"Why": "moved"}, by="ana")
    answer = client.views_update(view_id=view["id"], view=modal(section(), field_block()))
    assert answer["view"]["state"]["values"]["why"]["text"]["value"] == "moved"
    assert answer["view"]["hash"] != view["hash"]


def ticked(workspace: Workspace, client: WebClient) -> Any:
    """Ana's modal with one of two boxes ticked."""
    workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
    client.views_open(trigger_id="t", view=modal(field_block(boxes("Oak", "Elm"))))
    view = workspace.open_view("ana")
    assert view is not None
    workspace.fill(view, {"why": ["Oak"]}, by="ana")
    return view


def boxes(*names: str, **more: Any) -> Any:
    options = [option(name, name) for name in names]
    return {"type": "checkboxes", "action_id": "tick", "options": options, **more}


def test_boxes_of_another_page_stay_ticked_while_ids_stay(
    client: WebClient, workspace: Workspace
) -> None:
    """Even one that is no longer offered (raycharius/slack-block-builder#115)."""
    view = ticked(workspace, client)
    page = modal(field_block(boxes("Fir", initial_options=[option("Fir", "Fir")])))
    state = client.views_update(view_id=view.id, view=page)["view"]["state"]["values"]
    assert [o["value"] for o in state["why"]["tick"]["selected_options"]] == ["Oak"]


def test_boxes_begin_anew_when_the_block_is_another(
    client: WebClient, workspace: Workspace
) -> None:
    view = ticked(workspace, client)
    block = field_block(boxes("Fir", initial_options=[option("Fir", "Fir")]))
    page = modal({**block, "block_id": "page-2"})
    state = client.views_update(view_id=view.id, view=page)["view"]["state"]["values"]
    assert [o["value"] for o in state["page-2"]["tick"]["selected_options"]] == ["Fir"]
    client.views_update(view_id=view.id, view=modal(field_block(boxes("Oak", "Elm"))))
    back = workspace.open_view("ana")
    assert back is not None
    assert back.values["why"]["tick"]["selected_options"] == []


def test_home_is_published_per_person(client: WebClient, workspace: Workspace) -> None:
    client.views_publish(user_id="U0ANA", view=home(section("for Ana")))
    shown = workspace.home("ana")
    assert shown is not None
    assert shown.blocks[0]["text"]["text"] == "for Ana"
    assert workspace.home("bo") is None


def test_every_call_is_logged_without_its_token(client: WebClient, workspace: Workspace) -> None:
    client.chat_postMessage(channel="C0LINCOLN", text="x")
    call = workspace.calls_of("chat.postMessage")[-1]
    assert (call.ok, call.args) == (True, {"channel": "C0LINCOLN", "text": "x"})


# response_url


def response_url(workspace: Workspace, ts: str | None) -> WebhookClient:
    url = workspace.store.open_response_url("U0ANA", "C0LINCOLN", ts, 5)
    return WebhookClient(url, retry_handlers=[])


def test_a_response_url_answers_to_one_person_by_default(workspace: Workspace) -> None:
    answer = response_url(workspace, None).send(text="only you")
    assert (answer.status_code, answer.body) == (200, "ok")
    assert [m.text for m in workspace.ephemerals("ana")] == ["only you"]


def test_a_response_url_answers_to_all_when_asked(workspace: Workspace) -> None:
    response_url(workspace, None).send(text="everyone", response_type="in_channel")
    assert [m.text for m in workspace.history("C0LINCOLN")] == ["everyone"]


def test_a_response_url_replaces_and_deletes_an_ephemeral(
    client: WebClient, workspace: Workspace
) -> None:
    sent = client.chat_postEphemeral(channel="C0LINCOLN", user="U0ANA", text="before")
    url = response_url(workspace, sent["message_ts"])
    url.send(text="after", replace_original=True)
    assert [m.text for m in workspace.ephemerals("ana")] == ["after"]
    url.send(delete_original=True)
    assert workspace.ephemerals("ana") == []


def test_a_response_url_works_five_times(workspace: Workspace) -> None:
    url = response_url(workspace, None)
    assert [url.send(text="x").status_code for _ in range(6)] == [200] * 5 + [404]
    assert json.loads(url.send(text="x").body)["error"] == "used_url"


def test_a_response_url_lives_thirty_minutes(workspace: Workspace, clock: Clock) -> None:
    url = response_url(workspace, None)
    clock.pass_by(30 * 60)
    assert url.send(text="x").status_code == 200
    clock.pass_by(1)
    answer = url.send(text="x")
    assert (answer.status_code, json.loads(answer.body)["error"]) == (404, "expired_url")


def test_a_response_url_checks_blocks(workspace: Workspace) -> None:
    answer: Any = response_url(workspace, None).send(text="x", blocks=[section("x" * 3001)])
    assert (answer.status_code, json.loads(answer.body)["error"]) == (400, "invalid_blocks")
