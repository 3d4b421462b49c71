"""The same story over both transports, and what is refused on each."""

from pathlib import Path

import pytest

from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import lincoln_of


@pytest.mark.parametrize("socket_mode", [True, False], ids=["socket mode", "http"])
def test_one_story_with_every_kind_of_payload(
    database_url: str, tmp_path: Path, socket_mode: bool
) -> None:
    with Office(database_url, socket_mode=socket_mode).open() as office:
        lincoln = lincoln_of(office, tmp_path)
        lincoln.connect()
        lincoln.night(without=["Oak Elementary", "Laurel High"])
        card = office.channel("lincoln-alerts").expect_message("2 schools need a decision")
        # A button that answers alone, and one that answers with what only one person sees.
        card.click("Pause", school="Oak Elementary", by="bo")
        card.expect_thread("Bo Lindqvist paused Oak Elementary")
        card.click("Pause", school="Oak Elementary", by="ana")
        office.expect_ephemeral("ana", "is already paused: Bo Lindqvist paused Oak Elementary")
        # A button that opens a form, a form that complains, one that closes.
        card.click("Freeze", school="Laurel High", by="ana")
        modal = office.expect_modal("ana", "Freezing Laurel High")
        assert set(modal.submit(reason="Closed", typed="no").errors) == {"typed"}
        office.expect_modal("ana", "Freezing Laurel High").submit(typed="0071")
        office.expect_ephemeral("ana", "Laurel High (0071) is frozen")
        card.expect_update("Ana Flores froze Laurel High")
        card.expect_thread("Ana Flores froze Laurel High")
        # A button in an ephemeral message, and a form that is replaced by a refusal.
        card.click("Unfreeze", school="Laurel High", by="bo")
        refusal = office.expect_ephemeral("bo", "Only the support team")
        refusal.click("Request unfreeze", by="bo")
        modal = office.expect_modal("bo", "Request unfreeze")
        # An event.
        office.slack.change_group("S0LINCOLNADMINS", remove=["bo"])
        office.heard("subteam_members_changed")
        modal.submit(reason="Please")
        office.expect_modal("bo", "Not done", "You are not among the people").close()
        assert lincoln.status("Laurel High") == "frozen"
        assert {d.kind for d in office.slack.deliveries} == {"interactive", "events_api"}


def test_in_socket_mode_nothing_unsigned_is_taken_by_http(sqlite_url: str) -> None:
    with Office(sqlite_url, socket_mode=True).open() as office:
        office.slack.request_url = f"http://127.0.0.1:{office.server.port}/slack/events"
        assert office.slack.command("/schools", by="ana", channel="lincoln-alerts").status == 404
        office.expect_notice("ana", "dispatch_failed")


def test_what_slack_did_not_sign_is_refused(workspace: Office) -> None:
    app = workspace.slack.store.app
    workspace.slack.store.app = type(app)(signing_secret="somebody else's")
    answer = workspace.slack.command("/schools", by="ana", channel="lincoln-alerts")
    assert answer.status == 401
    workspace.expect_notice("ana", "dispatch_failed")
