"""Small Clever-style sets, written as a partner's export would."""

from collections.abc import Iterable

from tests.rosters.sets import Files, Row, table

SCHOOL_COLUMNS = ("School_id", "School_name", "School_number", "State_id", "Low_grade")


def school(id: str, name: str, number: str = "001") -> Row:
    return {"School_id": id, "School_name": name, "School_number": number}


def teacher(id: str, school: str, **more: str) -> Row:
    return _person("Teacher", id, school, more)


def staff(id: str, school: str, **more: str) -> Row:
    return _person("Staff", id, school, more)


def people(kind: str, rows: Iterable[Row]) -> bytes:
    columns = ("School_id", f"{kind}_id", "First_name", "Last_name", f"{kind}_email", "Password")
    return table(columns, rows)


def clever_set(
    schools: Iterable[Row] | None = None,
    teachers: Iterable[Row] | None = None,
    staff: Iterable[Row] | None = None,
) -> Files:
    named = {"s1": "Oak Elementary", "s2": "Elm Elementary", "s3": "Fir Middle School"}
    if schools is None:
        schools = [school(id, name, f"00{id[1:]}") for id, name in named.items()]
    if teachers is None:
        teachers = [teacher("u1", "s1")]
    if staff is None:
        staff = [_person("Staff", "u2", "s2", {})]
    return {
        "schools.csv": table(SCHOOL_COLUMNS, schools),
        "teachers.csv": people("Teacher", teachers),
        "staff.csv": people("Staff", staff),
    }


def _person(kind: str, id: str, school: str, more: Row) -> Row:
    named = {"First_name": "Ada", "Last_name": "Byron", f"{kind}_email": f"{id}@example.org"}
    return {"School_id": school, f"{kind}_id": id, **named, **more}
