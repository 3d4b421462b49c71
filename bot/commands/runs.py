"""`recess runs`: what became of each sync, and how a run is described anywhere."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import click

from bot import settings
from bot.commands.stores import reading
from bot.commands.terminal import Refused, document, say, table, when
from handlers.sentences import counted
from storage.roster.plan import Counts, Plan
from storage.runs import APPLIED, NO_CHANGE, SUPERSEDED, Decision, Run
from storage.store import Store

Decorated = TypeVar("Decorated", bound=Any)


def described(
    partner: str, run: Run | None, plan: Plan | None, outcome: str | None, reason: str
) -> dict[str, Any]:
    """A run as machines read it; of a dry run there is only the plan."""
    counts = run.counts if run is not None else plan.counts if plan is not None else Counts()
    return {
        "partner": partner,
        "run": run.id if run is not None else None,
        "outcome": outcome,
        "reason": reason,
        "schools": {
            "new": counts.schools_new,
            "missing": counts.schools_missing,
            "returned": counts.schools_returned,
            "total": counts.schools_total,
        },
        "staff": {
            "added": counts.staff_added,
            "changed": counts.staff_changed,
            "removed": counts.staff_removed,
            "total": counts.staff_total,
        },
    }


def outcome_line(run: Mapping[str, Any]) -> str:
    """The same for people, on one line."""
    return f"{run['partner']}: {in_words(run['outcome'])}. {_told(run)}"


def _told(run: Mapping[str, Any]) -> str:
    """What was compared, when anything was, and the reason or note that goes with it."""
    if run["outcome"] not in (APPLIED, NO_CHANGE) and run["reason"]:
        return str(run["reason"])
    schools, staff = run["schools"], run["staff"]
    of_schools = _figures(counted(schools["total"], "school"), schools)
    of_staff = _figures(f"{staff['total']:,} staff", staff)
    figures = f"{of_schools}; {of_staff}."
    return f"{figures} {run['reason']}".strip()


def in_words(outcome: str | None) -> str:
    return "under way or owed" if outcome is None else outcome.replace("_", " ")


# Who is not in the roster any more stays at a school that is missing too, and is not removed.
_WORDS = {"removed": "not in it any more"}


def _figures(total: str, counts: Mapping[str, int]) -> str:
    moved = [f"{n:,} {_WORDS.get(of, of)}" for of, n in counts.items() if of != "total" and n]
    return f"{total} ({', '.join(moved)})" if moved else total


@click.group()
def runs() -> None:
    """The syncs that were done."""


@runs.command("list")
@click.argument("partner", required=False)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="At most so many, the newest first.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document, for machines.")
def list_(partner: str | None, limit: int, as_json: bool) -> None:
    """Show the newest runs of a PARTNER, or of all; times are in UTC."""
    with reading(settings.load()) as store:
        found = _newest(store, partner, limit)
    if as_json:
        document(described(r.partner, r, None, r.outcome, r.reason) for r in found)
    elif not found:
        say("Nothing was synced yet.")
    else:
        table(("RUN", "PARTNER", "AT (UTC)", "OUTCOME", "WHAT CAME OF IT"), map(_row, found))


def _decision(command: Decorated) -> Decorated:
    """The arguments of a decision about a held run."""
    for add in (
        click.option("--reason", default="", help="Why; it stands in the thread of the card."),
        click.option("--by", required=True, metavar="SLACK_USER", help="Who decides (U…)."),
        click.argument("run", type=int),
        click.argument("partner"),
    ):
        command = add(command)
    return command


@runs.command("apply")
@_decision
@click.option("--pause-all", is_flag=True, help="Pause every school that it makes missing.")
def apply_(partner: str, run: int, by: str, reason: str, pause_all: bool) -> None:
    """Apply the held RUN of a PARTNER, exactly as it was shown."""
    decision = Decision.APPLY_AND_PAUSE if pause_all else Decision.APPLY
    _decide(partner, run, by, reason, decision)


@runs.command()
@_decision
def discard(partner: str, run: int, by: str, reason: str) -> None:
    """Discard the held RUN of a PARTNER: its roster was wrong."""
    _decide(partner, run, by, reason, Decision.DISCARD)


def _decide(partner: str, run: int, by: str, reason: str, decision: Decision) -> None:
    """Write the decision down and carry it out here, as `serve` would."""
    from bot.commands.desk import acting, desk_of
    from bot.commands.stores import owner
    from bot.sync import Syncing
    from handlers.ask import Ask
    from handlers.hold import decide_hold
    from handlers.telling import Telling

    with desk_of(settings.load()) as desk:
        ask = Ask(acting(desk, by, partner), partner, [], reason=reason, via="cli")
        decide_hold(ask, desk, run, decision)
        syncing = Syncing(desk.stores, Telling(desk.support_channel), owner("runs"))
        with desk.read() as store:
            decided = store.runs.by_id(run)
        ended = syncing.carry_out(decided)
    if ended.outcome == SUPERSEDED:
        raise Refused(ended.reason)
    say(outcome_line(described(partner, ended, None, ended.outcome, ended.reason)))


def _newest(store: Store, slug: str | None, limit: int) -> list[Run]:
    partners = [store.partners.named(slug)] if slug else store.partners.all()
    found = [run for partner in partners for run in store.runs.of(partner, limit)]
    return sorted(found, key=lambda run: run.id, reverse=True)[:limit]


def _row(run: Run) -> Sequence[object]:
    one = described(run.partner, run, None, run.outcome, run.reason)
    return (
        run.id,
        run.partner,
        when(run.finished_at or run.started_at or run.asked_at),
        in_words(run.outcome),
        _told(one),
    )
