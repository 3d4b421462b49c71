"""A large made-up district behind a OneRoster service, as a process of its own.

Run as a module it prints its address and serves until its input ends.
"""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from benchmarks.rosters import BigDistrict, orgs, people
from tests.rosters.standins.oneroster import OneRoster, Record, school, user_1p1, user_1p2


class Users:
    """The users page by page, made when they are asked for, from the first to the last."""

    def __init__(self, version: str, district: BigDistrict) -> None:
        self._make = user_1p1 if version == "1.1" else user_1p2
        self._district = district
        self._rows: Iterator[Any] = iter(())
        self._next = 0

    def __len__(self) -> int:
        return self._district.users

    def __getitem__(self, wanted: slice) -> list[Record]:
        if wanted.start == 0:
            self._rows, self._next = iter(people(self._district)), 0
        assert wanted.start == self._next, "a walk goes forward"
        page = [self._record(row) for row in islice(self._rows, wanted.stop - wanted.start)]
        self._next += len(page)
        return page

    def _record(self, row: Any) -> Record:
        names = {"givenName": row[8], "familyName": row[9], "email": row[12]}
        role = "teacher" if row[5] == "administrator" else row[5]
        return self._make(row[0], row[4].split(","), role, **names)


def plains(version: str, staff: int, users: int) -> OneRoster:
    """A service of 1,000 schools that hands out as many records as it is asked for."""
    district = BigDistrict(staff=staff, users=users)
    schools = [school(row[0], row[3], row[5]) for row in orgs(district) if row[4] == "school"]
    service = OneRoster(version=version, schools=schools, largest=1_000_000, checked=False)
    service.users = Users(version, district)  # type: ignore[assignment]
    return service


if __name__ == "__main__":
    with plains(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])) as service:
        print(service.url, flush=True)
        sys.stdin.read()
