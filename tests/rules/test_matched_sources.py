"""Which school of a new source a known one is: one to one, and nothing where it is unclear."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from storage.rules.matching import (
    Individual,
    Known,
    Labelled,
    Likeness,
    Offered,
    matched_by_label,
    matched_by_staff,
    same_people,
)

IDS = st.sampled_from(["1", "2", "3", "4", "5"])
NUMBERS = st.sampled_from(["", "001", "002", "003"])
NAMES = st.sampled_from(["Oak", "Elm", "Fir"])

known_schools = st.lists(
    st.builds(Known, st.just(0), IDS, NUMBERS, NAMES, st.integers(0, 5)),
    unique_by=lambda known: known.id,
).map(lambda found: [Known(i, k.id, k.number, k.name, k.people) for i, k in enumerate(found)])
offered_schools = st.lists(
    st.builds(Offered, IDS, NUMBERS, NAMES), unique_by=lambda offered: offered.id
)
shares = st.dictionaries(st.tuples(st.integers(0, 4), IDS), st.integers(1, 5))


def old(key: int, id: str, number: str = "", name: str = "Oak", people: int = 0) -> Known:
    return Known(key, id, number, name, people)


def found(known: Sequence[Known], offered: Sequence[Offered]) -> dict[int, tuple[str, Likeness]]:
    return dict(matched_by_label(known, offered).found)


# Whatever the schools are


@given(known_schools, offered_schools, shares)
def test_nobody_is_two_schools(
    known: list[Known], offered: list[Offered], shared: dict[tuple[int, str], int]
) -> None:
    left = matched_by_label(known, offered)
    new = [id for id, _ in (*left.found.values(), *matched_by_staff(left, shared).values())]
    assert len(new) == len(set(new))
    assert set(new) <= {offer.id for offer in offered}


@given(known_schools, offered_schools, shares)
def test_staff_say_nothing_about_whom_a_number_speaks_of(
    known: list[Known], offered: list[Offered], shared: dict[tuple[int, str], int]
) -> None:
    left = matched_by_label(known, offered)
    by_staff = matched_by_staff(left, shared)
    assert not by_staff.keys() & left.found.keys()
    numbers = {offer.number for offer in offered if offer.id not in dict(left.found.values())}
    assert all(k.number not in numbers or not k.number for k in left.known)


@given(known_schools, offered_schools)
def test_the_order_makes_no_difference(known: list[Known], offered: list[Offered]) -> None:
    assert found(known, offered) == found(known[::-1], offered[::-1])


@given(known_schools)
def test_the_same_source_under_another_address_is_all_the_same_ids(known: list[Known]) -> None:
    same = [Offered(k.id, k.number, k.name) for k in known]
    assert found(known, same) == {k.key: (k.id, Likeness.SAME_ID) for k in known}


@given(known_schools, offered_schools)
def test_a_number_matches_only_where_it_is_once_on_either_side(
    known: list[Known], offered: list[Offered]
) -> None:
    same = {key for key, (_, why) in found(known, offered).items() if why is Likeness.SAME_ID}
    taken = {id for id, why in found(known, offered).values() if why is Likeness.SAME_ID}
    rest = [k for k in known if k.key not in same]
    left = [o for o in offered if o.id not in taken]
    for key, (id, why) in found(known, offered).items():
        if why is Likeness.SAME_NUMBER:
            number = next(o.number for o in left if o.id == id)
            assert [k.key for k in rest if k.number == number] == [key]
            assert [o.id for o in left if o.number == number] == [id]


# By example


def test_an_id_alone_may_be_equal_by_chance() -> None:
    assert found([old(1, "7", "001", "Oak")], [Offered("7", "002", "Elm")]) == {}


def test_an_id_counts_with_the_name_when_the_numbers_were_changed() -> None:
    assert found([old(1, "7", "001", "Oak")], [Offered("7", "1", "OAK")]) == {
        1: ("7", Likeness.SAME_ID)
    }


def test_a_number_counts_more_than_an_id_of_another_school() -> None:
    offered = [Offered("7", "002", "Elm"), Offered("8", "001", "Oak")]
    assert found([old(1, "7", "001", "Oak"), old(2, "9", "002", "Elm")], offered) == {
        1: ("8", Likeness.SAME_NUMBER),
        2: ("7", Likeness.SAME_NUMBER),
    }


def test_a_number_that_two_have_matches_neither() -> None:
    offered = [Offered("n1", "001", "Oak"), Offered("n2", "001", "Oak East")]
    assert found([old(1, "7", "001")], offered) == {}


def test_staff_match_by_more_than_half_and_by_nobody_else() -> None:
    left = Labelled({}, [old(1, "7", people=4), old(2, "8", people=2)], [Offered("n", "", "")])
    assert matched_by_staff(left, {(1, "n"): 2}) == {}
    assert matched_by_staff(left, {(1, "n"): 3}) == {1: ("n", Likeness.SAME_STAFF)}
    assert matched_by_staff(left, {(1, "n"): 3, (2, "n"): 2}) == {}


# People

people = st.lists(
    st.builds(Individual, IDS, st.sampled_from(["", "a@x", "b@x", "c@x"]), NAMES),
    unique_by=lambda person: person.id,
)


@given(people, people)
def test_nobody_is_two_people(known: list[Individual], offered: list[Individual]) -> None:
    found = same_people(known, offered)
    assert len(set(found.values())) == len(found)
    assert found.keys() <= {person.id for person in known}
    assert set(found.values()) <= {person.id for person in offered}


@given(people)
def test_everybody_is_who_they_were_under_the_same_ids(known: list[Individual]) -> None:
    assert same_people(known, known) == {person.id: person.id for person in known}


@given(people, people)
def test_nobody_is_somebody_with_another_email_and_another_name(
    known: list[Individual], offered: list[Individual]
) -> None:
    olds, news = {p.id: p for p in known}, {p.id: p for p in offered}
    for old, new in same_people(known, offered).items():
        same_email = olds[old].email == news[new].email != ""
        assert same_email or (old == new and olds[old].name == news[new].name)


def test_an_email_tells_more_than_an_id() -> None:
    known = [Individual("1", "a@x", "Ada"), Individual("2", "b@x", "Bo")]
    offered = [Individual("2", "a@x", "Ada"), Individual("1", "b@x", "Bo")]
    assert same_people(known, offered) == {"1": "2", "2": "1"}


def test_an_email_that_several_share_tells_nothing() -> None:
    known = [Individual("1", "office@x", "Ada"), Individual("2", "office@x", "Bo")]
    assert same_people(known, [Individual("3", "office@x", "Ada")]) == {}
