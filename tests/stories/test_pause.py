"""Pausing a school by its button, or several by ticking their names."""

from tests.harness.slack.district import District
from tests.harness.slack.office import Office


def test_an_admin_pauses_one_school_by_its_button(workspace: Office, lincoln: District) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    card = workspace.channel("lincoln-alerts").expect_message("2 schools need a decision")
    card.click("Pause", school="Oak Elementary", by="ana")
    card.expect_update("1 school needs a decision", "Ana Flores paused Oak Elementary (0012)")
    card.expect_thread("Ana Flores paused Oak Elementary (0012)")
    assert lincoln.status("Oak Elementary") == "paused"
    assert lincoln.status("Pine Middle") == "action_needed"
    assert card.buttons_of("Oak Elementary") == []
    assert card.buttons_of("Pine Middle") == ["Pause", "Freeze…"]
