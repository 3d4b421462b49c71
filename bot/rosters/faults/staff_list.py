"""The additive staff list."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class StaffListFault(RosterFault):
    """One line of a staff list."""


@dataclass(eq=False)
class StaffEmailMissing(StaffListFault):
    line: int
    column: str = "Staff Email"
    code = "staff_email_missing"
    sentence = (
        "Line {line} of the staff list: {column} is empty, and people are known by it. "
        "Enter the address or remove the line."
    )


@dataclass(eq=False)
class StaffEmailMalformed(StaffListFault):
    line: int
    column: str = "Staff Email"
    code = "staff_email_malformed"
    sentence = (
        "Line {line} of the staff list: {column} does not look like name@example.org. "
        "Write exactly one address, without a name or brackets."
    )


@dataclass(eq=False)
class StaffSchoolsMissing(StaffListFault):
    line: int
    column: str = "Schools"
    code = "staff_schools_missing"
    sentence = (
        "Line {line} of the staff list: {column} is empty. "
        "Give the exact name of at least one school, several parted by commas."
    )


@dataclass(eq=False)
class UnknownSchoolName(StaffListFault):
    line: int
    name: str
    column: str = "Schools"
    code = "unknown_school_name"
    sentence = (
        "Line {line} of the staff list: this partner has no school called exactly “{name}”. "
        "Copy the name from the list of its schools."
    )


@dataclass(eq=False)
class AmbiguousSchoolName(StaffListFault):
    line: int
    name: str
    numbers: tuple[str, ...]
    column: str = "Schools"
    code = "ambiguous_school_name"
    sentence = (
        "Line {line} of the staff list: more than one school is called “{name}” "
        "(numbers {numbers}). Leave this person out; whoever runs Recess adds them by the school's "
        "id, with `recess accounts add`."
    )
