"""The two districts of the stories."""

from pathlib import Path

from tests.harness.slack.district import District
from tests.harness.slack.office import Office

# Somebody who works at two schools, and an admin who would lock herself out.
BOTH, ANA = "Rosa Ibarra", "Ana Flores"

LINCOLN = {
    "Oak Elementary": ("0012", "Ada Byron", "Ben Cole", BOTH),
    "Pine Middle": ("0020", "Cora Dunn", BOTH),
    "Elm Academy": ("0031", "Dan Ek"),
    "Birch Elementary": ("0044", "Eva Frank"),
    "Willow Prep": ("0052", "Fay Gold"),
    "Aspen Middle": ("0063", "Gil Hart"),
    "Laurel High": ("0071", ANA, *(f"Teacher {name}" for name in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    "Maple Elementary": ("0085", "Hal Ives"),
}
CEDAR = {
    "Cedar High": ("101", "Ira Jones", "Jo King"),
    "Cedar Middle": ("102", "Kit Lowe"),
    "Cedar Elementary": ("103", "Lea Moss"),
}


def lincoln_of(office: Office, folder: Path) -> District:
    district = District(
        office,
        folder / "lincoln",
        slug="lincoln-usd",
        name="Lincoln Unified",
        zone="America/Los_Angeles",
        channel="lincoln-alerts",
        admins=["U0ANA", "S0LINCOLNADMINS"],
        viewers=["U0VIC"],
    )
    return _peopled(district, LINCOLN)


def cedar_of(office: Office, folder: Path) -> District:
    district = District(
        office,
        folder / "cedar",
        slug="cedar-valley",
        name="Cedar Valley",
        zone="America/Chicago",
        channel="cedar-alerts",
        admins=["U0CARMEN"],
    )
    return _peopled(district, CEDAR)


def _peopled(district: District, schools: dict[str, tuple[str, ...]]) -> District:
    for name, (number, *people) in schools.items():
        district.add_school(name, number, *people)
    for teacher in district.staff:
        if teacher.name == ANA:
            teacher.email = "ana@lincoln.example"
    return district
