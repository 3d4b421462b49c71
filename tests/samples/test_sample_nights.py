"""The nights after the first: what each changes, and what it leaves as people left it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo.samples import bring_night
from tests.samples.conftest import Night

Reader = Callable[[Path], list[dict[str, str]]]
Samples = Callable[[int], Path]
STAFF = {"teacher", "administrator", "aide"}
OAK, WASHINGTON, ANA = "LUSD-0012", "LUSD-0031", "LUSD-U100001"
LINCOLN, CEDAR, RIVERSIDE = "lincoln-usd", "cedar-valley", "riverside-isd"


def file(folder: Path, slug: str, name: str) -> Path:
    return folder / "rosters" / slug / name


def bring(folder: Path, until: int) -> list[str]:
    """Bring the nights one after the other; what the last one said."""
    said: list[str] = []
    for night in range(2, until + 1):
        said = bring_night(folder, night)
    return said


def schools(rows: Reader, folder: Path, slug: str) -> dict[str, str]:
    orgs = rows(file(folder, slug, "orgs.csv"))
    return {org["sourcedId"]: org["name"] for org in orgs if org["type"] == "school"}


def users(rows: Reader, folder: Path, slug: str) -> dict[str, dict[str, str]]:
    return {user["sourcedId"]: user for user in rows(file(folder, slug, "users.csv"))}


def at(people: dict[str, dict[str, str]], school: str) -> list[dict[str, str]]:
    return [user for user in people.values() if school in user["orgSourcedIds"].split(",")]


def staff_at(people: dict[str, dict[str, str]], school: str) -> list[str]:
    return [user["sourcedId"] for user in at(people, school) if user["role"] in STAFF]


def edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Edit a file as somebody with a text editor does, line by line."""
    with path.open(encoding="utf-8", newline="") as opened:
        lines = opened.readlines()
    with path.open("w", encoding="utf-8", newline="") as opened:
        opened.writelines(change(lines))


def delete_rows(path: Path, naming: str) -> None:
    edit(path, lambda lines: [line for line in lines if naming not in line])


def delete_school(folder: Path, slug: str, school: str) -> None:
    for name in ("orgs.csv", "users.csv"):
        delete_rows(file(folder, slug, name), school)


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path): path.read_bytes() for path in (folder / "rosters").rglob("*") if path.is_file()
    }


# What the story says


@pytest.mark.parametrize(
    ("night", "slug", "gone", "come"),
    [
        (2, LINCOLN, {"Oak Elementary", "Washington Elementary"}, set()),
        (2, CEDAR, {"Harbor Middle School"}, set()),
        (2, RIVERSIDE, {"Maple Grove Academy", "Pine Hollow Elementary"}, set()),
        (3, LINCOLN, {"Maplewood Elementary", "Jefferson Middle School"}, {"Oak Elementary"}),
        (3, CEDAR, set(), set()),
        (3, RIVERSIDE, set(), {"Maple Grove Academy"}),
        (4, LINCOLN, set(), {"Washington Elementary", "Bay STEM Academy"}),
        (4, RIVERSIDE, set(), set()),
        (5, LINCOLN, set(), {"Jefferson Middle School"}),
        (5, CEDAR, set(), {"Harbor Middle School"}),
        (
            5,
            RIVERSIDE,
            {
                "Riverbend Elementary",
                "Ferry Street Elementary",
                "Huron Middle School",
                '"Second Chance" Evening School',
            },
            set(),
        ),
        (6, CEDAR, set(), set()),
    ],
)
def test_each_night_takes_and_brings_the_schools_of_its_story(
    nights: dict[int, Night], rows: Reader, night: int, slug: str, gone: set[str], come: set[str]
) -> None:
    before = schools(rows, nights[night - 1].folder, slug)
    after = schools(rows, nights[night].folder, slug)
    assert {before[school] for school in before.keys() - after.keys()} == gone
    assert {after[school] for school in after.keys() - before.keys()} == come


def test_the_second_night_is_told_in_plain_sentences(nights: dict[int, Night]) -> None:
    assert nights[2].said == [
        "Oak Elementary (0012) is gone from Lincoln Unified's roster.",
        "Washington Elementary (0031) is gone from Lincoln Unified's roster.",
        "Other staff of Lincoln Unified: 3 joined, 2 left, 3 changed.",
        "Harbor Middle School (179901000402) is gone from Cedar Valley School District's roster.",
        "Other staff of Cedar Valley School District: 1 joined, 1 left, 1 changed.",
        "Maple Grove Academy (269912000710) is gone from Riverside ISD's roster.",
        "Pine Hollow Elementary (269912000711) is gone from Riverside ISD's roster.",
        "Other staff of Riverside ISD: 1 joined, 0 left, 1 changed.",
        "60 schools are gone from Golden Plains's roster.",
    ]


def test_some_staff_of_a_vanished_school_still_list_it_and_some_do_not(
    nights: dict[int, Night], rows: Reader
) -> None:
    before = staff_at(users(rows, nights[1].folder, LINCOLN), OAK)
    now = users(rows, nights[2].folder, LINCOLN)
    assert ANA in staff_at(now, OAK)
    assert 0 < len(staff_at(now, OAK)) < len(before)
    assert any(person not in now for person in before)


def test_somebody_of_a_vanished_school_is_left_at_another_one(
    nights: dict[int, Night], rows: Reader
) -> None:
    before = staff_at(users(rows, nights[1].folder, CEDAR), "cv-00402")
    now = users(rows, nights[2].folder, CEDAR)
    elsewhere = [p for p in before if p in now and "cv-00402" not in now[p]["orgSourcedIds"]]
    assert elsewhere
    assert all(now[person]["orgSourcedIds"] for person in elsewhere)


def test_students_leave_with_their_school(nights: dict[int, Night], rows: Reader) -> None:
    roles = {user["role"] for user in at(users(rows, nights[2].folder, LINCOLN), OAK)}
    assert roles <= STAFF


@pytest.mark.parametrize("slug", [LINCOLN, CEDAR, RIVERSIDE])
def test_few_staff_of_schools_that_stay_lose_one(
    nights: dict[int, Night], rows: Reader, slug: str
) -> None:
    for night in (2, 3):
        before = users(rows, nights[night - 1].folder, slug)
        after = users(rows, nights[night].folder, slug)
        lost = [
            user
            for school in schools(rows, nights[night].folder, slug)
            for user in set(staff_at(before, school)) - set(staff_at(after, school))
        ]
        assert len(lost) <= 5


def test_a_school_that_returns_has_its_people_again(nights: dict[int, Night], rows: Reader) -> None:
    before = at(users(rows, nights[1].folder, LINCOLN), OAK)
    after = at(users(rows, nights[3].folder, LINCOLN), OAK)
    assert {user["sourcedId"] for user in after} == {user["sourcedId"] for user in before}


def test_the_re_created_school_has_its_number_and_people_but_another_id(
    nights: dict[int, Night], rows: Reader
) -> None:
    people = at(users(rows, nights[1].folder, LINCOLN), WASHINGTON)
    # Whoever also works at a school of the third night may have left with that one.
    before = [user["sourcedId"] for user in people if "," not in user["orgSourcedIds"]]
    fourth = nights[4]
    orgs = {org["sourcedId"]: org for org in rows(file(fourth.folder, LINCOLN, "orgs.csv"))}
    now = users(rows, fourth.folder, LINCOLN)
    assert WASHINGTON not in orgs
    assert orgs["LUSD-9031"]["identifier"] == "0031"
    assert set(before) <= {user["sourcedId"] for user in at(now, "LUSD-9031")}
    assert not at(now, WASHINGTON)
    sentence = "Washington Elementary (0031) is in Lincoln Unified's roster under a new id."
    assert sentence in fourth.said


def test_a_school_that_opens_has_staff(nights: dict[int, Night], rows: Reader) -> None:
    assert len(staff_at(users(rows, nights[4].folder, LINCOLN), "LUSD-0303")) == 8


def test_a_school_gets_another_name_under_the_same_id(
    nights: dict[int, Night], rows: Reader
) -> None:
    now = schools(rows, nights[6].folder, LINCOLN)
    assert now["LUSD-0001"] == "Adams Elementary School of the Arts"
    begins = "Adams Elementary (0001) is now called"
    assert any(sentence.startswith(begins) for sentence in nights[6].said)


def test_one_feed_loses_its_header_and_finds_it_again(nights: dict[int, Night]) -> None:
    before, without, again = (
        file(nights[night].folder, CEDAR, "users.csv").read_text("utf-8") for night in (3, 4, 5)
    )
    assert without == before.partition("\n")[2]
    sentence = "users.csv of Cedar Valley School District came without its header line."
    assert sentence in nights[4].said
    assert again.startswith(before.partition("\n")[0])


def test_the_night_of_the_breaker_takes_half_of_riverside_and_the_next_brings_it_back(
    nights: dict[int, Night], rows: Reader
) -> None:
    before = schools(rows, nights[4].folder, RIVERSIDE)
    people = users(rows, nights[4].folder, RIVERSIDE)
    assert len(before) - len(schools(rows, nights[5].folder, RIVERSIDE)) == 4
    assert schools(rows, nights[6].folder, RIVERSIDE) == before
    assert users(rows, nights[6].folder, RIVERSIDE).keys() == people.keys()


def test_an_unchanged_night_leaves_the_files_alone(samples_of: Samples) -> None:
    samples = samples_of(2)
    path = file(samples, CEDAR, "users.csv")
    before = path.stat()
    bring_night(samples, 3)
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("night", [0, 1, 7, 1000])
def test_a_night_that_is_not_prepared_changes_nothing(samples: Path, night: int) -> None:
    before = everything(samples)
    assert bring_night(samples, night) == []
    assert everything(samples) == before


def test_the_same_night_twice_changes_nothing_more(samples_of: Samples) -> None:
    samples = samples_of(2)
    before = everything(samples)
    assert bring_night(samples, 2) == []
    assert everything(samples) == before


def test_no_night_repeats_a_person_or_an_address(nights: dict[int, Night], rows: Reader) -> None:
    for slug in (LINCOLN, CEDAR, RIVERSIDE):
        people = rows(file(nights[6].folder, slug, "users.csv"))
        emails = [user["email"] for user in people if user["role"] in STAFF]
        assert len({user["sourcedId"] for user in people}) == len(people)
        assert len(set(emails)) == len(emails)


# What people did by hand


@pytest.mark.parametrize("school", [OAK, "LUSD-0015", "LUSD-0005", "LUSD-0303"])
def test_a_school_deleted_by_hand_stays_deleted(samples: Path, rows: Reader, school: str) -> None:
    delete_school(samples, LINCOLN, school)
    for night in range(2, 4):
        bring_night(samples, night)
    assert (school in schools(rows, samples, LINCOLN)) is False
    assert not at(users(rows, samples, LINCOLN), school)


def test_a_school_deleted_after_its_return_is_not_brought_back_again(
    samples_of: Samples, rows: Reader
) -> None:
    samples = samples_of(3)
    delete_school(samples, LINCOLN, OAK)
    bring_night(samples, 3)
    assert OAK not in schools(rows, samples, LINCOLN)


def test_deleting_only_the_row_in_orgs_is_kept_as_well(samples: Path, rows: Reader) -> None:
    before = len(at(users(rows, samples, LINCOLN), OAK))
    delete_rows(file(samples, LINCOLN, "orgs.csv"), OAK)
    bring(samples, 3)
    assert OAK not in schools(rows, samples, LINCOLN)
    assert len(at(users(rows, samples, LINCOLN), OAK)) == before


def test_nobody_joins_a_school_that_was_deleted_by_hand(samples: Path, rows: Reader) -> None:
    for school in schools(rows, samples, LINCOLN):
        delete_school(samples, LINCOLN, school)
    said = bring(samples, 2)
    assert not any("Lincoln" in sentence for sentence in said)
    assert users(rows, samples, LINCOLN) == {}


def test_a_person_deleted_after_their_school_went_does_not_return_with_it(
    samples_of: Samples, rows: Reader
) -> None:
    samples = samples_of(2)
    delete_rows(file(samples, LINCOLN, "users.csv"), ANA)
    bring_night(samples, 3)
    people = users(rows, samples, LINCOLN)
    assert ANA not in people
    assert OAK in schools(rows, samples, LINCOLN)


def test_a_name_changed_by_hand_is_not_changed_again(samples: Path, rows: Reader) -> None:
    path = file(samples, LINCOLN, "orgs.csv")
    edit(path, lambda lines: [line.replace("Adams Elementary", "Adams School") for line in lines])
    bring(samples, 6)
    assert schools(rows, samples, LINCOLN)["LUSD-0001"] == "Adams School"


def test_a_school_renamed_by_hand_returns_under_that_name(samples: Path, rows: Reader) -> None:
    path = file(samples, LINCOLN, "orgs.csv")
    edit(path, lambda lines: [line.replace("Oak Elementary", "Oak School") for line in lines])
    said = bring(samples, 3)
    assert schools(rows, samples, LINCOLN)[OAK] == "Oak School"
    assert "Oak School (0012) is back in Lincoln Unified's roster." in said


def test_rows_that_a_night_does_not_name_keep_their_bytes(samples: Path) -> None:
    odd = '"LUSD-U7","",,TRUE,"LUSD-0005",teacher,x,,"Line\nBreak",Quoted ""\xa0,,,x@y.example,,,,,'
    path = file(samples, LINCOLN, "users.csv")
    edit(path, lambda lines: [lines[0], odd + "\r\n", *lines[1:]])
    bring(samples, 6)
    assert (odd + "\r\n").encode() in path.read_bytes()


def test_bytes_that_are_no_utf_8_survive(samples: Path) -> None:
    path = file(samples, LINCOLN, "users.csv")
    latin = b"LUSD-U7,,,true,LUSD-0005,teacher,x,,Jos\xe9,X,,,x@y.example,,,,,\n"
    path.write_bytes(path.read_bytes() + latin)
    bring_night(samples, 2)
    assert latin in path.read_bytes()


def test_a_file_without_a_last_line_break_gets_one_before_new_rows(
    samples: Path, rows: Reader
) -> None:
    path = file(samples, LINCOLN, "users.csv")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    before = users(rows, samples, LINCOLN)
    bring_night(samples, 2)
    after = users(rows, samples, LINCOLN)
    assert len(after.keys() - before.keys()) == 3
    assert all(re.fullmatch(r"LUSD-[UP]\d+", user) for user in after)


def test_a_file_with_windows_line_ends_keeps_them(samples: Path) -> None:
    path = file(samples, LINCOLN, "users.csv")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    bring_night(samples, 2)
    content = path.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n")
    assert content.startswith(b"\xef\xbb\xbfsourcedId,")


@pytest.mark.parametrize("name", ["orgs.csv", "users.csv"])
def test_a_roster_without_its_file_is_left_and_the_others_go_on(samples: Path, name: str) -> None:
    file(samples, LINCOLN, name).unlink()
    before = everything(samples / "rosters" / LINCOLN)
    said = bring_night(samples, 2)
    assert said[0].startswith("Lincoln Unified's roster was left as it is")
    assert "Harbor Middle School (179901000402) is gone" in said[1]
    assert everything(samples / "rosters" / LINCOLN) == before


@pytest.mark.parametrize("name", ["orgs.csv", "users.csv"])
def test_a_roster_whose_header_was_broken_by_hand_is_left(samples: Path, name: str) -> None:
    edit(file(samples, LINCOLN, name), lambda lines: ["oops\n", *lines[1:]])
    before = {path: path.read_bytes() for path in (samples / "rosters" / LINCOLN).iterdir()}
    said = bring_night(samples, 2)
    assert said[0] == f"Lincoln Unified's roster was left as it is: {name} has no column sourcedId."
    assert {path: path.read_bytes() for path in before} == before


# How files are replaced


def test_a_reader_of_the_old_file_reads_it_to_its_end(samples: Path) -> None:
    path = file(samples, LINCOLN, "users.csv")
    before = path.read_bytes()
    with path.open("rb") as reader:
        head = reader.read(1000)
        bring_night(samples, 2)
        assert head + reader.read() == before
    assert path.read_bytes() != before


def test_nothing_but_the_set_is_ever_in_a_roster_folder(nights: dict[int, Night]) -> None:
    for folder in (nights[6].folder / "rosters").iterdir():
        assert {path.name for path in folder.iterdir()} == {"manifest.csv", "orgs.csv", "users.csv"}


def test_a_night_that_fails_midway_leaves_files_and_no_scraps(
    samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(samples)

    def full(_path: Path, _target: Path) -> Path:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space left"):
        bring_night(samples, 2)
    assert everything(samples) == before
    assert not [path for path in samples.rglob(".*") if path.is_file()]
