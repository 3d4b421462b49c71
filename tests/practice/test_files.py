"""Files: from the bot to people, from people to the bot, and nobody else's to read."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.practice import Message, Upload, View, Workspace
from bot.practice.files import uploaded
from bot.practice.state import Trigger
from tests.practice.kit import Json, Receiver, field_block, modal

Post = Callable[..., Message]
Refused = Callable[[Callable[[], Any]], str]
CSV = b"School_id,School_name\n12,Oak\n"

# The fields of a file chosen in a modal, as Slack sends them in view.state.values.
CHOSEN = {
    "id",
    "created",
    "timestamp",
    "name",
    "title",
    "mimetype",
    "filetype",
    "pretty_type",
    "user",
    "user_team",
    "editable",
    "size",
    "mode",
    "is_external",
    "external_type",
    "is_public",
    "public_url_shared",
    "display_as_bot",
    "username",
    "url_private",
    "url_private_download",
    "media_display_type",
    "permalink",
    "permalink_public",
    "comments_count",
    "shares",
    "channels",
    "groups",
    "ims",
    "has_more_shares",
    "has_rich_preview",
    "file_access",
}


def newest(workspace: Workspace, channel: str) -> Message:
    return [m for m in workspace.store.messages if m.channel == channel][-1]


def send(client: WebClient, **where: Any) -> Any:
    return client.files_upload_v2(filename="schools.csv", content=CSV, **where)


# From the bot


def test_a_file_is_shared_in_a_channel_with_its_comment(
    client: WebClient, workspace: Workspace
) -> None:
    send(client, channel="C0LINCOLN", initial_comment="Two schools.", title="Schools")
    message = newest(workspace, "C0LINCOLN")
    (file,) = workspace.files_on(message)
    assert message.text == "Two schools."
    assert (file.name, file.title, file.content) == ("schools.csv", "Schools", CSV)
    assert workspace.files_shared_with("ana") == [file]


def test_a_file_is_an_answer_in_a_thread(
    client: WebClient, workspace: Workspace, post: Post
) -> None:
    parent = post()
    send(client, channel="C0LINCOLN", thread_ts=parent.ts)
    (reply,) = workspace.replies(parent)
    assert [file.content for file in workspace.files_on(reply)] == [CSV]


def test_a_file_is_sent_to_one_person(client: WebClient, workspace: Workspace) -> None:
    direct = client.conversations_open(users="U0ANA")["channel"]["id"]
    send(client, channel=direct)
    client.files_upload_v2(filename="more.txt", content="x", channels=["U0ANA"])
    sent = [file.name for m in workspace.direct_messages("ana") for file in workspace.files_on(m)]
    assert sent == ["schools.csv", "more.txt"]
    assert workspace.files_shared_with("bo") == []


def test_several_files_are_one_message(client: WebClient, workspace: Workspace) -> None:
    uploads = [{"filename": f"{name}.csv", "content": CSV} for name in "ab"]
    client.files_upload_v2(file_uploads=uploads, channel="C0LINCOLN")
    message = newest(workspace, "C0LINCOLN")
    assert [file.name for file in workspace.files_on(message)] == ["a.csv", "b.csv"]


def test_an_answer_comes_before_the_file_was_examined(client: WebClient) -> None:
    answered = send(client, channel="C0LINCOLN")["file"]
    known = client.files_info(file=answered["id"])["file"]
    assert (answered["mimetype"], answered["shares"]) == ("", {})
    assert (known["mimetype"], known["filetype"], known["size"]) == ("text/csv", "csv", len(CSV))
    assert known["channels"] == ["C0LINCOLN"]
    assert set(known) == CHOSEN


def test_history_shows_the_files_of_a_message(client: WebClient) -> None:
    sent = send(client, channel="C0LINCOLN")["file"]
    shown = client.conversations_history(channel="C0LINCOLN")["messages"][0]
    assert [file["id"] for file in shown["files"]] == [sent["id"]]
    share = client.files_info(file=sent["id"])["file"]["shares"]["public"]["C0LINCOLN"][0]
    assert share["ts"] == shown["ts"]


def test_a_file_without_a_channel_stays_private(client: WebClient, workspace: Workspace) -> None:
    sent = send(client)["file"]
    assert workspace.store.messages == []
    assert client.files_info(file=sent["id"])["file"]["shares"] == {}


def begun(client: WebClient, length: int = len(CSV)) -> Any:
    return client.files_getUploadURLExternal(filename="schools.csv", length=length)


def finish(client: WebClient, file_id: str, **where: Any) -> Any:
    return client.files_completeUploadExternal(files=[{"id": file_id}], **where)


def test_bytes_are_sent_as_they_are_or_as_a_form(client: WebClient, workspace: Workspace) -> None:
    raw, form = begun(client), begun(client)
    answer = httpx.post(raw["upload_url"], content=CSV)
    httpx.post(form["upload_url"], files={"filename": ("schools.csv", CSV)})
    finish(client, raw["file_id"])
    finish(client, form["file_id"])
    assert (answer.status_code, answer.text) == (200, f"OK - {len(CSV)}")
    kept = [workspace.store.files[begin["file_id"]].content for begin in (raw, form)]
    assert kept == [CSV, CSV]


@given(st.binary())
def test_a_form_carries_any_bytes(content: bytes) -> None:
    boundary = "a-boundary-that-is-in-no-file"
    head = b'Content-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
    body = b"--%b\r\n%b%b\r\n--%b--\r\n" % ((boundary.encode(), head, content, boundary.encode()))
    assert uploaded(f"multipart/form-data; boundary={boundary}", body) == content


@given(st.text(max_size=20), st.binary(max_size=40))
def test_whatever_is_sent_is_taken_in_part_or_whole_and_never_a_fault(
    kind: str, body: bytes
) -> None:
    assert uploaded(f"multipart/form-data; boundary={kind}", body) in body


def test_another_length_than_announced_is_refused(client: WebClient) -> None:
    url = begun(client, length=5)["upload_url"]
    assert httpx.post(url, content=CSV).status_code == 400
    assert httpx.post(url.replace("/UP", "/NO"), content=CSV).status_code == 404


@pytest.mark.parametrize("scope", ["files:write", "files:read"])
def test_files_need_their_scopes(
    scope: str, client: WebClient, workspace: Workspace, refused: Refused
) -> None:
    sent = send(client, channel="C0LINCOLN")["file"]
    workspace.scopes.discard(scope)
    call = {"files:write": lambda: begun(client), "files:read": lambda: info(client, sent["id"])}
    assert refused(call[scope]) == "missing_scope"


def info(client: WebClient, file_id: str) -> Any:
    return client.files_info(file=file_id)


def test_what_has_not_arrived_cannot_be_shared(client: WebClient, refused: Refused) -> None:
    begin = begun(client)
    assert refused(lambda: finish(client, begin["file_id"])) == "file_not_found"
    assert refused(lambda: finish(client, "F0NOTHING")) == "file_not_found"
    assert refused(lambda: info(client, begin["file_id"])) == "file_not_found"
    httpx.post(begin["upload_url"], content=CSV)
    finish(client, begin["file_id"])
    assert refused(lambda: finish(client, begin["file_id"])) == "file_not_found"


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ({"channel_id": "C0NOWHERE"}, "channel_not_found"),
        ({"channel_id": "C0AWAY"}, "not_in_channel"),
        ({"channel_id": "U0ANA"}, "invalid_arguments"),
        ({"channel_id": "C0LINCOLN", "thread_ts": "1.2"}, "thread_not_found"),
        ({"channel_id": "G0SHUT"}, "posting_to_channel_denied"),
    ],
)
def test_where_a_file_cannot_be_shared(
    where: Json, code: str, client: WebClient, workspace: Workspace, refused: Refused
) -> None:
    workspace.add_channel("G0SHUT", "shut", ["ana"], private=True)
    workspace.archive("shut")
    begin = begun(client)
    httpx.post(begin["upload_url"], content=CSV)
    assert refused(lambda: finish(client, begin["file_id"], **where)) == code
    assert finish(client, begin["file_id"], channel_id="C0LINCOLN")["ok"]


def test_an_empty_file_is_refused(client: WebClient, refused: Refused) -> None:
    assert refused(lambda: begun(client, length=0)) == "missing_argument"


# Downloads


@pytest.fixture
def url(client: WebClient) -> str:
    address: str = send(client, channel="C0LINCOLN")["file"]["url_private_download"]
    return address


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_bots_token_opens_a_file(url: str) -> None:
    for address in (url, url.replace("/download/", "/")):
        assert httpx.get(address, headers=bearer("xoxb-practice")).content == CSV


@pytest.mark.parametrize("headers", [{}, bearer("xoxb-other"), bearer("xapp-practice")])
def test_whoever_has_no_token_gets_the_sign_in_page(headers: dict[str, str], url: str) -> None:
    page = httpx.get(url, headers=headers, follow_redirects=True)
    assert (page.status_code, page.history[0].status_code) == (200, 302)
    assert page.headers["content-type"].startswith("text/html")
    assert CSV not in page.content


def test_a_token_without_the_scope_gets_the_sign_in_page(url: str, workspace: Workspace) -> None:
    workspace.scopes.discard("files:read")
    assert httpx.get(url, headers=bearer("xoxb-practice")).status_code == 302


def test_a_file_that_is_not_there(url: str) -> None:
    gone = url.replace("-F", "-X")
    assert httpx.get(gone, headers=bearer("xoxb-practice")).status_code == 404


# From people, in a modal


def asking(**more: Any) -> Json:
    return modal(field_block({"type": "file_input", "action_id": "roster", **more}))


@pytest.fixture
def opened(workspace: Workspace, client: WebClient) -> Callable[..., View]:
    def open_view(view: Json) -> View:
        workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
        client.views_open(trigger_id="t", view=view)
        shown = workspace.open_view("ana")
        assert shown is not None
        return shown

    return open_view


def test_a_chosen_file_is_in_the_state_and_can_be_downloaded(
    workspace: Workspace, app: Receiver, opened: Callable[..., View]
) -> None:
    view = opened(asking(filetypes=["csv", "zip"], max_files=1))
    assert workspace.submit(view, {"why": Upload("Schools.CSV", CSV)}, by="ana").ok
    state = app.requests[-1].payload["view"]["state"]["values"]["why"]["roster"]
    (file,) = state["files"]
    assert (state["type"], set(file)) == ("file_input", CHOSEN)
    shown = [file[key] for key in ("name", "mimetype", "filetype", "size", "user")]
    assert shown == ["Schools.CSV", "text/csv", "csv", len(CSV), "U0ANA"]
    got = httpx.get(file["url_private_download"], headers=bearer("xoxb-practice"))
    assert got.content == CSV


def test_a_file_is_asked_for_until_there_is_one(
    workspace: Workspace, app: Receiver, opened: Callable[..., View]
) -> None:
    view = opened(asking(filetypes=["csv"], max_files=2))
    three = [Upload(f"{n}.csv", CSV) for n in range(3)]

    def complaint(values: Any) -> str:
        return workspace.submit(view, values, by="ana").errors["why"]

    assert complaint({}) == "Please complete this required field."
    assert complaint({"why": three}) == "Please choose at most 2 files."
    assert complaint({"why": Upload("a.pdf", CSV)}).endswith("of these types only: csv.")
    large = Upload("a.csv", b"x" * 10_000_001)
    assert complaint({"why": large}) == "Please choose files of at most 10 MB."
    assert app.requests == []
    assert workspace.submit(view, {"why": three[:2]}, by="ana").ok


def test_a_file_of_ten_megabytes_may_be_chosen(
    workspace: Workspace, app: Receiver, opened: Callable[..., View]
) -> None:
    view = opened(asking())
    assert workspace.submit(view, {"why": Upload("a.csv", b"x" * 10_000_000)}, by="ana").ok


def test_an_optional_file_may_be_left_out(
    workspace: Workspace, app: Receiver, opened: Callable[..., View]
) -> None:
    view = asking()
    view["blocks"][0]["optional"] = True
    workspace.submit(opened(view), by="ana")
    state = app.requests[-1].payload["view"]["state"]["values"]["why"]["roster"]
    assert state == {"type": "file_input", "files": []}


def test_an_app_that_may_not_read_files_cannot_ask_for_them(
    workspace: Workspace, opened: Callable[..., View]
) -> None:
    workspace.scopes.discard("files:read")
    with pytest.raises(SlackApiError) as caught:
        opened(asking())
    answer = caught.value.response
    assert (answer["error"], answer["needed"]) == ("missing_scope", "files:read")


@pytest.mark.parametrize(
    "view",
    [
        asking(max_files=0),
        asking(max_files=11),
        asking(filetypes=[]),
        modal({"type": "actions", "elements": [{"type": "file_input", "action_id": "a"}]}),
        modal({"type": "section", "accessory": {"type": "file_input", "action_id": "a"}}),
    ],
    ids=["no file", "eleven files", "no type", "among actions", "beside a section"],
)
def test_a_field_for_files_has_its_rules(view: Json, opened: Callable[..., View]) -> None:
    with pytest.raises(SlackApiError) as caught:
        opened(view)
    assert caught.value.response["error"] == "invalid_arguments"


def test_a_file_may_have_any_name(client: WebClient, workspace: Workspace) -> None:
    client.files_upload_v2(filename="Ünïts & <b>.csv", content=CSV, channel="C0LINCOLN")
    (file,) = workspace.files_shared_with("bo")
    assert file.name == "Ünïts & <b>.csv"
    address = client.files_info(file=file.id)["file"]["url_private_download"]
    saved = httpx.get(address, headers=bearer("xoxb-practice")).headers["content-disposition"]
    assert saved.startswith("attachment; filename*=UTF-8''%C3%9Cn%C3%AFts")
