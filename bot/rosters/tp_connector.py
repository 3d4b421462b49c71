"""TP Connector: OneRoster 1.1 CSV batches in a drop folder, whole sets (bulk) and changes (delta).

A batch is a .zip in the folder, or a subfolder, or the CSV files at the folder's own top; links,
`archive`, `rejected` and names that begin with a dot are none. It is read when its manifest and
all files that this lists are there (a .zip has to be complete by itself), and none of its files
has changed for `quiet_minutes`. All such batches are read together, in the order of their last
change: for each file counts what the newest bulk says, with the later deltas applied; where no
bulk waits, the last applied snapshot is what deltas change. A school that a person's row names and
that was never heard of is kept with the person until it is: a later delta may bring it alone.

Once the run is recorded, what was read moves to `archive`, oldest first; a batch at fault moves to
`rejected`, beside a report with the fault's sentence. A batch of a held run stays, so that the next
night's deltas do not forget it. So does one of a discarded run: what it says is still what the
source says, it is held again each night, and a corrected batch, whole or of changes, ends that by
itself; support hears of it on the third night, with the names of the batches. A crash before that
only lets a batch be read twice, which changes nothing: the rows of a delta say how a record is, not
what to add.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.rosters import Surroundings, Verdict, faults, fileset
from bot.rosters.drops import ARCHIVE, REJECTED, Batch, Drop
from bot.rosters.faults import NoBatch, RosterFault
from bot.rosters.fileset import FileSet, Meter
from bot.rosters.manifest import MANIFEST, Manifest, check_files, read_manifest
from bot.rosters.oneroster_csv import OneRosterBatch, References, nobody
from storage.roster.last import LastSnapshot
from storage.runs import APPLIED, NO_CHANGE, SKIPPED
from storage.snapshot import RosterPerson, RosterSchool

log = logging.getLogger(__name__)

QUIET_MINUTES = 10
ORGS, USERS = "orgs.csv", "users.csv"
# How many batches a run's note names.
_NAMED = 5

# What only the operator can mend: the batch itself may be good.
_NOT_THE_BATCH = (faults.FileUnreadable, faults.PlaceUnreadable)
_REPORT = """This batch was not taken over, and nothing was changed.

Batch: {batch}
Time:  {at:%Y-%m-%d %H:%M} UTC
Code:  {code}

{sentence}

Upload the corrected batch before the next one, or a bulk set next, which makes everything whole.
"""


@contextmanager
def opened(source: Mapping[str, object], around: Surroundings) -> Iterator["DropRoster"]:
    """One reading of all batches that are ready in the folder at the source's `path`.

    Raises a RosterFault, or NoBatch when there is nothing to read.
    """
    place = str(source.get("path") or "")
    if not place:
        raise faults.SourceWithoutPath(str(source.get("kind", "")))
    minutes = int(str(source.get("quiet_minutes", QUIET_MINUTES)))
    waiting = Waiting(Drop(place, around.base / place), around, minutes)
    around.afterwards.append(waiting.settle)
    with ExitStack() as stack:
        sets = waiting.opened(stack)
        yield DropRoster(sets, waiting, around)


@dataclass(frozen=True)
class OpenBatch:
    batch: Batch
    files: FileSet
    manifest: Manifest

    def mode(self, file: str) -> str:
        return self.manifest.modes.get(file, "absent")


class Waiting:
    """The batches of a drop folder: which are ready, and what becomes of them."""

    def __init__(self, drop: Drop, around: Surroundings, minutes: int) -> None:
        self._drop = drop
        self._clock = around.clock
        self._minutes = minutes
        self._ready: list[Batch] = []
        self._empty: list[Batch] = []
        self._late: list[NoBatch] = []
        self._blamed: list[Batch] = []

    def opened(self, stack: ExitStack) -> list[OpenBatch]:
        """What has to be read of the batches that are ready, the oldest first.

        Whole sets make everything before them pointless, which is then not even read.
        """
        found: list[OpenBatch] = []
        for batch in reversed(self._quiet()):
            if _whole(found):
                if _is_whole(batch):
                    self._ready.append(batch)
            elif (one := self._open(batch, stack)) is not None:
                found.append(one)
                self._ready.append(batch)
        self._ready.reverse()
        if not found:
            raise self._nothing()
        return found[::-1]

    @contextmanager
    def blaming(self, batch: Batch) -> Iterator[None]:
        """A fault found within is this batch's."""
        try:
            yield
        except RosterFault:
            self._blamed = [batch]
            raise

    def settle(self, verdict: Verdict) -> None:
        """Move away what the recorded run has read. What cannot be moved is read again."""
        try:
            if verdict.outcome in (APPLIED, NO_CHANGE):
                self._archive(self._ready)
            elif verdict.outcome == SKIPPED:
                self._archive(self._empty)
            elif verdict.fault is not None:
                self._reject(verdict.fault)
        except OSError as error:
            log.warning("A batch of %s could not be moved away: %s", self._drop.place, error)

    def _quiet(self) -> list[Batch]:
        until = (self._clock() - timedelta(minutes=self._minutes)).timestamp() * 1e9
        batches = self._drop.batches()
        restless = [batch for batch in batches if batch.changed > until]
        self._late += [faults.BatchNotQuiet(batch.name, self._minutes) for batch in restless]
        return [batch for batch in batches if batch.changed <= until]

    def _open(self, batch: Batch, stack: ExitStack) -> OpenBatch | None:
        """The batch as its manifest describes it; None when it is not complete, or empty."""
        with self.blaming(batch):
            files = stack.enter_context(fileset.opened(batch.name, batch.path))
            with files.steady():
                if (lacking := _lacking(batch, files)) is not None:
                    self._late.insert(0, faults.BatchIncomplete(batch.name, lacking))
                    return None
                return self._described(batch, files)

    def _described(self, batch: Batch, files: FileSet) -> OpenBatch | None:
        manifest = read_manifest(files)
        if manifest.version != "1.1":
            raise faults.DropVersionOther(manifest.version)
        try:
            check_files(manifest, files, deltas=True)
        except NoBatch:
            self._empty.insert(0, batch)
            self._ready.append(batch)
            return None
        return OpenBatch(batch, files, manifest)

    def _nothing(self) -> NoBatch:
        if self._empty:
            return NoBatch()
        return self._late[0] if self._late else faults.NoNewBatch()

    def _archive(self, batches: Sequence[Batch]) -> None:
        # Oldest first: a delta must never be left behind a later one that is gone.
        for batch in batches:
            self._drop.put(batch, ARCHIVE, self._clock())

    def _reject(self, fault: RosterFault) -> None:
        if fault.again or isinstance(fault, _NOT_THE_BATCH):
            return
        for batch in self._blamed or self._ready:
            now = self._clock()
            report = _REPORT.format(batch=batch.name, at=now, code=fault.code, sentence=fault)
            self._drop.put(batch, REJECTED, now, report)


def _whole(found: Sequence[OpenBatch]) -> bool:
    """Whether these batches have a bulk of both files."""
    return all(any(one.mode(file) == "bulk" for one in found) for file in (ORGS, USERS))


def _is_whole(batch: Batch) -> bool:
    """Whether nothing of a batch is still to come, of which no more has to be known."""
    if batch.packed:
        return True
    try:
        with fileset.opened(batch.name, batch.path) as files:
            return _lacking(batch, files) is None
    except RosterFault:
        return True


def _lacking(batch: Batch, files: FileSet) -> str | None:
    """What a batch of loose files still waits for. An archive came as one, and lacks nothing."""
    names = {name.casefold() for name in batch.marks}
    if batch.packed:
        return None
    if MANIFEST not in names:
        return MANIFEST
    if MANIFEST not in batch.marks:
        return None
    return min((n for n in read_manifest(files).listed if n.casefold() not in names), default=None)


class DropRoster:
    """The last snapshot with the waiting batches applied to it."""

    def __init__(self, sets: Sequence[OpenBatch], waiting: Waiting, around: Surroundings) -> None:
        self._sets = sets
        names = ", ".join(one.batch.name for one in sets[:_NAMED])
        more = f" and {len(sets) - _NAMED} more" if len(sets) > _NAMED else ""
        self.note = f"Read from the drop folder: {names}{more}."
        self._waiting = waiting
        self._known = around.known
        sizes = [
            one.files.size(f) for one in sets for f in (ORGS, USERS) if f in one.manifest.listed
        ]
        self._meter = Meter(around.progress or nobody, sum(sizes))
        self.schools: Sequence[RosterSchool] = list(self._read_schools().values())
        self._references = References(school.id for school in self.schools)

    def people(self) -> Iterator[RosterPerson]:
        """The staff; without fault only when exhausted. Raises a RosterFault.

        In memory are the staff ids and the changed people: what deltas say of students is not.
        """
        base, deltas = self._layers(USERS)
        changed: dict[str, RosterPerson | None] = {}
        known = set(self._ids(base)) if deltas else set()
        for delta in deltas:
            for id, person in self._users(delta):
                if person is not None or id in known or id in changed:
                    changed[id] = person
        yield from (person for person in self._base(base) if person.id not in changed)
        yield from (person for person in changed.values() if person is not None)
        self._meter.end()

    def _read_schools(self) -> dict[str, RosterSchool]:
        base, deltas = self._layers(ORGS)
        found: dict[str, RosterSchool] = {}
        if isinstance(base, LastSnapshot):
            found = {school.id: school for school in base.schools()}
        for one in deltas if isinstance(base, LastSnapshot) else (base, *deltas):
            with self._reading(one):
                for id, school in self._rows(one).orgs():
                    found.pop(id, None)
                    if school is not None:
                        found[id] = school
        return found

    def _layers(self, file: str) -> tuple[OpenBatch | LastSnapshot, list[OpenBatch]]:
        """What the file is changed from, and the changes in order."""
        saying = [one for one in self._sets if one.mode(file) != "absent"]
        bulks = [number for number, one in enumerate(saying) if one.mode(file) == "bulk"]
        if bulks:
            return saying[bulks[-1]], saying[bulks[-1] + 1 :]
        if self._known:
            return self._known, saying
        with self._waiting.blaming((saying or self._sets)[-1].batch):
            raise faults.DeltaWithoutBase(file) if saying else faults.NeededFileAbsent(file)

    def _ids(self, base: OpenBatch | LastSnapshot) -> Iterator[str]:
        if isinstance(base, LastSnapshot):
            return base.ids()
        return (id for id, person in self._users(base) if person is not None)

    def _base(self, base: OpenBatch | LastSnapshot) -> Iterator[RosterPerson]:
        if isinstance(base, LastSnapshot):
            return base.people()
        return (person for _, person in self._users(base) if person is not None)

    def _users(self, one: OpenBatch) -> Iterator[tuple[str, RosterPerson | None]]:
        with self._reading(one):
            yield from self._rows(one).users(self._references)

    def _rows(self, one: OpenBatch) -> OneRosterBatch:
        return OneRosterBatch(one.files, one.manifest, self._meter)

    @contextmanager
    def _reading(self, one: OpenBatch) -> Iterator[None]:
        with self._waiting.blaming(one.batch), one.files.steady():
            yield
