"""`recess sync`: partners one after the other, in this process, without the engine."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import click

from bot import patience, settings
from bot.commands.program import unexpected
from bot.commands.runs import described, outcome_line
from bot.commands.stores import opened, owner
from bot.commands.terminal import document, say, sentence, warn
from bot.rosters import NEVER_BY_CLOCK, Progress
from bot.sync import Result, Syncing
from handlers.telling import Telling
from storage.errors import RecessError
from storage.runs import FAILED, HELD
from storage.store import Stores

# Shorter files are read before a bar could be looked at.
LONG_FILE = 4 << 20
INTERRUPTED = "interrupted"

Show = Callable[[Result], None]


@click.command()
@click.argument("partners", nargs=-1, metavar="[PARTNER]...")
@click.option("--dry-run", is_flag=True, help="Only show what would change; nothing is stored.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def sync(partners: Sequence[str], dry_run: bool, as_json: bool) -> None:
    """Read the rosters of the PARTNERs, or of all, now.

    Exit code 0: applied, no change or skipped. 1: one of them was refused, failed, held or is
    being synced already; nothing was changed for it, and the others are still done. Messages to
    Slack are left to a running `recess serve`.
    """
    asked = settings.load()
    with opened(asked) as stores:
        show = _nothing if as_json else _difference(stores) if dry_run else _told
        telling = Telling(asked.support_channel_id)
        syncing = Syncing(stores, telling, owner("sync"), settings=asked)
        work = _Work(syncing, dry_run, show)
        runs = [work.run(slug) for slug in dict.fromkeys(partners or _all(stores))]
    if as_json:
        document(run for run in runs if run is not None)
    if any(run is None or run["outcome"] in (FAILED, HELD) for run in runs):
        raise click.exceptions.Exit(1)


class _Work:
    """The sync of one partner after the other, each with its sentence."""

    def __init__(self, syncing: Syncing, dry_run: bool, show: Show) -> None:
        self.syncing = syncing
        self.stores = syncing.stores
        self.dry_run = dry_run
        self.show = show

    def run(self, slug: str) -> dict[str, object] | None:
        """The run as machines read it; None when it was refused, or broke off."""
        try:
            with self.stores.read() as store:
                store.partners.named(slug)
            with _bar(slug) as progress:
                result = self._done(slug, progress)
        except RecessError as error:
            warn(sentence(error))
            return None
        except Exception:
            # The others are still done.
            warn(f"{slug}: {unexpected()}")
            return None
        self.show(result)
        if result.outcome in (FAILED, HELD):
            warn(f"{slug}: {result.outcome}. {result.reason} Nothing was changed.")
        return described(slug, result.run, result.plan, result.outcome, result.reason)

    def _done(self, slug: str, progress: Progress | None) -> Result:
        if self.dry_run:
            return self.syncing.would(slug, progress)
        try:
            return self.syncing.now(slug, progress)
        except BaseException:
            # Where even this fails, the run counts as dead after a minute.
            with suppress(Exception):
                self._end(slug)
            raise

    def _end(self, slug: str) -> None:
        """End an unfinished run, so that the next need not wait until this one counts as dead."""
        with self.stores.transaction(patience.COMMAND) as store:
            for run in store.runs.of(store.partners.locked(slug)):
                if run.owner == self.syncing.owner and run.outcome is None:
                    reason = "It was interrupted before its end."
                    store.runs.finish(run, FAILED, cause=INTERRUPTED, reason=reason)


def _all(stores: Stores) -> Sequence[str]:
    with stores.read() as store:
        known = store.partners.all()
    # A CSV partner has nothing to read until somebody uploads it.
    slugs = [p.slug for p in known if p.source.get("kind") not in NEVER_BY_CLOCK]
    if not known:
        warn("No partner is imported yet; `recess partners import FILE` does it.")
    return slugs


def _told(result: Result) -> None:
    if result.outcome not in (FAILED, HELD):
        run = described(result.partner, result.run, None, result.outcome, result.reason)
        say(outcome_line(run))


def _nothing(_: Result) -> None:
    """The document at the end says it all."""


def _difference(stores: Stores) -> Show:
    from bot.commands.difference import show_difference

    def show(result: Result) -> None:
        with stores.read() as store:
            show_difference(store, result)

    return show


@contextmanager
def _bar(slug: str) -> Iterator[Progress | None]:
    """A bar on stderr, when that is a terminal and the files turn out to be long."""
    if not sys.stderr.isatty():
        yield None
        return
    from bot.commands.bar import Bar

    bar = Bar(slug, LONG_FILE)
    try:
        yield bar
    finally:
        bar.close()
