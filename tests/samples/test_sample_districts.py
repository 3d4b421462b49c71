"""The sample rosters of the first night: their form, their sizes, their people."""

import hashlib
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.demo.samples import CHANNELS, GROUPS, PARTNERS, PEOPLE, write_samples

Reader = Callable[[Path], list[dict[str, str]]]
SLUGS = [partner.slug for partner in PARTNERS]
STAFF = {"teacher", "administrator", "aide"}
ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password\n"
)


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def first_line(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        return file.readline()


def schools(rows: Reader, folder: Path, slug: str) -> list[dict[str, str]]:
    orgs = rows(folder / "rosters" / slug / "orgs.csv")
    return [org for org in orgs if org["type"] == "school"]


def staff(rows: Reader, folder: Path, slug: str) -> list[dict[str, str]]:
    users = rows(folder / "rosters" / slug / "users.csv")
    return [user for user in users if user["role"] in STAFF]


def listed(user: dict[str, str]) -> list[str]:
    """The schools of a person, without the department."""
    return [org for org in user["orgSourcedIds"].split(",") if not org.endswith("-dept")]


def addresses(rows: Reader, folder: Path) -> Iterator[str]:
    yield from (person.email for person in PEOPLE)
    for slug in SLUGS:
        users = rows(folder / "rosters" / slug / "users.csv")
        yield from (user["email"] for user in users if user["email"])


def test_the_same_bytes_are_written_every_time(first_night: Path, tmp_path: Path) -> None:
    write_samples(tmp_path)
    assert fingerprints(tmp_path) == fingerprints(first_night)


def test_the_bytes_do_not_depend_on_the_python_version(first_night: Path) -> None:
    users = first_night / "rosters" / "lincoln-usd" / "users.csv"
    assert hashlib.sha256(users.read_bytes()).hexdigest()[:16] == "3ed0eca8e5cf8e27"


def test_writing_again_takes_back_what_nights_and_hands_did(samples: Path) -> None:
    before = fingerprints(samples)
    (samples / "rosters" / "lincoln-usd" / "orgs.csv").write_text("edited")
    (samples / "nights" / "lincoln-usd" / "aside").mkdir()
    (samples / "nights" / "lincoln-usd" / "aside" / "LUSD-0012.json").write_text("{}")
    write_samples(samples)
    assert fingerprints(samples) == before


def test_write_samples_says_where_everything_is(tmp_path: Path) -> None:
    samples = write_samples(tmp_path)
    assert samples.partners.is_file()
    assert {slug: path.is_dir() for slug, path in samples.rosters.items()} == dict.fromkeys(
        SLUGS, True
    )
    assert samples.nights == 6


@pytest.mark.parametrize("slug", SLUGS)
def test_headers_are_those_of_oneroster(first_night: Path, slug: str) -> None:
    folder = first_night / "rosters" / slug
    assert first_line(folder / "orgs.csv") == ORGS
    assert first_line(folder / "users.csv") == USERS
    assert first_line(folder / "manifest.csv") == "propertyName,value\n"


@pytest.mark.parametrize("slug", SLUGS)
def test_the_manifest_names_exactly_the_files_that_are_there(
    first_night: Path, slug: str, rows: Reader
) -> None:
    folder = first_night / "rosters" / slug
    said = {row["propertyName"]: row["value"] for row in rows(folder / "manifest.csv")}
    bulk = {name.removeprefix("file.") for name, value in said.items() if value == "bulk"}
    assert said["oneroster.version"] == "1.1"
    assert {path.stem for path in folder.iterdir()} == bulk | {"manifest"}


@pytest.mark.parametrize("slug", SLUGS)
def test_every_org_is_inside_the_district(first_night: Path, slug: str, rows: Reader) -> None:
    orgs = rows(first_night / "rosters" / slug / "orgs.csv")
    district = next(org for org in orgs if org["type"] == "district")
    assert [org["type"] for org in orgs].count("department") == 1
    parents = {org["parentSourcedId"] for org in orgs if org is not district}
    assert parents == {district["sourcedId"]}


@pytest.mark.parametrize("slug", SLUGS)
def test_everybody_lists_orgs_that_exist(first_night: Path, slug: str, rows: Reader) -> None:
    folder = first_night / "rosters" / slug
    known = {org["sourcedId"] for org in rows(folder / "orgs.csv")}
    for user in rows(folder / "users.csv"):
        orgs = user["orgSourcedIds"].split(",")
        assert set(orgs) <= known
        assert len(set(orgs)) == len(orgs)


@pytest.mark.parametrize("slug", SLUGS)
def test_ids_numbers_and_staff_addresses_are_unique(
    first_night: Path, slug: str, rows: Reader
) -> None:
    users = rows(first_night / "rosters" / slug / "users.csv")
    numbers = [school["identifier"] for school in schools(rows, first_night, slug)]
    emails = [person["email"] for person in staff(rows, first_night, slug)]
    assert len({user["sourcedId"] for user in users}) == len(users)
    assert len(set(numbers)) == len(numbers)
    assert len(set(emails)) == len(emails)
    assert all(emails)


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("lincoln-usd", (42, 2_000, 20_000)),
        ("cedar-valley", (12, 400, 4_500)),
        ("riverside-isd", (9, 220, 2_420)),
        ("golden-plains", (64, 900, 1_604)),
    ],
)
def test_districts_have_the_promised_sizes(
    first_night: Path, rows: Reader, slug: str, expected: tuple[int, int, int]
) -> None:
    users = rows(first_night / "rosters" / slug / "users.csv")
    found = (len(schools(rows, first_night, slug)), len(staff(rows, first_night, slug)), len(users))
    assert found == expected


def test_about_one_in_eight_of_lincolns_staff_works_at_several_schools(
    first_night: Path, rows: Reader
) -> None:
    people = staff(rows, first_night, "lincoln-usd")
    several = sum(len(listed(person)) > 1 for person in people)
    assert 0.10 <= several / len(people) <= 0.14


def test_every_school_has_staff(first_night: Path, rows: Reader) -> None:
    for slug in SLUGS:
        counts = Counter(s for person in staff(rows, first_night, slug) for s in listed(person))
        for school in schools(rows, first_night, slug):
            assert counts[school["sourcedId"]] >= 4, school["name"]


def test_two_lincoln_schools_share_a_name_and_nothing_else(first_night: Path, rows: Reader) -> None:
    names = Counter(school["name"] for school in schools(rows, first_night, "lincoln-usd"))
    assert {name for name, count in names.items() if count > 1} == {"Washington Elementary"}
    assert names["Washington Elementary"] == 2


def test_most_of_harbor_middles_staff_is_known_elsewhere(first_night: Path, rows: Reader) -> None:
    harbor = [p for p in staff(rows, first_night, "cedar-valley") if "cv-00402" in listed(p)]
    elsewhere = sum(len(listed(person)) > 1 for person in harbor)
    assert elsewhere / len(harbor) > 0.6


def test_no_address_is_real_and_no_password_is_given(first_night: Path, rows: Reader) -> None:
    assert all(email.endswith(".example") for email in addresses(rows, first_night))
    for slug in SLUGS:
        users = rows(first_night / "rosters" / slug / "users.csv")
        assert {user["password"] for user in users} == {""}
        assert all(u["phone"] == "" or u["phone"].startswith("555-555-01") for u in users)


@pytest.mark.parametrize(
    ("slug", "email", "schools"),
    [
        ("lincoln-usd", "ana.flores@lincoln-usd.example", ["LUSD-0012"]),
        ("lincoln-usd", "bo.chen@lincoln-usd.example", ["LUSD-0201", "LUSD-0103"]),
        ("lincoln-usd", "tia.nguyen@lincoln-usd.example", ["LUSD-0012", "LUSD-0024"]),
        ("cedar-valley", "carmen.diaz@cedar-valley.example", ["cv-00402", "cv-00501"]),
        ("riverside-isd", "dev.patel@riverside-isd.example", ["R-00730"]),
        ("golden-plains", "hana.sato@golden-plains.example", ["GP-0104"]),
    ],
)
def test_people_of_the_workspace_work_at_their_schools(
    first_night: Path, rows: Reader, slug: str, email: str, schools: list[str]
) -> None:
    found = [person for person in staff(rows, first_night, slug) if person["email"] == email]
    assert [listed(person) for person in found] == [schools]
    assert email in {person.email for person in PEOPLE}


def test_the_partners_file_declares_each_partner(first_night: Path) -> None:
    declared = tomllib.loads((first_night / "partners.toml").read_text("utf-8"))["partner"]
    assert declared[0] == {
        "slug": "lincoln-usd",
        "name": "Lincoln Unified",
        "timezone": "America/Los_Angeles",
        "channel": "C0LINCOLN",
        "admins": ["U0ANA", "S0LINCOLNADMINS"],
        "viewers": ["U0VIC"],
        "contact": "Lincoln Unified help desk, helpdesk@lincoln-usd.example",
        "source": {"kind": "oneroster-csv", "path": "rosters/lincoln-usd"},
    }
    assert [partner["slug"] for partner in declared] == SLUGS


def test_the_declared_rosters_are_there(first_night: Path) -> None:
    declared = tomllib.loads((first_night / "partners.toml").read_text("utf-8"))["partner"]
    for partner in declared:
        assert (first_night / partner["source"]["path"] / "manifest.csv").is_file()


def test_everybody_a_partner_names_is_in_the_workspace_and_in_the_channel() -> None:
    members = {channel.id: set(channel.members) for channel in CHANNELS}
    groups = {group.id: set(group.members) for group in GROUPS}
    for partner in PARTNERS:
        for name in (*partner.admins, *partner.viewers):
            assert groups.get(name, {name}) <= members[partner.channel]


def test_groups_and_channels_have_only_people_who_exist() -> None:
    people = {person.id for person in PEOPLE}
    for place in (*GROUPS, *CHANNELS):
        assert set(place.members) <= people
