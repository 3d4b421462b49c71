"""Misbehaviour on request, as a client meets it."""

import threading
import time
from collections.abc import Callable
from http.client import RemoteDisconnected
from typing import Any
from urllib.error import URLError

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.practice import Call, Workspace

BROKEN = (ConnectionResetError, RemoteDisconnected, URLError)


def post(client: WebClient, channel: str = "C0LINCOLN", text: str = "x") -> Any:
    return client.chat_postMessage(channel=channel, text=text)


def stored(workspace: Workspace) -> int:
    return len(workspace.history("C0LINCOLN"))


def failed(call: Callable[[], Any]) -> SlackApiError:
    with pytest.raises(SlackApiError) as caught:
        call()
    return caught.value


@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", ["reset", "timeout"])
def test_a_broken_connection(
    kind: Any, accepted: bool, workspace: Workspace, client: WebClient
) -> None:
    workspace.misbehave(kind, "chat.postMessage", accepted=accepted, seconds=0.05)
    with pytest.raises(BROKEN):
        post(client)
    assert stored(workspace) == int(accepted)
    assert post(client)["ok"]


def test_a_timeout_lasts_until_the_client_gives_up(workspace: Workspace) -> None:
    impatient = WebClient(
        "xoxb-practice", base_url=workspace.api_url, retry_handlers=[], timeout=0.1
    )
    workspace.misbehave("timeout", accepted=True)
    with pytest.raises(TimeoutError):
        post(impatient)
    workspace.wait_for(lambda: stored(workspace) == 1)


@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("status", [500, 503])
def test_an_http_error(
    status: int, accepted: bool, workspace: Workspace, client: WebClient
) -> None:
    workspace.misbehave("status", status=status, accepted=accepted)
    assert failed(lambda: post(client)).response.status_code == status
    assert stored(workspace) == int(accepted)


@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after"])
def test_a_body_that_is_html(accepted: bool, workspace: Workspace, client: WebClient) -> None:
    workspace.misbehave("html", accepted=accepted)
    assert "non-JSON" in failed(lambda: post(client)).response["error"]
    assert stored(workspace) == int(accepted)


def test_a_rate_limit_on_demand(workspace: Workspace, client: WebClient) -> None:
    workspace.misbehave("ratelimited", retry_after=7)
    answer = failed(lambda: post(client)).response
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert stored(workspace) == 0


@pytest.mark.parametrize(
    "code", ["internal_error", "fatal_error", "service_unavailable", "request_timeout"]
)
def test_an_error_code_on_demand(code: str, workspace: Workspace, client: WebClient) -> None:
    workspace.misbehave("error", error=code, accepted=True)
    assert failed(lambda: post(client)).response["error"] == code
    assert stored(workspace) == 1


def test_a_slow_answer_is_still_an_answer(workspace: Workspace, client: WebClient) -> None:
    workspace.misbehave("slow", seconds=0.1)
    began = time.monotonic()
    assert post(client)["ok"]
    assert time.monotonic() - began >= 0.1


def test_a_fault_is_for_a_method_and_a_channel(workspace: Workspace, client: WebClient) -> None:
    workspace.add_channel("C0OTHER", "other", ["ana"])
    workspace.misbehave("error", "chat.postMessage", channel="C0OTHER", error="fatal_error")
    assert client.auth_test()["ok"]
    assert post(client)["ok"]
    assert failed(lambda: post(client, "C0OTHER")).response["error"] == "fatal_error"


def test_a_fault_lasts_for_so_many_calls_after_so_many(
    workspace: Workspace, client: WebClient
) -> None:
    workspace.misbehave("error", times=2, skip=1)

    def ok() -> bool:
        try:
            return bool(post(client)["ok"])
        except SlackApiError:
            return False

    assert [ok() for _ in range(4)] == [True, False, False, True]


def test_a_probability_is_the_same_in_every_run() -> None:
    def pattern() -> list[bool]:
        workspace = Workspace(seed=7)
        workspace.misbehave("status", times=None, probability=0.5)
        return [workspace.faults.take("chat.update", {}) is not None for _ in range(20)]

    first = pattern()
    assert first == pattern()
    assert {True, False} == set(first)


def test_calm_forgets_every_fault(workspace: Workspace, client: WebClient) -> None:
    workspace.misbehave("status", times=None)
    workspace.calm()
    assert post(client)["ok"]


def test_there_is_no_fault_of_another_name(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="earthquake"):
        workspace.misbehave("earthquake")  # type: ignore[arg-type]


def test_the_log_tells_what_slack_did_and_what_was_heard(
    workspace: Workspace, client: WebClient
) -> None:
    workspace.misbehave("status", accepted=True)
    workspace.misbehave("status")
    for _ in range(2):
        failed(lambda: post(client))
    done, undone = workspace.calls[-2:]
    assert (done.ok, done.fault) == (True, "status after")
    assert (undone.ok, undone.fault) == (False, "status before")


def test_one_can_wait_for_a_call_while_its_answer_hangs(
    workspace: Workspace, client: WebClient
) -> None:
    workspace.misbehave("timeout", accepted=True, seconds=0.2)

    def hang() -> None:
        with pytest.raises(BROKEN):
            post(client)

    hanging = threading.Thread(target=hang)
    hanging.start()
    call: Call = workspace.wait_for(lambda: next(iter(workspace.calls), None))  # type: ignore[assignment]
    hanging.join()
    assert (call.ok, stored(workspace)) == (True, 1)


def test_waiting_ends_with_an_error(workspace: Workspace) -> None:
    with pytest.raises(TimeoutError):
        workspace.wait_for(lambda: False, timeout=0.01)


def test_a_stopped_workspace_refuses_and_comes_back_as_it_was(
    workspace: Workspace, client: WebClient
) -> None:
    post(client)
    workspace.stop()
    with pytest.raises(URLError):
        post(client)
    workspace.start()
    assert post(client)["ok"]
    assert stored(workspace) == 2


# Bytes of files


def share(client: WebClient) -> Any:
    return client.files_upload_v2(filename="a.csv", content="x", channel="C0LINCOLN")


@pytest.mark.parametrize("accepted", [False, True], ids=["before", "after"])
def test_an_upload_that_breaks_shares_nothing(
    accepted: bool, workspace: Workspace, client: WebClient
) -> None:
    workspace.misbehave("reset", "upload", accepted=accepted)
    with pytest.raises(BROKEN):
        share(client)
    assert stored(workspace) == 0
    (file,) = workspace.store.files.values()
    assert (file.content is not None) == accepted
    assert share(client)["ok"]


@pytest.mark.parametrize(("kind", "status"), [("status", 500), ("html", 200), ("slow", 200)])
def test_a_download_that_goes_wrong(
    kind: Any, status: int, workspace: Workspace, client: WebClient
) -> None:
    url = share(client)["file"]["url_private_download"]
    workspace.misbehave(kind, "download", seconds=0.0)
    token = {"Authorization": "Bearer xoxb-practice"}
    first, second = (httpx.get(url, headers=token) for _ in range(2))
    assert (first.status_code, first.content == b"x") == (status, kind == "slow")
    assert second.content == b"x"
