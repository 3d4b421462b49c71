"""Reviewing everything that is open: ticks that stay over pages and searches, and one by one."""

from pathlib import Path

import pytest

from handlers.views.ids import Target
from handlers.views.review import SEARCH, Review, review_form
from storage.rules.lifecycle import Event
from storage.schools import Actor
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import lincoln_of
from tests.harness.slack.surfaces import Card, Modal

MANY = 120
BO = Actor("U0BO", "Bo Lindqvist", "slack")


@pytest.fixture
def large(workspace: Office, tmp_path: Path) -> District:
    """Lincoln with 120 more schools that are all missing since last night."""
    district = lincoln_of(workspace, tmp_path)
    district.breaker = {"schools_percent": 100}
    for number in range(MANY):
        district.add_school(f"School {number:03}", f"{1000 + number}")
    district.connect()
    district.night(without=[f"School {number:03}" for number in range(MANY)])
    return district


@pytest.fixture
def large_card(workspace: Office, large: District) -> Card:
    return workspace.channel("lincoln-alerts").expect_message(f"{MANY} schools need a decision")


@pytest.fixture
def review(workspace: Office, large_card: Card) -> Modal:
    large_card.click("Pause…", by="ana")
    return workspace.expect_modal("ana", "Tick the schools to pause", "Page 1 of 3")


def test_an_admin_pauses_several_schools_by_ticking_their_names(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause…", by="bo")
    modal = workspace.expect_modal("bo", "Tick the schools to pause")
    assert modal.offers == [
        "Oak Elementary (0012 · 3 people)",
        "Pine Middle (0020 · 2 people)",
    ]
    modal.submit(tick=["Oak Elementary", "Pine Middle"])
    workspace.expect_ephemeral(to="bo", saying="Paused 2 schools.")
    workspace.expect_no_modal("bo")
    card.expect_update("every school on this card is decided")
    card.expect_thread("Bo Lindqvist paused Oak Elementary (0012) and Pine Middle (0020)")
    assert card.buttons == []
    assert lincoln.status("Pine Middle") == "paused"


def test_of_several_ticked_schools_one_was_decided_and_the_answer_says_by_whom(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause…", by="ana")
    modal = workspace.expect_modal("ana", "Tick the schools to pause")
    card.click("Pause", school="Oak Elementary", by="bo")
    card.expect_thread("Bo Lindqvist paused Oak Elementary")
    modal.submit(tick=["Oak Elementary", "Pine Middle"])
    workspace.expect_ephemeral("ana", "Paused 1 school.", "Not paused: 1 school.").says(
        "Oak Elementary (0012) is already paused: Bo Lindqvist paused Oak Elementary (0012)"
    )
    card.expect_thread("Ana Flores paused Pine Middle (0020)")
    assert lincoln.history("Oak Elementary")[0].actor_name == "Bo Lindqvist"


def test_a_school_that_came_back_and_went_again_is_not_what_was_shown(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause…", by="ana")
    modal = workspace.expect_modal("ana", "Tick the schools to pause")
    lincoln.night(without=["Pine Middle"])
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    modal.submit(tick=["Oak Elementary", "Pine Middle"])
    workspace.expect_ephemeral("ana", "Paused 1 school.", "Not paused: 1 school.").says(
        "You were looking at an older state: Oak Elementary (0012) went missing"
    )
    assert lincoln.status("Oak Elementary") == "action_needed"
    assert lincoln.status("Pine Middle") == "paused"
    workspace.replies()
    workspace.forgive("lincoln-alerts")


def test_nothing_is_ticked_and_nothing_is_paused(
    workspace: Office, lincoln: District, card: Card
) -> None:
    card.click("Pause…", by="ana")
    workspace.expect_modal("ana", "Tick the schools").submit()
    modal = workspace.expect_modal("ana", "Tick the schools")
    assert list(modal.view.errors.values()) == ["No school is ticked, so nothing was paused."]
    assert lincoln.status("Oak Elementary") == "action_needed"


def test_nothing_is_left_to_tick(workspace: Office, card: Card) -> None:
    for school in ("Oak Elementary", "Pine Middle"):
        card.click("Pause", school=school, by="ana")
        card.expect_thread(f"Ana Flores paused {school}")
    card.click("Pause…", by="bo")
    workspace.expect_ephemeral("bo", "Every school is decided already")
    workspace.expect_no_modal("bo")


@pytest.mark.parametrize("person", ["vic", "tia", "carmen"])
@pytest.mark.parametrize("button", ["Pause…", "Review…"])
def test_who_may_not_pause_sees_no_review(
    workspace: Office, large_card: Card, person: str, button: str
) -> None:
    large_card.click(button, by=person)
    workspace.expect_ephemeral(person, "You are not among the people who may pause schools here")
    workspace.expect_no_modal(person)


def test_a_large_card_keeps_its_controls_and_says_how_many_more_there_are(
    workspace: Office, large_card: Card
) -> None:
    assert large_card.buttons[:4] == ["Pause…", "Review…", "Pause", "Freeze…"]
    shown = large_card.buttons.count("Pause")
    assert 10 <= shown < MANY
    large_card.says(f"+{MANY - shown} more.")
    large_card.click("Pause", school="School 000", by="ana")
    large_card.expect_update("Ana Flores paused School 000 (1000)", "119 schools need a decision")
    large_card.says(f"+{MANY - 1 - large_card.buttons.count('Pause')} more.")
    large_card.expect_thread("Ana Flores paused School 000")


def test_ticks_are_kept_over_pages_and_searches(
    workspace: Office, large: District, large_card: Card, review: Modal
) -> None:
    review.choose("School 001")
    review.click("Next page")
    review.expect_update("Page 2 of 3", "1 selected on other pages")
    review.choose("School 050", "School 051")
    review.type("115", into="Search")
    review.expect_update("3 selected on other pages")
    assert review.offers == ["School 115 (1115 · 0 people)"]
    review.choose("School 115")
    review.type("", into="Search")
    review.expect_update("Page 1 of 3", "3 selected on other pages")
    review.untick("School 001")
    review.submit()
    workspace.expect_ephemeral("ana", "Paused 3 schools.")
    large_card.expect_thread("Ana Flores paused School 050 (1050), School 051")
    paused = [n for n in range(MANY) if large.status(f"School {n:03}") == "paused"]
    assert paused == [50, 51, 115]


def test_all_that_are_shown_are_ticked_at_once_and_one_is_left_out(
    workspace: Office, large: District, large_card: Card, review: Modal
) -> None:
    review.click(f"Tick all {MANY}")
    review.expect_update("70 selected on other pages")
    review.untick("School 007")
    review.submit()
    workspace.expect_ephemeral("ana", f"Paused {MANY - 1} schools.")
    large_card.expect_update("1 school needs a decision")
    large_card.expect_thread("Ana Flores paused", "more")
    assert large.status("School 007") == "action_needed"
    assert large.status("School 119") == "paused"


def test_only_what_a_search_found_is_ticked(workspace: Office, review: Modal) -> None:
    review.type("school 11", into="Search")
    review.expect_update("School 110")
    review.click("Tick these 21")
    review.expect_update("Tick the schools")
    review.type("", into="Search")
    review.expect_update("selected on other pages")
    review.click("Untick all")
    review.expect_update("Page 1 of 3")
    assert "selected" not in review.reads


def test_a_search_that_finds_nothing_says_so(workspace: Office, review: Modal) -> None:
    review.type("<!channel> & Söhne", into="Search")
    review.expect_update("No school that needs a decision matches “<!channel> & Söhne”.")


def test_what_changes_while_somebody_looks_loses_its_tick_and_is_named(
    workspace: Office, large: District, large_card: Card, review: Modal
) -> None:
    review.choose("School 001", "School 002")
    change(workspace, large, "School 001")
    review.click("Next page")
    review.expect_update("not ticked any more: School 001 (1001).", "1 selected on other pages")
    review.submit()
    workspace.expect_ephemeral("ana", "Paused 1 school.")
    large_card.expect_thread("Ana Flores paused School 002 (1002)")
    assert large.status("School 001") == "frozen"


def test_a_long_answer_is_shown_in_pages(
    workspace: Office, large: District, large_card: Card, review: Modal
) -> None:
    review.click(f"Tick all {MANY}")
    review.expect_update("70 selected")
    for number in range(1, MANY):
        change(workspace, large, f"School {number:03}")
    review.submit()
    result = workspace.expect_modal("ana", "What was paused", "Not paused: 119 schools.")
    result.says("School 001 (1001) is already frozen: Bo Lindqvist froze School 001 (1001)")
    assert "Paused 1 school" not in result.reads
    large_card.expect_thread("Ana Flores paused School 000 (1000)")
    result.click("Next page")
    result.expect_update("Page 2 of 2", "Paused 1 school:", "School 000 (1000)")


def test_one_by_one_a_school_is_paused_frozen_and_looked_at(
    workspace: Office, large: District, large_card: Card
) -> None:
    large_card.click("Review…", by="ana")
    review = workspace.expect_modal("ana", "Take the schools one by one", "Page 1 of 3")
    offered = ["Pause", "Freeze…", "This is a mistake…", "History"]
    assert review.menu_of("School 049") == offered
    review.choose("Pause", school="School 049")
    review.expect_update(f"{MANY - 1} schools need a decision")
    large_card.expect_thread("Ana Flores paused School 049 (1049)")
    assert review.menu_of("School 049") == []
    review.choose("Freeze…", school="School 001")
    workspace.expect_modal("ana", "Freezing School 001 (1001) locks").submit(reason="Closed")
    workspace.expect_ephemeral("ana", "School 001 (1001) is frozen")
    large_card.expect_thread("Ana Flores froze School 001 (1001)")
    review.expect_update(f"{MANY - 2} schools need a decision")
    assert review.menu_of("School 001") == []
    review.choose("History", school="School 002")
    workspace.expect_modal("ana", "School 002 (1002)", "missing from the roster").close()
    assert review.view.content["submit"]["text"] == "Done"
    assert not review.submit().errors
    workspace.expect_no_modal("ana")


def one_by_one(workspace: Office, card: Card) -> Modal:
    card.click("Pause…", by="ana")
    review = workspace.expect_modal("ana", "Tick the schools to pause")
    review.click("One by one…")
    return review.expect_update("Take the schools one by one")


def test_one_by_one_there_is_nothing_to_submit_unless_something_is_ticked(
    workspace: Office, card: Card
) -> None:
    review = one_by_one(workspace, card)
    assert "submit" not in review.view.content
    review.click("Tick several…")
    review.expect_update("Tick the schools to pause")
    review.choose("Oak Elementary")
    review.click("One by one…")
    review.expect_update("1 selected so far")
    review.submit()
    workspace.expect_ephemeral("ana", "Paused 1 school.")
    card.expect_thread("Ana Flores paused Oak Elementary")


def test_a_pause_that_the_dialog_does_not_show_is_told_all_the_same(
    workspace: Office, lincoln: District, card: Card
) -> None:
    review = one_by_one(workspace, card)
    workspace.slack.misbehave("status", "views.update")
    review.choose("Pause", school="Oak Elementary")
    workspace.expect_ephemeral("ana", "The school is paused, but Slack did not show the dialog")
    card.expect_thread("Ana Flores paused Oak Elementary")
    assert lincoln.status("Oak Elementary") == "paused"


def both_ticked_one_by_one(workspace: Office, card: Card) -> Modal:
    card.click("Pause…", by="ana")
    review = workspace.expect_modal("ana", "Tick the schools to pause")
    review.choose("Oak Elementary", "Pine Middle")
    review.click("One by one…")
    review.expect_update("2 selected so far")
    return review


def test_what_a_form_above_the_review_decided_is_not_offered_below_it(
    workspace: Office, lincoln: District, card: Card
) -> None:
    review = both_ticked_one_by_one(workspace, card)
    review.choose("This is a mistake…", school="Pine Middle")
    workspace.expect_modal("ana", "Pine Middle (0020)").submit(what="Ours")
    review.expect_update("the support team answers", "not ticked any more: Pine Middle (0020)")
    review.choose("Freeze…", school="Oak Elementary")
    workspace.expect_modal("ana", "Freezing Oak Elementary").submit(reason="Closed")
    review.expect_update("not ticked any more: Oak Elementary (0012)", "1 school needs a decision")
    assert review.menu_of("Oak Elementary") == []
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_tick_of_a_school_that_was_decided_is_refused_where_the_review_was_not_drawn_anew(
    workspace: Office, lincoln: District, card: Card
) -> None:
    review = both_ticked_one_by_one(workspace, card)
    review.choose("Freeze…", school="Oak Elementary")
    freezing = workspace.expect_modal("ana", "Freezing Oak Elementary")
    workspace.slack.misbehave("status", "views.update")
    freezing.submit(reason="Closed")
    workspace.expect_ephemeral("ana", "Oak Elementary (0012) is frozen")
    review.submit()
    workspace.expect_ephemeral("ana", "Paused 1 school.", "Oak Elementary (0012) is already frozen")
    workspace.forgive("lincoln-alerts")


def test_a_search_can_be_cleared_however_few_schools_are_left() -> None:
    form = review_form(Target("lincoln-usd", query="elm"), Review([], 2, frozenset()))
    assert SEARCH in [block.get("block_id") for block in form["blocks"]]


def test_the_two_ways_of_a_review_share_ticks_search_and_page(
    workspace: Office, review: Modal
) -> None:
    review.click("Next page")
    review.expect_update("Page 2 of 3")
    review.choose("School 050")
    review.click("One by one…")
    review.expect_update("Page 2 of 3", "1 selected so far")
    review.click("Tick several…")
    review.expect_update("Page 2 of 3")
    review.click("Back")
    review.expect_update("Page 1 of 3", "1 selected on other pages")


def test_rights_are_lost_while_somebody_looks(
    workspace: Office, large: District, review: Modal
) -> None:
    review.choose("School 001")
    large.admins = ["U0BO"]
    large.declare()
    review.click("Next page")
    workspace.expect_modal("ana", "Not done", "You are not among the people").close()
    review.submit()
    workspace.expect_modal("ana", "Not done", "You are not among the people")
    assert large.status("School 001") == "action_needed"


def change(workspace: Office, district: District, school: str) -> None:
    """Bo froze it, somewhere else."""
    with workspace.stores.transaction() as store:
        store.partners.locked(district.slug)
        store.schools.change(district.school(school), Event.FROZEN, BO)
