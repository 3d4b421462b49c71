"""What support does from the shell: linking a re-created school, retiring a partner."""

import pytest

from handlers.ask import Ask
from handlers.desk import Desk
from handlers.link import link, preview_link
from handlers.retire import retire
from storage.errors import NotPermitted, NotPossible
from storage.rules.rights import Person
from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card

SAM = Person("U0SAM", "Sam Sato", {"S0SUPPORT": True, "S0LINCOLNADMINS": False})
ANA = Person("U0ANA", "Ana Flores", {"S0SUPPORT": False, "S0LINCOLNADMINS": False})


@pytest.fixture
def desk(workspace: Office) -> Desk:
    return workspace.service._desk()


def asking(who: Person, *schools: str) -> Ask:
    return Ask(who, "lincoln-usd", schools, reason="The same building", via="cli")


@pytest.fixture
def recreated(workspace: Office, lincoln: District, card: Card) -> str:
    """Oak Elementary is in the roster again, under another id; answers that id."""
    old = lincoln.id("Oak Elementary")
    people = [t.name for t in lincoln.staff if old in t.schools]
    new = lincoln.add_school("Oak Elementary New", "x")
    for name in people:
        lincoln.add_teacher(name, new)
    lincoln.schools[new] = ("Oak Elementary", "0012")
    lincoln.night(without=[old, "Pine Middle"])
    return new


def test_the_card_says_that_a_school_looks_re_created(card: Card, recreated: str) -> None:
    card.expect_update(f"Looks re-created as Oak Elementary (0012), id {recreated}")


def test_linking_gives_the_old_record_the_new_id_and_people(
    workspace: Office, lincoln: District, card: Card, recreated: str, desk: Desk
) -> None:
    old = lincoln.school("lincoln-usd-0012")
    joined = link(asking(SAM, old.id), desk, recreated)
    assert joined is not None
    assert (joined.key, joined.id, joined.status, joined.present) == (
        old.key,
        recreated,
        "active",
        True,
    )
    workspace.settle()
    card.expect_update("Sam Sato linked Oak Elementary (0012)")
    card.expect_thread("Sam Sato linked Oak Elementary (0012) with the school it was before")
    lincoln.night(without=["lincoln-usd-0012", "Pine Middle"])
    assert lincoln.school(recreated).key == old.key
    with workspace.stores.read() as store:
        assert len(store.schools.of(lincoln.stored)) == 8


def test_a_linked_school_that_was_frozen_stays_frozen_and_locks_who_came_with_it(
    workspace: Office, lincoln: District, frozen: Card, desk: Desk
) -> None:
    old = lincoln.id("Oak Elementary")
    new = lincoln.add_school("Oak Elementary New", "x", "Nia Newton")
    lincoln.night(without=[old, "Pine Middle"])
    seen = preview_link(desk, "lincoln-usd", old, new)
    assert (seen.people, seen.more_locked) == (1, 1)
    before = len(lincoln.locked())
    link(asking(SAM, old), desk, new)
    assert lincoln.school(new).status == "frozen"
    assert len(lincoln.locked()) == before + 1
    workspace.forgive("lincoln-alerts")


def test_only_support_links(lincoln: District, recreated: str, desk: Desk) -> None:
    with pytest.raises(NotPermitted, match="can link re-created schools"):
        link(asking(ANA, "lincoln-usd-0012"), desk, recreated)
    assert lincoln.school("lincoln-usd-0012").present is False


def test_a_school_that_is_in_the_roster_is_not_linked(
    lincoln: District, recreated: str, desk: Desk
) -> None:
    with pytest.raises(NotPossible, match="is in the last roster"):
        link(asking(SAM, lincoln.id("Elm Academy")), desk, recreated)


def test_a_retired_partner_is_asked_nothing_and_its_freezes_stay(
    workspace: Office, lincoln: District, asked: Card, desk: Desk
) -> None:
    assert retire(asking(SAM), desk)
    workspace.settle()
    asked.expect_update("Closed by Sam Sato")
    workspace.expect_direct_message("bo", "stays frozen: Sam Sato retired Lincoln Unified")
    channel = workspace.channel("lincoln-alerts")
    channel.expect_message("Sam Sato retired Lincoln Unified", "Frozen schools stay frozen")
    lincoln.night(without=["Elm Academy"])
    channel.expect_nothing()
    assert lincoln.status("Elm Academy") == "active"
    assert lincoln.status("Oak Elementary") == "frozen"
    assert not retire(asking(SAM), desk)


def test_a_click_on_a_retired_partners_card_is_refused_in_a_sentence(
    workspace: Office, lincoln: District, card: Card, desk: Desk
) -> None:
    retire(asking(SAM), desk)
    card.click("Pause", school="Oak Elementary", by="ana")
    workspace.expect_ephemeral(to="ana", saying="This partner is retired")
    card.expect_update("Lincoln Unified is retired")
    assert card.buttons == []
    workspace.forgive("lincoln-alerts")
