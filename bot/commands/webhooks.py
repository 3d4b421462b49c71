"""`recess webhooks`: what the product was told, what it was not, and telling it now."""

from collections.abc import Sequence

import click

from bot import patience, settings
from bot.commands.stores import opened, reading
from bot.commands.terminal import Refused, document, say, when
from handlers.sentences import counted
from storage.events import Event
from storage.store import Store

# No event ever gets a number above this one.
LAST = 2**63 - 1


@click.group()
def webhooks() -> None:
    """The events that the product is told of by webhooks."""


@webhooks.command("list")
@click.option("--parked", is_flag=True, help="Only those that were given up after three days.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def show(parked: bool, as_json: bool) -> None:
    """The events that are not taken yet: owed ones, and parked ones."""
    with reading(settings.load()) as store:
        events = store.events.parked() + ([] if parked else store.events.owed())
    if as_json:
        document(_described(event) for event in events)
        return
    for event in events:
        trouble = f"; {event.error}" if event.error else ""
        tried = counted(event.attempts, "attempt")
        say(
            f"{event.id:>8}  {event.state:7} {when(event.created_at)}  {event.partner}: "
            f"{event.type} ({tried}{trouble})"
        )
    if not events:
        say("The product was told of everything.")


@webhooks.command()
@click.argument("ids", nargs=-1, type=click.IntRange(1, LAST), metavar="[EVENT]...")
@click.option("--partner", metavar="SLUG", help="All parked and waiting events of a partner.")
def replay(ids: Sequence[int], partner: str | None) -> None:
    """Send events now, or again, by number or by partner.

    A running `recess serve` sends them at once: one that was refused and waits for its next try,
    one that was parked after three days, or one that was taken (for 30 days). Each keeps its
    webhook-id, and what is owed of the same account or school before it is sent first.
    """
    if not ids and partner is None:
        raise click.UsageError("Name events by their numbers, or a partner with --partner.")
    asked = settings.load()
    if not asked.webhook_url:
        raise Refused("WEBHOOK_URL is not set, so nobody would be told. Nothing was changed.")
    with opened(asked) as stores, stores.transaction(patience.COMMAND) as store:
        if partner is not None:
            store.partners.named(partner)
        chosen = {*ids, *(_untaken(store, partner) if partner else ())}
        events = store.events.replay(chosen)
    missing = set(ids) - {event.id for event in events}
    if events or not missing:
        say(f"To be sent now: {counted(len(events), 'event')}.")
    if missing:
        named = ", ".join(str(id) for id in sorted(missing))
        others = "The others are sent" if events else "Nothing was changed"
        raise Refused(
            f"There is no event {named} any more, or none yet. {others}; "
            "`recess webhooks list` shows what is not taken yet."
        )


def _untaken(store: Store, partner: str) -> list[int]:
    events = (*store.events.parked(), *store.events.owed())
    return [event.id for event in events if event.partner == partner]


def _described(event: Event) -> dict[str, object]:
    return {
        "event": event.id,
        "delivery": event.delivery,
        "partner": event.partner,
        "type": event.type,
        "state": event.state,
        "attempts": event.attempts,
        "error": event.error,
        "at": event.created_at.isoformat(),
    }
