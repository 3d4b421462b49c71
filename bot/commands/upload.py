"""`recess upload`: a staff list, which adds people and never removes any."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import click

from bot import settings
from bot.commands.accounts import PATIENCE, say_locked
from bot.commands.lookups import kept_by_hand
from bot.commands.stores import opened
from bot.commands.terminal import Refused, asks, first_few, say
from bot.rosters.faults import AmbiguousSchoolName, RosterFault, UnknownSchoolName
from bot.rosters.staff_list import StaffRow, read_staff_list
from handlers.sentences import counted, listed, school_title
from storage.accounts import Newcomer
from storage.partners import Partner
from storage.schools import School
from storage.store import Store, Stores

BLOCK = 1 << 18


@dataclass(frozen=True)
class Entry:
    """One person of the list. `at` are the schools where adding them changes something."""

    person: Newcomer
    new: bool
    at: Sequence[School]


@click.command()
@click.argument("partner")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show who would be added where.")
@click.option("--yes", is_flag=True, help="Do not ask before adding them.")
def upload(partner: str, file: Path, dry_run: bool, yes: bool) -> None:
    """Add the people of a staff list.

    FILE is a CSV with the columns Staff First Name, Staff Last Name, Staff Email and Schools
    (exact names, with commas between them). It only adds: nobody and no school is ever removed by
    it. One line that cannot be taken refuses the whole list.
    """
    if dry_run and yes:
        raise click.UsageError("--dry-run and --yes exclude each other.")
    rows = _read(file)
    with opened(settings.load()) as stores:
        with stores.read() as store:
            entries = _entries(store, store.partners.named(partner), rows)
        _preview(entries)
        if dry_run or not any(entry.at for entry in entries):
            return
        if not yes:
            _confirm()
        added = _add(stores, partner, rows)
    say(f"{counted(added, 'person was', 'people were')} added. Nobody was removed.")


def _read(file: Path) -> list[StaffRow]:
    try:
        with file.open("rb") as stream:
            return read_staff_list(file.name, _blocks(stream))
    except RosterFault as fault:
        raise Refused(f"{fault} Nothing was stored.") from None
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}). Nothing was stored.") from None


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _entries(store: Store, partner: Partner, rows: Sequence[StaffRow]) -> list[Entry]:
    """Raises Refused for names that are not exactly one school's, with all of them."""
    named: Mapping[str, list[School]] = defaultdict(list)
    for school in store.schools.of(partner):
        named[school.name].append(school)
    mistakes = [str(fault) for row in rows for fault in _faults(row, named)]
    if mistakes:
        raise Refused("\n".join([*first_few(mistakes), "Nothing was stored."]))
    known = kept_by_hand(store, partner, [row.email.casefold() for row in rows])
    return [_entry(row, named, known.get(row.email.casefold())) for row in rows]


def _faults(row: StaffRow, named: Mapping[str, list[School]]) -> Iterator[RosterFault]:
    for name in row.school_names:
        schools = named.get(name, [])
        if not schools:
            yield UnknownSchoolName(row.line, name)
        elif len(schools) > 1:
            numbers = tuple(school.number or "none" for school in schools)
            yield AmbiguousSchoolName(row.line, name, numbers)


def _entry(
    row: StaffRow, named: Mapping[str, list[School]], known: Mapping[str, bool] | None
) -> Entry:
    schools = [named[name][0] for name in row.school_names]
    at = [school for school in schools if not (known or {}).get(school.id, False)]
    return Entry(Newcomer(row.email, row.first, row.last, schools), known is None, at)


def _preview(entries: Sequence[Entry]) -> None:
    changing = [entry for entry in entries if entry.at]
    new = sum(entry.new for entry in changing)
    head = f"{counted(len(changing), 'person', 'people')} to add, {new:,} of them new"
    say(f"{head}; {len(entries) - len(changing):,} are there already.", bold=True)
    for line in first_few([_line(entry) for entry in changing]):
        say(f"  {line}")
    say_locked({school.key: school for entry in changing for school in entry.at}.values())


def _line(entry: Entry) -> str:
    where = listed([school_title(school) for school in entry.at])
    return f"{entry.person.email}{'' if entry.new else ' (known)'}: {where}"


def _confirm() -> None:
    if not asks():
        raise Refused(
            "The list has to be confirmed, and there is no terminal to ask at. "
            "Nothing was stored; --yes confirms it."
        )
    if not click.confirm("Add them?"):
        raise Refused("Nothing was stored.")


def _add(stores: Stores, slug: str, rows: Sequence[StaffRow]) -> int:
    """In one transaction, with the schools as they are now."""
    with stores.transaction(PATIENCE) as store:
        partner = store.partners.locked(slug)
        entries = _entries(store, partner, rows)
        return sum(store.accounts.add(partner, entry.person) for entry in entries)
