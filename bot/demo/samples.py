"""Sample rosters on disk: the first night's sets, and the nights that follow."""

import csv
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bot.demo import districts, story
from bot.demo.districts import District
from bot.demo.nights import Night
from bot.demo.oneroster import write_set
from bot.demo.partners import PARTNERS, SamplePartner, declaration
from bot.demo.people import CHANNELS, GROUPS, PEOPLE
from bot.demo.roster import Roster
from bot.demo.table import UnreadableRosterError

__all__ = [
    "CHANNELS", "GROUPS", "PARTNERS", "PEOPLE", "SamplePartner", "Samples", "bring_night",
    "write_district", "write_samples",
]  # fmt: skip


@dataclass(frozen=True)
class Samples:
    """Where the samples are; `nights` counts the prepared ones, the first included."""

    folder: Path
    partners: Path
    rosters: dict[str, Path]
    nights: int


def write_samples(folder: Path) -> Samples:
    """Write all sample rosters as of the first night, whatever the folder held of them before."""
    shutil.rmtree(folder / "nights", ignore_errors=True)
    for district in districts.DISTRICTS:
        write_district(folder, district)
    partners = folder / "partners.toml"
    partners.write_text("\n".join(map(declaration, PARTNERS)), encoding="utf-8")
    rosters = {partner.slug: folder / "rosters" / partner.slug for partner in PARTNERS}
    return Samples(folder, partners, rosters, story.NIGHTS)


def write_district(folder: Path, district: District) -> None:
    """Write one roster as of the first night, and the nights that follow."""
    staff = list(districts.staff(district))
    people = chain(staff, districts.families(district))
    write_set(folder / "rosters" / district.slug, districts.orgs(district), people)
    for number, night in story.nights(district, staff):
        path = _night_file(folder, district.slug, number)
        path.parent.mkdir(parents=True)
        path.write_text(night.to_json(), encoding="utf-8")


def bring_night(
    folder: Path, night: int, partners: Sequence[SamplePartner] = PARTNERS
) -> list[str]:
    """Apply one prepared night to every roster as it is now; says what changed.

    Rows that somebody edited or deleted by hand stay as they are. A night that is not prepared
    changes nothing and says nothing.
    """
    return [sentence for partner in partners for sentence in _bring(folder, partner, night)]


def _bring(folder: Path, partner: SamplePartner, number: int) -> Iterator[str]:
    path = _night_file(folder, partner.slug, number)
    if not path.exists():
        return
    night = Night.from_json(path.read_text("utf-8"))
    roster = Roster(folder / "rosters" / partner.slug, folder / "nights" / partner.slug / "aside")
    try:
        changes = roster.bring(night)
    except (UnreadableRosterError, FileNotFoundError, csv.Error) as error:
        yield f"{partner.name}'s roster was left as it is: {error}."
        return
    yield from changes.sentences(partner.name)


def _night_file(folder: Path, slug: str, number: int) -> Path:
    return folder / "nights" / slug / str(number) / "edits.json"
