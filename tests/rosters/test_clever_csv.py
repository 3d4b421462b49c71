"""Clever-style sets: people at several schools, ids as text, and every fault with its place."""

from collections.abc import Callable
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.rosters import RosterFault, Surroundings, faults, open_roster
from bot.rosters.csv_upload import Kind, kind_of
from bot.settings import Settings
from storage.snapshot import RosterPerson, RosterSchool
from tests.rosters import sets
from tests.rosters.clever import SCHOOL_COLUMNS, clever_set, school, staff, teacher

Reading = tuple[list[RosterSchool], list[RosterPerson]]
SECRET = "hunter2"


@pytest.fixture(params=["folder", "zip"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[sets.Files], Reading]:
    """Reads files as an upload, once as a folder and once as a .zip."""

    def reading(files: sets.Files) -> Reading:
        place = sets.in_folder if request.param == "folder" else sets.in_zip
        return uploaded(place(tmp_path / f"set.{request.param}", files))

    return reading


def uploaded(path: Path) -> Reading:
    around = Surroundings(Settings(_env_file=None), upload=path)
    with open_roster({"kind": "csv"}, around=around) as roster:
        return list(roster.schools), list(roster.people())


def test_a_set_is_read_with_ids_byte_for_byte(read: Callable[..., Reading]) -> None:
    files = clever_set(
        [school("001", "Oak", "0012")], [teacher("007", "001")], [staff("00 8", "001")]
    )
    assert read(files) == (
        [RosterSchool("001", "0012", "Oak")],
        [
            RosterPerson("007", "007@example.org", "Ada", "Byron", ("001",)),
            RosterPerson("00 8", "00 8@example.org", "Ada", "Byron", ("001",)),
        ],
    )


def test_the_order_of_columns_is_free_and_others_are_overlooked(
    read: Callable[..., Reading],
) -> None:
    columns = ("ext.color", *reversed(SCHOOL_COLUMNS))
    rows = [{**school("s1", "Oak"), "ext.color": "red"}]
    files = clever_set() | {"schools.csv": sets.table(columns, rows)}
    assert read(files)[0] == [RosterSchool("s1", "001", "Oak")]


def test_rows_of_one_id_are_one_person_also_across_files(read: Callable[..., Reading]) -> None:
    files = clever_set(
        teachers=[teacher("u1", "s2"), teacher("u2", "s1"), teacher("u1", "s1")],
        staff=[staff("u1", "s3")],
    )
    assert {person.id: person.schools for person in read(files)[1]} == {
        "u1": ("s1", "s2", "s3"),
        "u2": ("s1",),
    }


def test_a_person_is_the_same_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = [
        teacher("u1", "s1", First_name="Bob", Teacher_email=""),
        teacher("u1", "s2", First_name="Robert", Teacher_email="BOB@example.org"),
        teacher("u1", "s3", First_name="Robert", Teacher_email="bob@example.org"),
    ]
    found = {
        uploaded(sets.in_zip(tmp_path / "set.zip", clever_set(teachers=order)))[1][0]
        for order in permutations(rows)
    }
    assert found == {RosterPerson("u1", "BOB@example.org", "Bob", "Byron", ("s1", "s2", "s3"))}


@pytest.mark.parametrize("left_out", ["teachers.csv", "staff.csv"])
def test_one_file_of_people_is_enough(read: Callable[..., Reading], left_out: str) -> None:
    files = clever_set()
    del files[left_out]
    assert len(read(files)[1]) == 1


def test_a_file_of_people_with_a_header_alone_says_that_nobody_is_in_it(tmp_path: Path) -> None:
    path = sets.in_zip(tmp_path / "set.zip", clever_set(staff=[]))
    around = Surroundings(Settings(_env_file=None), upload=path)
    with open_roster({"kind": "csv"}, around=around) as roster:
        assert [person.id for person in roster.people()] == ["u1"]
        assert roster.note == "Nobody is in staff.csv: only the header is there."


def test_teachers_need_no_address(read: Callable[..., Reading]) -> None:
    columns = ("School_id", "Teacher_id", "First_name", "Last_name")
    rows = [{name: teacher("u1", "s1")[name] for name in columns}]
    files = clever_set() | {"teachers.csv": sets.table(columns, rows)}
    assert read(files)[1][0] == RosterPerson("u1", "", "Ada", "Byron", ("s1",))


def test_people_may_work_at_a_school_that_is_not_in_the_set(read: Callable[..., Reading]) -> None:
    files = clever_set(teachers=[teacher("u1", "s9"), teacher("u1", " s1 ")])
    assert read(files)[1][0].schools == ("s1", "s9")


def test_a_one_roster_set_is_read_as_one(read: Callable[..., Reading]) -> None:
    files = sets.set_1p1() | {"schools.csv": b"not ours"}
    assert [school.id for school in read(files)[0]] == ["s1", "s2"]


def swapped(files: sets.Files, old: str, new: str) -> sets.Files:
    return {name.replace(old, new): content for name, content in files.items()}


def csv(text: str) -> bytes:
    return text.encode()


TEACHER = "School_id,Teacher_id,First_name,Last_name,Teacher_email\n"

CASES: dict[str, tuple[sets.Files, dict[str, Any]]] = {
    "set_unrecognized": ({"users.csv": b"sourcedId\nu1"}, {}),
    "people_files_absent": ({"schools.csv": clever_set()["schools.csv"]}, {}),
    "file_wrong_case": (
        swapped(clever_set(), "teachers", "Teachers"),
        {"file": "teachers.csv", "found": "Teachers.csv"},
    ),
    "file_wrong_case: of the schools": (
        swapped(clever_set(), "schools", "SCHOOLS"),
        {"file": "schools.csv", "found": "SCHOOLS.csv"},
    ),
    "header_missing": (
        clever_set() | {"staff.csv": csv("School_id,Staff_id,First_name,Last_name\ns1,u1,A,B")},
        {"file": "staff.csv", "column": "Staff_email", "line": 1},
    ),
    "header_wrong_case": (
        clever_set() | {"teachers.csv": csv("school_id,Teacher_id,First_name,Last_name\n1,2,3,4")},
        {"file": "teachers.csv", "column": "School_id", "line": 1},
    ),
    "header_wrong_case: of an address": (
        clever_set() | {"teachers.csv": csv(TEACHER.replace("_email", "_Email") + "s1,u1,A,B,c")},
        {"file": "teachers.csv", "column": "Teacher_email", "line": 1},
    ),
    "no_rows: nobody at all on a first roster": (
        clever_set(teachers=[], staff=[]),
        {"file": "teachers.csv"},
    ),
    "header_missing: instead of rows": (
        clever_set() | {"staff.csv": csv("School_id,Staff_id\n")},
        {"file": "staff.csv", "column": "First_name", "line": 1},
    ),
    "file_empty": (clever_set() | {"schools.csv": b""}, {"file": "schools.csv"}),
    "id_twice": (
        clever_set([school("s1", "Oak"), school("s2", "Ash"), school("s1", "Elm")]),
        {"file": "schools.csv", "id": "s1", "first": 2, "line": 4, "column": "School_id"},
    ),
    "id_empty": (
        clever_set([school(" ", "Oak")]),
        {"file": "schools.csv", "line": 2, "column": "School_id"},
    ),
    "id_empty: of a teacher": (
        clever_set(teachers=[teacher("u1", "s1"), teacher("", "s1")]),
        {"file": "teachers.csv", "line": 3, "column": "Teacher_id"},
    ),
    "id_empty: of staff": (
        clever_set(staff=[staff("", "s1")]),
        {"file": "staff.csv", "line": 2, "column": "Staff_id"},
    ),
    "school_id_empty": (
        clever_set(staff=[staff("u1", " ")]),
        {"file": "staff.csv", "line": 2, "column": "School_id"},
    ),
    "emails_differ": (
        clever_set(
            teachers=[teacher("u1", "s1"), teacher("u2", "s1")],
            staff=[staff("u9", "s1"), staff("u2", "s2", Staff_email="other@example.org")],
        ),
        {"file": "staff.csv", "line": 3, "id": "u2", "first_file": "teachers.csv", "first": 3},
    ),
    "too_few_cells": (
        clever_set() | {"teachers.csv": csv(TEACHER + f"s1,u1,A,B,{SECRET}\ns1,u2,A")},
        {"file": "teachers.csv", "line": 3},
    ),
    "not_utf8": (
        clever_set()
        | {"staff.csv": b"School_id,Staff_id,First_name,Last_name,Staff_email\ns1,\xf1"},
        {"file": "staff.csv", "line": 2},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_says_what_and_where(read: Callable[..., Reading], case: str) -> None:
    files, expected = CASES[case]
    with pytest.raises(RosterFault) as caught:
        read(files)
    fault = caught.value
    assert fault.code == case.split(":")[0], fault
    assert {key: fault.details[key] for key in expected} == expected
    assert all(str(value) in str(fault) for value in expected.values())
    assert SECRET not in str(fault) + str(fault.details)


def test_without_an_upload_there_is_nothing_to_compare() -> None:
    around = Surroundings(Settings(_env_file=None))
    with pytest.raises(faults.UploadAwaited), open_roster({"kind": "csv"}, around=around):
        pass


# What an uploaded file is


STAFF_LIST = "Staff First Name,Staff Last Name,Staff Email,Schools\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("people.csv", csv(STAFF_LIST), Kind.STAFF_LIST),
        ("people.csv", csv("\ufeff" + STAFF_LIST.lower()), Kind.STAFF_LIST),
        ("people.csv", csv("School_id," + STAFF_LIST), Kind.STAFF_LIST),
        ("people.csv", b"", Kind.STAFF_LIST),
        ("people.csv", STAFF_LIST.encode("utf-16"), Kind.STAFF_LIST),
        ("set.ZIP", b"anything", Kind.SET),
        ("set", b"PK\x03\x04", Kind.SET),
    ],
)
def test_a_file_is_known_by_its_first_bytes(
    tmp_path: Path, name: str, content: bytes, kind: Kind
) -> None:
    (tmp_path / name).write_bytes(content)
    assert kind_of(tmp_path / name) is kind


def test_a_folder_is_a_set(tmp_path: Path) -> None:
    assert kind_of(tmp_path) is Kind.SET


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"School_id,Staff_id\n", "set_file_alone"),
        (b"sourcedId,status\n", "set_file_alone"),
        (b"propertyName,value\n", "set_file_alone"),
        (b"Name,Mail\n", "file_unrecognized"),
        (b"%PDF-1.7", "file_unrecognized"),
    ],
)
def test_a_file_that_is_neither_is_refused_clearly(
    tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "file.csv").write_bytes(content)
    with pytest.raises(RosterFault) as caught:
        kind_of(tmp_path / "file.csv")
    assert caught.value.code == code
    assert "file.csv" in str(caught.value)


# Whatever comes in


SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ids = st.text('0123456789 aé,"', min_size=1, max_size=4).filter(str.strip)


@SETTINGS
@given(rows=st.lists(st.tuples(ids, ids), min_size=1, unique=True))
def test_rows_out_are_rows_in(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    schools = sorted({where for _, where in rows})
    files = clever_set(
        [school(id, "Oak") for id in schools],
        [teacher(id, where, Teacher_email="") for id, where in rows],
    )
    del files["staff.csv"]
    found, people = uploaded(sets.in_zip(tmp_path / "set.zip", files))
    assert [one.id for one in found] == schools
    assert {(one.id, where) for one in people for where in one.schools} == set(rows)
    assert all(list(one.schools) == sorted(set(one.schools)) for one in people)


@SETTINGS
@given(name=st.sampled_from(["schools.csv", "teachers.csv", "staff.csv"]), content=st.binary())
def test_any_bytes_end_in_a_roster_or_a_refusal(tmp_path: Path, name: str, content: bytes) -> None:
    path = sets.in_zip(tmp_path / "set.zip", clever_set() | {name: content})
    with suppress(RosterFault):
        schools, _ = uploaded(path)
        assert schools
