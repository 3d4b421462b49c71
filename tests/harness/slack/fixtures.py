"""The scenes that stories begin with; a folder's conftest takes those it needs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import cedar_of, lincoln_of
from tests.harness.slack.surfaces import Card


@pytest.fixture
def workspace(database_url: str) -> Iterator[Office]:
    """Everybody at their desks, the bot at work, no partner yet."""
    with Office(database_url).open() as office:
        yield office


@pytest.fixture
def lincoln(workspace: Office, tmp_path: Path) -> District:
    """Lincoln Unified, connected last night: eight schools."""
    district = lincoln_of(workspace, tmp_path)
    district.connect()
    return district


@pytest.fixture
def cedar(workspace: Office, tmp_path: Path) -> District:
    """Cedar Valley, connected last night: three schools."""
    district = cedar_of(workspace, tmp_path)
    district.connect()
    return district


@pytest.fixture
def card(workspace: Office, lincoln: District) -> Card:
    """Oak Elementary and Pine Middle are missing since last night."""
    lincoln.night(without=["Oak Elementary", "Pine Middle"])
    return workspace.channel("lincoln-alerts").expect_message("2 schools need a decision")


@pytest.fixture
def frozen(workspace: Office, card: Card) -> Card:
    """The card after Ana has frozen Oak Elementary; Pine Middle still waits."""
    card.click("Freeze", school="Oak Elementary", by="ana")
    workspace.expect_modal("ana", "Freezing Oak Elementary").submit(reason="Closed for good")
    workspace.expect_ephemeral(to="ana", saying="Oak Elementary (0012) is frozen")
    card.expect_update("Ana Flores froze Oak Elementary (0012)", "Closed for good")
    card.expect_thread("Ana Flores froze Oak Elementary (0012)", "Closed for good")
    return card


@pytest.fixture
def asked(workspace: Office, frozen: Card) -> Card:
    """Support's card, after Bo has asked to unfreeze Oak Elementary."""
    frozen.click("Unfreeze", school="Oak Elementary", by="bo")
    refusal = workspace.expect_ephemeral(to="bo", saying="Only the support team can unfreeze")
    refusal.click("Request unfreeze", by="bo")
    workspace.expect_modal("bo", "Request unfreeze").submit(reason="It was the wrong school")
    workspace.expect_ephemeral(to="bo", saying="The support team has been asked")
    frozen.expect_update("An unfreeze is requested")
    frozen.expect_thread("Bo Lindqvist asked support to unfreeze Oak Elementary (0012)")
    return workspace.channel("recess-support").expect_message(
        "Unfreeze requested: Oak Elementary (0012) of Lincoln Unified", "It was the wrong school"
    )
