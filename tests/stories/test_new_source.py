"""A partner moves to another roster source: held, matched by support, applied by a person."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bot.practice.limits import check_blocks
from bot.rosters import open_roster
from handlers.ask import Ask
from handlers.desk import Desk
from handlers.hold import decide_hold
from handlers.match import match
from handlers.telling import Telling
from handlers.views.hold import new_source_card
from storage.errors import NotPermitted, NotPossible, UnknownSchool
from storage.matches import Matched, Matching
from storage.roster.plan import Counts
from storage.rules.lifecycle import Event, Status
from storage.runs import Decision, Run
from storage.schools import School
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import BOTH
from tests.harness.slack.surfaces import Card, reading
from tests.rosters.sets import in_folder, org, set_1p1, user
from tests.stories.test_link_and_retire import ANA, SAM

OAK_STAFF = {"Ada Byron", "Ben Cole", BOTH}


@pytest.fixture
def desk(workspace: Office) -> Desk:
    return workspace.service._desk()


def asking(who: object = SAM) -> Ask:
    return Ask(who, "lincoln-usd", [], reason="One and the same", via="cli")  # type: ignore[arg-type]


def new(number: str) -> str:
    return f"n-{number}"


def moved(lincoln: District, folder: Path) -> None:
    """From now on its roster comes from elsewhere, with ids of its own for everybody."""
    ids = {id: new(number) for id, (_, number) in lincoln.schools.items()}
    lincoln.folder = folder / "elsewhere"
    lincoln.schools = {ids[id]: names for id, names in lincoln.schools.items()}
    for place, teacher in enumerate(lincoln.staff):
        teacher.id = f"person-{place}"
        teacher.schools = [ids[school] for school in teacher.schools]
    lincoln.declare()
    with lincoln.office.stores.transaction() as store:
        partner = store.partners.locked(lincoln.slug)
        store.partners.moves(partner, new_source=True)
        Telling(lincoln.office.slack.store.channel("recess-support").id).source_moved(
            store, partner
        )


@pytest.fixture
def held(workspace: Office, lincoln: District, tmp_path: Path) -> Card:
    """The card of the first night of a new source that has all the schools."""
    moved(lincoln, tmp_path)
    lincoln.night()
    workspace.channel("recess-support").expect_message("is held. It is from a new source")
    return workspace.channel("lincoln-alerts").expect_message("is held. It is from a new source")


@pytest.fixture
def held_with_frozen(workspace: Office, lincoln: District, frozen: Card, tmp_path: Path) -> Card:
    """The same, when Oak Elementary was Frozen and Pine Middle Action Needed before."""
    moved(lincoln, tmp_path)
    lincoln.night()
    workspace.channel("recess-support").expect_message("is held. It is from a new source")
    return workspace.channel("lincoln-alerts").expect_message("is held. It is from a new source")


def matching(lincoln: District) -> Matching:
    with lincoln.office.stores.read() as store:
        found = store.matches.held(store.partners.named(lincoln.slug))
    assert found is not None
    return found


def places(lincoln: District) -> dict[str, tuple[str | None, str | None]]:
    """For every known school the state of its match, and the new id."""
    return {
        m.school.number: (m.state.value if m.state else None, m.new.id if m.new else None)
        for m in matching(lincoln).schools
    }


def stored(lincoln: District) -> list[School]:
    with lincoln.office.stores.read() as store:
        return store.schools.of(store.partners.named(lincoln.slug))


def locked_emails(lincoln: District) -> set[str]:
    with lincoln.office.stores.read() as store:
        partner = store.partners.named(lincoln.slug)
        because = store.locks.because(partner)
        return {a.email for a in store.accounts.of(partner) if a.key in because}


def status(lincoln: District, id: str) -> str:
    with lincoln.office.stores.read() as store:
        return str(store.schools.named(store.partners.named(lincoln.slug), id).status)


# Held


def test_every_night_of_a_new_source_is_held_with_a_proposed_match(
    workspace: Office, lincoln: District, held: Card
) -> None:
    held.says("8 proposed", "8 schools and 36 staff in it", "Applied now, these become Action")
    assert set(places(lincoln).values()) == {
        ("proposed", new(n)) for _, n in lincoln.schools.values()
    }
    lincoln.night()
    held.expect_update("the same for 2 nights")
    assert status(lincoln, "lincoln-usd-0012") == "active"
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_roster_without_schools_is_a_fault_and_not_a_hold(
    workspace: Office, lincoln: District, tmp_path: Path
) -> None:
    moved(lincoln, tmp_path)
    office = [org("d1", "Lincoln Unified", "district")]
    in_folder(lincoln.folder, set_1p1(office, [user("u1", "d1")]))
    workspace.night()
    workspace.channel("lincoln-alerts").expect_message("new source of this partner has no school")
    assert lincoln.stored.new_source
    workspace.forgive("recess-support")


def test_schools_without_a_number_are_matched_by_their_staff(
    workspace: Office, lincoln: District, tmp_path: Path
) -> None:
    moved(lincoln, tmp_path)
    lincoln.schools[new("0012")] = ("The Oaks", "")
    lincoln.night()
    found = {m.school.number: m for m in matching(lincoln).schools}["0012"]
    assert (found.new and found.new.id, found.likeness) == (new("0012"), "most of its staff")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_hold_of_the_source_before_is_settled_by_the_move(
    workspace: Office, lincoln: District, tmp_path: Path
) -> None:
    lincoln.night(without=["Oak Elementary", "Pine Middle", "Elm Academy"])
    before = workspace.channel("lincoln-alerts").expect_message("3 schools gone, 5 there")
    moved(lincoln, tmp_path)
    workspace.settle()
    before.expect_update("is settled")
    workspace.forgive("recess-support")


def test_a_run_that_read_the_source_before_reads_the_new_one(
    workspace: Office,
    lincoln: District,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []

    def opened(source: Mapping[str, Any], **around: Any) -> Any:
        read.append(source["path"])
        roster = open_roster(source, **around)
        if len(read) == 1:
            moved(lincoln, tmp_path)
            lincoln.share()
        return roster

    monkeypatch.setattr("bot.sync.open_roster", opened)
    lincoln.night(without=["Oak Elementary"])
    assert read == [str(tmp_path / "lincoln"), str(tmp_path / "elsewhere")]
    workspace.channel("lincoln-alerts").expect_message("is held. It is from a new source")
    assert status(lincoln, "lincoln-usd-0012") == "active"
    workspace.forgive("recess-support")


# Matched


def test_support_accepts_all_at_once_and_the_schools_stay_what_they_are(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    keys = {school.number: school.key for school in stored(lincoln)}
    match(asking(), desk, {}, accept=True)
    workspace.settle()
    held.expect_update("8 linked")
    held.expect_thread("Sam Sato matched the schools of the new source. 8 linked")
    assert "Apply and pause all" not in " ".join(held.buttons)
    held.click("Apply, decide one by one", by="ana")
    held.expect_update("is settled")
    assert {s.number: s.key for s in stored(lincoln)} == keys
    assert {s.id for s in stored(lincoln)} == set(lincoln.schools)
    assert {str(s.status) for s in stored(lincoln)} == {"active"}
    workspace.forgive("lincoln-alerts", "recess-support")
    lincoln.night()
    workspace.channel("lincoln-alerts").expect_nothing()
    assert not lincoln.stored.new_source


def test_what_nobody_linked_becomes_action_needed(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    match(asking(), desk, {"lincoln-usd-0012": None}, accept=True)
    workspace.settle()
    held.expect_update("7 linked, 1 not in it any more", "become Action Needed: Oak Elementary")
    held.click("Apply, decide one by one", by="ana")
    workspace.settle()
    assert status(lincoln, "lincoln-usd-0012") == "action_needed"
    assert status(lincoln, new("0012")) == "active"
    workspace.channel("lincoln-alerts").expect_message("1 school needs a decision")
    workspace.forgive("lincoln-alerts", "recess-support")


def test_single_pairs_are_corrected_and_take_the_school_from_its_proposal(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    match(asking(), desk, {"lincoln-usd-0012": new("0020")}, accept=False)
    found = places(lincoln)
    assert found["0012"] == ("linked", new("0020"))
    assert found["0020"] == (None, None)
    assert found["0031"] == ("proposed", new("0031"))
    workspace.forgive("lincoln-alerts", "recess-support")


def test_two_schools_can_change_places(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    swapped = {"lincoln-usd-0012": new("0020"), "lincoln-usd-0020": new("0012")}
    match(asking(), desk, swapped, accept=True)
    keys = {school.number: school.key for school in stored(lincoln)}
    decide_hold(asking(), desk, matching(lincoln).run.id, Decision.APPLY)
    workspace.settle()
    after = {school.number: school.key for school in stored(lincoln)}
    assert (after["0020"], after["0012"]) == (keys["0012"], keys["0020"])
    workspace.forgive("lincoln-alerts", "recess-support")


def test_decisions_outlive_the_next_night_and_a_discard(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    match(asking(), desk, {"lincoln-usd-0012": None}, accept=False)
    held.click("Discard", by="ana")
    lincoln.add_teacher("Nia Newton", "Oak Elementary")
    lincoln.night()
    assert lincoln.stored.new_source
    assert places(lincoln)["0012"] == ("none", None)
    assert places(lincoln)["0020"] == ("proposed", new("0020"))
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_decision_falls_when_the_new_source_loses_its_school(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    match(asking(), desk, {}, accept=True)
    lincoln.night(without=["Oak Elementary"])
    found = places(lincoln)
    assert found["0012"] == (None, None)
    assert found["0020"] == ("linked", new("0020"))
    workspace.forgive("lincoln-alerts", "recess-support")


def test_only_support_matches(lincoln: District, held: Card, desk: Desk) -> None:
    with pytest.raises(NotPermitted, match="can link"):
        match(asking(ANA), desk, {}, accept=True)
    assert places(lincoln)["0012"] == ("proposed", new("0012"))


@pytest.mark.parametrize(
    ("wanted", "error", "saying"),
    [
        ({"x": None}, UnknownSchool, "no school with the id “x”"),
        ({"lincoln-usd-0012": "x"}, NotPossible, "The new source has no school with the id “x”"),
        (
            {"lincoln-usd-0012": new("0020"), "lincoln-usd-0031": new("0020")},
            NotPossible,
            "is already Oak Elementary",
        ),
    ],
)
def test_a_match_that_cannot_be_is_refused_and_decides_nothing(
    lincoln: District,
    held: Card,
    desk: Desk,
    wanted: dict[str, str | None],
    error: type[Exception],
    saying: str,
) -> None:
    before = places(lincoln)
    with pytest.raises(error, match=saying):
        match(asking(), desk, wanted, accept=True)
    assert places(lincoln) == before


def test_a_school_that_is_linked_already_is_nobody_elses(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    match(asking(), desk, {}, accept=True)
    with pytest.raises(NotPossible, match="is already Pine Middle"):
        match(asking(), desk, {"lincoln-usd-0012": new("0020")}, accept=False)
    workspace.forgive("lincoln-alerts", "recess-support")


def test_without_a_new_source_there_is_nothing_to_match(lincoln: District, desk: Desk) -> None:
    with pytest.raises(NotPossible, match="nothing to match"):
        match(asking(), desk, {}, accept=True)


# Frozen


def test_apply_is_refused_while_a_frozen_school_is_undecided(
    workspace: Office, lincoln: District, held_with_frozen: Card
) -> None:
    held_with_frozen.says("Frozen, so support has to decide first: Oak Elementary (0012)")
    held_with_frozen.click("Apply, decide one by one", by="ana")
    workspace.expect_ephemeral(to="ana", saying="Oak Elementary (0012) is Frozen, and support has")
    assert status(lincoln, "lincoln-usd-0012") == "frozen"
    assert lincoln.stored.new_source


def test_a_frozen_school_stays_frozen_and_nobody_is_unlocked(
    workspace: Office, lincoln: District, held_with_frozen: Card, desk: Desk
) -> None:
    before = locked_emails(lincoln)
    match(asking(), desk, {}, accept=True)
    decide_hold(asking(), desk, matching(lincoln).run.id, Decision.APPLY)
    workspace.settle()
    assert status(lincoln, new("0012")) == "frozen"
    assert locked_emails(lincoln) == before
    assert lincoln.locked() == OAK_STAFF
    assert status(lincoln, new("0020")) == "active"
    workspace.channel("recess-support").expect_message("is frozen, and its roster has it again")
    workspace.forgive("lincoln-alerts", "recess-support")
    lincoln.night()
    assert locked_emails(lincoln) == before
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_frozen_school_that_the_new_source_lacks_stays_frozen_with_its_people(
    workspace: Office, lincoln: District, held_with_frozen: Card, desk: Desk
) -> None:
    before = locked_emails(lincoln)
    match(asking(), desk, {"lincoln-usd-0012": None}, accept=True)
    decide_hold(asking(), desk, matching(lincoln).run.id, Decision.APPLY)
    workspace.settle()
    assert status(lincoln, "lincoln-usd-0012") == "frozen"
    assert status(lincoln, new("0012")) == "active"
    assert locked_emails(lincoln) == before
    workspace.forgive("lincoln-alerts", "recess-support")


def test_a_school_frozen_between_the_decision_and_its_apply_stops_it(
    workspace: Office, lincoln: District, held: Card, desk: Desk
) -> None:
    with workspace.stores.transaction() as store:
        partner = store.partners.locked(lincoln.slug)
        run = store.runs.held(partner)
        assert run is not None
        store.runs.decide(run, Decision.APPLY, asking().actor)
        oak = store.schools.named(partner, "lincoln-usd-0012")
        store.schools.change(oak, Event.FROZEN, asking().actor)
    workspace.settle()
    held.expect_thread("was not applied", "Oak Elementary (0012) is Frozen")
    assert status(lincoln, "lincoln-usd-0012") == "frozen"
    assert lincoln.stored.new_source
    workspace.forgive("lincoln-alerts", "recess-support")


def test_the_card_of_many_schools_with_long_names_is_within_slacks_limits(
    workspace: Office, lincoln: District, frozen: Card, tmp_path: Path
) -> None:
    moved(lincoln, tmp_path)
    partner = lincoln.stored
    with workspace.stores.read() as store:
        oak = store.schools.named(partner, "lincoln-usd-0012")
    run = Run(**{f.name: None for f in fields(Run)} | {"id": 1, "counts": Counts()})  # type: ignore[arg-type]
    run = replace(run, outcome="held", reason="It is from a new source.")
    names = [replace(oak, name=f"{'校校校&' * 45}{n}", key=n) for n in range(300)]
    active = [replace(school, status=Status.ACTIVE) for school in names]
    picture = new_source_card(
        partner, Matching(run, [Matched(school) for school in [*names, *active]], {}), 2
    )
    check_blocks(picture.blocks)
    assert "and 285 more" in reading(picture.text, picture.blocks)
    workspace.forgive("lincoln-alerts", "recess-support")
