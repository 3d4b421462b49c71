"""One record and what it refers to."""

from dataclasses import dataclass

from bot.rosters.faults.unread import RosterFault


class RowFault(RosterFault):
    """One record of a file that reads well as CSV."""


@dataclass(eq=False)
class IdEmpty(RowFault):
    file: str
    line: int
    column: str = "sourcedId"
    code = "id_empty"
    sentence = (
        "{file}, line {line}: {column} is empty, and every record needs its id. "
        "Fill it in, or take the row out of the export."
    )


@dataclass(eq=False)
class IdTwice(RowFault):
    file: str
    id: str
    first: int
    line: int
    column: str = "sourcedId"
    code = "id_twice"
    sentence = (
        "{file}, lines {first} and {line}: both have {column} {id}, but an id may stand once. "
        "Merge the two rows, or give the second its own id."
    )


@dataclass(eq=False)
class StatusUnknown(RowFault):
    file: str
    line: int
    column: str = "status"
    code = "status_unknown"
    sentence = (
        "{file}, line {line}: {column} is neither empty nor active nor tobedeleted. "
        "In a bulk set it can stay empty."
    )


@dataclass(eq=False)
class OrgTypeUnknown(RowFault):
    file: str
    line: int
    expected: tuple[str, ...]
    column: str = "type"
    code = "org_type_unknown"
    sentence = (
        "{file}, line {line}: {column} is not a type of organization that OneRoster knows. "
        "Use one of: {expected}."
    )


@dataclass(eq=False)
class RoleUnknown(RowFault):
    file: str
    line: int
    expected: tuple[str, ...]
    column: str = "role"
    code = "role_unknown"
    sentence = (
        "{file}, line {line}: {column} is not a role of this OneRoster version. "
        "Map it to one of: {expected}."
    )


@dataclass(eq=False)
class ReferenceEmpty(RowFault):
    file: str
    line: int
    column: str
    code = "reference_empty"
    sentence = (
        "{file}, line {line}: {column} is empty, so it is unclear what the row belongs to. "
        "Enter the sourcedId it refers to."
    )


@dataclass(eq=False)
class RoleUserUnknown(RowFault):
    file: str
    line: int
    user: str
    column: str = "userSourcedId"
    code = "role_user_unknown"
    sentence = (
        "{file}, line {line}: {column} names {user}, who is not in users.csv. "
        "Export users and roles together, with the same filter."
    )


@dataclass(eq=False)
class UserWithoutRole(RowFault):
    file: str
    line: int
    user: str
    code = "user_without_role"
    sentence = (
        "{file}, line {line}: the user {user} has no row in roles.csv, so nobody can say whether "
        "this is staff. Check that roles.csv is complete."
    )
