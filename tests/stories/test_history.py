"""What happened to a school: who, when, why, and over which road."""

import pytest

from storage.rules.lifecycle import Event
from storage.schools import Actor
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card


def test_a_viewer_reads_the_history_of_a_frozen_school(workspace: Office, frozen: Card) -> None:
    frozen.choose("History", school="Oak Elementary", by="vic")
    modal = workspace.expect_modal("vic", "Oak Elementary (0012)", "Frozen since")
    modal.says("Action Needed → Frozen", "Ana Flores, in Slack", "Closed for good")
    modal.says("Active → Action Needed", "missing from the roster · The nightly sync\n")
    assert modal.reads.index("Closed for good") < modal.reads.index("first seen")


def test_the_history_says_what_the_support_team_is_asked(workspace: Office, asked: Card) -> None:
    card = workspace.channel("lincoln-alerts").latest()
    card.choose("History", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "Bo Lindqvist asked to unfreeze it", "the support team decides")


@pytest.mark.parametrize("person", ["carmen", "tia"])
def test_others_learn_nothing(workspace: Office, card: Card, person: str) -> None:
    card.choose("History", school="Oak Elementary", by=person)
    workspace.expect_ephemeral(person, "You are not among the people who may see")
    workspace.expect_no_modal(person)


def test_a_long_history_has_pages(workspace: Office, lincoln: District, card: Card) -> None:
    by = Actor("U0ANA", "Ana Flores", "cli")
    with workspace.stores.transaction() as store:
        for turn in range(15):
            for what, why in ((Event.FROZEN, f"f{turn}"), (Event.UNFROZEN, f"u{turn}")):
                school = store.schools.named(lincoln.stored, lincoln.id("Oak Elementary"))
                store.schools.change(school, what, by, reason=why)
    card.choose("History", school="Oak Elementary", by="vic")
    modal = workspace.expect_modal("vic", "Page 1 of 2", "u14", "on the command line")
    assert modal.buttons == ["Older"]
    modal.click("Older")
    modal.expect_update("Page 2 of 2", "first seen")
    assert "u14" not in modal.reads
    modal.click("Newer")
    modal.expect_update("Page 1 of 2", "u14")
