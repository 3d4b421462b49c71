"""What a night tells people: the first run, a feed at fault, a held difference."""

from collections.abc import Sequence
from datetime import date

from handlers.sentences import STATUS_WORDS, counted, listed, school_title
from handlers.views.blocks import Picture, context, escaped, section, shortened, within
from storage.links import Match
from storage.partners import Partner
from storage.runs import Run
from storage.schools import School

NAMED = 15
NAME, REASON = 60, 600
# Of each line of a card, which has to be one message.
BYTES = 600


def connected(partner: Partner, run: Run) -> Picture:
    """The one message of a partner's first applied run."""
    counts = run.counts
    text = (
        f"{partner.name} is connected: {counted(counts.schools_total, 'school')}, "
        f"{counts.staff_total:,} staff. When a school drops out of the roster, it is asked about "
        "here."
    )
    return Picture(escaped(text), [section(escaped(text))])


def changes(run: Run) -> str:
    """What an applied run changed, as a part of a sentence."""
    counts = run.counts
    told = {
        counted(counts.schools_new, "new school"): counts.schools_new,
        f"{counted(counts.schools_missing, 'school')} missing now": counts.schools_missing,
        f"{counted(counts.schools_returned, 'school')} back": counts.schools_returned,
        f"{counts.staff_added:,} staff added": counts.staff_added,
        f"{counts.staff_changed:,} staff changed": counts.staff_changed,
        f"{counts.staff_removed:,} staff not in it any more": counts.staff_removed,
    }
    some = [words for words, count in told.items() if count]
    return listed(some) if some else "what was stored was brought up to date"


def fault_card(night: str, failed: Sequence[tuple[Partner, Run]]) -> Picture:
    """For support: one cause, one night by the partners' own calendar, and whom it stopped."""
    if not failed:
        return Picture("Every roster that failed that night was read after all.")
    count = counted(len(failed), "partner")
    head = f"The roster of {count} could not be read on the night of {_day(night)}."
    lines = [_stopped(partner, run) for partner, run in failed[:NAMED]]
    more = [f"…and {len(failed) - NAMED:,} more"] if len(failed) > NAMED else []
    foot = (
        "Nothing was changed. It is tried again the next night; *Sync now* among the partner's "
        "schools in Home tries at once."
    )
    title = section(f":warning: *{escaped(head)}*")
    return Picture(escaped(head), [title, *map(section, [*lines, *more]), context(foot)])


def _day(night: str) -> str:
    """As Slack writes a date; it is the same day for every reader, wherever they are."""
    day = date.fromisoformat(night[:10])
    return f"{day:%b} {day.day}, {day.year}"


def _stopped(partner: Partner, run: Run) -> str:
    name, reason = shortened(partner.name, NAME), shortened(run.reason, REASON)
    return within(f"• *{escaped(name)}*: {escaped(reason)}", BYTES)


def failed_note(partner: Partner, run: Run, nights: int) -> Picture:
    """For the partner, on the first, third and seventh night in a row."""
    since = "" if nights == 1 else f" This is the {_ordinal(nights)} night in a row."
    text = (
        f"Last night's roster of {partner.name} could not be taken over.{since} {run.reason} "
        "No school and no account was changed. It is tried again the next night; the support "
        "team has been told too."
    )
    return Picture(escaped(text), [section(f":warning: {escaped(text)}")])


def recovered_note(partner: Partner, nights: int) -> Picture:
    text = (
        f"The roster of {partner.name} was read again, after {counted(nights, 'night')} "
        "without. Everything is up to date."
    )
    return Picture(escaped(text), [section(f":white_check_mark: {escaped(text)}")])


def no_batch_note(partner: Partner, run: Run, nights: int) -> Picture:
    """For the partner and for support, once: several nights without anything to read."""
    text = (
        f"Nothing new has come for the roster of {partner.name} for {counted(nights, 'night')}. "
        f"{run.reason} Its schools and accounts stay as they are."
    )
    return Picture(escaped(text), [section(f":hourglass: {escaped(text)}")])


def frozen_returned_note(partner: Partner, school: School) -> Picture:
    """For support, once: a Frozen school is in the roster again and stays Frozen."""
    text = (
        f"{school_title(school)} of {partner.name} is frozen, and its roster has it again. "
        "It stays frozen until the support team unfreezes it."
    )
    return Picture(escaped(text), [section(f":lock: {escaped(text)}")])


def made_anew_note(partner: Partner, found: Sequence[tuple[School, Match]]) -> Picture:
    """Once, for the partner and for support: what looks like a school that was decided before."""
    lines = [
        f"{school_title(old)}, {STATUS_WORDS[old.status]}: looks re-created as "
        f"{match.new.title}, id {shortened(match.new.id, 60)} ({match.likeness})."
        for old, match in found[:NAMED]
    ]
    if len(found) > NAMED:
        lines.append(f"…and {len(found) - NAMED:,} more.")
    head = (
        f"The roster of {partner.name} has {counted(len(found), 'new school')} that "
        f"{'looks' if len(found) == 1 else 'look'} like one that is not in it any more."
    )
    foot = "Nothing was decided by itself: each stays as it is. The support team can link the two."
    blocks = [section(f":repeat: *{escaped(head)}*")]
    blocks += [section(f"• {within(escaped(line), BYTES)}") for line in lines]
    return Picture(escaped(head), [*blocks, context(foot)])


def still_paused_note(partner: Partner, paused: Sequence[School]) -> Picture:
    """Once, on the first night after the summer."""
    titles = ", ".join(school_title(school) for school in paused[:NAMED])
    more = f" and {len(paused) - NAMED:,} more" if len(paused) > NAMED else ""
    text = (
        f"The nights of {partner.name} have begun again. Still paused: {titles}{more}. "
        "A school becomes active by itself when it is shared again."
    )
    return Picture(escaped(text), [section(escaped(text))])


def _ordinal(number: int) -> str:
    return {3: "third", 7: "seventh"}.get(number, f"{number}th")
