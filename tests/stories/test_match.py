"""Matching the schools of a new source in its dialog."""

from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card, Modal
from tests.stories.test_new_source import held, held_with_frozen, moved, new, places, status

__all__ = ["held", "held_with_frozen"]
ALL = "Accept all"


def opened(workspace: Office, card: Card, by: str = "sam") -> Modal:
    card.click("Match schools", by=by)
    return workspace.expect_modal(by, "Nothing happens to a school before the roster is applied")


def test_the_dialog_begins_with_the_frozen_school_and_says_why_each_is_proposed(
    workspace: Office, lincoln: District, held_with_frozen: Card
) -> None:
    modal = opened(workspace, held_with_frozen)
    names = [label for label in modal.labels if " · " in label]
    assert names[0] == "Oak Elementary (0012) · Frozen"
    assert len(names) == 8
    modal.says("8 proposed", "Proposed, because of the same number; saving this page decides it")
    assert set(places(lincoln).values()) == {
        ("proposed", new(n)) for _, n in lincoln.schools.values()
    }


def test_saving_the_page_decides_what_stands_on_it_and_the_roster_can_be_applied(
    workspace: Office, lincoln: District, held_with_frozen: Card
) -> None:
    held_with_frozen.click("Apply, decide one by one", by="ana")
    workspace.expect_ephemeral("ana", "Oak Elementary (0012) is Frozen", "Match schools…")
    opened(workspace, held_with_frozen).submit(reason="One and the same")
    workspace.expect_modal("sam", "Every known school has its place in the new source")
    held_with_frozen.expect_update("8 linked")
    held_with_frozen.expect_thread("Sam Sato matched the schools", "One and the same")
    held_with_frozen.click("Apply, decide one by one", by="ana")
    workspace.settle()
    assert status(lincoln, new("0012")) == "frozen"
    assert status(lincoln, new("0031")) == "active"
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_school_is_paired_with_another_one_or_with_none_or_decided_later(
    workspace: Office, lincoln: District, held: Card
) -> None:
    modal = opened(workspace, held)
    assert modal.suggest("elm", of="Oak Elementary (0012) · Active") == ["Elm Academy (0031)"]
    modal.suggest("not in", of="Maple Elementary (0085) · Active")
    modal.choose("Not in the new source any more", of="Maple Elementary (0085) · Active")
    modal.suggest("later", of="Willow Prep (0052) · Active")
    modal.choose("Decide later", of="Willow Prep (0052) · Active")
    modal.submit(reason="Maple has closed")
    after = workspace.expect_modal("sam", "7 schools were decided", "6 linked, 1 proposed, 1 not")
    assert next(label for label in after.labels if "·" in label).startswith("Willow Prep")
    assert places(lincoln)["0085"] == ("none", None)
    assert places(lincoln)["0052"] == ("proposed", new("0052"))
    workspace.forgive("lincoln-alerts", "recess-support")


def test_two_known_schools_are_not_one_new_school(
    workspace: Office, lincoln: District, held: Card
) -> None:
    modal = opened(workspace, held)
    modal.suggest("elm", of="Oak Elementary (0012) · Active")
    modal.choose("Elm Academy (0031)", of="Oak Elementary (0012) · Active")
    modal.submit(reason="Two in one")
    workspace.expect_modal("sam", "Not done", "a school can be only one", "Nothing was changed")
    assert {state for state, _ in places(lincoln).values()} == {"proposed"}


def test_all_proposals_are_accepted_at_once_but_for_what_is_chosen_otherwise(
    workspace: Office, lincoln: District, tmp_path: object
) -> None:
    for number in range(20):
        lincoln.add_school(f"School {number:02}", f"9{number:02}", f"Person {number:02}")
    lincoln.night()
    moved(lincoln, tmp_path)  # type: ignore[arg-type]
    lincoln.night()
    workspace.channel("recess-support").expect_message("is held. It is from a new source")
    card = workspace.channel("lincoln-alerts").expect_message("is held. It is from a new source")
    modal = opened(workspace, card)
    modal.says("28 proposed", "Page 1 of 3")
    modal.suggest("later", of="Aspen Middle (0063) · Active")
    modal.choose("Decide later", of="Aspen Middle (0063) · Active")
    modal.submit(reason="As proposed", tick=[ALL])
    workspace.expect_modal("sam", "27 schools were decided", "27 linked, 1 proposed")
    assert places(lincoln)["919"] == ("linked", new("919"))
    workspace.forgive("lincoln-alerts", "recess-support")


def test_pages_are_turned_without_deciding_anything(
    workspace: Office, lincoln: District, tmp_path: object
) -> None:
    for number in range(20):
        lincoln.add_school(f"School {number:02}", f"9{number:02}", f"Person {number:02}")
    lincoln.night()
    moved(lincoln, tmp_path)  # type: ignore[arg-type]
    lincoln.night()
    workspace.forgive("lincoln-alerts", "recess-support")
    modal = opened(workspace, workspace.channel("lincoln-alerts").latest())
    modal.click("More ›")
    modal = workspace.expect_modal("sam", "Page 2 of 3")
    modal.click("More ›")
    modal = workspace.expect_modal("sam", "Page 3 of 3")
    assert modal.buttons == ["‹ Back"]
    assert {state for state, _ in places(lincoln).values()} == {"proposed"}


def test_of_two_supporters_the_second_sees_what_the_first_decided(
    workspace: Office, lincoln: District, held: Card
) -> None:
    first, second = opened(workspace, held, "sam"), opened(workspace, held, "sue")
    first.submit(reason="One and the same")
    workspace.expect_modal("sam", "Every known school")
    second.submit(reason="One and the same")
    workspace.expect_modal("sue", "somebody else decided. Nothing was saved", "8 linked")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_dialog_for_a_roster_that_was_replaced_is_told_so(
    workspace: Office, lincoln: District, held: Card
) -> None:
    modal = opened(workspace, held)
    lincoln.add_school("Fir Lane", "0099", "Uma Vik")
    lincoln.night()
    modal.submit(reason="One and the same")
    workspace.expect_modal("sam", "Not done", "is not held any more", "took its place")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_saving_what_is_decided_already_says_so(
    workspace: Office, lincoln: District, held: Card
) -> None:
    opened(workspace, held).submit(reason="One and the same")
    workspace.expect_modal("sam", "Every known school").close()
    answer = opened(workspace, held.expect_update("8 linked")).submit(reason="Again")
    assert answer.errors == {"reason": "Nothing was chosen that is not decided already."}
    workspace.forgive("lincoln-alerts", "recess-support")


def test_only_support_matches(workspace: Office, lincoln: District, held: Card) -> None:
    held.click("Match schools", by="ana")
    workspace.expect_ephemeral("ana", "Only the support team can link")
    workspace.expect_no_modal("ana")


def test_rights_lost_while_the_dialog_is_open_are_lost(
    workspace: Office, lincoln: District, held: Card
) -> None:
    modal = opened(workspace, held)
    workspace.slack.change_group("S0SUPPORT", remove=["sam"])
    workspace.heard("subteam_members_changed")
    modal.submit(reason="One and the same")
    workspace.expect_modal("sam", "Not done", "Only the support team can link")
