"""`recess schools`: lists, histories, and decisions with the rights that Slack gives."""

from collections.abc import Sequence
from http.client import IncompleteRead

import pytest

from bot.practice import Workspace
from tests.commands.conftest import CEDAR, LINCOLN, Shell, reachable


def by(user: str, reason: str = "Moved") -> Sequence[str]:
    return "--by", user, "--reason", reason


@pytest.fixture
def everywhere(shell: Shell, slack: Workspace) -> Shell:
    """A shell with Slack, and Elm Elementary missing; once on each database."""
    shell.environment |= reachable(slack)
    return shell.synced().without("s2")


@pytest.fixture
def decided(sqlite_shell: Shell, slack: Workspace) -> Shell:
    """The same, where the database makes no difference."""
    sqlite_shell.environment |= reachable(slack)
    return sqlite_shell.synced().without("s2")


def without_times(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    assert all(str(row["at"]).endswith("Z") for row in rows)
    return [{key: value for key, value in row.items() if key != "at"} for row in rows]


# Reading


def test_schools_are_listed_as_the_interface_says(shell: Shell) -> None:
    first = shell.synced().json("schools", "list", "lincoln")[1]
    last = shell.without("s2").json("schools", "list", "lincoln")
    assert list(first) == [
        *("partner", "id", "number", "name", "status", "present", "since", "last_synced"),
    ]
    oak, elm = last[2], last[0]
    assert (elm["partner"], elm["id"], elm["number"]) == ("lincoln", "s2", "002")
    assert (elm["name"], elm["status"], elm["present"]) == (
        "Elm Elementary", "action_needed", False
    )  # fmt: skip
    assert (oak["name"], oak["status"], oak["present"]) == ("Oak Elementary", "active", True)
    assert elm["last_synced"] == first["last_synced"]
    assert elm["last_synced"] <= elm["since"] <= oak["last_synced"]
    assert elm["since"].endswith("Z")


def test_a_list_can_be_narrowed_to_statuses(shell: Shell) -> None:
    shell.synced().without("s2")
    assert [s["id"] for s in shell.json("schools", "list", "lincoln", "--status", "active")] == [
        "s3", "s1"
    ]  # fmt: skip
    two = ("--status", "action_needed", "--status", "frozen")
    assert [s["id"] for s in shell.json("schools", "list", "lincoln", *two)] == ["s2"]
    assert shell("schools", "list", "lincoln", "--status", "gone").exit_code == 2
    assert shell.json("schools", "list", "lincoln", "--status", "frozen") == []
    assert "Action Needed" in shell.done("schools", "list", "lincoln")


def test_a_history_is_told_newest_first(shell: Shell) -> None:
    shell.synced().without("s2")
    sync = {"by": "sync", "by_name": "The sync on the command line", "via": "sync", "reason": ""}
    assert without_times(shell.json("schools", "history", "lincoln", "s2")) == [
        {
            "partner": "lincoln",
            "id": "s2",
            "from": "active",
            "to": "action_needed",
            "event": "went_missing",
            **sync,
        },
        {
            "partner": "lincoln",
            "id": "s2",
            "from": None,
            "to": "active",
            "event": "shared",
            **sync,
        },
    ]
    shown = shell.done("schools", "history", "lincoln", "s2").splitlines()
    assert shown[0] == "Elm Elementary (002)"
    assert "AT (UTC)" in shown[1]
    assert "it went missing from the roster" in shown[2]
    assert "it was first seen" in shown[3]


def test_what_is_not_there_is_refused(shell: Shell) -> None:
    shell.synced()
    assert "There is no partner “x”" in shell.refused("schools", "list", "x")
    assert "no school with the id “s9”" in shell.refused("schools", "history", "lincoln", "s9")


# Deciding


def test_an_admin_pauses_a_missing_school(everywhere: Shell) -> None:
    shown = everywhere.done("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    assert shown == "Elm Elementary (002) is paused. Status: Paused.\n"
    assert everywhere.statuses()["s2"] == "paused"
    last = everywhere.json("schools", "history", "lincoln", "s2")[0]
    assert (last["by"], last["by_name"], last["via"]) == ("U0ANA", "Ana Flores", "cli")


def test_a_member_of_the_admins_group_may_too(decided: Shell) -> None:
    decided.done("schools", "pause", "lincoln", "s2", *by("U0BO"))
    assert decided.statuses()["s2"] == "paused"


@pytest.mark.parametrize("user", ["U0VIC", "U0TIA", "U0CARMEN"])
def test_nobody_else_may_pause_or_freeze(decided: Shell, user: str) -> None:
    told = decided.refused("schools", "pause", "lincoln", "s2", *by(user))
    assert "not among the people who may pause" in told
    told = decided.refused("schools", "freeze", "lincoln", "s2", *by(user), "--yes")
    assert "not among the people who may freeze" in told
    assert decided.statuses()["s2"] == "action_needed"


def test_who_may_not_freeze_is_not_shown_what_it_would_do(decided: Shell) -> None:
    result = decided("schools", "freeze", "lincoln", "s2", *by("U0TIA"), "--yes")
    assert result.stdout == ""


def test_a_school_that_is_still_shared_cannot_be_paused(decided: Shell) -> None:
    told = decided.refused("schools", "pause", "lincoln", "s1", *by("U0ANA"))
    assert "Oak Elementary (001) is still in its roster" in told


def test_what_somebody_did_before_is_told(everywhere: Shell) -> None:
    everywhere.done("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    told = everywhere.refused("schools", "pause", "lincoln", "s2", *by("U0BO"))
    assert "is already paused: Ana Flores paused Elm Elementary (002) on " in told
    assert "UTC" in told


def test_a_freeze_shows_what_it_does_and_locks(everywhere: Shell) -> None:
    shown = everywhere.done("schools", "freeze", "lincoln", "s2", *by("U0ANA", "Sold"), "--yes")
    assert shown.splitlines() == [
        "Freezing Elm Elementary (002) locks 2 accounts, also for their work at other schools.",
        "Only the support team can undo this. Nothing is erased.",
        "1 of them also works at other schools:",
        "  Ada Byron: Oak Elementary (001)",
        "Whether you would be locked out too could not be checked: no account of Lincoln Unified "
        "has your address in Slack.",
        "Whether these admins would be locked out could not be checked, because no account has "
        "their address in Slack: U0ANA, U0BO.",
        "Elm Elementary (002) is frozen; its accounts (2) are locked. Nothing was erased. "
        "Status: Frozen.",
    ]
    last = everywhere.json("schools", "history", "lincoln", "s2")[0]
    assert (last["to"], last["reason"], last["via"]) == ("frozen", "Sold", "cli")
    locked = [a["id"] for a in everywhere.json("accounts", "list", "lincoln") if a["locked"]]
    assert locked == ["u2", "u3"]


def test_a_freeze_warns_whom_it_would_lock_out(decided: Shell, slack: Workspace) -> None:
    slack.add_person("U0ANA", "ana", "Ana Flores", "U3@Example.org")
    shown = decided.done("schools", "freeze", "lincoln", "s2", *by("U0ANA"), "--yes")
    assert "You would be locked out too." in shown


def test_a_freeze_warns_of_the_last_admin_and_of_most_of_the_staff(
    decided: Shell, slack: Workspace
) -> None:
    slack.add_person("U0ANA", "ana", "Ana Flores", "u1@example.org")
    slack.add_person("U0BO", "bo", "Bo Chen", "U3@example.org")
    decided.done("schools", "freeze", "lincoln", "s1", *by("U0ANA"), "--yes")
    shown = decided.done("schools", "freeze", "lincoln", "s2", *by("U0SAM"), "--yes")
    assert "keep an open account: this locks U0BO. They can still decide in Slack." in shown
    assert "More than half of the staff of Lincoln Unified would be locked: 3 of 4" in shown


def test_a_freeze_asks_support_to_release_who_also_works_elsewhere(everywhere: Shell) -> None:
    asked = ("schools", "freeze", "lincoln", "s2", *by("U0ANA"), "--yes", "--ask-release")
    assert "Support is asked to release the 1 who also works elsewhere." in everywhere.done(*asked)
    assert accounts(everywhere)["u2"]["locked"] is True


def test_support_freezes_and_releases_in_one_step(everywhere: Shell) -> None:
    frozen = ("schools", "freeze", "lincoln", "s2", "--yes", "--release-elsewhere")
    told = everywhere.refused(*frozen, *by("U0ANA"))
    assert "Only the support team can release accounts" in told
    assert everywhere.statuses()["s2"] == "action_needed"
    shown = everywhere.done(*frozen, *by("U0SAM"))
    assert "1 account is locked; the 1 who also works elsewhere is released." in shown
    assert [id for id, a in accounts(everywhere).items() if a["locked"]] == ["u3"]


def accounts(shell: Shell) -> dict[str, dict[str, object]]:
    return {row["id"]: row for row in shell.json("accounts", "list", "lincoln")}


def test_a_freeze_says_when_that_could_not_be_checked(decided: Shell, slack: Workspace) -> None:
    slack.scopes.discard("users:read.email")
    shown = decided.done("schools", "freeze", "lincoln", "s2", *by("U0ANA"), "--yes")
    assert "could not be checked" in shown


def test_without_a_terminal_a_freeze_needs_yes(decided: Shell) -> None:
    result = decided("schools", "freeze", "lincoln", "s2", *by("U0ANA"))
    assert result.exit_code == 1
    assert "Nothing was frozen; --yes confirms it." in result.stderr
    assert decided.statuses()["s2"] == "action_needed"


@pytest.mark.parametrize(
    ("typed", "code", "status"),
    [("002\n", 0, "frozen"), ("elm elementary\n", 0, "frozen"), ("yes\n", 1, "action_needed")],
)
def test_at_a_terminal_the_number_or_name_is_typed(
    decided: Shell, typed: str, code: int, status: str
) -> None:
    arguments = ("schools", "freeze", "lincoln", "s2", *by("U0ANA"))
    ended, seen = decided.asked(*arguments, typed=typed)
    assert "Type “002” to freeze it" in seen
    assert ended == code
    assert decided.statuses()["s2"] == status


def test_a_frozen_school_is_not_asked_about_again(decided: Shell) -> None:
    decided.done("schools", "freeze", "lincoln", "s2", *by("U0ANA"), "--yes")
    told = decided.refused("schools", "freeze", "lincoln", "s2", *by("U0BO"))
    assert "is already frozen: Ana Flores froze Elm Elementary (002)" in told


def test_only_support_unfreezes(everywhere: Shell) -> None:
    everywhere.done("schools", "freeze", "lincoln", "s2", *by("U0ANA"), "--yes")
    told = everywhere.refused("schools", "unfreeze", "lincoln", "s2", *by("U0ANA"))
    assert "Only the support team can unfreeze" in told
    shown = everywhere.done("schools", "unfreeze", "lincoln", "s2", *by("U0SAM", "Mistake"))
    assert shown == "Elm Elementary (002) is unfrozen. Status: Action Needed.\n"
    last = everywhere.json("schools", "history", "lincoln", "s2")[0]
    assert (last["by"], last["reason"]) == ("U0SAM", "Mistake")


def test_an_unfreeze_is_requested_joined_and_withdrawn(everywhere: Shell) -> None:
    everywhere.done("schools", "freeze", "lincoln", "s2", *by("U0ANA"), "--yes")
    ask = ("schools", "request-unfreeze", "lincoln", "s2")
    assert everywhere.done(*ask, *by("U0ANA")) == "The support team is asked.\n"
    assert "has asked for it already" in everywhere.done(*ask, *by("U0ANA"))
    everywhere.done(*ask, *by("U0BO"))
    withdraw = ("schools", "withdraw", "lincoln", "s2")
    assert "others still ask" in everywhere.done(*withdraw, *by("U0ANA"))
    assert "You do not ask to unfreeze" in everywhere.refused(*withdraw, *by("U0ANA"))
    assert everywhere.done(*withdraw, *by("U0BO")) == "Withdrawn.\n"
    assert everywhere.statuses()["s2"] == "frozen"


def test_the_help_says_who_reads_why(sqlite_shell: Shell) -> None:
    assert "stands in the history" in sqlite_shell.done("schools", "unfreeze", "--help")
    assert "the support team and" in sqlite_shell.done("schools", "request-unfreeze", "--help")
    assert "kept with the request" in sqlite_shell.done("schools", "withdraw", "--help")


def test_nobody_else_requests_an_unfreeze(decided: Shell) -> None:
    decided.done("schools", "freeze", "lincoln", "s2", *by("U0ANA"), "--yes")
    told = decided.refused("schools", "request-unfreeze", "lincoln", "s2", *by("U0CARMEN"))
    assert "not among the people who may request an unfreeze" in told


def test_only_support_links_and_only_after_a_question(everywhere: Shell) -> None:
    everywhere.roster({"s1": "Oak Elementary", "s3": "Fir Middle School", "s9": "Elm Elementary"})
    everywhere.done("sync")
    pair = ("schools", "link", "lincoln", "s2", "s9")
    told = everywhere.refused(*pair, *by("U0ANA"), "--yes")
    assert "Only the support team can link" in told
    asked = everywhere(*pair, *by("U0SAM"))
    assert asked.exit_code == 1
    assert "Nothing was linked; --yes does it" in asked.stderr
    shown = everywhere.done(*pair, *by("U0SAM"), "--yes")
    assert "Elm Elementary (009) is linked. Status: Active." in shown
    assert "s2" not in everywhere.statuses()


def test_what_was_decided_is_owed_to_the_channel(everywhere: Shell) -> None:
    with everywhere.store() as store:
        before = store.messages.backlog()
    everywhere.done("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    with everywhere.store() as store:
        assert store.messages.backlog() > before


def test_a_school_of_another_partner_is_not_reached(decided: Shell) -> None:
    decided.done("partners", "import", str(decided.declare(LINCOLN, CEDAR)))
    told = decided.refused("schools", "pause", "cedar", "s2", *by("U0CARMEN"))
    assert "cedar has no school with the id “s2”" in told


# Who


def test_without_a_token_nobody_can_decide(shell: Shell) -> None:
    shell.synced().without("s2")
    told = shell.refused("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    assert "SLACK_BOT_TOKEN is not set" in told


@pytest.mark.parametrize("missing", ["--by", "--reason"])
def test_who_and_why_are_needed(decided: Shell, missing: str) -> None:
    given = {"--by": "U0ANA", "--reason": "Moved"}
    del given[missing]
    options = [part for pair in given.items() for part in pair]
    result = decided("schools", "pause", "lincoln", "s2", *options)
    assert result.exit_code == 2
    assert missing in result.stderr


def test_an_empty_reason_is_none(decided: Shell) -> None:
    assert decided("schools", "pause", "lincoln", "s2", *by("U0ANA", " ")).exit_code == 2


def test_somebody_slack_does_not_know_is_refused(decided: Shell) -> None:
    told = decided.refused("schools", "pause", "lincoln", "s2", *by("U0NOBODY"))
    assert "Slack knows no person with the id “U0NOBODY”" in told


def test_an_app_decides_nothing(decided: Shell, slack: Workspace) -> None:
    told = decided.refused("schools", "pause", "lincoln", "s2", *by(slack.app.bot_user))
    assert "is an app in Slack" in told


def test_somebody_of_another_workspace_is_a_guest(decided: Shell, slack: Workspace) -> None:
    slack.add_person("U0ANA", "ana", "Ana Flores", "ana@else.example", team_id="T0ELSE")
    told = decided.refused("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    assert "Only members of this workspace" in told


def test_a_group_that_cannot_be_read_never_grants(decided: Shell, slack: Workspace) -> None:
    slack.scopes.discard("usergroups:read")
    told = decided.refused("schools", "pause", "lincoln", "s2", *by("U0BO"))
    assert "could not be checked" in told


def test_slack_out_of_reach_is_told(decided: Shell) -> None:
    decided.environment["SLACK_API_URL"] = "http://127.0.0.1:9/api/"
    told = decided.refused("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    assert "Slack could not be asked who U0ANA is" in told


def test_an_answer_of_slack_that_breaks_off_is_told(
    decided: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(*_: object, **__: object) -> None:
        raise IncompleteRead(b"{")

    monkeypatch.setattr("slack_sdk.WebClient.users_info", breaks_off)
    told = decided.refused("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    assert "Slack could not be asked who U0ANA is (IncompleteRead" in told


def test_a_refused_token_is_told_without_being_shown(decided: Shell) -> None:
    decided.environment["SLACK_BOT_TOKEN"] = "xoxb-tellnobody"
    told = decided.refused("schools", "pause", "lincoln", "s2", *by("U0ANA"))
    assert "invalid_auth" in told
    assert "tellnobody" not in told
