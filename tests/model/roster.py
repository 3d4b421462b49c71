"""The roster of a source, and the random edits that a history makes to it."""

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import strategies as st

from tests.model.district import Row

SCHOOLS = ("A", "B", "C", "D")
STAFF = ("p1", "p2", "p3", "p4", "p5", "p6")
EMAILS = ("kim@example.org", "Lee@example.org", "lee@example.org", "new@example.org")

schools = st.sampled_from(SCHOOLS)
# How a source's roster changes: (what, school, person).
edits = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("school",) * 4,
                *("works at",) * 6,
                *("person",) * 2,
                *("school and its people",) * 3,
                *("renamed school", "renamed person", "cleared"),
            )
        ),
        schools,
        st.sampled_from(STAFF),
    ),
    min_size=1,
    max_size=5,
)


class Roster:
    """`open` are the shared schools, number and name by id; `staff` the people by id."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, tuple[str, str]] = {}
        self.staff: dict[str, Row] = {}

    def _begin(self) -> None:
        """Three schools, and four people at them."""
        self._edit([("school", id, "p1") for id in SCHOOLS[:3]])
        for number, id in enumerate(STAFF[:4]):
            self.staff[id] = Row(EMAILS[number % 2], id, frozenset(SCHOOLS[number % 3]))

    def _edit(self, changes: Iterable[tuple[str, str, str]]) -> None:
        for what, school, person in changes:
            self._edit_once(what, school, person)

    def _edit_once(self, what: str, school: str, id: str) -> None:
        person = self.staff.get(id, Row(EMAILS[STAFF.index(id) % 2], id, frozenset()))
        if what == "school":
            if self.open.pop(school, None) is None:
                self.open[school] = (f"0{SCHOOLS.index(school)}", f"{school} School")
        elif what == "renamed school" and school in self.open:
            number, name = self.open[school]
            self.open[school] = (number, name[:-1] if name.endswith("s") else name + "s")
        elif what == "school and its people":
            self.open.pop(school, None)
            self._leave(school)
        elif what == "cleared":
            self._leave(school)
        elif what == "works at":
            self.staff[id] = replace(person, schools=person.schools ^ {school})
        elif what == "renamed person" and id in self.staff:
            email = EMAILS[(EMAILS.index(person.email) + 1) % 3]
            self.staff[id] = replace(person, name=person.name[::-1], email=email)
        elif what == "person" and self.staff.pop(id, None) is None:
            self.staff[id] = replace(person, schools=frozenset(school))

    def _leave(self, school: str) -> None:
        """As exports do: a school takes its people along, but for those who work elsewhere."""
        for id, row in list(self.staff.items()):
            if row.schools == {school}:
                del self.staff[id]
            else:
                self.staff[id] = replace(row, schools=row.schools - {school})
