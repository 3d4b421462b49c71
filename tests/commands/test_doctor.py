"""`recess doctor`, `recess manifest`, and the example of the settings."""

import json
from collections.abc import Mapping
from datetime import timedelta
from http.client import IncompleteRead

import pytest

from bot.commands.manifest import SCOPES
from bot.commands.stores import now
from bot.practice import Workspace
from storage.database import Database
from storage.store import Stores
from storage.tables import messages, partners
from tests.commands.conftest import Shell, reachable


@pytest.fixture
def well(sqlite_shell: Shell, slack: Workspace) -> Shell:
    """An installation where nothing is wrong."""
    sqlite_shell.environment |= reachable(slack)
    return sqlite_shell.synced()


def wrongs(shell: Shell) -> list[str]:
    """What the doctor finds wrong; there has to be something."""
    result = shell("doctor")
    assert result.exit_code == 1, result.output
    assert result.stderr == ""
    found = [line for line in result.stdout.splitlines() if line.startswith("wrong ")]
    return [line.removeprefix("wrong").strip() for line in found]


def test_nothing_is_wrong_and_every_check_is_named(shell: Shell, slack: Workspace) -> None:
    shell.environment |= reachable(slack)
    assert shell.synced().done("doctor").splitlines() == [
        "ok       All settings that `recess serve` needs are there.",
        "ok       The database can be reached and is up to date.",
        "ok       On the way to Slack: 1 message.",
        "ok       Nothing failed, and nothing waits for somebody.",
        "skipped  No product asks who is locked: the access API has no client yet. "
        "`recess tokens create NAME` makes one.",
        "ok       lincoln: the roster can be opened and has 3 schools.",
        "ok       The token is recess of the workspace Practice.",
        "ok       The token has all scopes.",
        "ok       The user group S0SUPPORT of the support team can be read; members: 2.",
        "ok       The user group S0LINCOLNADMINS of lincoln can be read; members: 1.",
        "ok       The channel C0SUPPORT of the support team can be used (#recess-support).",
        "ok       The channel C0LINCOLN of lincoln can be used (#lincoln-alerts).",
        "Nothing is wrong.",
    ]


def test_missing_settings_are_named(well: Shell) -> None:
    del well.environment["SUPPORT_USERGROUP_ID"]
    [told] = wrongs(well)
    assert "SUPPORT_USERGROUP_ID" in told
    assert "SLACK_BOT_TOKEN" not in told


def test_a_time_to_sync_with_which_serve_would_not_start_is_named(well: Shell) -> None:
    well.environment["SYNC_CRON"] = "at night"
    [told] = wrongs(well)
    assert told.startswith("SYNC_CRON: “at night”")


def test_without_a_token_slack_is_not_asked(well: Shell, slack: Workspace) -> None:
    del well.environment["SLACK_BOT_TOKEN"]
    before = len(slack.calls)
    assert "skipped  Slack was not asked anything" in well("doctor").stdout
    assert len(slack.calls) == before


def test_a_database_without_tables_is_wrong_and_slack_still_asked(
    well: Shell, slack: Workspace
) -> None:
    well.url = "sqlite:///other.db"
    [told] = wrongs(well)
    assert "recess db upgrade" in told
    assert slack.calls_of("auth.test")


def test_without_partners_there_is_something_to_do(sqlite_shell: Shell, slack: Workspace) -> None:
    sqlite_shell.environment |= reachable(slack)
    [told] = wrongs(sqlite_shell)
    assert "recess partners import" in told


def test_a_roster_that_is_not_there_is_wrong(well: Shell) -> None:
    (well.folder / "roster").rename(well.folder / "moved")
    [told] = wrongs(well)
    assert told.startswith("lincoln: ")
    assert str(well.folder / "roster") in told


def test_a_failed_sync_is_wrong_until_one_succeeds(well: Shell) -> None:
    users = well.folder / "roster" / "users.csv"
    users.rename(well.folder / "aside.csv")
    well("sync")
    told = "\n".join(wrongs(well))
    assert "lincoln: the last sync, of " in told
    assert "failed" in told
    (well.folder / "aside.csv").rename(users)
    well.done("sync")
    well.done("doctor")


def test_an_open_hold_is_wrong(well: Shell) -> None:
    well.roster({"s9": "Another School"})
    well("sync")
    assert "is held. It has none of the schools" in wrongs(well)[0]


def test_a_new_source_that_waits_is_wrong_with_what_to_do(well: Shell) -> None:
    with well.store() as store:
        store.partners.moves(store.partners.locked("lincoln"), new_source=True)
    assert "`recess sync lincoln` reads one; it is held until the schools" in wrongs(well)[0]
    well.refused("sync")
    assert "Match the schools with `recess schools match lincoln`" in wrongs(well)[0]


def test_a_night_that_is_tried_again_is_said_and_not_wrong(well: Shell) -> None:
    with well.store() as store:
        run = store.runs.here(store.partners.locked("lincoln"), "night", "somebody")
        waits = {"owner": None, "retries": 1, "asked_at": store.now + timedelta(minutes=10)}
        store.runs._set(run, reason="It is tried again soon.", **waits)
    shown = well.done("doctor")
    assert "lincoln: the roster could not be read yet. It is tried again soon." in shown


def test_a_retired_partner_has_nothing_wrong(well: Shell) -> None:
    (well.folder / "roster" / "orgs.csv").unlink()
    with well.store() as store:
        store.partners.retire(store.partners.locked("lincoln"))
    assert "lincoln" not in well.done("doctor")


def test_a_message_that_slack_refused_is_shown_with_its_error(well: Shell) -> None:
    with well.store() as store:
        message = store.messages.by_id(1)
        store.messages.failed(message, "is_archived")
    [told] = wrongs(well)
    assert "for C0LINCOLN" in told
    assert "is_archived" in told


def test_a_channel_that_takes_nothing_is_one_line_with_all_that_it_refused(well: Shell) -> None:
    with well.store() as store:
        store.troubles.begin("C0LINCOLN", "is_archived")
        store.messages.failed(store.messages.by_id(1), "is_archived")
    [told] = wrongs(well)
    assert "The channel C0LINCOLN of lincoln cannot be written to: it is archived" in told
    assert "Its admins get direct messages instead. Unarchive it" in told
    assert "refused meanwhile: 1 message" in told


def test_messages_that_wait_too_long_are_wrong(well: Shell) -> None:
    with well.store() as store:
        store.connection.execute(messages.update().values(due_at=now() - timedelta(hours=1)))
    [told] = wrongs(well)
    assert told.startswith("Waiting for Slack for too long: 1 message, the oldest since ")
    assert "recess serve" in told


def test_syncs_that_nobody_does_are_wrong(well: Shell) -> None:
    class Dropped:
        def carry(self, tx: object, job: object) -> None:
            """Nobody hears of it."""

    database = Database(well.url)
    early = Stores(database, Dropped(), lambda: now() - timedelta(hours=1))
    with early.transaction() as store:
        store.runs.owe(store.partners.named("lincoln"), "night:x", night="2026-11-20T02:00")
    database.dispose()
    [told] = wrongs(well)
    assert told.startswith("Owed, and done by nobody: 1 sync (lincoln).")


def test_a_product_that_takes_no_webhooks_is_wrong_also_when_they_were_given_up(
    well: Shell,
) -> None:
    with well.store() as store:
        store.events.expand(store.partners.locked("lincoln"))
        first, second, _ = store.events.owed()
        store.events.not_sent(first, "it answered 503", timedelta(minutes=1))
        store.events.park(second, "it answered 400")
    parked, failing = wrongs(well)
    assert "1 event parked, the last with “it answered 400”" in parked
    assert "recess webhooks replay" in parked
    assert "1 event tried and not taken" in failing
    assert "it answered 503" in failing


def test_a_secret_that_a_source_names_has_to_be_set(well: Shell) -> None:
    with well.store() as store:
        partner = store.partners.named("lincoln")
        source = {**partner.source, "client_secret": "${LINCOLN_SECRET}"}
        store.connection.execute(partners.update().values(source=source))
    [told] = wrongs(well)
    assert told.startswith("lincoln: ")
    assert "LINCOLN_SECRET" in told
    well.environment["LINCOLN_SECRET"] = "tellnobody"
    shown = well("doctor")
    assert "LINCOLN_SECRET" not in shown.stdout
    assert "tellnobody" not in shown.output


# Slack


def test_a_refused_token_ends_the_asking(well: Shell) -> None:
    well.environment["SLACK_BOT_TOKEN"] = "xoxb-tellnobody"
    [told] = wrongs(well)
    assert "Slack refuses SLACK_BOT_TOKEN (invalid_auth)" in told
    assert "tellnobody" not in told


def test_slack_out_of_reach_is_wrong(well: Shell) -> None:
    well.environment["SLACK_API_URL"] = "http://127.0.0.1:9/api/"
    [told] = wrongs(well)
    assert told.startswith("Slack cannot be reached")


def test_an_answer_that_breaks_off_is_slack_out_of_reach(
    well: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(*_: object, **__: object) -> None:
        raise IncompleteRead(b"{")

    monkeypatch.setattr("slack_sdk.WebClient.auth_test", breaks_off)
    [told] = wrongs(well)
    assert told.startswith("Slack cannot be reached (IncompleteRead")


def test_every_missing_scope_is_named(well: Shell, slack: Workspace) -> None:
    slack.scopes.discard("chat:write")
    assert "The token lacks the scopes chat:write." in wrongs(well)[0]
    slack.scopes.add("chat:write")
    slack.scopes.intersection_update({"chat:write"})
    others = ", ".join(scope for scope in SCOPES if scope != "chat:write")
    assert f"The token lacks the scopes {others}." in wrongs(well)[0]


def test_a_group_that_is_not_there_is_wrong(well: Shell) -> None:
    well.environment["SUPPORT_USERGROUP_ID"] = "S0NOBODY"
    [told] = wrongs(well)
    assert told.startswith("The user group S0NOBODY of the support team cannot be read: ")
    assert "disabled" in told


def test_a_group_without_members_is_wrong(well: Shell, slack: Workspace) -> None:
    slack.add_group("S0SUPPORT", "support", "Support", [])
    [told] = wrongs(well)
    assert "has no members" in told


def test_an_archived_channel_is_wrong(well: Shell, slack: Workspace) -> None:
    slack.archive("C0LINCOLN")
    [told] = wrongs(well)
    assert told.startswith("The channel C0LINCOLN of lincoln is archived.")


def test_a_channel_without_the_bot_is_wrong(well: Shell, slack: Workspace) -> None:
    slack.leave("C0LINCOLN", slack.app.bot_user)
    [told] = wrongs(well)
    assert told == (
        "The channel C0LINCOLN of lincoln does not have Recess in it. Invite @Recess there."
    )


def test_a_channel_that_is_not_there_is_wrong(well: Shell) -> None:
    well.environment["SUPPORT_CHANNEL_ID"] = "C0NOWHERE"
    [told] = wrongs(well)
    assert told.startswith("The channel C0NOWHERE of the support team cannot be used: ")


def test_a_rate_limit_is_waited_for(well: Shell, slack: Workspace) -> None:
    slack.misbehave("ratelimited", method="conversations.info", retry_after=1)
    well.done("doctor")


# The manifest


EVENTS = (
    *("app_home_opened", "app_uninstalled"),
    *("channel_archive", "channel_left", "channel_unarchive"),
    *("group_archive", "group_left", "group_unarchive"),
    *("member_joined_channel", "member_left_channel"),
    *("subteam_members_changed", "subteam_updated", "tokens_revoked"),
)


def commands(described: Mapping[str, dict[str, object]]) -> list[dict[str, object]]:
    slash = described["features"]["slash_commands"]
    assert isinstance(slash, list)
    return slash


def manifest(shell: Shell, *options: str) -> Mapping[str, dict[str, object]]:
    described: Mapping[str, dict[str, object]] = json.loads(shell.done("manifest", *options))
    return described


def test_the_manifest_is_for_socket_mode(sqlite_shell: Shell) -> None:
    settings = manifest(sqlite_shell)["settings"]
    assert settings == {
        "event_subscriptions": {"bot_events": list(EVENTS)},
        "interactivity": {"is_enabled": True},
        "org_deploy_enabled": False,
        "socket_mode_enabled": True,
        "token_rotation_enabled": False,
    }


@pytest.mark.parametrize(
    "url",
    ["https://recess.example", "https://recess.example/", "https://recess.example/slack/events"],
)
def test_with_an_address_all_traffic_goes_there(sqlite_shell: Shell, url: str) -> None:
    settings = manifest(sqlite_shell, "--url", url)["settings"]
    address = "https://recess.example/slack/events"
    assert settings["socket_mode_enabled"] is False
    assert settings["interactivity"] == {"is_enabled": True, "request_url": address}
    assert settings["event_subscriptions"] == {
        "request_url": address,
        "bot_events": list(EVENTS),
    }
    [command] = commands(manifest(sqlite_shell, "--url", url))
    assert command["url"] == address


@pytest.mark.parametrize(
    "url", ["recess.example", "http://recess.example", "https://", "https://a?b", "https://[a"]
)
def test_an_address_that_slack_would_not_take_is_refused(sqlite_shell: Shell, url: str) -> None:
    assert sqlite_shell("manifest", "--url", url).exit_code == 2


def test_the_manifest_asks_for_what_is_used_and_keeps_slacks_limits(sqlite_shell: Shell) -> None:
    described = manifest(sqlite_shell)
    told = described["display_information"]
    assert len(str(told["name"])) <= 35
    assert len(str(told["description"])) <= 140
    assert 175 <= len(str(told["long_description"])) <= 4_000
    assert described["oauth_config"] == {
        "scopes": {
            "bot": [
                *("channels:history", "channels:read", "chat:write", "commands"),
                *("files:read", "files:write", "groups:history", "groups:read"),
                *("im:history", "im:write", "usergroups:read", "users:read"),
                "users:read.email",
            ]
        }
    }


def test_the_manifest_has_the_command_and_the_home_tab(sqlite_shell: Shell) -> None:
    described = manifest(sqlite_shell)
    [command] = commands(described)
    assert command["command"] == "/schools"
    assert "url" not in command
    home = described["features"]["app_home"]
    assert isinstance(home, dict)
    assert home["home_tab_enabled"]


def test_the_manifest_needs_no_settings_and_no_database(sqlite_shell: Shell) -> None:
    sqlite_shell.url = "sqlite:///nowhere.db"
    assert manifest(sqlite_shell)["features"]
