"""The staff list: people to add by hand-made CSV. It adds, and is never evidence of leaving."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.rosters import faults
from bot.rosters.csvtable import Table

FIRST, LAST, EMAIL, SCHOOLS = "Staff First Name", "Staff Last Name", "Staff Email", "Schools"
COLUMNS = (FIRST, LAST, EMAIL, SCHOOLS)

ADDRESS = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One person of the list, at the line where the address comes first.

    `school_names` are as written, in order and without repeats; of which school, is for whoever
    knows the partner's schools to say.
    """

    line: int
    first: str
    last: str
    email: str
    school_names: tuple[str, ...]


def read_staff_list(file: str, blocks: Iterable[bytes]) -> list[StaffRow]:
    """The people of a staff list, one per address (compared case-folded), in order of the file.

    `file` is its name in sentences, `blocks` its bytes. Raises a TableFault or a StaffListFault.
    """
    table = Table(file, blocks, COLUMNS)
    people: dict[str, StaffRow] = {}
    for cells in table.rows():
        row = _row(table, cells)
        known = people.setdefault(row.email.casefold(), row)
        people[row.email.casefold()] = _merged(known, row)
    return list(people.values())


def _row(table: Table, cells: list[str]) -> StaffRow:
    first, last, email, schools = (cells[table.column(name)].strip() for name in COLUMNS)
    if not email:
        raise faults.StaffEmailMissing(table.line)
    if not ADDRESS.fullmatch(email):
        raise faults.StaffEmailMalformed(table.line)
    names = tuple(dict.fromkeys(name.strip() for name in schools.split(",") if name.strip()))
    if not names:
        raise faults.StaffSchoolsMissing(table.line)
    return StaffRow(table.line, first, last, email, names)


def _merged(known: StaffRow, row: StaffRow) -> StaffRow:
    """The first line counts for the name, all lines for the schools."""
    return replace(
        known, school_names=tuple(dict.fromkeys((*known.school_names, *row.school_names)))
    )
