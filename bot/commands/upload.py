"""`recess upload`: a roster of a CSV partner, or a staff list, which adds people and removes none.

A roster is compared and shown first; only what was shown is applied, when it is confirmed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from bot import settings, staff_lists
from bot.commands.accounts import say_locked
from bot.commands.difference import show_difference
from bot.commands.runs import described, outcome_line
from bot.commands.stores import opened, owner
from bot.commands.terminal import Refused, asks, first_few, say
from bot.rosters import NEVER_BY_CLOCK
from bot.rosters.csv_upload import Kind, kind_of
from bot.rosters.faults import RosterFault
from bot.rosters.staff_list import StaffRow
from bot.settings import Settings
from bot.staff_lists import Entry
from bot.sync import PREVIEW, Result, Syncing
from handlers.sentences import counted, listed, school_title
from handlers.telling import Telling
from storage.partners import Partner
from storage.roster.plan import Plan
from storage.rules.breaker import Trip
from storage.runs import APPLIED, FAILED, HELD, Run
from storage.schools import Actor
from storage.store import Stores

SHELL = Actor("cli", "The command line", "cli")


@dataclass(frozen=True)
class Consent:
    """How the person at the shell wants to be asked."""

    dry_run: bool
    yes: bool
    confirm: str


@click.command()
@click.argument("partner")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would change; nothing is stored.")
@click.option("--yes", is_flag=True, help="Do not ask before it is applied.")
@click.option(
    "--confirm",
    default="",
    metavar="TEXT",
    help="Confirm an unusually large change: the partner's name, or how many are gone.",
)
def upload(partner: str, file: Path, dry_run: bool, yes: bool, confirm: str) -> None:
    """Apply an uploaded roster, or add the people of a staff list.

    FILE is the roster of a CSV partner: a folder or .zip with the files of a OneRoster set
    (manifest.csv) or of a Clever-style one (schools.csv, teachers.csv, staff.csv). What would
    change is shown and asked first; a school that is not in it needs a decision afterwards.

    Or FILE is a staff list of any partner, a CSV with the columns Staff First Name, Staff Last
    Name, Staff Email and Schools (exact names, with commas between them). It only adds: nobody and
    no school is ever removed by it. One line that cannot be taken refuses the whole list.
    """
    if dry_run and (yes or confirm):
        raise click.UsageError("--dry-run excludes --yes and --confirm.")
    kind = _kind(file)
    asked = settings.load()
    consent = Consent(dry_run, yes, confirm)
    with opened(asked) as stores:
        if kind is Kind.SET:
            _Roster(stores, asked, partner, consent).upload(file)
        else:
            _staff_list(stores, partner, file, consent)


def _kind(file: Path) -> Kind:
    try:
        return kind_of(file)
    except RosterFault as fault:
        raise Refused(f"{fault} Nothing was stored.") from None
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}). Nothing was stored.") from None


# A roster


class _Roster:
    """One uploaded roster: its preview, the question, and applying exactly what was shown."""

    def __init__(self, stores: Stores, settings: Settings, partner: str, consent: Consent) -> None:
        telling = Telling(settings.support_channel_id)
        self.syncing = Syncing(stores, telling, owner("upload"), settings=settings)
        self.stores = stores
        self.partner = partner
        self.consent = consent

    def upload(self, file: Path) -> None:
        with self.stores.read() as store:
            _takes_uploads(store.partners.named(self.partner))
        if self.consent.dry_run:
            self._shown(self.syncing.would(self.partner, upload=file))
            return
        result = self.syncing.preview(self.partner, file)
        if result.run is None or result.outcome != HELD or result.plan is None:
            self._ended(result)
            return
        if result.run.cause == Trip.NEW_SOURCE:
            raise Refused(self._waits(result.run))
        try:
            self._show(result)
            self._agree(result, result.plan)
        except BaseException:
            self.syncing.decline(result.run, SHELL)
            raise
        self._apply(result.run)

    def _waits(self, held: Run) -> str:
        return (
            f"{held.reason} Nothing was stored; it waits as run {held.id}. The support team does "
            f"that with `recess schools match {self.partner}`; `recess runs apply` applies it then."
        )

    def _shown(self, result: Result) -> None:
        """A dry run, which is an error where the upload could not simply be confirmed."""
        self._show(result)
        if result.outcome in (FAILED, HELD):
            raise Refused(f"{result.reason} Nothing was stored.")

    def _show(self, result: Result) -> None:
        would = APPLIED if result.run and result.run.cause == PREVIEW else result.outcome
        with self.stores.read() as store:
            show_difference(store, Result(self.partner, None, would, result.reason, result.plan))

    def _ended(self, result: Result) -> None:
        if result.outcome == FAILED:
            raise Refused(f"{result.reason} Nothing was stored.")
        run = described(self.partner, result.run, None, result.outcome, result.reason)
        say(outcome_line(run))

    def _agree(self, result: Result, plan: Plan) -> None:
        """Raises Refused unless the person wants what was shown."""
        if result.run is not None and result.run.cause != PREVIEW:
            self._agree_in_words(result, plan)
        elif not self.consent.yes:
            _confirm("The upload", "Apply it?")

    def _agree_in_words(self, result: Result, plan: Plan) -> None:
        """The circuit breaker was tripped: nobody confirms this by habit."""
        gone = plan.loss.schools_gone or plan.loss.staff_gone
        what = "schools" if plan.loss.schools_gone else "staff"
        words = f"“{self.partner}”, or {gone}, the number of {what} that are gone"
        given = self.consent.confirm
        if not given and self.consent.yes:
            raise Refused(
                f"{result.reason} --yes does not suffice for that. Nothing was stored; if it is "
                f"right, repeat with --confirm and {words}."
            )
        if not given and not asks():
            raise Refused(
                f"{result.reason} It has to be confirmed, and there is no terminal to ask at. "
                f"Nothing was stored; if it is right, repeat with --confirm and {words}."
            )
        given = given or click.prompt(f"To apply it, type {words}", default="", show_default=False)
        if given.strip() not in (self.partner, str(gone)):
            raise Refused(f"That is not {words}. Nothing was stored.")

    def _apply(self, preview: Run) -> None:
        run = self.syncing.confirm(preview, SHELL)
        if run.decision is None:
            raise Refused("Another upload took the place of this one. Nothing was stored.")
        if run.outcome != APPLIED:
            raise Refused(run.reason)
        say(outcome_line(described(self.partner, run, None, run.outcome, "")))


def _takes_uploads(partner: Partner) -> None:
    kind = partner.source.get("kind")
    if kind not in NEVER_BY_CLOCK:
        raise Refused(
            f"The roster of {partner.slug} comes from its source ({kind}), not as an upload; only "
            "a staff list can be uploaded for it. Nothing was stored."
        )


# A staff list


def _staff_list(stores: Stores, partner: str, file: Path, consent: Consent) -> None:
    rows = _read(file)
    with stores.read() as store:
        entries = staff_lists.entries(store, store.partners.named(partner), rows)
    _preview(entries)
    if consent.dry_run or not any(entry.at for entry in entries):
        return
    if not consent.yes:
        _confirm("The list", "Add them?")
    added = staff_lists.add(stores, partner, rows)
    say(f"{counted(added, 'person was', 'people were')} added. Nobody was removed.")


def _read(file: Path) -> list[StaffRow]:
    try:
        return staff_lists.read(file)
    except RosterFault as fault:
        raise Refused(f"{fault} Nothing was stored.") from None
    except OSError as error:
        raise Refused(f"{file} cannot be read ({error.strerror}). Nothing was stored.") from None


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


def _confirm(what: str, question: str) -> None:
    if not asks():
        raise Refused(
            f"{what} has to be confirmed, and there is no terminal to ask at. "
            "Nothing was stored; --yes confirms it."
        )
    if not click.confirm(question):
        raise Refused("Nothing was stored.")
