"""The sample partners and the file that declares them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class SamplePartner:
    """A partner as its settings name it; admins and viewers are Slack users or user groups."""

    slug: str
    name: str
    timezone: str
    channel: str
    admins: tuple[str, ...]
    viewers: tuple[str, ...]
    contact: str


PARTNERS: tuple[SamplePartner, ...] = (
    SamplePartner(
        slug="lincoln-usd",
        name="Lincoln Unified",
        timezone="America/Los_Angeles",
        channel="C0LINCOLN",
        admins=("U0ANA", "S0LINCOLNADMINS"),
        viewers=("U0VIC",),
        contact="Lincoln Unified help desk, helpdesk@lincoln-usd.example",
    ),
    SamplePartner(
        slug="cedar-valley",
        name="Cedar Valley School District",
        timezone="America/Chicago",
        channel="C0CEDAR",
        admins=("U0CARMEN",),
        viewers=("U0VIC",),
        contact="Cedar Valley technology office, tech@cedar-valley.example",
    ),
    SamplePartner(
        slug="riverside-isd",
        name="Riverside ISD",
        timezone="America/New_York",
        channel="C0RIVER",
        admins=("U0DEV",),
        viewers=(),
        contact="Riverside ISD front office, office@riverside-isd.example",
    ),
    SamplePartner(
        slug="golden-plains",
        name="Golden Plains",
        timezone="America/Chicago",
        channel="C0PLAINS",
        admins=("U0HANA",),
        viewers=(),
        contact="Golden Plains network office, office@golden-plains.example",
    ),
)

# These have a roster source of each other kind.
CONNECTED: tuple[SamplePartner, ...] = (
    SamplePartner(
        slug="harbor-point",
        name="Harbor Point",
        timezone="America/New_York",
        channel="C0HARBOR",
        admins=("U0GRACE",),
        viewers=(),
        contact="Harbor Point technology desk, desk@harbor-point.example",
    ),
    SamplePartner(
        slug="granite-falls",
        name="Granite Falls School District",
        timezone="America/Denver",
        channel="C0GRANITE",
        admins=("U0OMAR",),
        viewers=(),
        contact="Granite Falls district office, office@granite-falls.example",
    ),
    SamplePartner(
        slug="mesa-verde",
        name="Mesa Verde Unified",
        timezone="America/Phoenix",
        channel="C0MESA",
        admins=("U0LENA",),
        viewers=(),
        contact="Mesa Verde help desk, helpdesk@mesa-verde.example",
    ),
    SamplePartner(
        slug="blue-ridge",
        name="Blue Ridge County",
        timezone="America/New_York",
        channel="C0RIDGE",
        admins=("U0RUTH",),
        viewers=(),
        contact="Blue Ridge central office, central@blue-ridge.example",
    ),
    SamplePartner(
        slug="northwind",
        name="Northwind Charter",
        timezone="America/Chicago",
        channel="C0NORTHWIND",
        admins=("U0NOOR",),
        viewers=(),
        contact="Northwind network office, office@northwind.example",
    ),
)


def declaration(partner: SamplePartner, source: Mapping[str, str] | None = None) -> str:
    """The partner's table for `recess partners import`; a path is relative to the file.

    Without a source it is the partner's folder of OneRoster CSV.
    """
    source = source or {"kind": "oneroster-csv", "path": f"rosters/{partner.slug}"}
    # A JSON string or list of strings is TOML as well.
    keys = ", ".join(f"{key} = {json.dumps(value)}" for key, value in source.items())
    return "\n".join(
        [
            "[[partner]]",
            f"slug = {json.dumps(partner.slug)}",
            f"name = {json.dumps(partner.name)}",
            f"timezone = {json.dumps(partner.timezone)}",
            f"channel = {json.dumps(partner.channel)}",
            f"admins = {json.dumps(partner.admins)}",
            *([f"viewers = {json.dumps(partner.viewers)}"] if partner.viewers else []),
            f"contact = {json.dumps(partner.contact)}",
            f"source = {{ {keys} }}",
            "",
        ]
    )
