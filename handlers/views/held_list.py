"""What a held roster would change, row by row, for those who want every name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from handlers.sentences import STATUS_WORDS
from storage.differences import Difference, Leaving
from storage.matches import Matched, Matching, State
from storage.rules.lifecycle import Status
from storage.schools import School

SCHOOLS = ("Id", "Number", "Name", "People", "Status", "In the held roster", "When it is applied")
STAFF = ("Id", "Name", "Email", "In the held roster", "Leaves")

Row = Sequence[object]


def school_rows(difference: Difference, people: Mapping[int, int]) -> Iterator[Row]:
    """`people` counts the staff of each known school, by its key."""
    for school in difference.gone:
        yield _known(school, people, "gone", _when_gone(school))
    for school in difference.back:
        yield _known(school, people, "back", _when_back(school))
    for new in difference.new:
        yield (new.id, new.number, new.name, "", "", "new", "becomes Active")


def matched_rows(matching: Matching, people: Mapping[int, int]) -> Iterator[Row]:
    """The same for a roster of a new source, whose schools have other ids."""
    leaving = {school.key for school in matching.leaving}
    for one in matching.schools:
        school = one.school
        asked = "becomes Action Needed" if school.key in leaving else _stays(school)
        yield _known(school, people, _place(one), asked)
    for new in matching.unmatched:
        yield (new.id, new.number, new.name, "", "", "new", "becomes Active")


def staff_rows(leaving: Iterable[Leaving]) -> Iterator[Row]:
    for person in leaving:
        where = "gone" if person.gone else "still there"
        yield (person.id, person.name, person.email, where, "; ".join(person.schools))


def _known(school: School, people: Mapping[int, int], where: str, then: str) -> Row:
    count, status = people.get(school.key, 0), STATUS_WORDS[school.status]
    return (school.id, school.number, school.name, count, status, where, then)


def _when_gone(school: School) -> str:
    return "becomes Action Needed" if school.status is Status.ACTIVE else _stays(school)


def _when_back(school: School) -> str:
    open_ones = (Status.ACTION_NEEDED, Status.PAUSED)
    return "becomes Active" if school.status in open_ones else _stays(school)


def _stays(school: School) -> str:
    return f"stays {STATUS_WORDS[school.status]}"


def _place(one: Matched) -> str:
    if one.new is None:
        return "gone" if one.state is State.NONE else "no match"
    return f"{'linked with' if one.state is State.LINKED else 'proposed'} {one.new.id}"
