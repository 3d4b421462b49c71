"""Short messages: the audit trail in a card's thread, and answers to one person."""

from collections.abc import Sequence

from handlers.sentences import STATUS_WORDS, counted, happened, listed, not_done, school_title
from handlers.views.blocks import SLACK, Picture, escaped, section, shortened
from storage.partners import Partner
from storage.schools import Change, School

# A bulk pause may name many; the card and the history have all of them.
NAMED = 30
SENTENCE = 2_900


def decided(changes: Sequence[Change]) -> Picture:
    """One line of the audit trail for what one person did with one click."""
    lasts = [(change.last, school_title(change.school)) for change in changes if change.last]
    last, title = lasts[0]
    if len(lasts) == 1:
        text = happened(last, title, SLACK)
    else:
        titles = listed([escaped(title) for _, title in lasts[:NAMED]])
        more = f", and {len(lasts) - NAMED} more" if len(lasts) > NAMED else ""
        text = happened(last, "", SLACK).strip() + f" {titles}{more}"
    reason = f"\n>{escaped(last.reason)}" if last.reason else ""
    return Picture(text, [section(text + reason)])


def returned(schools: Sequence[School]) -> Picture:
    """One line of the audit trail for schools that a snapshot has again."""
    titles = listed([escaped(school_title(school)) for school in schools[:NAMED]])
    more = f", and {len(schools) - NAMED} more," if len(schools) > NAMED else ""
    verb = "is" if len(schools) == 1 else "are"
    text = f"{titles}{more} {verb} shared again: Active."
    return Picture(text, [section(text)])


def linked(school: School, name: str, reason: str) -> Picture:
    """One line of the audit trail for a re-created school that was joined with its older record."""
    text = (
        f"{escaped(name)} linked {escaped(school_title(school))} with the school it was before: "
        f"{STATUS_WORDS[school.status]}."
    )
    return Picture(text, [section(f"{text}\n>{escaped(reason)}")])


def retired(partner: Partner, name: str, reason: str) -> Picture:
    """The last thing that a partner's channel is told."""
    text = (
        f"{escaped(name)} retired {escaped(partner.name)}: its rosters are not read any more and "
        "nothing is asked. Frozen schools stay frozen."
    )
    return Picture(text, [section(f"{text}\n>{escaped(reason)}")])


def answered(done: Sequence[Change], refused: Sequence[Change]) -> str:
    """What a bulk pause did and what it did not, and why."""
    lines = []
    if done:
        lines.append(f"Paused {counted(len(done), 'school')}.")
    if refused:
        lines.append(f"Not paused: {counted(len(refused), 'school')}.")
        lines += [f"• {not_done(change, SLACK)}" for change in refused]
    return shortened("\n".join(lines), SENTENCE)
