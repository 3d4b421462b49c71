"""Who is in the practice workspace: people, user groups and channels, as plain records."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    real_name: str
    email: str
    role: str


@dataclass(frozen=True)
class Group:
    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Channel:
    id: str
    name: str
    members: tuple[str, ...]


PEOPLE: tuple[Person, ...] = (
    Person(
        "U0ANA", "ana", "Ana Flores", "ana.flores@lincoln-usd.example", "admin of Lincoln Unified"
    ),
    Person(
        "U0BO",
        "bo",
        "Bo Chen",
        "bo.chen@lincoln-usd.example",
        "admin of Lincoln Unified, by the user group",
    ),
    Person(
        "U0CARMEN",
        "carmen",
        "Carmen Diaz",
        "carmen.diaz@cedar-valley.example",
        "admin of Cedar Valley School District",
    ),
    Person(
        "U0DEV", "dev", "Dev Patel", "dev.patel@riverside-isd.example", "admin of Riverside ISD"
    ),
    Person(
        "U0HANA", "hana", "Hana Sato", "hana.sato@golden-plains.example", "admin of Golden Plains"
    ),
    Person(
        "U0GRACE",
        "grace",
        "Grace Kim",
        "grace.kim@harbor-point.example",
        "admin of Harbor Point (Clever)",
    ),
    Person(
        "U0OMAR",
        "omar",
        "Omar Haddad",
        "omar.haddad@granite-falls.example",
        "admin of Granite Falls School District (OneRoster)",
    ),
    Person(
        "U0LENA",
        "lena",
        "Lena Begay",
        "lena.begay@mesa-verde.example",
        "admin of Mesa Verde Unified (ClassLink)",
    ),
    Person(
        "U0RUTH",
        "ruth",
        "Ruth Tolliver",
        "ruth.tolliver@blue-ridge.example",
        "admin of Blue Ridge County (TP Connector)",
    ),
    Person(
        "U0NOOR",
        "noor",
        "Noor Rahman",
        "noor.rahman@northwind.example",
        "admin of Northwind Charter (CSV)",
    ),
    Person(
        "U0VIC",
        "vic",
        "Vic Stone",
        "vic.stone@county-office.example",
        "viewer of Lincoln Unified and Cedar Valley School District",
    ),
    Person("U0SAM", "sam", "Sam Okafor", "sam.okafor@school-messages.example", "support team"),
    Person("U0SUE", "sue", "Sue Park", "sue.park@school-messages.example", "support team"),
    Person(
        "U0TIA", "tia", "Tia Nguyen", "tia.nguyen@lincoln-usd.example", "teacher in Lincoln Unified"
    ),
)

GROUPS: tuple[Group, ...] = (
    Group("S0SUPPORT", "support", "Support team", ("U0SAM", "U0SUE")),
    Group("S0LINCOLNADMINS", "lincoln-admins", "Lincoln Unified admins", ("U0BO",)),
)

CHANNELS: tuple[Channel, ...] = (
    Channel("C0LINCOLN", "lincoln-alerts", ("U0ANA", "U0BO", "U0VIC", "U0TIA", "U0SAM", "U0SUE")),
    Channel("C0CEDAR", "cedar-alerts", ("U0CARMEN", "U0VIC", "U0SAM", "U0SUE")),
    Channel("C0RIVER", "riverside-alerts", ("U0DEV", "U0SAM", "U0SUE")),
    Channel("C0PLAINS", "plains-alerts", ("U0HANA", "U0SAM", "U0SUE")),
    Channel("C0HARBOR", "harbor-alerts", ("U0GRACE", "U0SAM", "U0SUE")),
    Channel("C0GRANITE", "granite-alerts", ("U0OMAR", "U0SAM", "U0SUE")),
    Channel("C0MESA", "mesa-alerts", ("U0LENA", "U0SAM", "U0SUE")),
    Channel("C0RIDGE", "blue-ridge-alerts", ("U0RUTH", "U0SAM", "U0SUE")),
    Channel("C0NORTHWIND", "northwind-alerts", ("U0NOOR", "U0SAM", "U0SUE")),
    Channel("C0SUPPORT", "recess-support", ("U0SAM", "U0SUE")),
)
