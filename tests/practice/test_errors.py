"""Every error of Slack's that this server can produce, and the call that gets it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.practice import Message, Workspace
from bot.practice.pace import RATES, Pace, Rate
from bot.practice.state import Trigger
from tests.practice.conftest import furnish
from tests.practice.kit import Clock, home, modal, section

Post = Callable[..., Message]
Refused = Callable[[Callable[[], Any]], str]


@dataclass(frozen=True)
class Case:
    """What is done to the workspace, and the call that is then refused."""

    code: str
    call: Callable[[WebClient], Any]
    before: Callable[[Workspace], Any] = lambda workspace: None
    token: str = "xoxb-practice"


def say(channel: str, text: str = "x") -> Callable[[WebClient], Any]:
    return lambda slack: slack.chat_postMessage(channel=channel, text=text)


def edit(ts: str = "1700000000.000100") -> Callable[[WebClient], Any]:
    return lambda slack: slack.chat_update(channel="C0LINCOLN", ts=ts, text="new")


def remove(ts: str) -> Callable[[WebClient], Any]:
    return lambda slack: slack.chat_delete(channel="C0LINCOLN", ts=ts)


def whisper(channel: str, user: str) -> Callable[[WebClient], Any]:
    return lambda slack: slack.chat_postEphemeral(channel=channel, user=user, text="x")


def members(group: str) -> Callable[[WebClient], Any]:
    return lambda slack: slack.usergroups_users_list(usergroup=group)


def history(channel: str) -> Callable[[WebClient], Any]:
    return lambda slack: slack.conversations_history(channel=channel)


def old(workspace: Workspace) -> None:
    workspace.store.put(Message("C0LINCOLN", "1699990000.000100", "U0RECESS", "old"))


CASES = [
    Case("not_authed", say("C0LINCOLN"), token=""),
    Case("invalid_auth", say("C0LINCOLN"), token="xoxb-other"),
    Case("not_allowed_token_type", say("C0LINCOLN"), token="xapp-practice"),
    Case("account_inactive", say("C0LINCOLN"), lambda w: w.revoke("account_inactive")),
    Case("token_revoked", say("C0LINCOLN"), lambda w: w.revoke()),
    Case("missing_scope", say("C0LINCOLN"), lambda w: w.scopes.discard("chat:write")),
    Case("missing_scope", members("S0SUPPORT"), lambda w: w.scopes.discard("usergroups:read")),
    Case("missing_scope", history("C0LINCOLN"), lambda w: w.scopes.discard("channels:history")),
    Case("unknown_method", lambda slack: slack.api_call("chat.shout")),
    Case("channel_not_found", say("C0NOWHERE")),
    Case("channel_not_found", say("G0SECRET")),
    Case("not_in_channel", say("C0AWAY")),
    Case("not_in_channel", history("C0AWAY")),
    Case("is_archived", say("C0LINCOLN"), lambda w: w.archive("C0LINCOLN")),
    Case("restricted_action", say("C0LINCOLN"), lambda w: w.refuse_posts("C0LINCOLN")),
    Case(
        "restricted_action_read_only_channel",
        say("C0LINCOLN"),
        lambda w: w.refuse_posts("C0LINCOLN", "restricted_action_read_only_channel"),
    ),
    Case(
        "no_text",
        lambda slack: slack.api_call("chat.postMessage", json={"channel": "C0LINCOLN"}),
    ),
    Case(
        "thread_not_found",
        lambda s: s.chat_postMessage(channel="C0LINCOLN", text="x", thread_ts="1"),
    ),
    Case("message_not_found", edit("1600000000.000100")),
    Case(
        "cant_update_message",
        edit("1700000000.000100"),
        lambda w: w.say("mine", by="ana", channel="C0LINCOLN"),
    ),
    Case("edit_window_closed", edit("1699990000.000100"), old),
    Case("message_not_found", remove("1600000000.000100")),
    Case(
        "cant_delete_message",
        remove("1700000000.000100"),
        lambda w: w.say("mine", by="ana", channel="C0LINCOLN"),
    ),
    Case("user_not_in_channel", whisper("C0LINCOLN", "U0EVE")),
    Case("user_not_found", lambda slack: slack.users_info(user="U0NOBODY")),
    Case("user_not_found", lambda slack: slack.conversations_open(users="U0NOBODY")),
    Case("user_not_found", lambda slack: slack.views_publish(user_id="U0NOBODY", view=home())),
    Case("users_not_found", lambda slack: slack.users_lookupByEmail(email="no@one.test")),
    Case("no_such_subteam", members("S0NOTHING")),
    Case("no_such_subteam", members("S0SUPPORT"), lambda w: w.disable_group("S0SUPPORT")),
    Case("plan_upgrade_required", members("S0SUPPORT"), lambda w: w.paid_plan(False)),
    Case("internal_error", members("S0SUPPORT"), lambda w: w.unreadable_group("S0SUPPORT")),
    Case("invalid_trigger_id", lambda slack: slack.views_open(trigger_id="1.2.3", view=modal())),
    Case("not_found", lambda slack: slack.views_update(view_id="V0GONE", view=modal())),
    Case(
        "invalid_ts_oldest",
        lambda slack: slack.conversations_history(channel="C0LINCOLN", oldest="yesterday"),
        lambda w: w.say("x", by="ana", channel="C0LINCOLN"),
    ),
    Case("invalid_arguments", lambda slack: slack.api_call("chat.postMessage", json={"text": "x"})),
    Case("invalid_arguments", lambda slack: slack.api_call("views.update", json={"view": modal()})),
    Case(
        "invalid_metadata_schema",
        lambda s: s.chat_postMessage(channel="C0LINCOLN", text="x", metadata={"event_type": "a"}),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_error(case: Case, workspace: Workspace, refused: Refused) -> None:
    case.before(workspace)
    slack = WebClient(case.token, base_url=workspace.api_url, retry_handlers=[])
    assert refused(lambda: case.call(slack)) == case.code


def test_a_missing_scope_names_what_is_needed_and_what_there_is(
    workspace: Workspace, client: WebClient
) -> None:
    workspace.scopes.clear()
    workspace.scopes.update({"commands", "users:read"})
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C0LINCOLN", text="x")
    answer = caught.value.response
    assert (answer["needed"], answer["provided"]) == ("chat:write", "commands,users:read")


def test_an_archived_channel_takes_no_edits(
    workspace: Workspace, post: Post, refused: Refused, client: WebClient
) -> None:
    ts = post().ts
    workspace.archive("C0LINCOLN")
    assert refused(lambda: edit(ts)(client)) == "is_inactive"


def test_an_ephemeral_message_cannot_be_edited(client: WebClient, refused: Refused) -> None:
    ts = whisper("C0LINCOLN", "U0ANA")(client)["message_ts"]
    assert refused(lambda: edit(ts)(client)) == "message_not_found"


def test_a_message_can_be_edited_until_the_window_closes(
    client: WebClient, clock: Clock, post: Post, refused: Refused
) -> None:
    ts = post().ts
    clock.pass_by(3599)
    assert edit(ts)(client)["ok"]
    clock.pass_by(2)
    assert refused(lambda: edit(ts)(client)) == "edit_window_closed"


def test_a_trigger_works_once(workspace: Workspace, client: WebClient, refused: Refused) -> None:
    workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
    assert client.views_open(trigger_id="t", view=modal())["ok"]
    again = refused(lambda: client.views_open(trigger_id="t", view=modal()))
    assert again == "exchanged_trigger_id"


def test_a_trigger_lives_three_seconds(
    workspace: Workspace, client: WebClient, clock: Clock, refused: Refused
) -> None:
    for name in ("in time", "late"):
        workspace.store.triggers[name] = Trigger("U0ANA", clock())
    workspace.store.trigger_seconds = Workspace().store.trigger_seconds
    clock.pass_by(3.0)
    assert client.views_open(trigger_id="in time", view=modal())["ok"]
    clock.pass_by(0.1)
    late = refused(lambda: client.views_open(trigger_id="late", view=modal()))
    assert late == "expired_trigger_id"


def test_only_what_is_done_in_a_modal_pushes_another(
    workspace: Workspace, client: WebClient, refused: Refused
) -> None:
    for name in ("a", "b"):
        workspace.store.triggers[name] = Trigger("U0ANA", workspace.store.clock())
    client.views_open(trigger_id="a", view=modal())
    assert refused(lambda: client.views_push(trigger_id="b", view=modal())) == "invalid_trigger_id"


def test_a_view_changed_in_between_is_a_hash_conflict(
    workspace: Workspace, client: WebClient, refused: Refused
) -> None:
    workspace.store.triggers["t"] = Trigger("U0ANA", workspace.store.clock())
    view = client.views_open(trigger_id="t", view=modal())["view"]

    def change() -> Any:
        return client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section()))

    assert change()["ok"]
    assert refused(change) == "hash_conflict"


def test_home_published_twice_on_one_hash_is_a_conflict(
    client: WebClient, refused: Refused
) -> None:
    first = client.views_publish(user_id="U0ANA", view=home())["view"]

    def publish() -> Any:
        return client.views_publish(user_id="U0ANA", view=home(section()), hash=first["hash"])

    assert publish()["ok"]
    assert refused(publish) == "hash_conflict"


def test_an_external_id_belongs_to_one_view(
    workspace: Workspace, client: WebClient, refused: Refused
) -> None:
    for name in ("a", "b"):
        workspace.store.triggers[name] = Trigger("U0ANA", workspace.store.clock(), in_modal=True)
    client.views_open(trigger_id="a", view=modal(external_id="one"))
    push = refused(lambda: client.views_push(trigger_id="b", view=modal(external_id="one")))
    assert push == "duplicate_external_id"


# Rates


@pytest.fixture
def hurried() -> Any:
    """A workspace that enforces Slack's rates, on a clock of the test."""
    clock = Clock(0)
    with furnish(Workspace(pace_clock=clock)) as running:
        running.add_channel("C0OTHER", "other", ["ana"])
        slack = WebClient("xoxb-practice", base_url=running.api_url, retry_handlers=[])
        yield running, slack, clock


def retry_after(call: Callable[[], Any]) -> int:
    with pytest.raises(SlackApiError) as caught:
        call()
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    return int(answer.headers["Retry-After"])


def test_a_channel_takes_a_few_posts_and_then_one_a_second(hurried: Any) -> None:
    _, slack, clock = hurried
    for _ in range(3):
        say("C0LINCOLN")(slack)
    assert retry_after(lambda: say("C0LINCOLN")(slack)) == 1
    assert say("C0OTHER")(slack)["ok"]
    clock.pass_by(1)
    assert say("C0LINCOLN")(slack)["ok"]
    assert retry_after(lambda: say("C0LINCOLN")(slack)) == 1


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("usergroups.users.list", {"usergroup": "S0SUPPORT"}),
        ("conversations.info", {"channel": "C0LINCOLN"}),
        ("conversations.history", {"channel": "C0LINCOLN"}),
        ("users.info", {"user": "U0ANA"}),
    ],
)
def test_a_method_has_its_rate(hurried: Any, method: str, args: dict[str, str]) -> None:
    _, slack, _ = hurried
    rate = RATES[method]
    for _ in range(rate.burst):
        slack.api_call(method, params=args)
    assert retry_after(lambda: slack.api_call(method, params=args)) >= 1


@pytest.mark.parametrize(("method", "rate"), RATES.items(), ids=RATES)
def test_each_rate_is_a_burst_and_then_one_an_interval(method: str, rate: Rate) -> None:
    clock = Clock(0)
    pace = Pace(clock)
    assert [pace.wait(method, "C1") for _ in range(rate.burst)] == [0] * rate.burst
    wait = pace.wait(method, "C1")
    assert 1 <= wait < rate.seconds + 1
    clock.pass_by(wait)
    assert pace.wait(method, "C1") == 0


def test_the_rates_can_be_switched_off(client: WebClient) -> None:
    for _ in range(10):
        assert say("C0LINCOLN")(client)["ok"]
