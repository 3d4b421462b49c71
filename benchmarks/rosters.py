"""A large made-up district as a OneRoster 1.1 bulk set, streamed to disk.

Every row is a pure function of the seed and its number, so the same rows can be had in another
order, quoted otherwise, or without some of the schools.
"""

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from math import gcd
from pathlib import Path

from bot.demo.names import FAMILY, GIVEN, plain
from bot.demo.oneroster import Row, write_set

DISTRICT_ID = "district"
_GIVEN = tuple((name, plain(name)) for name in GIVEN)
_FAMILY = tuple((name, plain(name)) for name in FAMILY)
_KINDS = ("Elementary", "Elementary", "Middle School", "High School")
_ROLES = ("teacher",) * 8 + ("aide", "administrator")
_WORD = (1 << 64) - 1


@dataclass(frozen=True)
class BigDistrict:
    """The recipe: how many schools, staff, and users in all (staff, students and parents).

    The first `changed` staff have another family name than the recipe alone would give them, and
    the last `without_staff` are missing. People of a school in `without_schools` stay and go on
    listing it, unless `drop_people` takes their rows or lists away as well.
    """

    schools: int = 1_000
    staff: int = 100_000
    users: int = 600_000
    seed: int = 1
    without_schools: Collection[str] = ()
    drop_people: bool = False
    changed: int = 0
    without_staff: int = 0


def school_id(number: int) -> str:
    """The id of a school, counted from 0; names repeat every few hundred schools."""
    return f"school-{number + 1:04}"


def write_district(
    folder: Path,
    schools: int = 1_000,
    staff: int = 100_000,
    users: int = 600_000,
    seed: int = 1,
    *,
    shuffle: bool = False,
    quote_all: bool = False,
    without_schools: Collection[str] = (),
    drop_people: bool = False,
    changed: int = 0,
    without_staff: int = 0,
) -> Path:
    """Write the set into the folder and return the folder; see BigDistrict for the options."""
    district = BigDistrict(
        schools, staff, users, seed, frozenset(without_schools), drop_people, changed, without_staff
    )
    quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    write_set(folder, orgs(district, shuffle), people(district, shuffle), quoting)
    return folder


def orgs(district: BigDistrict, shuffle: bool = False) -> Iterator[Row]:
    """The rows of orgs.csv."""
    yield (DISTRICT_ID, "", "", "Great Plains Unified", "district", "3199001", "")
    for number in _order(district.schools, shuffle):
        identity = school_id(number)
        if identity not in district.without_schools:
            name = f"{FAMILY[number % len(FAMILY)]} {_KINDS[number % len(_KINDS)]}"
            code = f"3199001{number + 1:05}"
            yield (identity, "", "", name, "school", code, DISTRICT_ID)


def people(district: BigDistrict, shuffle: bool = False) -> Iterator[Row]:
    """The rows of users.csv: staff first, unless they are shuffled."""
    kept = district.staff - district.without_staff
    for number in _order(district.users, shuffle):
        if number >= district.staff:
            row = _family_member(district, number)
        elif number < kept:
            row = _staff_member(district, number)
        else:
            continue
        if row[4]:
            yield row


def _staff_member(district: BigDistrict, number: int) -> Row:
    mix = _mixed(district.seed, number)
    given, given_plain = _GIVEN[mix % len(_GIVEN)]
    place = (mix >> 16) + (number < district.changed)
    family, family_plain = _FAMILY[place % len(_FAMILY)]
    login = f"{given_plain}.{family_plain}{number}"
    phone = f"555-555-01{mix % 100:02}" if mix & 3 == 0 else ""
    return (
        f"u{number + 1:07}", "", "", "true", _listed(district, _staff_schools(district, mix)),
        _ROLES[(mix >> 32) % 10], login, f"{{HR:{number}}}", given, family, "",
        str(number), f"{login}@great-plains.example", "", phone, "", "", "",
    )  # fmt: skip


def _family_member(district: BigDistrict, number: int) -> Row:
    """A student, or for every twentieth a parent of some student."""
    mix = _mixed(district.seed, number)
    student = number % 20 != 0
    login = f"s{number}" if student else f"p{number}"
    grade = f"{1 + mix % 12:02}" if student else ""
    email = f"{login}@students.great-plains.example" if student else f"{login}@mail.example"
    return (
        f"u{number + 1:07}", "", "", "true",
        _listed(district, [school_id((mix >> 40) % district.schools)]),
        "student" if student else "parent", login, "", _GIVEN[mix % len(_GIVEN)][0],
        _FAMILY[(mix >> 16) % len(_FAMILY)][0], "", str(number), email, "", "", "", grade, "",
    )  # fmt: skip


def _staff_schools(district: BigDistrict, mix: int) -> list[str]:
    """One school, for one in eight two or three; each once."""
    first = (mix >> 40) % district.schools
    places = [first]
    if mix % 8 == 0:
        step = 1 + (mix >> 24) % 7
        places += [(first + step * n) % district.schools for n in range(1, 2 + (mix >> 60) % 2)]
    return [school_id(place) for place in dict.fromkeys(places)]


def _listed(district: BigDistrict, schools: list[str]) -> str:
    if district.drop_people:
        schools = [school for school in schools if school not in district.without_schools]
    return ",".join(schools)


def _mixed(seed: int, number: int) -> int:
    """64 well-mixed bits of the number (the finalizer of SplitMix64)."""
    mix = (number + seed * 0x9E3779B97F4A7C15) & _WORD
    mix = ((mix ^ (mix >> 30)) * 0xBF58476D1CE4E5B9) & _WORD
    mix = ((mix ^ (mix >> 27)) * 0x94D049BB133111EB) & _WORD
    return mix ^ (mix >> 31)


def _order(count: int, shuffle: bool) -> Iterator[int]:
    """All numbers below the count, in order or far from it, without holding them."""
    if not shuffle or count < 2:
        return iter(range(count))
    step = next(s for s in range(int(count * 0.618) | 1, 2 * count + 3) if gcd(s, count) == 1)
    return ((number * step + count // 3) % count for number in range(count))
