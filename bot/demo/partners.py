"""The sample partners and the file that declares them."""

import json
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
)


def declaration(partner: SamplePartner) -> str:
    """The partner's table for `recess partners import`; its path is relative to the file."""
    # A JSON string or list of strings is TOML as well.
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
            f'source = {{ kind = "oneroster-csv", path = "rosters/{partner.slug}" }}',
            "",
        ]
    )
