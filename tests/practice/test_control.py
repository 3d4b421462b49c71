"""The workspace over HTTP, for another process; and a workspace in a process of its own."""

import base64
import http.client
import json
import subprocess
import sys
from typing import Any

import httpx
import pytest
from slack_sdk import WebClient

from bot.practice import Workspace
from tests.practice.kit import Receiver, actions, button


def ask(workspace: Workspace, verb: str, url: str | None = None, **args: Any) -> httpx.Response:
    return httpx.post(f"{url or workspace.url}/practice/control/{verb}", json=args)


def test_misbehaviour_can_be_ordered(workspace: Workspace, client: WebClient) -> None:
    ordered = ask(workspace, "misbehave", kind="slow", method="auth.test", seconds=0.0)
    assert ordered.json()["ok"]
    client.auth_test()
    assert workspace.calls[-1].fault == "slow before"


def test_history_and_acts(workspace: Workspace, client: WebClient, app: Receiver) -> None:
    client.chat_postMessage(channel="C0LINCOLN", text="x", blocks=[actions(button())])
    found = ask(workspace, "history", channel="C0LINCOLN").json()["result"]
    place = {"channel": "C0LINCOLN", "ts": found[0]["ts"]}
    answer = ask(workspace, "click", what="Go", by="ana", **place).json()
    assert (answer["result"]["status"], len(app.requests)) == (200, 1)
    assert ask(workspace, "calls_of", method="chat.postMessage").json()["result"][0]["answer"]["ok"]


def test_a_group_is_changed(workspace: Workspace) -> None:
    ask(workspace, "change_group", group="S0SUPPORT", add=["ana"])
    assert workspace.store.groups["S0SUPPORT"].users == ["U0SAM", "U0ANA"]


def test_files_go_through_it_as_well(workspace: Workspace, client: WebClient) -> None:
    client.files_upload_v2(filename="a.csv", content="x", channel="C0LINCOLN")
    (file,) = ask(workspace, "files_shared_with", person="ana").json()["result"]
    assert (file["name"], base64.b64decode(file["content"])) == ("a.csv", b"x")
    address = f"{workspace.url}/practice/file/{file['id']}"
    assert httpx.get(address, params={"person": "U0BO"}).content == b"x"
    assert httpx.get(address, params={"person": "U0EVE"}).status_code == 404
    assert httpx.get(address, params={"person": "nobody"}).status_code == 404


def test_a_person_of_the_page_chooses_a_file(workspace: Workspace) -> None:
    address = f"{workspace.url}/practice/file"
    chosen = httpx.post(address, params={"person": "ana", "name": "a.csv"}, content=b"x")
    stored = workspace.store.files[chosen.json()["result"]["id"]]
    assert (stored.user, stored.name, stored.content) == ("U0ANA", "a.csv", b"x")
    stranger = httpx.post(address, params={"person": "nobody", "name": "a.csv"}, content=b"x")
    assert stranger.status_code == 400
    foreign = httpx.post(address, content=b"x", headers={"Origin": "https://evil.test"})
    assert foreign.status_code == 403


@pytest.mark.parametrize(
    ("verb", "args", "status"),
    [
        ("history", {"channel": "nowhere"}, 400),
        ("misbehave", {"kind": "earthquake"}, 400),
        ("misbehave", {"kind": "slow", "mood": "bad"}, 400),
        ("stop", {}, 403),
    ],
)
def test_a_mistake_is_told(verb: str, args: Any, status: int, workspace: Workspace) -> None:
    answer = ask(workspace, verb, **args)
    assert (answer.status_code, answer.json()["ok"]) == (status, False)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.test"}, {"Host": "evil.test"}, {"Content-Type": "text/plain"}],
    ids=["another site", "a rebound name", "a plain form"],
)
def test_other_pages_cannot_act(headers: dict[str, str], workspace: Workspace) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", workspace.server.port)
    sent = {"Content-Type": "application/json", **headers}
    connection.request("POST", "/practice/control/calm", json.dumps({}), sent)
    assert connection.getresponse().status == 403
    connection.close()


def test_the_page_is_served_under_a_strict_policy(workspace: Workspace) -> None:
    page = httpx.get(workspace.url)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert httpx.get(f"{workspace.url}/practice/page/page.js").status_code == 200
    assert httpx.get(f"{workspace.url}/practice/page/..%2fserver.py").status_code == 404


def test_a_workspace_runs_in_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "bot.practice"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        added = httpx.post(
            f"{url}/practice/control/add_person",
            json={"id": "U0ANA", "name": "ana", "real_name": "Ana Diaz", "email": "a@b.test"},
        )
        slack = WebClient("xoxb-practice", base_url=f"{url}/api/", retry_handlers=[])
        assert added.json()["ok"]
        assert slack.users_info(user="U0ANA")["user"]["real_name"] == "Ana Diaz"
        process.terminate()
