"""A plan survives being stored."""

from hypothesis import given
from hypothesis import strategies as st

from storage.roster.plan import Changes, Counts, Plan
from storage.rules.breaker import Loss
from storage.snapshot import RosterPerson, RosterSchool

# Any text at all: line breaks of every kind, and halves of surrogate pairs.
texts = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(
    ["\n", "\r\n", "\u2028", "\x85", "\x00", "\ud800", "0\udfff", '"\\', "[1]"]
)
several = st.lists(texts, max_size=4, unique=True)
numbers = st.integers(0, 1 << 40)
hashes = st.integers(-(1 << 63), (1 << 63) - 1)
people = st.builds(RosterPerson, texts, texts, texts, texts, several.map(tuple))
plans = st.builds(
    Plan,
    base=numbers,
    schools=st.lists(st.builds(RosterSchool, texts, texts, texts), unique_by=lambda s: s.id).map(
        lambda schools: {school.id: school for school in schools}
    ),
    missing=several,
    returned=several,
    new=several,
    loss=st.builds(Loss, *(numbers,) * 5),
    counts=st.builds(Counts, *(numbers,) * 8),
    digest=st.just("00ff"),
)
verbs = st.lists(st.tuples(st.booleans(), people, hashes), max_size=5)


def changes(done: list[tuple[bool, RosterPerson, int]]) -> Changes:
    written = Changes()
    for put, person, hash in done:
        if put:
            written.put(person, hash)
        else:
            written.gone(person.id)
    written.seal()
    return written


@given(plans, verbs)
def test_a_stored_plan_comes_back_as_it_was(
    plan: Plan, done: list[tuple[bool, RosterPerson, int]]
) -> None:
    plan.changes = changes(done)
    back = Plan.unpacked(plan.packed())
    for name in ("base", "schools", "missing", "returned", "new", "loss", "counts", "digest"):
        assert getattr(back, name) == getattr(plan, name)
    assert list(back.changes) == list(plan.changes)
    assert back.changes.count == len(done)
    assert back.packed() == plan.packed()


@given(verbs)
def test_the_changes_can_be_read_as_often_as_needed(
    done: list[tuple[bool, RosterPerson, int]],
) -> None:
    written = changes(done)
    assert [(c.verb, c.person.id) for c in written] == [
        ("put" if put else "gone", person.id) for put, person, _ in done
    ]
    assert list(written) == list(written)


def test_a_long_plan_comes_back_whole() -> None:
    many = [
        (True, RosterPerson(f"p{n}", f"{n}@example.org", "Kim", "Doe", ("A",)), n)
        for n in range(60_000)
    ]
    written = changes(many)
    back = Changes.unpacked(written.packed(), written.count)
    assert [(c.person, c.fingerprint) for c in back] == [(p, hash) for _, p, hash in many]
