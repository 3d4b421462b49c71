"""The App Home, "Schools": each person's own, with what they may see and do in it."""

import json
import re
from pathlib import Path

import pytest

from handlers.views.home import stranger_home
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import cedar_of
from tests.harness.slack.surfaces import Card, Home, reading

TITLE = re.compile(r"^:\w+: (.+) \(\d+\)$", re.MULTILINE)


def listed(home: Home) -> list[str]:
    """The names of the schools in the order in which Home has them."""
    return TITLE.findall(home.reads)


@pytest.fixture
def home(workspace: Office, card: Card) -> Home:
    """Ana's, while Oak Elementary and Pine Middle wait for a decision."""
    return workspace.open_home("ana")


# What Home shows


def test_home_opens_on_the_schools_that_did_not_sync(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    frozen.click("Pause", school="Pine Middle", by="bo")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy", "Aspen Middle"])
    workspace.forgive("lincoln-alerts")
    home = workspace.open_home("ana")
    home.says("Schools of Lincoln Unified", "8 schools: 4 Active, 2 Action Needed, 1 Paused")
    home.says("Bo Lindqvist paused Pine Middle (0020)")
    assert listed(home) == ["Aspen Middle", "Elm Academy", "Pine Middle"]


def test_it_says_that_nothing_waits(workspace: Office, lincoln: District) -> None:
    workspace.open_home("ana").says("Every school has synced", "8 schools: 8 Active")


def test_frozen_schools_stand_under_their_own_filter(workspace: Office, frozen: Card) -> None:
    home = workspace.open_home("ana")
    assert listed(home) == ["Pine Middle"]
    home.choose("Frozen (1)")
    home.expect_update("Ana Flores froze Oak Elementary (0012): Closed for good")
    assert listed(home) == ["Oak Elementary"]


@pytest.mark.parametrize(
    ("status", "there"),
    [
        ("Action Needed (2)", ["Oak Elementary", "Pine Middle"]),
        ("Paused (0)", []),
        ("Active (6)", ["Aspen Middle", "Birch Elementary", "Elm Academy", "Laurel High"]),
    ],
)
def test_every_status_has_a_filter(home: Home, status: str, there: list[str]) -> None:
    home.choose(status)
    home.expect_update()
    assert listed(home)[:4] == there


def test_a_school_is_found_by_a_part_of_its_name_or_by_its_number(home: Home) -> None:
    home.type("oAk", into="Search by name or number")
    home.expect_update()
    assert listed(home) == ["Oak Elementary"]
    home.type("0020", into="Search by name or number")
    home.expect_update()
    assert listed(home) == ["Pine Middle"]
    home.click("Clear the search")
    home.expect_update()
    assert listed(home) == ["Oak Elementary", "Pine Middle"]


def test_a_search_that_finds_nothing_here_says_where_there_is_something(home: Home) -> None:
    home.type("elementary", into="Search by name or number")
    home.expect_update()
    home.choose("Paused (0)")
    home.expect_update(
        "Under Paused no school has “elementary” in its name or number",
        "Found: 2 Active and 1 Action Needed; choose the status above.",
    )


def test_long_lists_have_pages_that_keep_the_filter(workspace: Office, tmp_path: Path) -> None:
    district = cedar_of(workspace, tmp_path)
    for number in range(200, 260):
        district.add_school(f"School {number}", str(number), f"Person {number}")
    district.connect()
    home = workspace.open_home("carmen")
    home.choose("Active (63)")
    home.expect_update("1 to 25 of 63")
    assert listed(home)[0] == "Cedar Elementary"
    assert home.buttons[-1] == "Next page"
    home.click("Next page")
    home.expect_update("26 to 50 of 63")
    home.click("Next page")
    home.expect_update("51 to 63 of 63")
    assert (len(listed(home)), listed(home)[-1]) == (13, "School 259")
    assert "Next page" not in home.buttons
    home.click("Back")
    home.expect_update("26 to 50 of 63")
    assert workspace.open_home("carmen").reads == home.reads


def test_the_roster_that_fails_and_the_one_that_is_held_are_told_above_the_schools(
    workspace: Office, lincoln: District
) -> None:
    lincoln.night(spoilt=True)
    workspace.forgive("lincoln-alerts", "recess-support")
    workspace.open_home("vic").says("Its roster cannot be read since", "Nothing was changed")
    lincoln.night(without=list(lincoln.schools)[:5])
    workspace.forgive("lincoln-alerts", "recess-support")
    home = workspace.open_home("vic")
    home.says("A roster is held since")
    assert "cannot be read" not in home.reads


# What can be done from it


def test_a_school_is_paused_from_its_menu_and_home_shows_it_at_once(
    home: Home, card: Card, lincoln: District
) -> None:
    home.choose("Pause", school="Oak Elementary")
    home.expect_update("Paused since", "Ana Flores paused Oak Elementary")
    assert lincoln.status("Oak Elementary") == "paused"
    assert home.menu_of("Oak Elementary") == ["Freeze…", "This is a mistake…", "History"]
    card.expect_thread("Ana Flores paused Oak Elementary")


def test_a_school_that_somebody_else_has_decided_is_refused_and_shown_as_it_is(
    workspace: Office, home: Home, card: Card
) -> None:
    card.click("Freeze", school="Oak Elementary", by="bo")
    workspace.expect_modal("bo", "Freezing").submit(reason="Closed")
    card.expect_thread("Bo Lindqvist froze")
    workspace.expect_ephemeral("bo", "is frozen")
    home.choose("Pause", school="Oak Elementary")
    workspace.expect_modal("ana", "is already frozen: Bo Lindqvist froze", "Nothing was changed")
    home.expect_update()
    assert listed(home) == ["Pine Middle"]


def test_a_click_that_slack_delivers_twice_counts_once(
    workspace: Office, home: Home, card: Card, lincoln: District
) -> None:
    workspace.slack.disturb("interactive", duplicate=2)
    home.choose("Pause", school="Oak Elementary")
    home.expect_update("Paused since")
    card.expect_thread("Ana Flores paused")
    assert len(lincoln.history("Oak Elementary")) == 3


def test_a_freeze_from_home_ends_above_home_and_changes_it(
    workspace: Office, home: Home, card: Card, lincoln: District
) -> None:
    home.choose("Freeze", school="Oak Elementary")
    workspace.expect_modal("ana", "Freezing Oak Elementary").submit(reason="Closed")
    workspace.expect_modal("ana", "Oak Elementary (0012) is frozen").close()
    home.expect_update()
    assert listed(home) == ["Pine Middle"]
    assert lincoln.status("Oak Elementary") == "frozen"
    card.expect_thread("Ana Flores froze")


def test_many_are_paused_from_home(workspace: Office, home: Home, card: Card) -> None:
    home.click("Pause…")
    workspace.expect_modal("ana", "Pine Middle").submit(tick=["Pine Middle", "Oak Elementary"])
    home.expect_update("2 Paused")
    assert "Pause…" not in home.buttons
    card.expect_thread("Ana Flores paused")
    if workspace.slack.open_view("ana") is not None:
        workspace.expect_modal("ana", "Paused 2 schools").close()


def test_an_unfreeze_is_requested_in_home_and_decided_on_supports_own(
    workspace: Office, frozen: Card, lincoln: District
) -> None:
    home = workspace.open_home("bo")
    home.choose("Frozen (1)")
    home.expect_update("Oak Elementary")
    assert home.menu_of("Oak Elementary") == ["Request unfreeze…", "Release accounts…", "History"]
    home.choose("Request unfreeze", school="Oak Elementary")
    workspace.expect_modal("bo", "Request unfreeze").submit(reason="It was the wrong one")
    workspace.expect_modal("bo", "The support team has been asked").close()
    home.expect_update("An unfreeze is requested; the support team decides")
    desk = workspace.open_home("sam")
    desk.says("1 request to unfreeze", "Asked for by Bo Lindqvist", "It was the wrong one")
    desk.click("Approve", school="Oak Elementary")
    workspace.expect_modal("sam", "Approve the request").submit(reason="Fine")
    desk.expect_update("Nothing waits for the support team")
    assert lincoln.status("Oak Elementary") == "action_needed"
    workspace.expect_direct_message("bo", "approved by Sam Sato")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_the_support_team_unfreezes_from_home_and_admins_cannot(
    workspace: Office, frozen: Card, lincoln: District
) -> None:
    desk = workspace.open_home("sam")
    desk.click("Schools", school="Lincoln Unified")
    desk.expect_update("Schools of Lincoln Unified")
    desk.choose("Frozen (1)")
    desk.expect_update("Oak Elementary")
    assert desk.menu_of("Oak Elementary")[0] == "Unfreeze…"
    desk.choose("Unfreeze", school="Oak Elementary")
    workspace.expect_modal("sam", "becomes Action Needed").submit(reason="A mistake")
    desk.expect_update("No school is Frozen")
    frozen.expect_thread("Sam Sato unfroze")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_sync_is_asked_for_in_home(
    workspace: Office, home: Home, lincoln: District, card: Card
) -> None:
    lincoln.share(without=["Pine Middle"])
    home.click("Sync now")
    workspace.expect_modal("ana", "The roster of Lincoln Unified is being synced").close()
    workspace.expect_direct_message("ana", "that you asked for is done: 1 school back")
    workspace.forgive("lincoln-alerts")
    assert listed(workspace.open_home("ana")) == ["Pine Middle"]


def test_a_roster_that_is_uploaded_is_uploaded_from_home(
    workspace: Office, lincoln: District
) -> None:
    lincoln.source = {"kind": "csv"}
    lincoln.declare()
    home = workspace.open_home("ana")
    assert home.buttons == ["Upload…"]
    home.click("Upload")
    workspace.expect_modal("ana", "Lincoln Unified")


def test_the_history_of_a_school_opens_above_home(workspace: Office, home: Home) -> None:
    home.choose("History", school="Oak Elementary")
    workspace.expect_modal("ana", "History", "missing from the roster").close()


# Who sees what


def test_a_viewer_sees_the_schools_and_can_do_nothing(workspace: Office, card: Card) -> None:
    home = workspace.open_home("vic")
    assert listed(home) == ["Oak Elementary", "Pine Middle"]
    assert home.menu_of("Oak Elementary") == ["History"]
    assert home.buttons == []


def test_who_is_nobody_here_is_told_why_and_whom_to_ask_and_learns_nothing(
    workspace: Office, lincoln: District, cedar: District, card: Card
) -> None:
    home = workspace.open_home("tia")
    home.says("You see no schools here", "there is nothing that you may do", "support team")
    assert not any(name in home.reads for name in ("Lincoln", "Cedar", "Oak"))
    carmen = workspace.open_home("carmen")
    carmen.says("Schools of Cedar Valley")
    assert not any(name in json.dumps(carmen.view.content) for name in ("Lincoln", "Oak", "lincol"))


def test_whom_to_ask_is_what_the_installation_says() -> None:
    home = stranger_home(unread=False, guest=False, contact="help@recess.example")
    assert "Ask help@recess.example if it should be you" in reading("", home["blocks"])


def test_a_guest_of_another_workspace_sees_nothing(workspace: Office, lincoln: District) -> None:
    workspace.slack.add_person("U0GUS", "gus", "Gus", "gus@else.example", team_id="T0ELSE")
    workspace.slack.change_group("S0LINCOLNADMINS", add=["gus"])
    home = workspace.open_home("gus")
    home.says("only members of this workspace do, and your account belongs to another one")
    assert "Lincoln" not in home.reads


def test_a_group_that_cannot_be_read_is_told_and_home_can_be_looked_at_again(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.unreadable_group("S0LINCOLNADMINS")
    home = workspace.open_home("bo")
    home.says("could not be checked")
    assert "Lincoln" not in home.reads
    workspace.slack.unreadable_group("S0LINCOLNADMINS", None)
    home.click("Look again")
    home.expect_update("Schools of Lincoln Unified")


def test_who_administers_two_partners_chooses_which(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    cedar.admins = ["U0ANA"]
    cedar.declare()
    home = workspace.open_home("ana")
    home.says("Schools of Cedar Valley")
    home.choose("Lincoln Unified", of="home_partner")
    home.expect_update("Schools of Lincoln Unified")
    assert "Lincoln Unified" in workspace.open_home("ana").reads


def test_rights_lost_since_home_was_shown_are_lost(
    workspace: Office, lincoln: District, card: Card
) -> None:
    home = workspace.open_home("bo")
    workspace.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
    workspace.heard("subteam_members_changed")
    home.choose("Pause", school="Oak Elementary")
    workspace.expect_modal("bo", "Not done", "You are not among the people who may pause").close()
    home.expect_update("You see no schools here")
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_a_locked_admin_keeps_every_right_and_sees_a_notice_above_them(
    workspace: Office, lincoln: District
) -> None:
    lincoln.night(without=["Laurel High", "Oak Elementary"])
    workspace.forgive("lincoln-alerts")
    home = workspace.open_home("ana")
    home.choose("Freeze", school="Laurel High")
    modal = workspace.expect_modal("ana", "Freezing Laurel High", "You would be locked out")
    modal.submit(reason="Closed", typed="0071")
    workspace.expect_modal("ana", "is frozen").close()
    home.expect_update("Your own account is locked: Laurel High (0071) is frozen since")
    home.choose("Pause", school="Oak Elementary")
    home.expect_update("Ana Flores paused Oak Elementary")
    assert "Your own account is locked" not in workspace.open_home("bo").reads
    workspace.forgive("lincoln-alerts")


# When something goes wrong


def test_home_that_was_published_meanwhile_is_read_again_and_published_once_more(
    workspace: Office, home: Home, card: Card
) -> None:
    published = len(workspace.slack.calls_of("views.publish"))
    workspace.slack.misbehave("error", "views.publish", error="hash_conflict")
    home.choose("Pause", school="Pine Middle")
    home.expect_update("Ana Flores paused Pine Middle")
    card.expect_thread("Ana Flores paused")
    [first, second] = workspace.slack.calls_of("views.publish")[published:]
    assert first.args["hash"]
    assert "hash" not in second.args


def test_the_first_home_is_published_without_a_hash(workspace: Office, lincoln: District) -> None:
    workspace.open_home("ana")
    [call] = workspace.slack.calls_of("views.publish")
    assert "hash" not in call.args


def test_what_was_done_is_told_when_slack_does_not_take_the_new_home(
    workspace: Office, home: Home, card: Card, lincoln: District
) -> None:
    workspace.slack.misbehave("ratelimited", "views.publish", times=2)
    home.choose("Pause", school="Oak Elementary")
    workspace.expect_direct_message("ana", "Home", "may show an older state", "Open Home again")
    card.expect_thread("Ana Flores paused")
    assert lincoln.status("Oak Elementary") == "paused"


def test_what_breaks_is_told_in_home_with_a_reference_that_the_log_has(
    workspace: Office, lincoln: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr("handlers.publishing._listed", broken)
    home = workspace.open_home("ana")
    reference = home.reads.partition("(reference ")[2].partition(")")[0]
    workspace.expect_trouble(f"Home could not be shown, reference {reference}", "planted")
    monkeypatch.undo()
    home.click("Look again")
    home.expect_update("Schools of Lincoln Unified")


def test_when_slack_does_not_say_who_looks_home_says_so(
    workspace: Office, lincoln: District
) -> None:
    workspace.forget_people()
    workspace.slack.misbehave("status", "auth.test")
    workspace.open_home("ana").says("Slack could not be reached to check who you are")


def test_the_messages_tab_is_no_home(workspace: Office, lincoln: District) -> None:
    workspace.slack.open_home("ana", tab="messages")
    workspace.heard("app_home_opened")
    assert workspace.slack.home("ana") is None


def test_a_click_does_not_wait_for_home(workspace: Office, home: Home, card: Card) -> None:
    workspace.slack.dispatch.seconds = 1.0
    workspace.slack.misbehave("slow", "views.publish", seconds=1.5)
    assert home.choose("Pause", school="Oak Elementary").ok
    home.expect_update("Ana Flores paused")
    card.expect_thread("Ana Flores paused")


def test_all_groups_are_read_at_once_when_there_are_many(
    workspace: Office, lincoln: District
) -> None:
    for number in range(6):
        workspace.slack.add_group(f"S0MANY{number}", f"many{number}", f"Many {number}", ["tia"])
    lincoln.admins = ["U0ANA", *(f"S0MANY{number}" for number in range(6))]
    lincoln.declare()
    workspace.forget_people()
    asked = len(workspace.slack.calls_of("usergroups.users.list"))
    workspace.open_home("tia").says("Schools of Lincoln Unified")
    assert len(workspace.slack.calls_of("usergroups.users.list")) <= asked + 1
    assert len(workspace.slack.calls_of("usergroups.list")) == 1
