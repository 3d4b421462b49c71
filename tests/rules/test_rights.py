"""Who may do what, against DESIGN's own table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.rights import Access, Person, Reason, Right, allows

ADMINS, VIEWERS, SUPPORT = "S0ADMINS", "S0VIEWERS", "S0SUPPORT"
ACCESS = Access(("U0ANA", ADMINS), ("U0VAL", VIEWERS), SUPPORT)

VIEWER = Person("U0VAL", "Val")
ADMIN = Person("U0ANA", "Ana")
GROUP_ADMIN = Person("U0BO", "Bo", {ADMINS: True, VIEWERS: False, SUPPORT: False})
SUPPORTER = Person("U0SUE", "Sue", {ADMINS: False, VIEWERS: False, SUPPORT: True})
STRANGER = Person("U0TED", "Ted", {ADMINS: False, VIEWERS: False, SUPPORT: False})

# What: viewer, partner admin, support.
DESIGN = {
    Right.SEE: (True, True, True),
    Right.PAUSE: (False, True, True),
    Right.REPORT: (False, True, True),
    Right.ANSWER: (False, False, True),
    Right.SYNC: (False, True, True),
    Right.UPLOAD: (False, True, True),
    Right.FREEZE: (False, True, True),
    Right.REQUEST_UNFREEZE: (False, True, True),
    Right.UNFREEZE: (False, False, True),
    Right.DECIDE_HOLD: (False, True, True),
    Right.RELEASE: (False, False, True),
    Right.LINK: (False, False, True),
    Right.MANAGE_PARTNERS: (False, False, True),
}

answers = st.sampled_from([True, False, None])
groups = st.fixed_dictionaries({}, optional=dict.fromkeys((ADMINS, VIEWERS, SUPPORT), answers))
people = st.builds(
    Person,
    id=st.sampled_from(["U0ANA", "U0VAL", "U0TED", "U0SUE"]),
    name=st.just("Somebody"),
    groups=groups,
)
rights = st.sampled_from(Right)


def certain(*members: str) -> dict[str, bool]:
    return {group: group in members for group in (ADMINS, VIEWERS, SUPPORT)}


def test_every_right_has_a_row() -> None:
    assert set(DESIGN) == set(Right)


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("column", [0, 1, 2])
def test_the_table_is_the_designs_table(right: Right, column: int) -> None:
    person = [
        Person("U0VAL", "Val", certain()),
        Person("U0ANA", "Ana", certain()),
        SUPPORTER,
    ][column]
    assert (allows(person, right, ACCESS) is None) is DESIGN[right][column]


@pytest.mark.parametrize("right", Right)
def test_a_stranger_may_nothing(right: Right) -> None:
    assert allows(STRANGER, right, ACCESS) is Reason.NOT_GRANTED


@pytest.mark.parametrize("right", [right for right in Right if DESIGN[right][1]])
def test_an_admin_by_group_may_what_an_admin_by_name_may(right: Right) -> None:
    assert allows(GROUP_ADMIN, right, ACCESS) is None


def test_an_admin_named_in_person_needs_no_group_to_be_readable() -> None:
    assert (
        allows(Person("U0ANA", "Ana", dict.fromkeys((ADMINS, SUPPORT))), Right.FREEZE, ACCESS)
        is None
    )


@pytest.mark.parametrize("right", Right)
def test_a_group_that_nobody_could_read_never_grants(right: Right) -> None:
    unknown = Person("U0TED", "Ted", {ADMINS: None, VIEWERS: None, SUPPORT: None})
    assert allows(unknown, right, ACCESS) is Reason.GROUP_UNREADABLE


def test_a_group_that_was_not_asked_for_counts_as_unreadable() -> None:
    assert allows(Person("U0TED", "Ted"), Right.PAUSE, ACCESS) is Reason.GROUP_UNREADABLE


@pytest.mark.parametrize("right", Right)
def test_a_guest_may_nothing_whatever_groups_and_ids_say(right: Right) -> None:
    guest = Person("U0ANA", "Ana", dict.fromkeys((ADMINS, VIEWERS, SUPPORT), True), guest=True)
    assert allows(guest, right, ACCESS) is Reason.OTHER_WORKSPACE


@pytest.mark.parametrize(
    "person",
    [
        Person("U0ANA", "Ana", certain(SUPPORT)),
        Person("U0SID", "Sid", certain(SUPPORT, ADMINS)),
    ],
)
def test_support_who_administers_the_partner_does_not_unfreeze_there(person: Person) -> None:
    assert allows(person, Right.UNFREEZE, ACCESS) is Reason.ADMINISTERS_PARTNER
    assert allows(person, Right.FREEZE, ACCESS) is None


def test_support_who_may_administer_the_partner_does_not_unfreeze_there() -> None:
    unsure = Person("U0SUE", "Sue", {**certain(SUPPORT), ADMINS: None})
    assert allows(unsure, Right.UNFREEZE, ACCESS) is Reason.GROUP_UNREADABLE


def test_without_a_support_group_nobody_unfreezes() -> None:
    access = Access(("U0ANA",), (), "")
    for person in (ADMIN, SUPPORTER, Person("", "Nobody", {"": True})):
        assert allows(person, Right.UNFREEZE, access) is Reason.NOT_GRANTED


@pytest.mark.parametrize("right", Right)
def test_a_retired_partner_is_asked_nothing_but_its_freezes_can_be_undone(right: Right) -> None:
    retired = Access(ACCESS.admins, ACCESS.viewers, ACCESS.support, retired=True)
    still = right in (Right.SEE, Right.UNFREEZE, Right.RELEASE, Right.MANAGE_PARTNERS)
    assert allows(SUPPORTER, right, retired) is (None if still else Reason.RETIRED)


def test_all_groups_that_matter_are_named() -> None:
    assert ACCESS.groups() == {ADMINS, VIEWERS, SUPPORT}
    assert Access(("U0ANA",), (), "").groups() == frozenset()


@given(people, rights)
def test_not_knowing_never_gives_more_than_knowing_no(person: Person, right: Right) -> None:
    surely = {g: bool(person.groups.get(g)) for g in (ADMINS, VIEWERS, SUPPORT)}
    if allows(person, right, ACCESS) is None:
        assert allows(Person(person.id, person.name, surely), right, ACCESS) is None


@given(people)
def test_only_members_of_the_support_group_ever_unfreeze(person: Person) -> None:
    if allows(person, Right.UNFREEZE, ACCESS) is None:
        assert person.groups[SUPPORT] is True
        assert person.groups[ADMINS] is False
        assert person.id not in ACCESS.admins
