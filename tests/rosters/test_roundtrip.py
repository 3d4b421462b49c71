"""Rows out are rows in, however they were written, and any bytes end in a roster or a fault."""

import random
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rosters import NoBatch, RosterFault
from bot.rosters.csvtable import Table
from storage.snapshot import RosterPerson, RosterSchool
from tests.rosters import sets
from tests.rosters.sets import ROLES, USERS, USERS_1P2, Row, org, role, user, user_1p2

# What may stand in a cell: quotes, commas and line breaks too, but no surrogates and no NUL.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
IDS = st.one_of(
    CELLS.filter(str.strip), st.from_regex(r"0{0,3}[0-9]{1,4}", fullmatch=True), st.uuids().map(str)
)
SCHOOL_IDS = IDS.filter(lambda id: "," not in id)
NUMBERS = st.integers(0, 2**32)


@dataclass
class Quirks:
    """How one exporter writes CSV; every choice is lawful."""

    rnd: random.Random
    bom: bool
    newline: str
    ending: bool

    def table(self, header: tuple[str, ...] | list[str], rows: list[Row]) -> bytes:
        columns = [*header, "metadata.language"]
        self.rnd.shuffle(columns)
        order = self.rnd.sample(rows, len(rows))
        lines = [self.line(columns), *(self.line([r.get(c, "") for c in columns]) for r in order)]
        text = self.newline.join(lines) + (self.newline if self.ending else "")
        return (b"\xef\xbb\xbf" if self.bom else b"") + text.encode()

    def line(self, cells: list[str]) -> str:
        return ",".join(map(self.cell, cells)) + "," * self.rnd.choice((0, 0, 3))

    def cell(self, cell: str) -> str:
        if any(char in cell for char in '",\r\n') or self.rnd.random() < 0.3:
            return '"' + cell.replace('"', '""') + '"'
        return cell


QUIRKS = st.builds(
    Quirks,
    rnd=NUMBERS.map(random.Random),
    bom=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    ending=st.booleans(),
)


@st.composite
def rosters(draw: st.DrawFn) -> tuple[list[RosterSchool], list[RosterPerson]]:
    school_ids = draw(st.lists(SCHOOL_IDS, min_size=1, max_size=5, unique=True))
    named = st.lists(st.sampled_from(school_ids), min_size=1, max_size=3, unique=True)
    text = CELLS.map(str.strip)
    schools = [RosterSchool(id, draw(text), draw(text.filter(bool))) for id in school_ids]
    people = st.builds(
        RosterPerson,
        id=IDS,
        email=text,
        given_name=text,
        family_name=text,
        schools=named.map(sorted).map(tuple),
    )
    return schools, draw(st.lists(people, min_size=1, max_size=6, unique_by=lambda p: p.id))


def orgs_of(schools: list[RosterSchool]) -> list[Row]:
    return [org(school.id, school.name, identifier=school.number) for school in schools]


def names_of(person: RosterPerson) -> dict[str, str]:
    return {
        "givenName": person.given_name,
        "familyName": person.family_name,
        "email": person.email,
    }


def as_1p1(schools: list[RosterSchool], people: list[RosterPerson], quirks: Quirks) -> sets.Files:
    users = [user(one.id, ",".join(one.schools), **names_of(one)) for one in people]
    return {
        "manifest.csv": sets.manifest(orgs="bulk", users="bulk"),
        "orgs.csv": quirks.table(sets.ORGS, orgs_of(schools)),
        "users.csv": quirks.table(USERS, users),
    }


def as_1p2(schools: list[RosterSchool], people: list[RosterPerson], quirks: Quirks) -> sets.Files:
    claims = [(one.id, school) for one in people for school in one.schools]
    roles = [role(f"r{number}", *claim) for number, claim in enumerate(claims)]
    return {
        "manifest.csv": sets.manifest("1.2", orgs="bulk", users="bulk", roles="bulk"),
        "orgs.csv": quirks.table(sets.ORGS, orgs_of(schools)),
        "users.csv": quirks.table(USERS_1P2, [user_1p2(p.id, **names_of(p)) for p in people]),
        "roles.csv": quirks.table(ROLES, roles),
    }


def read(files: sets.Files, *, zipped: bool) -> tuple[list[RosterSchool], list[RosterPerson]]:
    with TemporaryDirectory() as place:
        pack = sets.in_zip if zipped else sets.in_folder
        return sets.read(pack(Path(place) / "set", files))


# Each example is written to a disk and read; `make soak` takes thousands of them.
fewer = settings(max_examples=settings.default.max_examples * 2 // 5)


@fewer
@given(rosters(), QUIRKS, st.booleans(), st.sampled_from([as_1p1, as_1p2]))
def test_rows_out_are_rows_in(roster, quirks, zipped, written) -> None:  # type: ignore[no-untyped-def]
    schools, people = read(written(*roster, quirks), zipped=zipped)
    assert {school.id: school for school in schools} == {school.id: school for school in roster[0]}
    assert {person.id: person for person in people} == {person.id: person for person in roster[1]}
    assert len(people) == len(roster[1])


def corrupted(content: bytes, rnd: random.Random) -> bytes:
    """A file after a bad transfer: cut, overwritten, or with bytes added."""
    at = rnd.randrange(len(content) + 1)
    noise = rnd.choice([b'"', b"\0", b"\xff", b"\r", b"\n", b",", b"ext:", rnd.randbytes(3)])
    before = content[:at]
    return rnd.choice([before, before + noise + content[at:], before + noise + content[at + 3 :]])


@fewer
@given(rosters(), QUIRKS, st.booleans(), st.sampled_from([as_1p1, as_1p2]), NUMBERS)
def test_a_corrupted_file_ends_in_a_roster_or_a_fault(  # type: ignore[no-untyped-def]
    roster, quirks, zipped, written, seed
) -> None:
    rnd = random.Random(seed)
    files = written(*roster, quirks)
    name = rnd.choice(list(files))
    files[name] = corrupted(files[name], rnd)
    with suppress(RosterFault, NoBatch):
        read(files, zipped=zipped)


@fewer
@given(rosters(), QUIRKS, NUMBERS)
def test_a_corrupted_archive_ends_in_the_same_roster_or_a_fault(  # type: ignore[no-untyped-def]
    roster, quirks, seed
) -> None:
    rnd = random.Random(seed)
    schools, people = roster
    files = as_1p1(schools, people, quirks)
    with TemporaryDirectory() as place:
        path = sets.in_zip(Path(place) / "set.zip", files)
        whole = sets.read(path)
        path.write_bytes(corrupted(path.read_bytes(), rnd))
        with suppress(RosterFault, NoBatch):
            assert sets.read(path) == whole


@given(st.binary(max_size=200), st.sampled_from(["manifest.csv", "orgs.csv", "users.csv", "zip"]))
def test_any_bytes_end_in_a_roster_or_a_fault(content: bytes, name: str) -> None:
    with TemporaryDirectory() as place, suppress(RosterFault, NoBatch):
        path = Path(place) / "set"
        if name == "zip":
            path.write_bytes(content)
        else:
            sets.in_folder(path, sets.set_1p1() | {name: content})
        sets.read(path)


@given(st.lists(CELLS, min_size=2, max_size=2), QUIRKS, st.integers(1, 9))
def test_where_the_blocks_of_a_file_end_does_not_matter(
    cells: list[str], quirks: Quirks, size: int
) -> None:
    content = quirks.table(["a", "b"], [dict(zip("ab", cells, strict=True))])
    blocks = (content[at : at + size] for at in range(0, len(content), size))
    table = Table("t.csv", blocks, ("a", "b"))
    rows = [[row[table.column("a")], row[table.column("b")]] for row in table.rows()]
    assert rows == [cells]
