"""One reading of a partner's roster, as the sources hand it to the comparison."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RosterSchool:
    """A school as its source names it. `id` is the source's own, byte for byte."""

    id: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """A staff member. `schools` are source ids, sorted and without repeats.

    They may name schools that are not in the same snapshot: people of a missing school stay.
    """

    id: str
    email: str
    given_name: str
    family_name: str
    schools: tuple[str, ...]
