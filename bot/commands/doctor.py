"""`recess doctor`: what is wrong with this installation, and what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

import click
from sqlalchemy import Connection

from bot import settings
from bot.commands.door_checks import door_checks
from bot.commands.findings import Finding, ok, skipped, wrong
from bot.commands.stores import reading
from bot.commands.terminal import say, sentence, when
from bot.rosters import NEVER_BY_CLOCK, NoBatch, RosterFault, Surroundings, open_roster
from bot.rosters.faults import SecretMissing
from bot.rosters.secrets import from_environment
from bot.settings import Settings, require_slack
from handlers.other_roads import troubled
from handlers.sentences import counted
from storage.errors import RecessError
from storage.partners import Partner
from storage.roster.last import LastSnapshot
from storage.rules.breaker import Trip
from storage.runs import FAILED, HELD, SKIPPED, Run
from storage.store import Store

SHOWN = {"ok": "green", "wrong": "red", "skipped": "yellow"}
# Far enough back to see past nights that were skipped.
LOOK_BACK = 30


@click.command()
def doctor() -> None:
    """Say what is wrong, and what to do.

    It checks settings, database, rosters, Slack, and what is owed; times are in UTC. Exit code 1
    when something is wrong. Secrets are named, never shown.
    """
    asked = settings.load()
    findings = [*_all(asked)]
    for finding in findings:
        say(f"{finding.verdict:8} {finding.text}", fg=SHOWN[finding.verdict])
    count = sum(finding.verdict == "wrong" for finding in findings)
    say("Nothing is wrong." if not count else f"Wrong: {count}.", bold=True)
    if count:
        raise click.exceptions.Exit(1)


def _all(asked: Settings) -> Iterator[Finding]:
    yield from _settings(asked)
    partners: list[Partner] = []
    try:
        with reading(asked) as store:
            partners = [one for one in store.partners.all() if one.retired_at is None]
            yield ok("The database can be reached and is up to date.")
            yield from _stored(store, partners)
            yield from door_checks(asked, store)
    except RecessError as error:
        yield wrong(sentence(error))
    for partner in partners:
        # Without its secrets a roster cannot be opened either, which need not be told twice.
        yield from [*_secrets(partner)] or [_roster(partner, asked)]
    yield from _slack(asked, partners)


def _settings(asked: Settings) -> Iterator[Finding]:
    """What `recess serve` cannot start without; the doors have checks of their own."""
    from bot.nights import trigger

    found = [
        *_refused(partial(require_slack, asked)),
        *_refused(partial(trigger, asked.sync_cron, "UTC"), "SYNC_CRON: "),
    ]
    yield from found or [ok("All settings that `recess serve` needs are there.")]


def _refused(check: Callable[[], object], about: str = "") -> Iterator[Finding]:
    try:
        check()
    except RecessError as error:
        yield wrong(f"{about}{error.sentence}")


def _slack(asked: Settings, partners: Iterable[Partner]) -> Iterator[Finding]:
    if asked.slack_bot_token is None:
        yield skipped("Slack was not asked anything: SLACK_BOT_TOKEN is not set.")
        return
    from bot.commands.slack_checks import slack_checks

    yield from slack_checks(asked, list(partners))


# What is stored


def _stored(store: Store, partners: Iterable[Partner]) -> Iterator[Finding]:
    found = [*_channels(store), *_messages(store), *_waiting(store), *_webhooks(store)]
    for partner in partners:
        found += _runs(store, partner)
    yield from found
    if not store.partners.all():
        yield wrong("No partner is imported yet; `recess partners import FILE` does it.")
    elif all(finding.verdict != "wrong" for finding in found):
        yield ok("Nothing failed, and nothing waits for somebody.")


def _channels(store: Store) -> Iterator[Finding]:
    for trouble, told in troubled(store):
        refused = len(store.messages.failures(trouble.channel))
        yield wrong(
            f"{told} Since {when(trouble.since)}; refused meanwhile: {counted(refused, 'message')}."
        )


def _messages(store: Store) -> Iterator[Finding]:
    known = {trouble.channel for trouble, _ in troubled(store)}
    for message in store.messages.failures():
        if message.channel in known:
            continue
        yield wrong(
            f"Slack refused a message ({message.kind}) for {message.channel} of "
            f"{when(message.created_at)}: {message.error}. Mend the cause; the next change of what "
            "it shows is sent again."
        )


def _waiting(store: Store) -> Iterator[Finding]:
    backlog, late = store.messages.backlog(), store.messages.abandoned()
    if late:
        since = min(message.created_at for message in late)
        yield wrong(
            f"Waiting for Slack for too long: {counted(len(late), 'message')}, the oldest since "
            f"{when(since)}. Start `recess serve`, or look into its log."
        )
    elif backlog:
        yield ok(f"On the way to Slack: {counted(backlog, 'message')}.")
    runs = store.runs.abandoned()
    if runs:
        yield wrong(
            f"Owed, and done by nobody: {counted(len(runs), 'sync')} ({_names(runs)}). "
            "Start `recess serve`, or look into its log."
        )


def _webhooks(store: Store) -> Iterator[Finding]:
    parked, owed = store.events.parked(), store.events.owed()
    if parked:
        yield wrong(
            f"The product took no webhook for three days: {counted(len(parked), 'event')} parked, "
            f"the last with “{parked[-1].error}”. When it is well again, "
            "`recess webhooks replay --partner SLUG` sends them."
        )
    failing = [event for event in owed if event.error]
    if failing:
        yield wrong(
            f"The product does not take webhooks: {counted(len(failing), 'event')} tried and not "
            f"taken, since {when(failing[0].tried_since)}: {failing[0].error}. They are tried "
            "again; look at WEBHOOK_URL and at its end. When it is well again, "
            "`recess webhooks replay --partner SLUG` sends them at once."
        )


def _names(runs: Iterable[Run]) -> str:
    return ", ".join(sorted({run.partner for run in runs}))


def _runs(store: Store, partner: Partner) -> Iterator[Finding]:
    newest = store.runs.of(partner, LOOK_BACK)
    if newest and newest[0].outcome is None and newest[0].retries:
        yield skipped(f"{partner.slug}: the roster could not be read yet. {newest[0].reason}")
    ended = [run for run in newest if run.outcome not in (None, SKIPPED)]
    uploaded = partner.source.get("kind") in NEVER_BY_CLOCK
    reading = f"upload {partner.slug} FILE" if uploaded else f"sync {partner.slug}"
    if ended and ended[0].outcome == FAILED:
        what, again = ("upload", "reads another") if uploaded else ("sync", "tries again")
        yield wrong(
            f"{partner.slug}: the last {what}, of {when(ended[0].finished_at)}, failed. "
            f"{ended[0].reason} Nothing was changed; `recess {reading}` {again}."
        )
    held = store.runs.held(partner)
    if partner.new_source and held is None:
        yield wrong(
            f"{partner.slug}: its source is new, and no roster of it waits to be applied. "
            f"`recess {reading}` reads one; it is held until the schools are matched."
        )
    if held is not None and not held.was_held:
        yield skipped(
            f"{partner.slug}: the roster uploaded at {when(held.finished_at)} was not asked about. "
            "It waits in Slack until whoever uploaded it chooses Apply or Discard."
        )
    elif held is not None:
        assert held.outcome == HELD
        way_out = (
            f"Match the schools with `recess schools match {partner.slug}`, then decide on its card"
            " in Slack: until one is applied, every run is held."
            if held.cause == Trip.NEW_SOURCE
            else "Decide on its card in Slack, or correct the roster at its source: the next clean "
            "sync settles it."
        )
        yield wrong(
            f"{partner.slug}: the sync of {when(held.finished_at)} is held. {held.reason} {way_out}"
        )


# What is outside


def _secrets(partner: Partner) -> Iterator[Finding]:
    for text in _texts(partner.source):
        try:
            from_environment(text)
        except SecretMissing as fault:
            yield wrong(f"{partner.slug}: {fault}")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)


def _roster(partner: Partner, asked: Settings) -> Finding:
    # Read only when the source waits with changes to what was last applied.
    known = LastSnapshot(partial(_connection, asked), partner)
    try:
        with open_roster(partner.source, around=Surroundings(asked, known=known)) as roster:
            schools = len(roster.schools)
    except NoBatch as nothing:
        return ok(f"{partner.slug}: the roster can be read. {nothing}")
    except RosterFault as fault:
        return wrong(f"{partner.slug}: {fault}")
    return ok(f"{partner.slug}: the roster can be opened and has {schools:,} schools.")


@contextmanager
def _connection(asked: Settings) -> Iterator[Connection]:
    with reading(asked) as store:
        yield store.connection
