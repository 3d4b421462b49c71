"""The work behind an upload: fetch the files, check them, and answer with what they would do.

Nobody waits here. What cannot be done now is carried again as a new attempt, so that no worker
sleeps; whatever happens, the person is told in the end.
"""

import logging
import secrets
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bot import patience, staff_lists
from bot.difference import STAFF_WORDS, first_staff, school_lines, staff_counts
from bot.rosters import RosterFault
from bot.rosters.csv_upload import Kind, kind_of
from bot.rosters.staff_list import StaffRow
from bot.slack_files import SlackAway, SlackFiles
from bot.staff_lists import Entry
from bot.sync import PREVIEW, Result, Syncing
from handlers.sentences import counted, listed, school_title, who_loses
from storage.errors import Busy, NotPossible, RecessError, RunTaken, SyncUnderWay
from storage.partners import Partner
from storage.roster.plan import Plan
from storage.rules.lifecycle import Status
from storage.runs import FAILED, HELD, SKIPPED
from storage.snapshot import RosterPerson
from storage.store import Store, Stores
from storage.uploads import ADDING, CHECKING, Line, Preview, Upload

log = logging.getLogger(__name__)

PREFIX = "recess-upload-"
# Two seconds after the first attempt, five minutes in the end: for a good twenty minutes.
ATTEMPTS, LONGEST_WAIT = 12, 300.0
# Of each sort, as a message has room for them.
SCHOOLS_NAMED, STAFF_NAMED, LIST_NAMED = 12, 5, 12
# Whoever adds more people by hand has a roster; one transaction has to hold them.
LONGEST_LIST = 5_000
# A list is kept for so long; it has people's names, and may well be outdated by then.
DECIDED_WITHIN = timedelta(days=14)
UNDECIDED = "Nobody decided about it within 14 days, so it was not kept any longer."
# A process that was killed leaves its files behind for so long at most (seconds).
LEFTOVER = 6 * 3_600.0

LATER = (Busy, SyncUnderWay, RunTaken, SlackAway)


class Uploading:
    """Does the engine's `preview` jobs."""

    def __init__(self, stores: Stores, syncing: Syncing, files: SlackFiles) -> None:
        self.stores = stores
        self.syncing = syncing
        self.files = files

    def owed(self, key: str) -> None:
        """The work of one attempt, by its job's key. Raises nothing."""
        try:
            with self.stores.read() as store:
                upload = store.uploads.by_id(int(key.split(":")[1]))
                current = store.uploads.job_key(upload) == key
            if current:
                self._attempt(upload)
        except Exception:
            log.exception("The upload %s could not be recorded; it stays owed", key)

    def carry_abandoned(self, waiting: Collection[str]) -> int:
        """Carry again what is owed and has no job among `waiting`; answers how many."""
        with self.stores.transaction() as store:
            lost = [u for u in store.uploads.abandoned() if store.uploads.job_key(u) not in waiting]
            for upload in lost:
                store.uploads.again(upload)
        return len(lost)

    def _attempt(self, upload: Upload) -> None:
        try:
            if upload.state == CHECKING:
                self._check(upload)
            elif upload.state == ADDING:
                self._add(upload)
        except LATER as error:
            self._again(upload, str(error))
        except (RosterFault, RecessError) as error:
            self._refuse(upload, str(error))
        except Exception:
            reference = secrets.token_hex(4)
            log.exception("The upload %d failed, reference %s", upload.id, reference)
            self._again(upload, f"Something went wrong on our side (reference {reference}).")

    def _again(self, upload: Upload, why: str) -> None:
        log.info("The upload %d is tried again: %s", upload.id, why)
        if upload.attempt < ATTEMPTS:
            delay = min(LONGEST_WAIT, 2.0**upload.attempt)
            self._record(upload, lambda store: store.uploads.again(upload, delay))
            return
        told = f"It was tried {ATTEMPTS} times and could not be done. {why} Upload it again later."
        self._refuse(upload, told)

    def _refuse(self, upload: Upload, reason: str) -> None:
        self._record(upload, lambda store: store.uploads.refused(upload, reason))

    def _record(self, upload: Upload, write: Callable[[Store], None]) -> None:
        """Unless somebody else has done this attempt meanwhile."""
        with self.stores.transaction(patience.JOB) as store:
            store.partners.locked(upload.partner)
            now = store.uploads.by_id(upload.id)
            if (now.state, now.attempt) == (upload.state, upload.attempt):
                write(store)

    # Checking

    def _check(self, upload: Upload) -> None:
        with _folder() as folder:
            path = self.files.fetch(upload.files, folder)
            if kind_of(path) is Kind.SET:
                self._roster(upload, path)
            else:
                self._list(upload, path)

    def _roster(self, upload: Upload, path: Path) -> None:
        with self.stores.read() as store:
            takes_uploads(store.partners.named(upload.partner))
        result = self.syncing.preview(upload.partner, path)
        with self.stores.read() as store:
            shown = preview_of(store, store.partners.named(upload.partner), result)
        self._record(upload, lambda store: _answer(store, upload, result, shown))

    def _list(self, upload: Upload, path: Path) -> None:
        rows = staff_lists.read(path)
        if len(rows) > LONGEST_LIST:
            raise NotPossible(
                f"The list has {len(rows):,} people, and at most {LONGEST_LIST:,} can be added at "
                "once. Upload it in parts."
            )
        with self.stores.read() as store:
            entries = staff_lists.entries(store, store.partners.named(upload.partner), rows)
        changing = [entry for entry in entries if entry.at]
        if not changing:
            there = f"all {counted(len(entries), 'person', 'people')} in it are there already."
            self._record(upload, lambda store: store.uploads.unchanged(upload, there))
            return
        shown, content = list_preview(entries, changing), zlib.compress(path.read_bytes())
        self._record(upload, lambda store: store.uploads.shown(upload, shown, content=content))

    # Adding the people of a list

    def _add(self, upload: Upload) -> None:
        with self.stores.read() as store:
            content = zlib.decompress(store.uploads.content(upload))
        with _folder() as folder:
            path = folder / "list.csv"
            path.write_bytes(content)
            rows = staff_lists.read(path)
        self._record(upload, lambda store: _added(store, upload, rows))

    def give_up(self) -> None:
        """Forget the lists that nobody has decided about; their messages say so."""
        with self.stores.read() as store:
            old = store.uploads.undecided(before=store.now - DECIDED_WITHIN)
        for upload in old:
            self._refuse(upload, UNDECIDED)

    def tidy(self) -> None:
        """Remove what a process that was killed has left behind."""
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if time.time() - left.stat().st_mtime > LEFTOVER:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def _folder() -> Iterator[Path]:
    """For files that are needed for a moment; they go, however it ends."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        yield Path(folder)


def takes_uploads(partner: Partner) -> None:
    """Raises NotPossible for a partner whose roster we read ourselves."""
    if not partner.uploaded:
        raise NotPossible(
            f"The roster of {partner.slug} comes from its source ({partner.source.get('kind')}), "
            "not as an upload; only a staff list can be uploaded for it."
        )


def _answer(store: Store, upload: Upload, result: Result, shown: Preview) -> None:
    if result.outcome in (FAILED, SKIPPED):
        store.uploads.refused(upload, result.reason)
    elif result.outcome == HELD and result.run is not None:
        store.uploads.shown(upload, shown, run=result.run.id)
    else:
        total = result.plan.counts if result.plan else None
        there = f"{total.schools_total:,} schools and {total.staff_total:,} staff" if total else ""
        reason = f"{there}, all stored already. {result.reason}".strip()
        store.uploads.unchanged(upload, reason)


def _added(store: Store, upload: Upload, rows: Sequence[StaffRow]) -> None:
    partner = store.partners.named(upload.partner)
    if partner.retired_at is not None:
        raise NotPossible(f"{partner.slug} is retired meanwhile.")
    added = staff_lists.add_in(store, partner, rows)
    told = f"{counted(added, 'person was', 'people were')} added, nobody was removed."
    store.uploads.added(upload, told)


# What a preview shows


def preview_of(store: Store, partner: Partner, result: Result) -> Preview:
    """Of a roster: its schools and people with their signs, and what holds it up."""
    if result.plan is None:
        return Preview()
    held = result.run is not None and result.run.cause != PREVIEW
    loss = result.plan.loss
    return Preview(
        schools=_few(list(school_lines(store, partner, result.plan)), SCHOOLS_NAMED),
        staff=_staff_lines(store, partner, result.plan),
        held=result.reason if held else "",
        gone=loss.schools_gone or loss.staff_gone,
        note="" if held else result.reason,
    )


def _staff_lines(store: Store, partner: Partner, plan: Plan) -> list[Line]:
    """First who really loses something, which is not everybody who is not in it any more."""
    first, counts = first_staff(store, partner, plan, STAFF_NAMED), staff_counts(plan)
    lines = {
        sign: f"{count:,} {STAFF_WORDS[sign]}: {_named(first[sign], count)}"
        for sign, count in counts.items()
        if count
    }
    missing, losing = len(plan.missing), plan.loss.staff_gone
    told = [who_loses(missing, losing)] if missing or losing or "-" in lines else []
    # They stay at a school that is missing too, so nobody of them is listed as going.
    told += [lines.pop("-")] if "-" in lines else []
    total = f"{plan.counts.staff_total:,} in the roster"
    return [*((" ", text) for text in told), *lines.items(), (" ", total)]


def _named(people: Sequence[RosterPerson], count: int) -> str:
    names = [f"{p.given_name} {p.family_name}".strip() or p.email or p.id for p in people]
    more = f" and {count - len(names):,} more" if count > len(names) else ""
    return ", ".join(names) + more


def list_preview(entries: Sequence[Entry], changing: Sequence[Entry]) -> Preview:
    """Of a staff list: who is added where, and who is locked by that."""
    new = sum(entry.new for entry in changing)
    there = len(entries) - len(changing)
    frozen = {s.key: s for e in changing for s in e.at if s.status is Status.FROZEN}
    locked = [("!", school_title(school)) for school in frozen.values()]
    head = f"{counted(len(changing), 'person', 'people')} to add, {new:,} of them new"
    lines: list[Line] = [(" ", f"{head}; {there:,} are there already.")]
    lines += [("+", _list_line(entry)) for entry in changing]
    return Preview(_few(locked, SCHOOLS_NAMED), _few(lines, LIST_NAMED))


def _list_line(entry: Entry) -> str:
    where = listed([school_title(school) for school in entry.at])
    return f"{entry.person.email}{'' if entry.new else ' (known)'}: {where}"


def _few(lines: Sequence[Line], named: int) -> list[Line]:
    """The first few of each sign, and how many more there are."""
    kept: list[Line] = []
    for sign in dict.fromkeys(sign for sign, _ in lines):
        same = [line for line in lines if line[0] == sign]
        kept += same[:named]
        if len(same) > named:
            kept.append((sign, f"…and {len(same) - named:,} more"))
    return kept
