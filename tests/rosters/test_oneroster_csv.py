"""What a faultless OneRoster set says, in both versions, as a folder and as a .zip."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.rosters import NoBatch, open_roster
from storage.snapshot import RosterPerson, RosterSchool
from tests.rosters import sets
from tests.rosters.conftest import Reading
from tests.rosters.sets import org, role, set_1p1, set_1p2, user, user_1p2

Reader = Callable[[sets.Files], Reading]


def test_a_set_gives_its_schools_and_its_staff(read_files: Reader) -> None:
    schools, people = read_files(
        set_1p1(
            [org("d", kind="district"), org("007", "Oak Elementary", identifier="42")],
            [user("u1", "007", email=" ada@example.org "), user("u2", "007", "student")],
        )
    )
    assert schools == [RosterSchool("007", "42", "Oak Elementary")]
    assert people == [RosterPerson("u1", "ada@example.org", "Ada", "Byron", ("007",))]


@pytest.mark.parametrize(
    ("role", "is_staff"),
    [
        *[(role, True) for role in ("administrator", "aide", "proctor", "teacher", "Teacher")],
        *[(role, False) for role in ("guardian", "parent", "relative", "student")],
    ],
)
def test_the_staff_of_1p1_are_those_of_a_staff_role(
    read_files: Reader, role: str, is_staff: bool
) -> None:
    _, people = read_files(set_1p1(users=[user("u1", role=role)]))
    assert bool(people) is is_staff


@pytest.mark.parametrize(
    ("kind", "is_staff"),
    [
        *[(kind, True) for kind in ("aide", "counselor", "districtAdministrator", "principal")],
        *[(kind, True) for kind in ("proctor", "siteAdministrator", "systemAdministrator")],
        *[(kind, False) for kind in ("guardian", "parent", "relative", "student", "ext:cook")],
    ],
)
def test_the_staff_of_1p2_are_those_of_a_staff_role(
    read_files: Reader, kind: str, is_staff: bool
) -> None:
    _, people = read_files(set_1p2([org("s1")], [user_1p2("u1")], [role("r1", "u1", "s1", kind)]))
    assert bool(people) is is_staff


def test_a_person_of_1p2_works_where_any_current_staff_role_is(read_files: Reader) -> None:
    _, people = read_files(
        set_1p2(
            [org("s1"), org("s2"), org("s3"), org("s4")],
            [user_1p2("u1"), user_1p2("u2")],
            [
                role("r1", "u1", "s2"),
                role("r2", "u2", "s1", "student"),
                role("r3", "u1", "s1", "principal"),
                role("r4", "u1", "s3", "parent"),
                role("r5", "u1", "s4", status="tobedeleted"),
                role("r6", "u1", "s2", "aide"),
            ],
        )
    )
    assert [(person.id, person.schools) for person in people] == [("u1", ("s1", "s2"))]


def test_a_deleted_role_may_outlive_its_user_and_a_user_its_role(read_files: Reader) -> None:
    _, people = read_files(
        set_1p2(
            [org("s1")],
            [user_1p2("u1"), user_1p2("u2")],
            [
                role("r1", "gone", status="tobedeleted"),
                role("r2", "u1", status="tobedeleted"),
                role("r3", "u2"),
            ],
        )
    )
    assert [person.id for person in people] == ["u2"]


@pytest.mark.parametrize("status", ["tobedeleted", "inactive", " ToBeDeleted"])
def test_what_is_to_be_deleted_is_absent(read_files: Reader, status: str) -> None:
    schools, people = read_files(
        set_1p1(
            [org("s1", status=status), org("s2", status="active")],
            [user("u1", "s2", status=status), user("u2", "s2", status="active")],
        )
    )
    assert [school.id for school in schools] == ["s2"]
    assert [person.id for person in people] == ["u2"]


def test_people_keep_the_schools_that_the_set_does_not_have(read_files: Reader) -> None:
    _, people = read_files(set_1p1([org("s1")], [user("u1", "s9, s1,s1 ")]))
    assert people[0].schools == ("s1", "s9")


def test_someone_disabled_is_still_there(read_files: Reader) -> None:
    _, people = read_files(set_1p1(users=[user("u1", enabledUser="FALSE")]))
    assert [person.id for person in people] == ["u1"]


def test_a_department_as_the_only_org_is_no_school(read_files: Reader) -> None:
    schools, people = read_files(set_1p1([org("s1", kind="department")], [user("u1")]))
    assert schools == []
    assert len(people) == 1


def test_an_extended_type_of_1p2_is_no_school(read_files: Reader) -> None:
    schools, _ = read_files(
        set_1p2([org("s1", kind="ext:camp")], [user_1p2("u1")], [role("r1", "u1")])
    )
    assert schools == []


def test_a_school_without_a_name_is_called_by_its_id(read_files: Reader) -> None:
    schools, _ = read_files(set_1p1([org("s1", " ")], [user("u1")]))
    assert schools[0].name == "s1"


def test_spaces_that_belong_to_a_school_id_stay_in_references(read_files: Reader) -> None:
    schools, people = read_files(set_1p1([org(" s 1")], [user("u1", " s 1")]))
    assert schools[0].id == " s 1"
    assert people[0].schools == (" s 1",)


def test_a_school_id_with_a_comma_is_found_as_it_is(read_files: Reader) -> None:
    _, people = read_files(set_1p2([org("s,1")], [user_1p2("u1")], [role("r1", "u1", "s,1")]))
    assert people[0].schools == ("s,1",)


def test_metadata_may_hold_lines_and_commas(read_files: Reader) -> None:
    files = set_1p1()
    files["orgs.csv"] = b'sourcedId,name,type,metadata.x\ns1,Oak,school,"{1,\n2,\n3,\n4}"\n'
    assert len(read_files(files)[0]) == 1


def test_the_dirt_of_real_exports_is_overlooked(read_files: Reader) -> None:
    files = set_1p1()
    files["orgs.csv"] = (
        b"\xef\xbb\xbfsourcedId,status,dataLastModified,name,type,identifier,metadata.x,,\r\n"
        b"s1,active,,Oak,school,1,y\r\n"
        b'\r\ns2,active,,"Elm\r\nStreet, ""East""",school,2,,,,,\r\n'
        b"s3,active,,Ash,school,3,"
    )
    schools, _ = read_files(files)
    assert [school.name for school in schools] == ["Oak", 'Elm\r\nStreet, "East"', "Ash"]


def test_files_beside_the_set_are_overlooked(read_files: Reader) -> None:
    schools, _ = read_files(set_1p1() | {"notes.txt": b"", "extra.csv": b"\xff"})
    assert len(schools) == 2


def test_other_files_of_the_set_are_not_read_through(read_files: Reader) -> None:
    files = set_1p1() | {"classes.csv": b"sourcedId,title\nc1,\xff\n"}
    files["manifest.csv"] = sets.manifest(
        orgs="bulk", users="Bulk", classes="bulk", courses="absent"
    )
    assert len(read_files(files)[0]) == 2


@pytest.mark.parametrize("modes", [{}, {"orgs": "absent", "users": "absent"}])
def test_a_manifest_alone_means_no_updates(read_files: Reader, modes: dict[str, str]) -> None:
    with pytest.raises(NoBatch, match="no updates"):
        read_files({"manifest.csv": sets.manifest(**modes)})


def test_an_id_may_stand_in_two_files(read_files: Reader) -> None:
    _, people = read_files(set_1p1([org("same")], [user("same", "same")]))
    assert people[0].id == "same"


def test_progress_goes_up_to_all_bytes_and_is_not_told_too_often(tmp_path: Path) -> None:
    users = [user(f"u{number}") for number in range(20_000)]
    sets.in_folder(tmp_path / "set", set_1p1(users=users))
    told: list[tuple[int, int]] = []
    source = {"kind": "oneroster-csv", "path": str(tmp_path / "set")}
    with open_roster(source, base=Path("/"), progress=lambda *bytes: told.append(bytes)) as roster:
        assert sum(1 for _ in roster.people()) == 20_000
    total = sum((tmp_path / "set" / name).stat().st_size for name in ("orgs.csv", "users.csv"))
    assert told == sorted(told)
    assert told[-1] == (total, total)
    assert len(told) < 200


def test_a_reading_that_is_given_up_closes_its_files(tmp_path: Path) -> None:
    sets.in_folder(tmp_path / "set", set_1p1(users=[user(f"u{n}") for n in range(50_000)]))
    with open_roster({"kind": "oneroster-csv", "path": "set"}, base=tmp_path) as roster:
        people = roster.people()
        assert next(people).id == "u0"
        people.close()  # type: ignore[attr-defined]
