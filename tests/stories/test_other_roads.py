"""When a channel takes nothing, or Slack is down: changes are made, and people told otherwise."""

import json
import urllib.error
import urllib.request
from datetime import timedelta

import pytest

from bot.practice import Message
from handlers.ask import Ask
from handlers.freeze import freeze
from handlers.other_roads import channel_moved
from handlers.pause import pause
from handlers.unfreeze import unfreeze
from storage.messages import LET_GO
from storage.rules.rights import Person
from tests.harness.patience import LONG
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

POST = "chat.postMessage"
ANA = Person("U0ANA", "Ana Flores", {"S0SUPPORT": False})
SAM = Person("U0SAM", "Sam Sato", {"S0SUPPORT": True, "S0LINCOLNADMINS": False})


def ready(workspace: Office) -> dict[str, object]:
    """What the health page says, whether it is well or not."""
    address = f"http://127.0.0.1:{workspace.server.port}/health/ready"
    try:
        with urllib.request.urlopen(address, timeout=LONG) as answer:
            found: dict[str, object] = json.load(answer)
    except urllib.error.HTTPError as error:
        found = json.load(error)
    return found


def troubles(workspace: Office) -> dict[str, str]:
    with workspace.stores.read() as store:
        return {trouble.channel: trouble.error for trouble in store.troubles.all()}


def heard(workspace: Office, event: str) -> None:
    workspace.heard(event)
    workspace.settle()


@pytest.fixture
def archived(workspace: Office, lincoln: District) -> Card:
    """The partner's channel is archived, and support knows it."""
    workspace.slack.archive("lincoln-alerts")
    heard(workspace, "channel_archive")
    return workspace.channel("recess-support").expect_message(
        "Nothing can be posted in <#C0LINCOLN> of Lincoln Unified: it is archived",
        "Its admins get direct messages instead. Unarchive it",
    )


def test_what_is_missing_is_told_to_each_admin_once_while_the_channel_is_archived(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(
            admin,
            "Lincoln Unified: 2 schools need a decision",
            "Oak Elementary (0012), Pine Middle (0020)",
            "because <#C0LINCOLN> of Lincoln Unified cannot be written to: it is archived",
            "open Recess under Apps",
            "/schools",
        )
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    lincoln.night(without=["Pine Middle"])
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "Oak Elementary (0012) is shared again", "history")
    lincoln.night(without=["Pine Middle", "Elm Academy"])
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "2 schools need a decision", "Elm Academy (0031)")
    workspace.channel("recess-support").expect_nothing()


def test_a_click_is_done_and_its_trail_told_once(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.archive("lincoln-alerts")
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.channel("recess-support").expect_message("it is archived")
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "1 school needs a decision", "Pine Middle")
        workspace.expect_direct_message(admin, "Ana Flores paused Oak Elementary (0012)")
    card.click("Pause", school="Pine Middle", by="bo")
    workspace.settle()
    assert (lincoln.status("Oak Elementary"), lincoln.status("Pine Middle")) == ("paused",) * 2


def test_when_the_channel_is_back_the_open_card_is_posted_there_and_the_trouble_is_over(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "2 schools need a decision")
    workspace.slack.unarchive("lincoln-alerts")
    heard(workspace, "channel_unarchive")
    card = workspace.channel("lincoln-alerts").expect_message("2 schools need a decision")
    archived.expect_thread("The channel of Lincoln Unified can be written to again")
    assert troubles(workspace) == {}
    card.click("Pause", school="Oak Elementary", by="bo")
    card.expect_update("1 school needs a decision")
    card.expect_thread("Bo Lindqvist paused")


def test_a_card_that_could_not_be_kept_up_to_date_is_followed_by_a_new_one(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.archive("lincoln-alerts")
    heard(workspace, "channel_archive")
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.settle()
    told_elsewhere(workspace)
    workspace.slack.unarchive("lincoln-alerts")
    heard(workspace, "channel_unarchive")
    workspace.channel("lincoln-alerts").expect_message("1 school needs a decision", "Pine Middle")
    card.expect_update("a newer card lists everything that is open", "Go to the newer card")
    workspace.replies()


def test_a_short_absence_in_which_nothing_happened_posts_nothing(
    workspace: Office, lincoln: District, card: Card
) -> None:
    workspace.slack.archive("lincoln-alerts")
    heard(workspace, "channel_archive")
    workspace.slack.unarchive("lincoln-alerts")
    heard(workspace, "channel_unarchive")
    workspace.channel("lincoln-alerts").expect_nothing()
    support = workspace.channel("recess-support").expect_message("it is archived")
    support.expect_thread("can be written to again")


def test_a_second_trouble_is_told_again(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.slack.unarchive("lincoln-alerts")
    heard(workspace, "channel_unarchive")
    told_elsewhere(workspace)
    workspace.forgive("lincoln-alerts", "recess-support")
    workspace.clock.pass_by(days=1)
    workspace.slack.archive("lincoln-alerts")
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.channel("recess-support").expect_message("it is archived")
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "3 schools need a decision")


def test_the_bot_is_removed_and_invited_again(
    workspace: Office, lincoln: District, card: Card
) -> None:
    bot = workspace.slack.app.bot_user
    workspace.slack.leave("lincoln-alerts", bot)
    workspace.slack.leave("lincoln-alerts", "vic")
    heard(workspace, "member_left_channel")
    support = workspace.channel("recess-support").expect_message(
        "Recess is not in it", "Invite @Recess there"
    )
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "3 schools need a decision", "Recess is not in it")
    workspace.slack.join("lincoln-alerts", bot)
    heard(workspace, "member_joined_channel")
    workspace.channel("lincoln-alerts").expect_message("3 schools need a decision")
    support.expect_thread("can be written to again")


def test_people_who_come_and_go_and_channels_of_others_are_no_trouble(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.add_channel("C0OTHER", "other", ["ana"])
    workspace.slack.archive("other")
    workspace.slack.leave("lincoln-alerts", "vic")
    workspace.slack.join("lincoln-alerts", "vic")
    heard(workspace, "member_joined_channel")
    assert troubles(workspace) == {}


def test_a_later_success_ends_it_as_well(workspace: Office, lincoln: District) -> None:
    workspace.slack.refuse_posts("lincoln-alerts")
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    support = workspace.channel("recess-support").expect_message("Slack says restricted_action")
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "2 schools need a decision")
    workspace.slack.refuse_posts("lincoln-alerts", None)
    lincoln.night(without=["Oak Elementary"])
    card = workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    card.expect_thread("Pine Middle (0020) is shared again")
    support.expect_thread("can be written to again")
    assert troubles(workspace) == {}


def test_when_no_admin_can_be_told_support_hears_that(workspace: Office, lincoln: District) -> None:
    lincoln.admins = ["S0LINCOLNADMINS"]
    lincoln.declare()
    workspace.slack.unreadable_group("S0LINCOLNADMINS")
    workspace.forget_people()
    workspace.slack.archive("lincoln-alerts")
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    support = workspace.channel("recess-support")
    support.expect_message("it is archived")
    support.expect_message(
        "None of the admins of Lincoln Unified could be told",
        "Slack did not tell who is in S0LINCOLNADMINS",
        "decide for them in Home",
    )
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    support.expect_nothing()


def test_an_admin_who_takes_no_direct_message_is_named_to_support_once(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    workspace.slack.misbehave("error", POST, error="cannot_dm_bot", channel="U0ANA", times=None)
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.expect_direct_message("bo", "2 schools need a decision")
    workspace.channel("recess-support").expect_message(
        "<@U0ANA>, who administers Lincoln Unified, could not be told", "cannot_dm_bot"
    )
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.expect_direct_message("bo", "3 schools need a decision")
    workspace.channel("recess-support").expect_nothing()


def test_a_reply_below_a_message_that_never_came_goes_the_same_way(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    with workspace.stores.transaction() as store:
        card = store.cards.current(lincoln.stored)
        assert card is not None
        for number in (1, 2):
            body = {"text": f"Line {number} of the trail", "blocks": []}
            store.messages.note("C0LINCOLN", body, partner=lincoln.stored.id, thread=card.id)
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "2 schools need a decision")
        workspace.expect_direct_message(admin, "Line 1 of the trail", "/schools history")


def test_a_held_roster_is_told_and_decided_and_nothing_old_is_posted_later(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.channel("recess-support").expect_message("is held")
    for admin in ("ana", "bo"):
        workspace.expect_direct_message(admin, "is held", "cannot be written to")
    lincoln.night()
    workspace.slack.unarchive("lincoln-alerts")
    heard(workspace, "channel_unarchive")
    workspace.channel("lincoln-alerts").expect_nothing()
    archived.expect_thread("can be written to again")
    with workspace.stores.read() as store:
        assert store.messages.failures() == []
        assert store.messages.about("hold", "lincoln-usd@C0LINCOLN").state == LET_GO  # type: ignore[union-attr]


def test_a_discarded_roster_that_is_held_again_has_a_card_where_the_first_one_was_let_go(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    gone = ["Oak Elementary", "Pine Middle", "Elm Academy"]
    lincoln.night(without=gone)
    support = workspace.channel("recess-support").expect_message("is held")
    support.click("Discard", by="sam")
    workspace.settle()
    workspace.slack.unarchive("lincoln-alerts")
    heard(workspace, "channel_unarchive")
    told_elsewhere(workspace)
    lincoln.night(without=gone)
    workspace.channel("lincoln-alerts").expect_message("is held", "the same for 2 nights")
    support.expect_update("is held", "the same for 2 nights")
    workspace.replies()


def test_after_a_card_was_let_go_decisions_are_told_in_the_channel_itself(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    lincoln.night(without=["Oak Elementary"])
    desk = workspace.service._desk()
    oak, elm = lincoln.id("Oak Elementary"), lincoln.id("Elm Academy")
    freeze(Ask(ANA, lincoln.slug, [oak], reason="Closed", via="cli"), desk, None)
    workspace.settle()
    workspace.slack.unarchive("lincoln-alerts")
    heard(workspace, "channel_unarchive")
    told_elsewhere(workspace)
    channel = workspace.channel("lincoln-alerts")
    channel.expect_nothing()
    freeze(Ask(ANA, lincoln.slug, [elm], reason="Closed", via="cli"), desk, None)
    channel.expect_message("Ana Flores froze Elm Academy (0031)")
    unfreeze(Ask(SAM, lincoln.slug, [oak], reason="Open", via="cli"), desk)
    card = channel.expect_message("1 school needs a decision", "Oak Elementary (0012)")
    card.expect_thread("Sam Sato unfroze Oak Elementary")
    assert troubles(workspace) == {}


def test_a_partner_that_gets_another_channel_has_what_is_open_there(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    told_elsewhere(workspace)
    workspace.slack.add_channel("C0NEW", "lincoln-new", ["ana", "bo", workspace.slack.app.bot_user])
    lincoln.channel = "lincoln-new"
    lincoln.declare()
    with workspace.stores.transaction() as store:
        channel_moved(store, store.partners.locked(lincoln.slug), "C0LINCOLN")
    card = workspace.channel("lincoln-new").expect_message("2 schools need a decision")
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_thread("Ana Flores paused")
    assert troubles(workspace) == {}
    with workspace.stores.read() as store:
        assert store.messages.failures("C0LINCOLN") == []


def test_a_held_roster_is_shown_in_the_partners_new_channel(
    workspace: Office, lincoln: District
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    workspace.forgive("lincoln-alerts", "recess-support")
    workspace.slack.add_channel("C0NEW", "lincoln-new", ["ana", "bo", workspace.slack.app.bot_user])
    lincoln.channel = "lincoln-new"
    lincoln.declare()
    with workspace.stores.transaction() as store:
        channel_moved(store, store.partners.locked(lincoln.slug), "C0LINCOLN")
    workspace.channel("lincoln-new").expect_message("is held", "3 schools gone")


def test_the_support_channel_itself_in_trouble_is_seen_and_made_up_for(
    workspace: Office, lincoln: District, frozen: Card
) -> None:
    workspace.slack.archive("recess-support")
    heard(workspace, "channel_archive")
    workspace.expect_trouble("The channel C0SUPPORT of the support team cannot be written to")
    lincoln.night(without=["Pine Middle"])
    workspace.settle()
    [notice] = ready(workspace)["notices"]  # type: ignore[misc]
    assert notice == "1 channel cannot be written to; `recess doctor` names them"
    assert ready(workspace)["ready"] is True
    workspace.slack.unarchive("recess-support")
    heard(workspace, "channel_unarchive")
    workspace.channel("recess-support").expect_message("is frozen, and its roster has it again")
    assert ready(workspace)["notices"] == []


def test_a_partners_channel_in_trouble_is_on_the_health_page_without_its_name(
    workspace: Office, lincoln: District, archived: Card
) -> None:
    page = ready(workspace)
    assert page["notices"] == ["1 channel cannot be written to; `recess doctor` names them"]
    assert page["ready"] is True


def test_an_app_that_is_taken_away_is_noted_and_sends_all_it_owes_once_it_is_back(
    workspace: Office, lincoln: District
) -> None:
    workspace.slack.revoke()
    workspace.heard("app_uninstalled")
    workspace.expect_trouble("Slack refuses the app")
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    workspace.service.greet()
    assert ready(workspace)["ready"] is False
    assert "Slack" in str(ready(workspace)["checks"]["slack"])  # type: ignore[index]
    assert lincoln.status("Oak Elementary") == "action_needed"
    reinstalled(workspace)
    workspace.service.greet()
    workspace.channel("lincoln-alerts").expect_message("2 schools need a decision")
    assert troubles(workspace) == {}
    assert ready(workspace)["ready"] is True


def reinstalled(workspace: Office) -> None:
    with workspace.slack.store.lock:
        workspace.slack.store.token_problem = None


def test_slack_is_down_for_ten_minutes_and_everything_comes_once_and_in_order(
    workspace: Office, lincoln: District, cedar: District
) -> None:
    for method in (POST, "chat.update", "conversations.history", "auth.test"):
        workspace.slack.misbehave("status", method, status=503, times=None)
    lincoln.share(without=["Oak Elementary", "Pine Middle"])
    cedar.night(without=["Cedar Middle"])
    by_hand = Ask(ANA, lincoln.slug, [lincoln.id("Oak Elementary")], via="cli")
    pause(by_hand, workspace.service._desk())
    for number in range(5):
        workspace.settle(timedelta(seconds=90))
        with workspace.stores.transaction() as store:
            store.messages.note("C0LINCOLN", {"text": f"Note {number}", "blocks": []})
    assert bot_said(workspace, "lincoln-alerts")[1:] == []
    assert (lincoln.status("Oak Elementary"), lincoln.status("Pine Middle")) == (
        "paused",
        "action_needed",
    )
    workspace.slack.calm()
    workspace.settle(timedelta(minutes=15))
    card, *notes = bot_said(workspace, "lincoln-alerts")[1:]
    assert "1 school needs a decision" in card
    assert notes == [f"Note {number}" for number in range(5)]
    [card] = bot_said(workspace, "cedar-alerts")[1:]
    assert "1 school needs a decision" in card
    workspace.forgive("lincoln-alerts", "cedar-alerts")
    assert [r.text for r in workspace.replies()] == ["Ana Flores paused Oak Elementary (0012)"]
    assert troubles(workspace) == {}


def bot_said(workspace: Office, channel: str) -> list[str]:
    bot = workspace.slack.app.bot_user
    return [m.text for m in workspace.slack.history(channel) if m.user == bot]


def told_elsewhere(workspace: Office) -> None:
    """What the admins and support were told is another story's subject."""
    workspace.forgive("recess-support")
    for who in ("ana", "bo"):
        direct: list[Message] = workspace.unexpected(workspace.slack.direct_messages(who))
        assert all("cannot be written to" in message.text for message in direct)
        workspace._expected |= {(message.channel, message.ts) for message in direct}
