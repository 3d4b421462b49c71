"""`recess partners`: what is declared, and bringing the file in."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from bot import patience, settings
from bot.commands.stores import opened, reading
from bot.commands.terminal import document, given_reason, iso, say, table, when
from storage.partners import Partner
from storage.store import Store


class _Undone(Exception):
    """Ends a dry run, so that its transaction rolls back."""


@click.group()
def partners() -> None:
    """The districts and organisations whose rosters are synced."""


@partners.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option("--new-source", is_flag=True, help="The source of a partner with schools may change.")
def import_(file: Path, dry_run: bool, new_source: bool) -> None:
    """Declare the partners of a TOML FILE.

    It can be repeated: what is declared already and has not changed stays as it is, and a
    partner that is not in the file is never removed. Every mistake is told, and with one in it
    nothing of the file is stored. After --new-source every run of that partner is held, until
    its schools were matched with those of the new source and one was applied.
    """
    from bot.partners_file import import_partners
    from handlers.other_roads import channel_moved
    from handlers.telling import Telling

    given = settings.load()
    with opened(given) as stores:
        try:
            with stores.transaction(patience.COMMAND) as store:
                imported = import_partners(store, file, new_source=new_source)
                for moved in (store.partners.named(one.slug) for one in imported if one.moved):
                    Telling(given.support_channel_id).source_moved(store, moved)
                for one in imported:
                    for left in (str(was) for key, was, _ in one.changes if key == "channel"):
                        channel_moved(store, store.partners.named(one.slug), left)
                others = {p.slug for p in store.partners.all()} - {one.slug for one in imported}
                if dry_run:
                    raise _Undone
        except _Undone:
            say("Nothing is stored by a dry run. It would be:")
    for one in imported:
        say(f"{one.slug}: {'new' if one.new else 'changed' if one.changes else 'unchanged'}")
        for key, before, after in one.changes:
            say(f"  {key}: {_shown(before)} → {_shown(after)}")
        if one.moved:
            say("  Its next run is held; `recess schools match` shows which school is which.")
    if others:
        say(f"Not in this file, and kept as they are: {', '.join(sorted(others))}")


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f"“{value}”"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_shown(part)}" for key, part in value.items()) or "none"
    if isinstance(value, Sequence):
        return ", ".join(map(_shown, value)) or "none"
    return "none" if value is None else str(value)


@partners.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def list_(as_json: bool) -> None:
    """Show all partners; times are in UTC."""
    with reading(settings.load()) as store:
        if as_json:
            document(_described(store))
            return
        known = store.partners.all()
        if not known:
            say("No partner is imported yet; `recess partners import FILE` does it.")
            return
        heads = (
            "PARTNER",
            "NAME",
            "CHANNEL",
            "TIME ZONE",
            "SCHOOLS",
            "STAFF",
            "LAST SYNC (UTC)",
            "",
        )
        table(heads, (_row(store, partner) for partner in known))


@partners.command()
@click.argument("partner")
@click.option("--by", required=True, metavar="SLACK_USER", help="Who decides, by Slack id (U…).")
@click.option("--reason", required=True, help="Why; the partner's channel is told.")
def retire(partner: str, by: str, reason: str) -> None:
    """Stop asking about a PARTNER, as the support team.

    Its runs stop; its requests, holds and cards are closed. Freezes and locks stay in force.
    """
    from bot.commands.desk import acting, desk_of
    from handlers import retire as story
    from handlers.ask import Ask

    reason = given_reason(reason)
    with desk_of(settings.load()) as desk:
        person = acting(desk, by, partner)
        done = story.retire(Ask(person, partner, [], reason=reason, via="cli"), desk)
    say(f"{partner} is retired." if done else f"{partner} was retired before.")


@partners.command(
    "tell-apart", short_help="Say that ids which differ only by zeros in front are two."
)
@click.argument("partner")
@click.option(
    "--pair", "pairs", multiple=True, required=True, metavar="ID=ID", help="Both are real."
)
@click.option("--by", required=True, metavar="SLACK_USER", help="Who decides, by Slack id (U…).")
@click.option("--reason", required=True, help="Why; it is kept with the pairs.")
def tell_apart(partner: str, pairs: Sequence[str], by: str, reason: str) -> None:
    """Say that ids of a PARTNER which differ only by zeros in front are two records.

    A roster with such ids is refused as one that a spreadsheet has spoilt. This is for the support
    team, once it is known that it is not; it is remembered, and other pairs are refused as before.
    """
    from bot.commands.desk import acting, desk_of
    from handlers import tell_apart as story
    from handlers.ask import Ask

    split = [pair.partition("=") for pair in pairs]
    if any(not one or not other for one, _, other in split):
        raise click.UsageError("--pair is an id, =, and the id that looks like it.")
    reason = given_reason(reason)
    with desk_of(settings.load()) as desk:
        ask = Ask(acting(desk, by, partner), partner, [], reason=reason, via="cli")
        story.tell_apart(ask, desk, [(one, other) for one, _, other in split])
    say(f"Told apart. `recess sync {partner}` reads the roster again.")


def _described(store: Store) -> Iterator[dict[str, object]]:
    for partner in store.partners.all():
        yield {
            "partner": partner.slug,
            "name": partner.name,
            "timezone": partner.timezone,
            "channel": partner.channel,
            "admins": list(partner.admins),
            "viewers": list(partner.viewers),
            "contact": partner.contact,
            "sync_cron": partner.sync_cron,
            "pause_windows": [dict(window) for window in partner.pause_windows],
            "breaker": dict(partner.breaker),
            "source": dict(partner.source),
            "schools": len(store.schools.of(partner)),
            "staff": store.accounts.count(partner),
            "last_synced": iso(store.schools.last_run_at(partner)),
            "new_source": partner.new_source,
            "retired_at": iso(partner.retired_at),
        }


def _row(store: Store, partner: Partner) -> Sequence[object]:
    return (
        partner.slug,
        partner.name,
        partner.channel,
        partner.timezone,
        f"{len(store.schools.of(partner)):,}",
        f"{store.accounts.count(partner):,}",
        when(store.schools.last_run_at(partner)),
        _state(partner),
    )


def _state(partner: Partner) -> str:
    if partner.retired_at is not None:
        return f"retired {when(partner.retired_at)}"
    return "new source, to be matched" if partner.new_source else ""
