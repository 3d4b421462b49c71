"""After a link the older record has another id; what its old id means is then open again."""

from storage.rules.lifecycle import Event
from tests.storage.office import ANA, Office, person


def test_whoever_is_at_a_new_school_with_the_old_id_is_there_and_not_at_the_linked_one(
    office: Office,
) -> None:
    office.night(["A", "C"], [person("kim", "C"), person("lee", "A", "C")])
    # C is made anew as C1; its people's rows still name C.
    office.night(["A", "C1"], [person("kim", "C"), person("lee", "A", "C")])
    office.change("C", Event.FROZEN)
    with office.stores.transaction() as store:
        partner = store.partners.locked(office.partner.slug)
        old, new = store.schools.picked(partner, ["C", "C1"])
        store.links.link(partner, old, new, ANA, "made anew")
    assert office.memberships() == {("kim", "C1"): True, ("lee", "A"): True, ("lee", "C1"): True}
    office.night(["A", "C", "C1"], [person("kim", "C"), person("lee", "A", "C")])
    # The linked school is Frozen, so that its people stay locked until it is not.
    assert office.memberships() == {
        ("kim", "C"): True,
        ("kim", "C1"): False,
        ("lee", "A"): True,
        ("lee", "C"): True,
        ("lee", "C1"): False,
    }
    office.change("C1", Event.UNFROZEN)
    office.night(["A", "C", "C1"], [person("kim", "C"), person("lee", "A", "C")])
    assert office.memberships() == {("kim", "C"): True, ("lee", "A"): True, ("lee", "C"): True}
