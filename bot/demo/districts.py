"""What a sample district's roster holds on the first night; the same bytes every time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from bot.demo.names import FAMILY, GIVEN, Addresses, pick, seeded
from bot.demo.oneroster import USERS, Row

GIVEN_NAME, FAMILY_NAME = USERS.index("givenName"), USERS.index("familyName")


@dataclass(frozen=True)
class School:
    code: str
    name: str


@dataclass(frozen=True)
class Pin:
    """Somebody who also uses the practice workspace, at schools chosen for the story."""

    given: str
    family: str
    role: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class District:
    """The recipe of a district. `mark` begins every id, `prefix` every school number."""

    slug: str
    name: str
    mark: str
    prefix: str
    department: str
    schools: tuple[School, ...]
    staff: int
    students: int
    parents: int
    pins: tuple[Pin, ...]
    twins: tuple[tuple[str, str], ...] = ()
    several: float = 0.12

    @property
    def domain(self) -> str:
        return f"{self.slug}.example"

    def school_id(self, code: str) -> str:
        return f"{self.mark}-{code}"

    def number(self, code: str) -> str:
        return f"{self.prefix}{code}"


def _schools(table: str) -> tuple[School, ...]:
    lines = [line.strip() for line in table.strip().splitlines()]
    return tuple(School(*line.split(" ", 1)) for line in lines)


LINCOLN = District(
    slug="lincoln-usd",
    name="Lincoln Unified School District",
    mark="LUSD",
    prefix="",
    department="Special Education Services",
    schools=_schools(
        """
        0001 Adams Elementary
        0002 Bayview Elementary
        0003 Birch Lane Elementary
        0004 Cesar Chavez Elementary
        0005 Clearwater Elementary
        0006 Douglass Elementary
        0007 Eastside Elementary
        0008 Foothill Elementary
        0009 Garfield Elementary
        0010 Harriet Tubman Elementary
        0011 Juniper Elementary
        0012 Oak Elementary
        0013 Kelley Park Elementary
        0014 La Paloma Elementary
        0015 Maplewood Elementary
        0016 Meadowbrook Elementary
        0017 Mission Creek Elementary
        0018 Orchard Hill Elementary
        0019 Pioneer Elementary
        0020 Redwood Elementary
        0021 Rosa Parks Elementary
        0022 Sunnyside Elementary
        0023 Valley View Elementary
        0024 Washington Elementary
        0025 Willow Glen Elementary
        0031 Washington Elementary
        0101 Alvarado Middle School
        0102 Canyon Middle School
        0103 Jefferson Middle School
        0104 Marina Middle School
        0105 Northgate Middle School
        0106 Roosevelt Middle School
        0107 Sierra Middle School
        0108 Stonebridge Middle School
        0201 Lincoln High School
        0202 Dolores Huerta High School
        0203 Granada High School
        0204 Mountain Crest High School
        0205 Westlake High School
        0206 Lincoln Early College High School
        0301 Bridges Continuation School
        0302 Lincoln Virtual Academy
        """
    ),
    staff=2_000,
    students=17_000,
    parents=1_000,
    pins=(
        Pin("Ana", "Flores", "administrator", ("0012",)),
        Pin("Bo", "Chen", "administrator", ("0201", "0103")),
        Pin("Tia", "Nguyen", "teacher", ("0012", "0024")),
    ),
)

CEDAR = District(
    slug="cedar-valley",
    name="Cedar Valley School District",
    mark="cv",
    prefix="1799010",
    department="Transportation and Facilities",
    schools=_schools(
        """
        00311 Prairie View Elementary
        00312 Cedar Elementary
        00314 Harvest Elementary
        00315 Kennedy Elementary
        00317 Mill Pond Elementary
        00318 Sauk Trail Elementary
        00320 St. Clair Street Elementary
        00402 Harbor Middle School
        00403 Lakeshore Middle School
        00405 Black Hawk Middle School
        00501 Cedar Valley High School
        00502 Cedar Valley Career & Technical Center
        """
    ),
    staff=400,
    students=3_900,
    parents=200,
    pins=(Pin("Carmen", "Diaz", "administrator", ("00402", "00501")),),
    twins=(("00402", "00403"),),
)

RIVERSIDE = District(
    slug="riverside-isd",
    name="Riverside Independent School District",
    mark="R",
    prefix="2699120",
    department="Student Services",
    schools=_schools(
        """
        00710 Maple Grove Academy
        00711 Pine Hollow Elementary
        00712 Riverbend Elementary
        00713 Frederick Douglass Elementary
        00714 Ferry Street Elementary
        00720 Riverside Middle School
        00721 Huron Middle School
        00730 Riverside High School
        00731 "Second Chance" Evening School
        """
    ),
    staff=220,
    students=2_100,
    parents=100,
    pins=(Pin("Dev", "Patel", "administrator", ("00730",)),),
)

# A network whose year ends: its towns by their numbers, and the schools that each of them has.
TOWNS = (
    "Alder", "Bison", "Clay Hill", "Dodge Creek", "Elm Grove", "Fairview", "Garnet", "Hays Mill",
    "Iron Bluff", "Jewell", "Kiowa", "Larkspur", "Mound City", "Nickerson", "Osage", "Prairie Home",
)  # fmt: skip
KINDS = ("Elementary", "West Elementary", "Middle School", "High School")

PLAINS = District(
    slug="golden-plains",
    name="Golden Plains Charter Network",
    mark="GP",
    prefix="20",
    department="Network Services",
    schools=tuple(
        School(f"{town:02}{kind:02}", f"{name} {kinds}")
        for town, name in enumerate(TOWNS, 1)
        for kind, kinds in enumerate(KINDS, 1)
    ),
    staff=900,
    students=640,
    parents=64,
    pins=(Pin("Hana", "Sato", "administrator", ("0104",)),),
)

DISTRICTS: tuple[District, ...] = (LINCOLN, CEDAR, RIVERSIDE, PLAINS)

HARBOR = District(
    slug="harbor-point",
    name="Harbor Point Public Schools",
    mark="HP",
    prefix="2507",
    department="Health Services",
    schools=_schools(
        """
        0110 Breakwater Elementary
        0120 Seaview Elementary
        0130 Tide Street Elementary
        0210 Harbor Point Middle School
        0310 Harbor Point High School
        0320 Maritime Technical High School
        """
    ),
    staff=90,
    students=240,
    parents=20,
    pins=(Pin("Grace", "Kim", "administrator", ("0310",)),),
)

GRANITE = District(
    slug="granite-falls",
    name="Granite Falls School District",
    mark="gf",
    prefix="08-",
    department="Food Services",
    schools=_schools(
        """
        011 Aspen Grove Elementary
        012 Quarry Hill Elementary
        013 Three Forks Elementary
        021 Granite Falls Middle School
        031 Granite Falls High School
        """
    ),
    staff=60,
    students=180,
    parents=15,
    pins=(Pin("Omar", "Haddad", "administrator", ("031", "021")),),
)

MESA = District(
    slug="mesa-verde",
    name="Mesa Verde Unified School District",
    mark="MV",
    prefix="0702",
    department="Exceptional Student Services",
    schools=_schools(
        """
        101 Agave Elementary
        102 Copper Canyon Elementary
        103 Desert Willow Elementary
        104 Ocotillo Elementary
        105 Saguaro Elementary
        201 Palo Verde Middle School
        202 Sonoran Middle School
        301 Mesa Verde High School
        """
    ),
    staff=120,
    students=300,
    parents=25,
    pins=(Pin("Lena", "Begay", "administrator", ("301",)),),
)

RIDGE = District(
    slug="blue-ridge",
    name="Blue Ridge County Schools",
    mark="BR",
    prefix="370",
    department="Transportation",
    schools=_schools(
        """
        304 Dogwood Elementary
        308 Laurel Fork Elementary
        312 Mount Pisgah Elementary
        316 Pine Bluff Elementary
        320 Blue Ridge Middle School
        324 Blue Ridge High School
        328 Appalachian Early College High School
        """
    ),
    staff=100,
    students=260,
    parents=20,
    pins=(Pin("Ruth", "Tolliver", "administrator", ("324", "320")),),
)

NORTHWIND = District(
    slug="northwind",
    name="Northwind Charter Schools",
    mark="NW",
    prefix="15",
    department="Network Office",
    schools=_schools(
        """
        01 Northwind Elementary
        02 Northwind Prairie Elementary
        03 Northwind Middle School
        04 Northwind Preparatory High School
        """
    ),
    staff=40,
    students=90,
    parents=9,
    pins=(Pin("Noor", "Rahman", "administrator", ("04",)),),
)

# Those whose roster comes in other ways than as a folder.
CONNECTED: tuple[District, ...] = (HARBOR, GRANITE, MESA, RIDGE, NORTHWIND)


def orgs(district: District) -> Iterator[Row]:
    """The district, its department and its schools, as rows of orgs.csv."""
    top = f"{district.mark}-district"
    yield (top, "", "", district.name, "district", district.prefix, "")
    yield (f"{district.mark}-dept", "", "", district.department, "department", "", top)
    for school in district.schools:
        yield org(district, school)


def org(district: District, school: School) -> Row:
    """One school as a row of orgs.csv."""
    top = f"{district.mark}-district"
    number = district.number(school.code)
    return (district.school_id(school.code), "", "", school.name, "school", number, top)


def users(district: District) -> Iterator[Row]:
    """Staff, students and parents, as rows of users.csv."""
    yield from staff(district)
    yield from families(district)


def staff(district: District) -> Iterator[Row]:
    """The people of the story, then a principal for each school, then everybody else."""
    people = _Staff(district, seeded(f"{district.slug} staff"), first=100_001)
    for pin in district.pins:
        yield people.pinned(pin)
    for school in district.schools:
        yield people.row("administrator", [school.code])
    for _ in range(district.staff - len(district.pins) - len(district.schools)):
        yield people.anybody()


def newcomers(district: District, known: list[Row], codes: list[str]) -> Iterator[Row]:
    """Staff who were not among the known on the first night, one at each of the schools given."""
    people = _Staff(district, seeded(f"{district.slug} newcomers"), first=190_001)
    for row in known:
        people.addresses.of(row[GIVEN_NAME], row[FAMILY_NAME])
    for number, code in enumerate(codes):
        yield people.row("teacher" if number % 4 else "aide", [code])


def families(district: District) -> Iterator[Row]:
    """Students, and for every few of them a parent of the same name."""
    rng = seeded(f"{district.slug} families")
    choose = _Weighted(district)
    step = district.students // district.parents
    for number in range(district.students):
        school = choose(rng)
        family = pick(rng, FAMILY)
        with_parent = number % step == 0 and number // step < district.parents
        parent = f"{district.mark}-P{800_001 + number // step}" if with_parent else ""
        yield _student(district, rng, school, family, parent, 300_001 + number)
        if parent:
            yield _parent(district, rng, school, family, parent)


def _student(
    district: District, rng: Random, school: School, family: str, parent: str, number: int
) -> Row:
    low, high = _grades(school)
    grade = low + int(rng.random() * (high - low + 1))
    login = f"s{number}"
    email = f"{login}@students.{district.domain}" if grade > 5 else ""
    return (
        f"{district.mark}-U{number}", "", "", "true", district.school_id(school.code), "student",
        login, f"{{SIS:{number}}}", pick(rng, GIVEN), family, "", str(number), email, "", "",
        parent, f"{grade:02}" if grade else "KG", "",
    )  # fmt: skip


def _parent(district: District, rng: Random, school: School, family: str, identity: str) -> Row:
    given = pick(rng, GIVEN)
    digits = identity.rpartition("P")[2]
    email = f"family{digits}@mail.example" if rng.random() < 0.8 else ""
    return (
        identity, "", "", "true", district.school_id(school.code), "parent", f"p{digits}", "",
        given, family, "", "", email, _phone(rng, 0.6), "", "", "", "",
    )  # fmt: skip


def _grades(school: School) -> tuple[int, int]:
    if "Middle" in school.name:
        return 6, 8
    if "Elementary" in school.name:
        return 0, 5
    return 9, 12


def _phone(rng: Random, share: float) -> str:
    """One of the numbers kept for fiction, or none."""
    return f"555-555-{100 + int(rng.random() * 100):04}" if rng.random() < share else ""


class _Weighted:
    """Picks a school, a larger one more often."""

    def __init__(self, district: District) -> None:
        self.schools = district.schools
        self.bounds = list(accumulate(self._weight(school) for school in district.schools))

    def __call__(self, rng: Random) -> School:
        point = rng.random() * self.bounds[-1]
        return next(s for s, end in zip(self.schools, self.bounds, strict=True) if point < end)

    @staticmethod
    def _weight(school: School) -> float:
        return {0: 1.0, 6: 1.7, 9: 2.4}[_grades(school)[0]]


class _Staff:
    """Makes staff rows, one after the other, each with its own number and address."""

    def __init__(self, district: District, rng: Random, first: int) -> None:
        self.district = district
        self.rng = rng
        self.number = first
        self.choose = _Weighted(district)
        self.addresses = Addresses(district.domain)
        self.twins = dict(district.twins)

    def pinned(self, pin: Pin) -> Row:
        return self.row(pin.role, list(pin.codes), name=(pin.given, pin.family))

    def anybody(self) -> Row:
        codes = [self.choose(self.rng).code]
        twin = self.twins.get(codes[0])
        if twin and self.rng.random() < 0.8:
            return self.row(self._role(), [*codes, twin])
        if self.rng.random() < self.district.several:
            return self._itinerant(codes)
        return self.row(self._role(), codes)

    def _itinerant(self, codes: list[str]) -> Row:
        wanted = 2 + int(self.rng.random() ** 2 * 3)
        while len(codes) < wanted:
            other = self.choose(self.rng).code
            codes += [other] if other not in codes else []
        return self.row(self._role(), codes, department=self.rng.random() < 0.3)

    def _role(self) -> str:
        return pick(self.rng, ("teacher",) * 8 + ("aide", "administrator"))

    def row(
        self,
        role: str,
        codes: list[str],
        name: tuple[str, str] | None = None,
        department: bool = False,
    ) -> Row:
        rng, district = self.rng, self.district
        given, family = name or (pick(rng, GIVEN), pick(rng, FAMILY))
        middle = pick(rng, GIVEN) if rng.random() < 0.25 else ""
        email = self.addresses.of(given, family)
        orgs = [district.school_id(code) for code in codes]
        orgs += [f"{district.mark}-dept"] if department else []
        number = str(self.number)
        self.number += 1
        return (
            f"{district.mark}-U{number}", "", "", "true", ",".join(orgs), role,
            email.partition("@")[0], f"{{HR:{number}}}", given, family, middle, number, email,
            "", _phone(rng, 0.4), "", "", "",
        )  # fmt: skip
